import { z } from '@hono/zod-openapi'
import { type ApiCaller, billingOrganizationSchema, inBillingOrganization, requireScope } from '../api/mod.ts'
import { type CallerDatabase, type CallerSql, listRows } from '../database/mod.ts'
import { AppError, defineListing, type ListRequest } from '../http/mod.ts'
import { ProviderError } from '../providers/mod.ts'
import type { ChainReader, PlannedTransfer, TransferEstimate } from '../providers/payments/chain_reader.ts'

const instant = z.iso.datetime({ offset: true })

const units = z
  .string()
  .openapi({ description: "In the token's smallest unit, as text: it may be larger than a number", example: '5000000' })
const wei = z.string().openapi({ description: 'In wei, as text', example: '67600000000000' })

/** A token that is taken, on the REST face. */
export const onchainTokenSchema = z
  .object({
    id: z.uuid(),
    chain_id: z.coerce.number().int().openapi({ description: 'By EIP-155', example: 137 }),
    contract_address: z.string(),
    symbol: z.string().openapi({ example: 'USDC' }),
    decimals: z.number().int().openapi({ example: 6 }),
    is_enabled: z.boolean(),
    created_at: instant,
  })
  .openapi('OnchainToken')

/** What callers may ask of the list of tokens. */
export const onchainTokenList = defineListing({
  item: onchainTokenSchema,
  filters: { chain_id: ['eq'], is_enabled: ['eq'] },
  sorts: ['created_at'],
  defaultSort: 'created_at',
})

/** Body of a new quote. */
export const newOnchainQuoteSchema = z
  .strictObject({
    ...billingOrganizationSchema.shape,
    wallet_id: z.uuid().openapi({ description: 'The bound wallet that will pay' }),
    token_id: z.uuid(),
    invoice_id: z.uuid().optional().openapi({ description: 'What is open of an own invoice' }),
    pack_id: z.uuid().optional().openapi({ description: 'Or a pack of credits' }),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'Must be an ISO 4217 code')
      .default('USD')
      .openapi({ description: 'Of the pack; an invoice has its own' }),
  })
  .openapi('NewOnchainQuote')

const states = ['open', 'submitted', 'confirming', 'confirmed', 'expired', 'failed', 'orphaned'] as const

/** A quote on the REST face. */
export const onchainQuoteSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    purpose: z.enum(['credit_pack', 'invoice']),
    purpose_id: z.uuid(),
    state: z.enum(states),
    payer_address: z.string().openapi({ description: 'The wallet that must send' }),
    chain_id: z.coerce.number().int(),
    token_address: z.string(),
    token_symbol: z.string(),
    token_decimals: z.number().int(),
    receiving_address: z.string(),
    currency: z.string(),
    amount_cents: z.coerce.number().int().openapi({ description: 'What is paid for, in the minor unit' }),
    amount_units: units,
    received_units: units.nullable(),
    expires_at: instant,
    transaction_hash: z.string().nullable(),
    confirmation_count: z.number().int(),
    confirmed_at: instant.nullable(),
    finalized_at: instant.nullable(),
    failure_code: z.string().nullable().openapi({ example: 'sender_mismatch' }),
    created_at: instant,
    transaction: z
      .object({
        chain_id: z.number().int().openapi({ description: 'The chain' }),
        to: z.string().openapi({ description: 'The contract of the token' }),
        data: z.string().openapi({ description: 'The call of its transfer' }),
        value: z.string().openapi({ description: 'No coin of the chain itself: 0x0' }),
      })
      .openapi({ description: 'What a wallet is asked to send, for eth_sendTransaction' }),
    uri: z.string().openapi({ description: 'The same by EIP-681, for a QR code' }),
  })
  .openapi('OnchainQuote')

/** Body that names the transaction of a quote. */
export const onchainTransactionSchema = z
  .strictObject({
    transaction_hash: z.string().regex(/^0x[0-9a-fA-F]{64}$/, 'Must be 0x and 64 hexadecimal digits'),
  })
  .openapi('OnchainTransaction')

/** What the transfer of a quote would cost now. */
export const gasEstimateSchema = z
  .object({
    native_symbol: z.string().openapi({ description: 'What gas is paid in', example: 'ETH' }),
    gas_units: z
      .string()
      .nullable()
      .openapi({ description: 'Null when the wallet has too few tokens', example: '52000' }),
    max_fee_per_gas: wei.nullable(),
    max_priority_fee_per_gas: wei.nullable(),
    most_cost: wei.nullable().openapi({ description: 'What is paid at most; mostly it is less' }),
    native_balance: wei.nullable().openapi({ description: 'What the wallet has for gas' }),
    token_balance: units.nullable(),
    can_pay: z.boolean().openapi({ description: 'Whether the wallet has the tokens and the gas' }),
  })
  .openapi('GasEstimate')

type Deps = { readonly database: CallerDatabase }

/** One page of the tokens that are taken. */
export async function listOnchainTokens({ database }: Deps, caller: ApiCaller, request: ListRequest) {
  requireScope(caller, 'billing.read')
  const rows = await database.asCaller(
    caller.claims,
    (sql) => listRows(sql, 'public.billing_onchain_tokens', request),
    { isReadOnly: true },
  )
  return onchainTokenList.page(request, rows)
}

