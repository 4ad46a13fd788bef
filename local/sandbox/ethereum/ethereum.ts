import { Hono } from 'hono'
import { SandboxError } from '../errors.ts'
import { type CreateProvider, type ProviderAction, selectField, textField } from '../providers/provider.ts'
import { type Chain, createChain, fates, type Token, tokens } from './chain.ts'
import { answerJsonRpc } from './json_rpc.ts'

const chainId = 31_337
const account = /^0x[0-9a-fA-F]{40}$/

/**
 * A node of an Ethereum chain. Any segment after `/ethereum/` names a further node of the same chain, so that a second
 * address can fail or lag by itself.
 */
export const createEthereum: CreateProvider = () => {
  const chain = createChain(chainId)
  const lags = new Map<string, number>()
  const routes = new Hono()
  routes.post('/:node?', async (c) => {
    const lag = lags.get(c.req.param('node') ?? 'main') ?? 0
    return c.json(await answerJsonRpc(chain, await c.req.text(), lag))
  })
  return {
    name: 'ethereum',
    title: 'Ethereum node',
    description:
      `JSON-RPC of a chain with id ${chainId} that mines when told to. It has USDC with 6 decimals, DAI with 18, and a ` +
      'worthless contract that calls itself USDC.',
    path: '/ethereum',
    routes,
    actions: [sendTransfer(chain), mineBlocks(chain), reorganise(chain), setBalance(chain), setLag(lags)],
    fail: (status) => {
      if (status === 401 || status === 403) return new Response('Unauthorized', { status })
      const error =
        status === 429 ? { code: -32_005, message: 'limit exceeded' } : { code: -32_603, message: 'internal error' }
      return Response.json({ jsonrpc: '2.0', id: null, error }, { status })
    },
    reset() {
      chain.reset()
      lags.clear()
    },
  }
}

const tokenOptions = tokens.map(({ address, symbol, decimals }, place) => ({
  value: address,
  label: `${symbol}, ${decimals} decimals${place === 2 ? ', the wrong one' : ''}`,
}))

function sendTransfer(chain: Chain): ProviderAction {
  return {
    name: 'send-transfer',
    title: 'Send tokens',
    description: 'Somebody sends tokens from any account; mined into the next block, or waiting.',
    fields: () => [
      selectField('token', 'Token', tokenOptions),
      textField('from', 'From'),
      textField('to', 'To'),
      textField('amount', 'Amount, in tokens', { value: '10' }),
      selectField(
        'outcome',
        'Outcome',
        ['succeeds', 'fails'].map((value) => ({ value, label: value })),
      ),
      textField('blocks', 'Blocks to mine afterwards', { value: '1' }),
    ],
    async run({ token = '', from = '', to = '', amount = '', outcome = '', blocks = '' }) {
      const contract = tokenOf(token)
      const units = readUnits(amount, contract)
      const transfer = { token: contract.address, from: readAccount(from), to: readAccount(to), units }
      const { hash } = chain.send({
        from: transfer.from,
        to: contract.address,
        input: '0xa9059cbb',
        isSuccess: outcome !== 'fails' && chain.balance(contract, transfer.from) >= units,
        transfers: [transfer],
      })
      chain.mine(readCount(blocks))
      return hash
    },
  }
}

function mineBlocks(chain: Chain): ProviderAction {
  return {
    name: 'mine',
    title: 'Mine blocks',
    description: 'The first takes what waits. Blocks are safe after 4 further ones, and final after 8.',
    fields: () => [textField('blocks', 'Blocks', { value: '12' })],
    async run({ blocks = '' }) {
      chain.mine(readCount(blocks))
      return `The head is block ${chain.head().number}`
    },
  }
}

function reorganise(chain: Chain): ProviderAction {
  return {
    name: 'reorganise',
    title: 'Reorganise the chain',
    description: 'The last blocks are replaced: their transactions move to another block, or disappear.',
    fields: () => [
      textField('depth', 'Blocks that are replaced', { value: '2' }),
      selectField(
        'fate',
        'Their transactions',
        fates.map((value) => ({ value, label: value })),
      ),
    ],
    async run({ depth = '', fate = '' }) {
      const known = fates.find((candidate) => candidate === fate)
      if (!known) throw invalid(`"fate" is one of ${fates.join(', ')}`)
      chain.reorganise(readCount(depth), known)
      return `The head is block ${chain.head().number}`
    },
  }
}

function setBalance(chain: Chain): ProviderAction {
  return {
    name: 'set-balance',
    title: 'Set a balance',
    description: 'What an account has of a token; everybody begins with a million.',
    fields: () => [
      selectField('token', 'Token', tokenOptions),
      textField('owner', 'Account'),
      textField('amount', 'Amount, in tokens', { value: '0' }),
    ],
    async run({ token = '', owner = '', amount = '' }) {
      const contract = tokenOf(token)
      chain.setBalance(contract, readAccount(owner), readUnits(amount, contract))
      return `${owner} has ${amount} ${contract.symbol}`
    },
  }
}

function setLag(lags: Map<string, number>): ProviderAction {
  return {
    name: 'lag',
    title: 'Let a node lag',
    description: 'A node is some blocks behind. The one at /ethereum is "main", others are named by their address.',
    fields: () => [textField('node', 'Node', { value: 'main' }), textField('blocks', 'Blocks', { value: '3' })],
    async run({ node = '', blocks = '' }) {
      lags.set(node, readCount(blocks))
      return `Node ${node} is ${blocks} blocks behind`
    },
  }
}

function tokenOf(address: string): Token {
  const token = tokens.find((candidate) => candidate.address === address.toLowerCase())
  if (!token) throw invalid(`There is no token at "${address}"`)
  return token
}

function readAccount(text: string): string {
  if (!account.test(text)) throw invalid(`"${text}" is no account`)
  return text.toLowerCase()
}

function readCount(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw invalid('How many blocks must be a number')
  return Number(text)
}

function readUnits(text: string, { decimals }: Token): bigint {
  const parts = /^(\d+)(?:\.(\d+))?$/.exec(text)
  const fraction = parts?.[2] ?? ''
  if (!parts || fraction.length > decimals) throw invalid(`"${text}" is no amount with at most ${decimals} decimals`)
  return BigInt(`${parts[1]}${fraction.padEnd(decimals, '0')}`)
}

function invalid(reason: string): SandboxError {
  return new SandboxError(400, 'invalid_body', `Cannot do that: ${reason}`)
}
