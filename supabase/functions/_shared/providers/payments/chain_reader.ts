import { observeProviderCall } from '../../observability/mod.ts'
import { systemClock } from '../../runtime/mod.ts'
import { fetchWithin, measuredCall, ProviderError } from '../mod.ts'

/** A movement of a token in a transaction. */
export interface ChainTransfer {
  /** Place among the logs of the transaction: that in the block changes when the chain is reorganised. */
  readonly log_index: number
  /** Addresses as the node writes them. */
  readonly token: string
  readonly sender: string
  readonly recipient: string
  /** In the token's smallest unit, in decimal. */
  readonly units: string
}

/** A transaction in a block. */
export interface ChainReceipt {
  readonly status: 'success' | 'reverted'
  readonly block_number: number
  readonly block_hash: string
  /** Seconds since 1970. */
  readonly block_time: number
  readonly transfers: readonly ChainTransfer[]
}

/** What nodes say of a transaction; `record_onchain_check` decides by it. */
export interface ChainFacts {
  readonly chain_id: number
  readonly transaction_hash: string
  /** The newest block that all of them have. */
  readonly head: number
  /** The newest final block; null where none of them says. */
  readonly finalized: number | null
  /** Null when no block holds the transaction. */
  readonly receipt: ChainReceipt | null
}

/** A transfer that somebody wants to make. Addresses are `0x` and 40 digits. */
export interface PlannedTransfer {
  readonly token: string
  readonly sender: string
  readonly recipient: string
  readonly units: bigint
}

/** What a transfer would cost now, in wei where nothing else is said. */
export interface TransferEstimate {
  readonly gasUnits: bigint
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
  /** Of the sender. */
  readonly nativeBalance: bigint
  /** Of the sender, in the token's smallest unit. */
  readonly tokenBalance: bigint
}

/** Reads one chain through the nodes that are configured for it. */
export interface ChainReader {
  /**
   * What the nodes say of a transaction; null while they disagree, because one of them is behind or on another branch.
   *
   * Only nodes that answer count, but "there is none" counts only when all of them say so: a payment is not taken back on
   * the word of half of them.
   *
   * @throws {ProviderError}
   */
  readTransaction(hash: string, options: { signal: AbortSignal }): Promise<ChainFacts | null>
  /** @throws {ProviderError} `refused` with vendor code `execution_reverted` when the transfer would fail */
  estimateTransfer(transfer: PlannedTransfer, options: { signal: AbortSignal }): Promise<TransferEstimate>
}

const provider = 'ethereum'
const timeoutMs = 8_000

/** viem is large: only who reads a chain loads it, not every start of a function. */
const loadViem = () => import('viem')
type Viem = Awaited<ReturnType<typeof loadViem>>

/** @param urls JSON-RPC addresses of nodes of one chain, at best of different operators */
export function createChainReader(urls: readonly string[]): ChainReader {
  const measured = <T>(operation: string, signal: AbortSignal, call: (viem: Viem) => Promise<T>) =>
    measuredCall({ provider, operation, signal, clock: systemClock, observe: observeProviderCall }, async () => {
      const viem = await loadViem()
      try {
        return await call(viem)
      } catch (error) {
        throw explain(viem, error, signal)
      }
    })

  return {
    readTransaction: (hash, { signal }) =>
      measured('transaction', signal, async (viem) => {
        const answers = await Promise.allSettled(urls.map((url) => askNode(viem, url, hash, signal)))
        return agree(answers)
      }),
    estimateTransfer: (transfer, { signal }) =>
      measured('estimate', signal, (viem) => estimate(viem, urls, transfer, signal)),
  }
}

/** One attempt for each node: a job, or a person, tries again. */
function transport(viem: Viem, url: string, signal: AbortSignal) {
  const fetchOnce = fetchWithin(timeoutMs)
  return viem.http(url, {
    retryCount: 0,
    timeout: timeoutMs,
    fetchFn: (input, init) =>
      fetchOnce(input, { ...init, signal: init?.signal ? AbortSignal.any([signal, init.signal]) : signal }),
  })
}

async function askNode(viem: Viem, url: string, hash: string, signal: AbortSignal): Promise<ChainFacts> {
  const client = viem.createPublicClient({ transport: transport(viem, url, signal), cacheTime: 0 })
  const [chainId, head, finalized, receipt] = await Promise.all([
    client.getChainId(),
    client.getBlockNumber({ cacheTime: 0 }),
    client.getBlock({ blockTag: 'finalized' }).then(
      ({ number }) => number,
      (error: unknown) => nullUnlessDown(viem, error),
    ),
    readReceipt(viem, client, hash),
  ])
  return {
    chain_id: chainId,
    transaction_hash: hash,
    head: Number(head),
    finalized: finalized === null ? null : Number(finalized),
    receipt,
  }
}

type Client = ReturnType<Viem['createPublicClient']>