/** Makes a quote. @throws {AppError} what `create_onchain_quote` answers */
export async function createOnchainQuote(
  deps: Deps,
  caller: ApiCaller,
  { organization_id, wallet_id, token_id, invoice_id, pack_id, currency }: z.output<typeof newOnchainQuoteSchema>,
) {
  const ask = { organization_id, permission: 'billing.manage' }
  return inBillingOrganization(deps, caller, ask, async (sql, organizationId) => {
    const [quote] = await sql`
      select * from public.create_onchain_quote(
        ${organizationId}, ${wallet_id}, ${token_id}, invoice_id => ${invoice_id ?? null}::uuid,
        pack_id => ${pack_id ?? null}::uuid, currency => ${currency}
      )`
    return showQuote(quote)
  })
}

/** One quote. @throws {AppError} 404 `onchain_quote_not_found` */
export async function readOnchainQuote({ database }: Deps, caller: ApiCaller, id: string) {
  requireScope(caller, 'billing.read')
  return database.asCaller(caller.claims, async (sql) => showQuote(await findQuote(sql, id)), { isReadOnly: true })
}

/** Names the transaction that pays a quote. @throws {AppError} what `submit_onchain_transaction` answers */
export async function submitOnchainTransaction({ database }: Deps, caller: ApiCaller, id: string, hash: string) {
  requireScope(caller, 'billing.manage')
  return database.asCaller(caller.claims, async (sql) => {
    const [quote] = await sql`select * from public.submit_onchain_transaction(${id}, ${hash})`
    return showQuote(quote)
  })
}

/** What estimating needs beside the database. */
export interface EstimateDeps extends Deps {
  /** Null where no node of the chain is configured. */
  readerOf(chainId: number): ChainReader | null
  readonly signal: AbortSignal
}

/**
 * What the transfer of a quote would cost its payer now.
 *
 * @throws {AppError} 404 `onchain_quote_not_found`, 503 `chain_unavailable`
 */
export async function estimateOnchainGas(deps: EstimateDeps, caller: ApiCaller, id: string) {
  requireScope(caller, 'billing.read')
  const { quote, symbol } = await deps.database.asCaller(
    caller.claims,
    async (sql) => {
      const found = showQuote(await findQuote(sql, id))
      const [chain] = await sql`
        select native_symbol from public.billing_onchain_chains where chain_id = ${found.chain_id}`
      return { quote: found, symbol: z.string().parse(chain?.native_symbol) }
    },
    { isReadOnly: true },
  )
  const transfer = {
    token: quote.token_address,
    sender: quote.payer_address,
    recipient: quote.receiving_address,
    units: BigInt(quote.amount_units),
  }
  const estimate = await askChain(deps, quote.chain_id, transfer)
  if (estimate === null) return { ...unpayable, native_symbol: symbol }
  const mostCost = estimate.gasUnits * estimate.maxFeePerGas
  return {
    native_symbol: symbol,
    gas_units: String(estimate.gasUnits),
    max_fee_per_gas: String(estimate.maxFeePerGas),
    max_priority_fee_per_gas: String(estimate.maxPriorityFeePerGas),
    most_cost: String(mostCost),
    native_balance: String(estimate.nativeBalance),
    token_balance: String(estimate.tokenBalance),
    can_pay: estimate.tokenBalance >= transfer.units && estimate.nativeBalance >= mostCost,
  }
}

/** Of a transfer that would fail nobody can say what it costs. */
const unpayable = {
  gas_units: null,
  max_fee_per_gas: null,
  max_priority_fee_per_gas: null,
  most_cost: null,
  native_balance: null,
  token_balance: null,
  can_pay: false,
}

async function askChain(
  deps: EstimateDeps,
  chainId: number,
  transfer: PlannedTransfer,
): Promise<TransferEstimate | null> {
  const unavailable = (cause?: unknown) =>
    new AppError(503, 'chain_unavailable', `Cannot ask chain ${chainId} just now`, {
      headers: { 'retry-after': '5' },
      ...(cause === undefined ? {} : { cause }),
    })
  const reader = deps.readerOf(chainId)
  if (!reader) throw unavailable()
  try {
    return await reader.estimateTransfer(transfer, { signal: deps.signal })
  } catch (error) {
    if (error instanceof ProviderError && error.vendorCode === 'execution_reverted') return null
    throw error instanceof ProviderError ? unavailable(error) : error
  }
}

async function findQuote(sql: CallerSql, id: string): Promise<unknown> {
  const [quote] = await sql`select * from public.billing_onchain_quotes where id = ${id}`
  if (!quote) throw new AppError(404, 'onchain_quote_not_found', 'Cannot read the quote: no such quote')
  return quote
}

const storedQuoteSchema = onchainQuoteSchema.omit({ transaction: true, uri: true })

/** A quote with what the payer's wallet is to be asked for. */
function showQuote(row: unknown): z.output<typeof onchainQuoteSchema> {
  const quote = storedQuoteSchema.parse(row)
  const { chain_id, token_address, receiving_address, amount_units } = quote
  const word = (hex: string) => hex.padStart(64, '0')
  // transfer(address,uint256)
  const data = `0xa9059cbb${word(receiving_address.slice(2))}${word(BigInt(amount_units).toString(16))}`
  return {
    ...quote,
    transaction: { chain_id, to: token_address, data, value: '0x0' },
    uri: `ethereum:${token_address}@${chain_id}/transfer?address=${receiving_address}&uint256=${amount_units}`,
  }
}
