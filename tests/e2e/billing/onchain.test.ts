import { createWalletClient, defineChain, http } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { withConnection } from '../../../local/postgres/database.ts'
import { type SandboxClient, sandboxClient } from '../../../local/sandbox/client.ts'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const shop = `0x${'5'.repeat(40)}`
const usdc = '0x5fbdb2315678afecb367f032d93f642f64180aa3'
const fakeUsdc = '0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0'
const walletSchema = z.looseObject({ id: z.uuid(), address: z.string() })
const quoteSchema = z.looseObject({
  id: z.uuid(),
  state: z.string(),
  amount_units: z.string(),
  failure_code: z.string().nullable(),
  transaction: z.object({ chain_id: z.number(), to: z.string(), data: z.string(), value: z.string() }),
})

describe('paying in tokens, through the running stack', { timeout: 120_000 }, () => {
  let stack: TestStack
  let sandbox: SandboxClient
  let owner: ApiPerson
  let organization: string
  let token: string
  let pack: string
  const account = privateKeyToAccount(generatePrivateKey())
  let walletId: string

  const query = <Row extends object>(statement: string, ...parameters: string[]) =>
    withConnection(stack.database.url, (sql) => sql.unsafe<Row[]>(statement, parameters))
  const act = (action: string, values: Record<string, string>) => sandbox.runAction('ethereum', action, values)
  const call = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
    fetch(`${stack.apiUrl}/functions/v1/api/v1/billing${path}`, {
      method,
      headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json', ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  const send = (values: Record<string, string> = {}) =>
    act('send-transfer', {
      ...{ token: usdc, from: account.address, to: shop, amount: '5', outcome: 'succeeds', blocks: '3' },
      ...values,
    })
  const codeOf = async (response: Response) =>
    [response.status, z.looseObject({ code: z.string() }).parse(await response.json()).code] as const

  beforeAll(async () => {
    stack = await testStack()
    sandbox = sandboxClient(stack.sandboxUrl)
    owner = await signedInPerson(stack)
    const made = await owner.client.rpc('create_organization', { name: 'Acme', kind: 'company' })
    organization = z.looseObject({ id: z.uuid() }).parse(made.data).id
    await query(
      `update public.billing_onchain_chains set receiving_address = $1, is_enabled = true where chain_id = 31337`,
      shop,
    )
    const [tokenRow] = await query<{ id: string }>(
      `insert into public.billing_onchain_tokens (chain_id, contract_address, symbol, decimals)
       values (31337, $1, 'USDC', 6) returning id`,
      usdc,
    )
    token = tokenRow?.id ?? ''
    await query(
      `insert into public.billing_onchain_rates (token_id, currency, token_count) values ($1::uuid, 'USD', 1)`,
      token,
    )
    await query(
      `insert into private.billing_overrides (organization_id, key, value, reason)
       values ($1::uuid, 'onchain_payments', 1, 'Test')`,
      organization,
    )
    const [packRow] = await query<{ id: string }>('select id from public.credit_packs where credit_count = 100')
    pack = packRow?.id ?? ''
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  const askNonce = async (address: string = account.address) => {
    const response = await call('POST', '/wallets/nonce', { organization_id: organization, address, chain_id: 31_337 })
    expect(response.status).toBe(201)
    return z.looseObject({ message: z.string() }).parse(await response.json()).message
  }
  const bind = (message: string, signature: string) =>
    call('POST', '/wallets', { organization_id: organization, message, signature })
  const newQuote = async () => {
    const response = await call('POST', '/onchain/quotes', {
      organization_id: organization,
      wallet_id: walletId,
      token_id: token,
      pack_id: pack,
    })
    expect(response.status).toBe(201)
    return quoteSchema.parse(await response.json())
  }
  const name = (quote: { id: string }, hash: string) =>
    call('POST', `/onchain/quotes/${quote.id}/transaction`, { transaction_hash: hash })
  const look = async (quote: { id: string }) =>
    quoteSchema.parse(await (await call('GET', `/onchain/quotes/${quote.id}`)).json())
  const reaches = (quote: { id: string }, state: string) =>
    expect.poll(async () => (await look(quote)).state, { timeout: 40_000, interval: 250 }).toBe(state)
  const paymentOf = async (quote: { id: string }) =>
    (
      await query<{ status: string }>(
        `select status::text from public.billing_payments where provider = 'onchain' and provider_payment_id = $1`,
        quote.id,
      )
    )[0]?.status

  it('[BIL-50] binds the wallet that signed, once for one nonce, and nobody else’s', async () => {
    const message = await askNonce()
    const stranger = privateKeyToAccount(generatePrivateKey())
    const forged = await bind(message, await stranger.signMessage({ message }))
    expect(await codeOf(forged)).toEqual([422, 'wallet_proof_invalid'])

    const signature = await account.signMessage({ message })
    const bound = await bind(message, signature)
    expect(bound.status).toBe(201)
    const wallet = walletSchema.parse(await bound.json())
    expect(wallet).toMatchObject({
      address: account.address.toLowerCase(),
      organization_id: organization,
      bound_by: owner.id,
    })
    walletId = wallet.id
    expect(await codeOf(await bind(message, signature))).toEqual([422, 'wallet_nonce_invalid'])

    const elsewhere = (await askNonce()).replaceAll(new URL(stack.apiUrl).host, 'evil.example')
    expect(await codeOf(await bind(elsewhere, await account.signMessage({ message: elsewhere })))).toEqual([
      422,
      'wallet_proof_invalid',
    ])
    const list = z.object({ data: z.array(walletSchema) }).parse(await (await call('GET', '/wallets')).json())
    expect(list.data.map(({ id }) => id)).toEqual([walletId])
  })

  it('[BIL-51] [BIL-52] [BIL-53] quotes, estimates gas, takes what the wallet signed and grants the credits once it is confirmed', async () => {
    const quote = await newQuote()
    expect(quote).toMatchObject({ state: 'open', amount_units: '5000000', receiving_address: shop })
    const gas = await call('GET', `/onchain/quotes/${quote.id}/gas`)
    expect(await gas.json()).toEqual({
      native_symbol: 'ETH',
      gas_units: '52000',
      max_fee_per_gas: '1300000000',
      max_priority_fee_per_gas: '100000000',
      most_cost: '67600000000000',
      native_balance: '10000000000000000000',
      token_balance: '1000000000000',
      can_pay: true,
    })

    const rpc = `${stack.sandboxUrl}/ethereum`
    const chain = defineChain({
      id: 31_337,
      name: 'Sandbox',
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
      rpcUrls: { default: { http: [rpc] } },
    })
    const wallet = createWalletClient({ account, chain, transport: http(rpc) })
    const { to, data } = quote.transaction
    const hash = await wallet.sendTransaction({ to: `0x${to.slice(2)}`, data: `0x${data.slice(2)}` })
    expect((await name(quote, hash)).status).toBe(202)
    await act('mine', { blocks: '1' })
    await reaches(quote, 'confirming')
    expect(await paymentOf(quote)).toBeUndefined()
    await act('mine', { blocks: '2' })
    await reaches(quote, 'confirmed')
    expect(await paymentOf(quote)).toBe('succeeded')
    const [credits] = await query<{ balance: number }>(
      `select balance_count::int as balance from public.credit_wallets where organization_id = $1::uuid and kind = 'purchased'`,
      organization,
    )
    expect(credits).toEqual({ balance: 100 })

    // The same transaction pays nothing else.
    const other = await newQuote()
    await name(other, hash)
    await reaches(other, 'failed')
    expect((await look(other)).failure_code).toBe('transfer_already_used')
  })

  it('[BIL-52] fails for the wrong token, for somebody else’s transfer and for one that failed, and takes the right one after', async () => {
    const quote = await newQuote()
    for (const [wrong, code] of [
      [{ token: fakeUsdc }, 'token_mismatch'],
      [{ from: `0x${'7'.repeat(40)}` }, 'sender_mismatch'],
      [{ outcome: 'fails' }, 'transaction_reverted'],
    ] as const) {
      expect((await name(quote, await send(wrong))).status).toBe(202)
      await expect.poll(async () => (await look(quote)).failure_code, { timeout: 40_000, interval: 250 }).toBe(code)
      expect(await paymentOf(quote)).toBeUndefined()
    }
    await name(quote, await send())
    await reaches(quote, 'confirmed')
  })

  it('[BIL-52] reverses a payment whose block was replaced, and takes the credits back', async () => {
    const quote = await newQuote()
    const hash = await send()
    await name(quote, hash)
    await reaches(quote, 'confirmed')
    await act('reorganise', { depth: '3', fate: 'drop' })
    await reaches(quote, 'orphaned')
    expect(await paymentOf(quote)).toBe('reversed')
    const [purchase] = await query<{ clawed: number }>(
      `select (clawed_back_count + owed_count)::int as clawed from public.credit_purchases where id = (
         select purpose_id from public.billing_onchain_quotes where id = $1::uuid)`,
      quote.id,
    )
    expect(purchase).toEqual({ clawed: 100 })
  })

  it('[BIL-50] removes a wallet, from which then nothing can be paid', async () => {
    const quote = await newQuote()
    expect((await call('DELETE', `/wallets/${walletId}`)).status).toBe(204)
    expect((await look(quote)).state).toBe('expired')
    const hash = await send()
    expect(await codeOf(await name(quote, hash))).toEqual([409, 'wallet_removed'])
  })
})
