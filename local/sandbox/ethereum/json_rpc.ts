import { z } from 'zod'
import { type Block, type Chain, type TokenTransfer, tokens } from './chain.ts'
import {
  baseFee,
  blockObject,
  hex,
  logsOf,
  priorityFee,
  receiptObject,
  transactionObject,
  transferGas,
  word,
} from './chain_objects.ts'

/** An error of a call, which goes out with HTTP 200. */
export class RpcError extends Error {
  readonly code: number
  readonly data: string | undefined

  constructor(code: number, message: string, data?: string) {
    super(message)
    this.name = 'RpcError'
    this.code = code
    this.data = data
  }
}

const requestSchema = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.number(), z.string(), z.null()]).default(null),
  method: z.string(),
  params: z.array(z.unknown()).default([]),
})
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/)
const callSchema = z.object({
  from: address.optional(),
  to: address.optional(),
  data: z.string().optional(),
  input: z.string().optional(),
})
const filterSchema = z.object({
  address: z.union([address, z.array(address)]).optional(),
  topics: z.array(z.union([z.string(), z.array(z.string()), z.null()])).default([]),
  fromBlock: z.string().optional(),
  toBlock: z.string().optional(),
  blockHash: z.string().optional(),
})

/** Answers one call or a batch of them. @param lag how many blocks this node is behind */
export async function answerJsonRpc(chain: Chain, text: string, lag: number): Promise<unknown> {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return errorOf(null, new RpcError(-32700, 'parse error'))
  }
  if (!Array.isArray(body)) return answerOne(chain, body, lag)
  return await Promise.all(body.map((one: unknown) => answerOne(chain, one, lag)))
}

async function answerOne(chain: Chain, body: unknown, lag: number): Promise<unknown> {
  const request = requestSchema.safeParse(body)
  if (!request.success) return errorOf(null, new RpcError(-32600, 'invalid request'))
  const { id, method, params } = request.data
  try {
    const handler = methods[method]
    if (!handler) throw new RpcError(-32601, `the method ${method} does not exist/is not available`)
    const headNumber = Math.max(0, chain.head().number - lag)
    return { jsonrpc: '2.0', id, result: await handler({ chain, headNumber }, params) }
  } catch (error) {
    if (error instanceof RpcError) return errorOf(id, error)
    if (error instanceof z.ZodError) return errorOf(id, new RpcError(-32602, 'invalid argument'))
    throw error
  }
}

function errorOf(id: number | string | null, { code, message, data }: RpcError) {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } }
}

/** The chain as one node sees it. */
interface View {
  readonly chain: Chain
  readonly headNumber: number
}

const methods: Readonly<Record<string, (view: View, params: readonly unknown[]) => unknown>> = {
  web3_clientVersion: () => 'AtriumSandbox/1.0',
  net_version: ({ chain }) => String(chain.id),
  eth_chainId: ({ chain }) => hex(chain.id),
  eth_blockNumber: ({ headNumber }) => hex(headNumber),
  eth_getBlockByNumber(view, [tag, isFull]) {
    const block = blockAt(view, tag)
    return block ? blockObject(block, view.chain, isFull === true) : null
  },
  eth_getBlockByHash(view, [hash, isFull]) {
    const block = view.chain.blockByHash(z.string().parse(hash))
    return block && block.number <= view.headNumber ? blockObject(block, view.chain, isFull === true) : null
  },
  eth_getTransactionReceipt(view, [hash]) {
    const place = seen(view, hash)
    return place ? receiptObject(place) : null
  },
  eth_getTransactionByHash(view, [hash]) {
    const place = seen(view, hash)
    if (place) return transactionObject(place.transaction, view.chain, place)
    const waiting = view.chain.pending(z.string().parse(hash).toLowerCase())
    return waiting ? transactionObject(waiting, view.chain, null) : null
  },
  eth_call: ({ chain }, [call]) => callContract(chain, callSchema.parse(call)),
  eth_estimateGas({ chain }, [given]) {
    const call = callSchema.parse(given)
    const transfer = readTransfer(call.to, call.data ?? call.input, call.from)
    if (!transfer) return hex(21_000)
    requireBalance(chain, transfer)
    return hex(transferGas)
  },
  eth_gasPrice: () => hex(baseFee + priorityFee),
  eth_maxPriorityFeePerGas: () => hex(priorityFee),
  eth_feeHistory({ headNumber }, [count, , percentiles]) {
    const blocks = Math.max(1, Math.min(Number(count) || 1, headNumber + 1))
    const rewards = z
      .array(z.number())
      .default([])
      .parse(percentiles ?? [])
    return {
      oldestBlock: hex(headNumber - blocks + 1),
      baseFeePerGas: Array.from({ length: blocks + 1 }, () => hex(baseFee)),
      gasUsedRatio: Array.from({ length: blocks }, () => 0.1),
      reward: Array.from({ length: blocks }, () => rewards.map(() => hex(priorityFee))),
    }
  },
  eth_getBalance: () => hex(10n ** 19n),
  eth_getCode: (_view, [account]) => (tokenAt(z.string().parse(account)) ? '0x6080' : '0x'),
  eth_getTransactionCount: ({ chain }, [account]) => hex(chain.nonceOf(address.parse(account))),
  eth_getLogs: (view, [filter]) => findLogs(view, filterSchema.parse(filter)),
  async eth_sendRawTransaction({ chain }, [raw]) {
    // Only who sends one needs the cryptography.
    const { keccak256, parseTransaction, recoverTransactionAddress } = await import('viem')
    const serialized = z.templateLiteral(['0x02', z.string()]).parse(raw)
    const transaction = parseTransaction(serialized)
    if (transaction.chainId !== chain.id) throw new RpcError(-32000, 'invalid sender')
    const from = (await recoverTransactionAddress({ serializedTransaction: serialized })).toLowerCase()
    if ((transaction.nonce ?? 0) < chain.nonceOf(from)) throw new RpcError(-32000, 'nonce too low')
    const transfer = readTransfer(transaction.to ?? undefined, transaction.data, from)
    if (!transfer) throw new RpcError(-32000, 'only transfers of tokens are played here')
    const isSuccess = chain.balance(tokenOf(transfer.token), from) >= transfer.units
    return chain.send({
      hash: keccak256(serialized),
      from,
      to: transfer.token,
      input: transaction.data ?? '0x',
      isSuccess,
      transfers: [transfer],
    }).hash
  },
}

