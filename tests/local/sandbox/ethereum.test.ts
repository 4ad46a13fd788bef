import { createPublicClient, createWalletClient, defineChain, erc20Abi, http, parseEventLogs, parseUnits } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestSandbox, type TestSandbox } from './sandbox_support.ts'

const usdc = '0x5fbdb2315678afecb367f032d93f642f64180aa3'
const dai = '0xe7f1725e7734ce288f8367e1bb143e90bb3f0512'
const shop = '0x00000000000000000000000000000000000000aa'
const payer = '0x00000000000000000000000000000000000000bb'
let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await startTestSandbox()
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.client.resetProvider('ethereum'))

function clientOf(node = '') {
  const url = `${sandbox.url}/ethereum${node}`
  const chain = defineChain({
    id: 31_337,
    name: 'Sandbox',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [url] } },
  })
  return { chain, client: createPublicClient({ chain, transport: http(url, { retryCount: 0 }), cacheTime: 0 }) }
}
const act = (action: string, values: Record<string, string>) => sandbox.client.runAction('ethereum', action, values)
async function send(values: Record<string, string> = {}): Promise<`0x${string}`> {
  const hash = await act('send-transfer', {
    ...{ token: usdc, from: payer, to: shop, amount: '25', outcome: 'succeeds', blocks: '1' },
    ...values,
  })
  return `0x${hash.slice(2)}`
}

describe('the Ethereum node', () => {
  it('shows a transfer in its receipt, with the value in the token’s own units', async () => {
    const { client } = clientOf()
    for (const [token, decimals] of [
      [usdc, 6],
      [dai, 18],
    ] as const) {
      const receipt = await client.getTransactionReceipt({ hash: await send({ token, amount: '25.5' }) })
      const [log] = parseEventLogs({ abi: erc20Abi, eventName: 'Transfer', logs: receipt.logs, strict: true })
      expect([receipt.status, log?.address, log?.args.value]).toEqual(['success', token, parseUnits('25.5', decimals)])
      expect(await client.readContract({ address: token, abi: erc20Abi, functionName: 'decimals' })).toBe(decimals)
      expect(await client.readContract({ address: token, abi: erc20Abi, functionName: 'symbol' })).toMatch(/USDC|DAI/)
      const balance = { address: token, abi: erc20Abi, functionName: 'balanceOf', args: [shop] } as const
      expect(await client.readContract(balance)).toBe(parseUnits('1000025.5', decimals))
    }
  })

  it('knows what waits, what is mined, what is safe and what is final', async () => {
    const { client } = clientOf()
    const hash = await send({ blocks: '0' })
    await expect(client.getTransactionReceipt({ hash })).rejects.toThrow('could not be found')
    expect((await client.getTransaction({ hash })).blockNumber).toBeNull()

    await act('mine', { blocks: '1' })
    const { blockNumber } = await client.getTransactionReceipt({ hash })
    expect((await client.getBlock({ blockTag: 'finalized' })).number).toBe(blockNumber - 8n)
    await act('mine', { blocks: '8' })
    expect((await client.getBlock({ blockTag: 'finalized' })).number).toBe(blockNumber)
    expect((await client.getBlock({ blockTag: 'safe' })).number).toBe(blockNumber + 4n)
    expect(await client.getTransactionConfirmations({ hash })).toBe(9n)
    const [log] = await client.getLogs({ address: usdc, fromBlock: blockNumber, toBlock: blockNumber })
    expect(log?.transactionHash).toBe(hash)
  })

  it('moves or drops transactions when blocks are replaced', async () => {
    const { client } = clientOf()
    const hash = await send()
    const before = await client.getTransactionReceipt({ hash })
    await act('reorganise', { depth: '1', fate: 'move' })
    const after = await client.getTransactionReceipt({ hash })
    expect(after.blockHash).not.toBe(before.blockHash)
    expect([after.blockNumber, after.logs[0]?.logIndex]).toEqual([before.blockNumber + 1n, 1])

    await act('reorganise', { depth: '2', fate: 'drop' })
    await expect(client.getTransactionReceipt({ hash })).rejects.toThrow('could not be found')
  })

  it('mines a failing transfer without a log, and tells what a transfer would cost', async () => {
    const { client } = clientOf()
    const failed = await client.getTransactionReceipt({ hash: await send({ outcome: 'fails' }) })
    expect([failed.status, failed.logs]).toEqual(['reverted', []])

    const transfer = { address: usdc, abi: erc20Abi, functionName: 'transfer', account: payer } as const
    expect(await client.estimateContractGas({ ...transfer, args: [shop, 5n] })).toBe(52_000n)
    expect(await client.estimateFeesPerGas()).toEqual({
      maxFeePerGas: 1_300_000_000n,
      maxPriorityFeePerGas: 100_000_000n,
    })
    expect(await client.getGasPrice()).toBe(1_100_000_000n)
    await act('set-balance', { token: usdc, owner: payer, amount: '1' })
    await expect(client.estimateContractGas({ ...transfer, args: [shop, 1_000_001n] })).rejects.toThrow(
      'transfer amount exceeds balance',
    )
  })

  it('takes a transfer that a wallet signed', async () => {
    const { chain, client } = clientOf()
    const account = privateKeyToAccount(generatePrivateKey())
    const wallet = createWalletClient({ account, chain, transport: http(chain.rpcUrls.default.http[0]) })
    const hash = await wallet.writeContract({
      address: usdc,
      abi: erc20Abi,
      functionName: 'transfer',
      args: [shop, 7n],
    })
    await act('mine', { blocks: '1' })
    const receipt = await client.getTransactionReceipt({ hash })
    expect([receipt.status, receipt.from]).toEqual(['success', account.address.toLowerCase()])
  })

  it('has further nodes that lag or fail by themselves, and refuses what it does not know', async () => {
    const [main, second] = [clientOf('/main').client, clientOf('/second').client]
    const hash = await send()
    await act('lag', { node: 'second', blocks: '2' })
    await expect(second.getTransactionReceipt({ hash })).rejects.toThrow('could not be found')
    expect((await main.getTransactionReceipt({ hash })).status).toBe('success')

    await sandbox.client.setDials('ethereum', { failNext: 1, failStatus: 429, only: '/main' })
    await expect(main.getBlockNumber()).rejects.toThrow('limit exceeded')
    const unknown = await sandbox.get('/ethereum', {
      method: 'POST',
      body: '[{"jsonrpc":"2.0","id":1,"method":"eth_mining"},{"jsonrpc":"2.0","id":2,"method":"eth_chainId"}]',
    })
    expect(await unknown.json()).toEqual([
      { jsonrpc: '2.0', id: 1, error: { code: -32_601, message: expect.stringContaining('eth_mining') } },
      { jsonrpc: '2.0', id: 2, result: '0x7a69' },
    ])
  })
})
