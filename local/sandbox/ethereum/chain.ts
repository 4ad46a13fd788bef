import { createHash, randomBytes } from 'node:crypto'

/** Movement of a token, as its contract logs it. */
export interface TokenTransfer {
  /** Contract, lower case. */
  readonly token: string
  readonly from: string
  readonly to: string
  /** In the token's smallest unit. */
  readonly units: bigint
}

/** A transaction, mined or not. */
export interface ChainTransaction {
  readonly hash: string
  readonly from: string
  /** Contract that was called. */
  readonly to: string
  readonly nonce: number
  readonly input: string
  /** A transaction that fails is mined all the same, and moves nothing. */
  readonly isSuccess: boolean
  readonly transfers: readonly TokenTransfer[]
}

/** A block. */
export interface Block {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly transactions: readonly ChainTransaction[]
}

/** A token contract. */
export interface Token {
  readonly address: string
  readonly symbol: string
  readonly name: string
  readonly decimals: number
}

/** Contracts of the chain. The last one has the name of the first and is worth nothing. */
export const tokens: readonly Token[] = [
  { address: '0x5fbdb2315678afecb367f032d93f642f64180aa3', symbol: 'USDC', name: 'USD Coin', decimals: 6 },
  { address: '0xe7f1725e7734ce288f8367e1bb143e90bb3f0512', symbol: 'DAI', name: 'Dai Stablecoin', decimals: 18 },
  { address: '0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0', symbol: 'USDC', name: 'USD Coin', decimals: 6 },
]

/** What everybody has of every token at the start, in whole tokens. */
const startingBalance = 1_000_000n

/** What became of transactions whose blocks were replaced. */
export const fates = ['move', 'drop'] as const

/** A chain of one node that mines when told to. */
export interface Chain {
  readonly id: number
  head(): Block
  /** By number; undefined beyond the head. */
  block(number: number): Block | undefined
  blockByHash(hash: string): Block | undefined
  /** A mined transaction and where it is. */
  find(hash: string): { readonly block: Block; readonly index: number; readonly transaction: ChainTransaction } | null
  /** One that waits to be mined. */
  pending(hash: string): ChainTransaction | undefined
  /** Highest block that is safe, and that is final. */
  safeNumber(): number
  finalNumber(): number
  balance(token: Token, owner: string): bigint
  setBalance(token: Token, owner: string, units: bigint): void
  nonceOf(account: string): number
  /** Adds to those that wait. */
  send(transaction: Omit<ChainTransaction, 'hash' | 'nonce'> & { hash?: string }): ChainTransaction
  /** The next block takes all that wait; further ones are empty. */
  mine(count: number): void
  /** The last blocks never happened: longer ones take their place, with or without their transactions. */
  reorganise(depth: number, fate: (typeof fates)[number]): void
  reset(): void
}

const safeDepth = 4
const finalDepth = 8

/** @param id chain id; 31337 is what local chains have */
export function createChain(id: number): Chain {
  let blocks: Block[] = []
  let waiting: ChainTransaction[] = []
  let balances = new Map<string, bigint>()
  let nonces = new Map<string, number>()

  const head = (): Block => {
    const last = blocks.at(-1)
    if (!last) throw new Error('The chain has no first block')
    return last
  }
  const append = (transactions: readonly ChainTransaction[]) => {
    const parent = blocks.at(-1)
    const number = parent ? parent.number + 1 : 0
    const parentHash = parent?.hash ?? `0x${'0'.repeat(64)}`
    const hash = `0x${createHash('sha256')
      .update(`${parentHash}${number}${randomBytes(8).toString('hex')}`)
      .digest('hex')}`
    const timestamp = Math.max(parent?.timestamp ?? 0, Math.floor(Date.now() / 1000))
    blocks.push({ number, hash, parentHash, timestamp, transactions })
  }
  const balanceKey = (token: Token, owner: string) => `${token.address} ${owner.toLowerCase()}`
  /** Transfers of mined transactions count; those of replaced blocks do not. */
  const moved = (token: Token, owner: string) => {
    let units = 0n
    for (const transaction of blocks.flatMap((block) => block.transactions)) {
      if (!transaction.isSuccess) continue
      for (const transfer of transaction.transfers) {
        if (transfer.token !== token.address) continue
        if (transfer.to === owner) units += transfer.units
        if (transfer.from === owner) units -= transfer.units
      }
    }
    return units
  }

  const chain: Chain = {
    id,
    head,
    block: (number) => blocks[number],
    blockByHash: (hash) => blocks.find((block) => block.hash === hash),
    find(hash) {
      for (const block of blocks) {
        const index = block.transactions.findIndex((candidate) => candidate.hash === hash)
        const transaction = block.transactions[index]
        if (transaction) return { block, index, transaction }
      }
      return null
    },
    pending: (hash) => waiting.find((transaction) => transaction.hash === hash),
    safeNumber: () => Math.max(0, head().number - safeDepth),
    finalNumber: () => Math.max(0, head().number - finalDepth),
    balance(token, owner) {
      const start = balances.get(balanceKey(token, owner)) ?? startingBalance * 10n ** BigInt(token.decimals)
      return start + moved(token, owner.toLowerCase())
    },
    setBalance(token, owner, units) {
      balances.set(balanceKey(token, owner), units - moved(token, owner.toLowerCase()))
    },
    nonceOf: (account) => nonces.get(account.toLowerCase()) ?? 0,
    send(given) {
      const from = given.from.toLowerCase()
      const nonce = nonces.get(from) ?? 0
      nonces.set(from, nonce + 1)
      const hash = given.hash ?? `0x${randomBytes(32).toString('hex')}`
      const transaction = { ...given, from, hash, nonce }
      waiting.push(transaction)
      return transaction
    },
    mine(count) {
      for (let made = 0; made < count; made += 1) append(waiting.splice(0))
    },
    reorganise(depth, fate) {
      const replaced = blocks.splice(Math.max(1, blocks.length - depth))
      const loose = replaced.flatMap((block) => block.transactions)
      // A stranger's comes first, and a block later than before: number, hash and log index all change.
      append([])
      append(fate === 'move' ? [...strangers(), ...loose] : [])
      for (let made = 2; made <= replaced.length; made += 1) append([])
    },
    reset() {
      blocks = []
      waiting = []
      balances = new Map()
      nonces = new Map()
      append([])
      for (let made = 0; made < finalDepth; made += 1) append([])
    },
  }
  chain.reset()
  return chain
}

/** A transfer that has nothing to do with us. */
function strangers(): ChainTransaction[] {
  const token = tokens[0]?.address ?? ''
  const account = () => `0x${randomBytes(20).toString('hex')}`
  const from = account()
  return [
    {
      hash: `0x${randomBytes(32).toString('hex')}`,
      from,
      to: token,
      nonce: 0,
      input: '0x',
      isSuccess: true,
      transfers: [{ token, from, to: account(), units: 1n }],
    },
  ]
}