async function readReceipt(viem: Viem, client: Client, hash: string): Promise<ChainReceipt | null> {
  try {
    const receipt = await client.getTransactionReceipt({ hash: hexOf(hash) })
    const { timestamp } = await client.getBlock({ blockHash: receipt.blockHash })
    return {
      status: receipt.status,
      block_number: Number(receipt.blockNumber),
      block_hash: receipt.blockHash,
      block_time: Number(timestamp),
      transfers: receipt.logs.flatMap((log, place) => readTransfer(viem, log, place)),
    }
  } catch (error) {
    // The block may have been replaced between the two questions.
    if (error instanceof viem.TransactionReceiptNotFoundError || error instanceof viem.BlockNotFoundError) return null
    throw error
  }
}

function readTransfer(
  viem: Viem,
  log: Parameters<Viem['parseEventLogs']>[0]['logs'][number],
  place: number,
): ChainTransfer[] {
  const [transfer] = viem.parseEventLogs({ abi: viem.erc20Abi, eventName: 'Transfer', logs: [log], strict: true })
  if (!transfer) return []
  const { from, to, value } = transfer.args
  return [{ log_index: place, token: transfer.address, sender: from, recipient: to, units: value.toString() }]
}

/** Not every chain knows what is final; a node that cannot be reached is something else. */
function nullUnlessDown(viem: Viem, error: unknown): null {
  if (error instanceof viem.BlockNotFoundError || isRpcAnswer(viem, error)) return null
  throw error
}

function agree(answers: readonly PromiseSettledResult<ChainFacts>[]): ChainFacts | null {
  const facts = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  const failure = answers.find((answer) => answer.status === 'rejected')
  const [first] = facts
  if (!first)
    throw failure?.reason ?? new ProviderError(provider, 'misconfigured', 'No node of the chain is configured')
  if (
    facts.some(({ chain_id, receipt }) => chain_id !== first.chain_id || placeOf(receipt) !== placeOf(first.receipt))
  ) {
    return null
  }
  if (first.receipt === null && failure) throw failure.reason
  const finals = facts.flatMap(({ finalized }) => (finalized === null ? [] : [finalized]))
  return {
    ...first,
    head: Math.min(...facts.map(({ head }) => head)),
    finalized: finals.length === 0 ? null : Math.min(...finals),
  }
}

const placeOf = (receipt: ChainReceipt | null) => receipt?.block_hash ?? null

async function estimate(
  viem: Viem,
  urls: readonly string[],
  transfer: PlannedTransfer,
  signal: AbortSignal,
): Promise<TransferEstimate> {
  const client = viem.createPublicClient({
    transport: viem.fallback(
      urls.map((url) => transport(viem, url, signal)),
      { retryCount: 0 },
    ),
    cacheTime: 0,
  })
  const [sender, recipient] = [hexOf(transfer.sender), hexOf(transfer.recipient)]
  const contract = { address: hexOf(transfer.token), abi: viem.erc20Abi }
  const [gasUnits, fees, nativeBalance, tokenBalance] = await Promise.all([
    client.estimateContractGas({
      ...contract,
      functionName: 'transfer',
      args: [recipient, transfer.units],
      account: sender,
    }),
    client.estimateFeesPerGas(),
    client.getBalance({ address: sender }),
    client.readContract({ ...contract, functionName: 'balanceOf', args: [sender] }),
  ])
  return {
    gasUnits,
    maxFeePerGas: fees.maxFeePerGas,
    maxPriorityFeePerGas: fees.maxPriorityFeePerGas,
    nativeBalance,
    tokenBalance,
  }
}

/** What is stored is checked there; the type says so to viem. */
function hexOf(text: string): `0x${string}` {
  return `0x${text.replace(/^0x/, '')}`
}

function isRpcAnswer(viem: Viem, error: unknown): boolean {
  return error instanceof viem.BaseError && error.walk((cause) => cause instanceof viem.RpcRequestError) !== null
}

/** viem's errors quote addresses with keys in them: only what went wrong is told. */
function explain(viem: Viem, error: unknown, signal: AbortSignal): ProviderError {
  if (error instanceof ProviderError) return error
  if (signal.aborted) return new ProviderError(provider, 'aborted', 'Cannot ask the nodes: given up while waiting')
  if (!(error instanceof viem.BaseError)) {
    return new ProviderError(provider, 'unavailable', 'Cannot ask the nodes: the connection failed')
  }
  const is = (kind: abstract new (...parameters: never[]) => Error) =>
    error.walk((cause) => cause instanceof kind) !== null
  if (is(viem.ExecutionRevertedError) || is(viem.ContractFunctionRevertedError)) {
    return new ProviderError(provider, 'refused', 'Cannot estimate the transfer: it would fail', {
      vendorCode: 'execution_reverted',
    })
  }
  const http = error.walk((cause) => cause instanceof viem.HttpRequestError)
  const status = http instanceof viem.HttpRequestError ? http.status : undefined
  if (is(viem.LimitExceededRpcError) || status === 429) {
    return new ProviderError(provider, 'throttled', 'Cannot ask the nodes: they ask to slow down')
  }
  if (status === 401 || status === 403) {
    return new ProviderError(provider, 'misconfigured', `Cannot ask the nodes: one answered ${status}`)
  }
  return new ProviderError(provider, 'unavailable', `Cannot ask the nodes: ${error.name}`)
}
