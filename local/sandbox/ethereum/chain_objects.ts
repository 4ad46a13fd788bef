import type { Block, Chain, ChainTransaction } from './chain.ts'

/** `keccak256("Transfer(address,address,uint256)")`. */
export const transferTopic = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
/** Fees that never change, in wei. */
export const baseFee = 1_000_000_000n
/** What miners are offered beside the base fee. */
export const priorityFee = 100_000_000n
/** Gas that a token transfer takes. */
export const transferGas = 52_000n

const emptyBloom = `0x${'0'.repeat(512)}`
const emptyHash = `0x${'0'.repeat(64)}`

/** A number as JSON-RPC writes it. */
export const hex = (value: bigint | number) => `0x${value.toString(16)}`
/** 32 bytes. */
export const word = (value: bigint | string) =>
  `0x${(typeof value === 'bigint' ? value.toString(16) : value.replace(/^0x/, '')).padStart(64, '0')}`

/** A block as JSON-RPC shows it. */
export function blockObject(block: Block, chain: Chain, isFull: boolean) {
  return {
    number: hex(block.number),
    hash: block.hash,
    parentHash: block.parentHash,
    timestamp: hex(block.timestamp),
    transactions: block.transactions.map((transaction, index) =>
      isFull ? transactionObject(transaction, chain, { block, index }) : transaction.hash,
    ),
    baseFeePerGas: hex(baseFee),
    gasLimit: hex(30_000_000),
    gasUsed: hex(transferGas * BigInt(block.transactions.length)),
    miner: `0x${'0'.repeat(40)}`,
    nonce: `0x${'0'.repeat(16)}`,
    difficulty: '0x0',
    totalDifficulty: '0x0',
    extraData: '0x',
    size: '0x400',
    logsBloom: emptyBloom,
    mixHash: emptyHash,
    sha3Uncles: emptyHash,
    transactionsRoot: emptyHash,
    stateRoot: emptyHash,
    receiptsRoot: emptyHash,
    uncles: [],
  }
}

/** A transaction as JSON-RPC shows it. @param place null while it waits */
export function transactionObject(
  transaction: ChainTransaction,
  chain: Chain,
  place: { readonly block: Block; readonly index: number } | null,
) {
  return {
    hash: transaction.hash,
    type: '0x2',
    chainId: hex(chain.id),
    from: transaction.from,
    to: transaction.to,
    nonce: hex(transaction.nonce),
    value: '0x0',
    input: transaction.input,
    gas: hex(transferGas),
    gasPrice: hex(baseFee + priorityFee),
    maxFeePerGas: hex(baseFee * 2n + priorityFee),
    maxPriorityFeePerGas: hex(priorityFee),
    accessList: [],
    blockHash: place?.block.hash ?? null,
    blockNumber: place ? hex(place.block.number) : null,
    transactionIndex: place ? hex(place.index) : null,
    r: word(1n),
    s: word(1n),
    v: '0x0',
    yParity: '0x0',
  }
}

/** A receipt as JSON-RPC shows it. */
export function receiptObject(place: {
  readonly block: Block
  readonly index: number
  readonly transaction: ChainTransaction
}) {
  const { block, index, transaction } = place
  return {
    transactionHash: transaction.hash,
    transactionIndex: hex(index),
    blockHash: block.hash,
    blockNumber: hex(block.number),
    from: transaction.from,
    to: transaction.to,
    type: '0x2',
    status: transaction.isSuccess ? '0x1' : '0x0',
    gasUsed: hex(transferGas),
    cumulativeGasUsed: hex(transferGas * BigInt(index + 1)),
    effectiveGasPrice: hex(baseFee + priorityFee),
    contractAddress: null,
    logs: logsOf(block).filter((log) => log.transactionHash === transaction.hash),
    logsBloom: emptyBloom,
  }
}

/** What contracts logged in a block; the index counts through the whole block. */
export function logsOf(block: Block) {
  const moves = block.transactions.flatMap((transaction, index) =>
    transaction.isSuccess ? transaction.transfers.map((transfer) => ({ transaction, index, transfer })) : [],
  )
  return moves.map(({ transaction, index, transfer }, logIndex) => ({
    address: transfer.token,
    topics: [transferTopic, word(transfer.from), word(transfer.to)],
    data: word(transfer.units),
    blockNumber: hex(block.number),
    blockHash: block.hash,
    transactionHash: transaction.hash,
    transactionIndex: hex(index),
    logIndex: hex(logIndex),
    removed: false,
  }))
}