function seen({ chain, headNumber }: View, hash: unknown) {
  const place = chain.find(z.string().parse(hash).toLowerCase())
  return place && place.block.number <= headNumber ? place : null
}

function blockAt({ chain, headNumber }: View, tag: unknown): Block | undefined {
  const number = numberOf({ chain, headNumber }, z.string().parse(tag))
  return number <= headNumber ? chain.block(number) : undefined
}

function numberOf({ chain, headNumber }: View, tag: string): number {
  if (tag === 'latest' || tag === 'pending') return headNumber
  if (tag === 'earliest') return 0
  if (tag === 'safe') return Math.min(chain.safeNumber(), headNumber)
  if (tag === 'finalized') return Math.min(chain.finalNumber(), headNumber)
  if (!/^0x[0-9a-f]+$/i.test(tag)) throw new RpcError(-32602, 'invalid argument 0: hex string without 0x prefix')
  return Number(tag)
}

function findLogs(view: View, filter: z.infer<typeof filterSchema>) {
  const range = filter.blockHash
    ? [view.chain.blockByHash(filter.blockHash)]
    : blocksBetween(view, filter.fromBlock ?? 'latest', filter.toBlock ?? 'latest')
  const wanted = filter.address === undefined ? null : [filter.address].flat().map((text) => text.toLowerCase())
  return range
    .flatMap((block) => (block ? logsOf(block) : []))
    .filter((log) => wanted === null || wanted.includes(log.address))
    .filter((log) =>
      filter.topics.every((topic, place) => {
        if (topic === null) return true
        return [topic].flat().some((one) => one.toLowerCase() === log.topics[place]?.toLowerCase())
      }),
    )
}

function blocksBetween(view: View, from: string, to: string): (Block | undefined)[] {
  const first = numberOf(view, from)
  const last = Math.min(numberOf(view, to), view.headNumber)
  if (last - first > 10_000) throw new RpcError(-32005, 'query exceeds max block range 10000')
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) => view.chain.block(first + offset))
}

function tokenAt(contract: string) {
  return tokens.find((token) => token.address === contract.toLowerCase())
}

function tokenOf(contract: string) {
  const token = tokenAt(contract)
  if (!token) throw new RpcError(3, 'execution reverted', '0x')
  return token
}

/** The few questions that wallets and shops ask a token. */
function callContract(chain: Chain, call: z.infer<typeof callSchema>): string {
  const token = tokenAt(call.to ?? '')
  if (!token) return '0x'
  const data = (call.data ?? call.input ?? '').toLowerCase()
  const selector = data.slice(0, 10)
  if (selector === '0x313ce567') return word(BigInt(token.decimals))
  if (selector === '0x95d89b41') return encodeText(token.symbol)
  if (selector === '0x06fdde03') return encodeText(token.name)
  if (selector === '0x70a08231') return word(chain.balance(token, `0x${data.slice(34, 74)}`))
  const transfer = readTransfer(call.to, data, call.from)
  if (!transfer) throw new RpcError(3, 'execution reverted', '0x')
  requireBalance(chain, transfer)
  return word(1n)
}

function requireBalance(chain: Chain, transfer: TokenTransfer): void {
  if (chain.balance(tokenOf(transfer.token), transfer.from) >= transfer.units) return
  const reason = 'ERC20: transfer amount exceeds balance'
  throw new RpcError(3, `execution reverted: ${reason}`, `0x08c379a0${encodeText(reason).slice(2)}`)
}

/** Reads `transfer(address,uint256)`. */
function readTransfer(
  to: string | undefined,
  data: string | undefined,
  from: string | undefined,
): TokenTransfer | null {
  const fields = /^0xa9059cbb0{24}([0-9a-f]{40})([0-9a-f]{64})$/.exec((data ?? '').toLowerCase())
  if (!fields || !to || !tokenAt(to)) return null
  const recipient = `0x${fields[1]}`
  return {
    token: to.toLowerCase(),
    from: (from ?? `0x${'0'.repeat(40)}`).toLowerCase(),
    to: recipient,
    units: BigInt(`0x${fields[2]}`),
  }
}

function encodeText(text: string): string {
  const bytes = Buffer.from(text)
  const padded = bytes.toString('hex').padEnd(Math.ceil(bytes.length / 32) * 64, '0')
  return `${word(32n)}${word(BigInt(bytes.length)).slice(2)}${padded}`
}
