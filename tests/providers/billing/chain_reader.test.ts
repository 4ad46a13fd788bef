import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ProviderError } from '../../../supabase/functions/_shared/providers/mod.ts'
import { chainReader } from '../../../supabase/functions/_shared/providers/payments/chains.ts'
import { startTestSandbox, type TestSandbox } from '../../local/sandbox/sandbox_support.ts'

const usdc = '0x5fbdb2315678afecb367f032d93f642f64180aa3'
const dai = '0xe7f1725e7734ce288f8367e1bb143e90bb3f0512'
const payer = '0x00000000000000000000000000000000000000bb'
const shop = '0x00000000000000000000000000000000000000aa'
const unknownHash = `0x${'1'.repeat(64)}`
const chainId = 31_337
let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await startTestSandbox()
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.client.resetProvider('ethereum'))

const { signal } = new AbortController()
const act = (action: string, values: Record<string, string>) => sandbox.client.runAction('ethereum', action, values)
const send = (values: Record<string, string> = {}) =>
  act('send-transfer', {
    ...{ token: usdc, from: payer, to: shop, amount: '25', outcome: 'succeeds', blocks: '1' },
    ...values,
  })

function readerOf(...nodes: string[]) {
  const urls = nodes.map((node) => (node.startsWith('http') ? node : `${sandbox.url}/ethereum/${node}`))
  const reader = chainReader({ ETHEREUM_RPC_URLS: new Map([[chainId, urls]]) }, chainId)
  if (!reader) throw new Error('There is no reader')
  return reader
}
const read = (hash: string, ...nodes: string[]) => readerOf(...nodes).readTransaction(hash, { signal })

describe('the reader of a chain', () => {
  it('[BIL-52] tells what a transaction moved, whatever the decimals, and where its block stands', async () => {
    for (const [token, units] of [
      [usdc, '25000000'],
      [dai, '25000000000000000000'],
    ] as const) {
      const facts = await read(await send({ token, blocks: '3' }), 'main', 'second')
      expect(facts).toMatchObject({
        chain_id: chainId,
        finalized: expect.any(Number),
        receipt: {
          status: 'success',
          block_hash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
          block_time: expect.any(Number),
          transfers: [{ log_index: 0, sender: payer.toLowerCase(), units }],
        },
      })
      expect(facts?.receipt?.transfers[0]?.token.toLowerCase()).toBe(token)
      expect((facts?.head ?? 0) - (facts?.receipt?.block_number ?? 0)).toBe(2)
    }
  })

  it('[BIL-52] counts logs within the transaction, so that a reorganised chain tells the same', async () => {
    const hash = await send()
    const before = await read(hash, 'main')
    await act('reorganise', { depth: '1', fate: 'move' })
    const after = await read(hash, 'main')
    expect(after?.receipt?.block_hash).not.toBe(before?.receipt?.block_hash)
    expect(after?.receipt?.transfers).toEqual(before?.receipt?.transfers)
    await act('reorganise', { depth: '2', fate: 'drop' })
    expect(await read(hash, 'main')).toMatchObject({ receipt: null })
  })

  it('[BIL-52] tells of transactions that fail, wait, or are not there', async () => {
    expect(await read(await send({ outcome: 'fails' }), 'main')).toMatchObject({
      receipt: { status: 'reverted', transfers: [] },
    })
    expect(await read(await send({ blocks: '0' }), 'main')).toMatchObject({ receipt: null })
    expect(await read(unknownHash, 'main')).toMatchObject({ receipt: null })
  })

  it('[BIL-52] asks two nodes: one that is away is passed over, and while they disagree it says nothing', async () => {
    const hash = await send({ blocks: '2' })
    await sandbox.client.setDials('ethereum', { failRate: 1, failStatus: 503, only: '/main' })
    expect(await read(hash, 'main', 'second')).toMatchObject({ receipt: { status: 'success' } })
    // That there is nothing is believed only when all say so.
    await expect(read(unknownHash, 'main', 'second')).rejects.toMatchObject({ failure: 'unavailable' })
    await sandbox.client.setDials('ethereum', {})
    await act('lag', { node: 'second', blocks: '4' })
    expect(await read(hash, 'main', 'second')).toBeNull()
    await act('lag', { node: 'second', blocks: '1' })
    const both = await read(hash, 'main', 'second')
    expect((both?.head ?? 0) - (both?.receipt?.block_number ?? 0)).toBe(0)
  })

  it('[BIL-52] fails as every adapter does, without the address of a node', async () => {
    await sandbox.client.setDials('ethereum', { failNext: 20, failStatus: 429 })
    await expect(read(unknownHash, 'main')).rejects.toMatchObject({ failure: 'throttled', isRetryable: true })
    await sandbox.client.setDials('ethereum', { failNext: 20, failStatus: 401 })
    await expect(read(unknownHash, 'main')).rejects.toMatchObject({ failure: 'misconfigured' })
    const failed = await read(unknownHash, 'http://127.0.0.1:9/secret-key').catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(ProviderError)
    expect(String(failed)).not.toContain('secret-key')
    const given = AbortSignal.abort()
    await expect(readerOf('main').readTransaction(unknownHash, { signal: given })).rejects.toMatchObject({
      failure: 'aborted',
    })
  })

  it('[BIL-53] estimates gas by EIP-1559 through the second node when the first fails, and what the payer has', async () => {
    await sandbox.client.setDials('ethereum', { failRate: 1, failStatus: 500, only: '/main' })
    const transfer = { token: usdc, sender: payer, recipient: shop, units: 25_000_000n }
    expect(await readerOf('main', 'second').estimateTransfer(transfer, { signal })).toEqual({
      gasUnits: 52_000n,
      maxFeePerGas: 1_300_000_000n,
      maxPriorityFeePerGas: 100_000_000n,
      nativeBalance: 10n ** 19n,
      tokenBalance: 10n ** 12n,
    })
    await sandbox.client.setDials('ethereum', {})
    await act('set-balance', { token: usdc, owner: payer, amount: '24' })
    await expect(readerOf('main').estimateTransfer(transfer, { signal })).rejects.toMatchObject({
      failure: 'refused',
      vendorCode: 'execution_reverted',
    })
  })
})
