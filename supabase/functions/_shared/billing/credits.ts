import { z } from '@hono/zod-openapi'
import {
  type ApiCaller,
  type BillingDatabase,
  billingOrganizationSchema,
  inBillingOrganization,
  listOfOrganization,
} from '../api/mod.ts'
import type { CallerSql } from '../database/mod.ts'
import { AppError, defineListing, type ListRequest } from '../http/mod.ts'
import { callRpc } from '../platform/mod.ts'

const instant = z.iso.datetime({ offset: true })
const count = z.number().int()
const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .openapi({ description: 'ISO 4217', example: 'USD' })

/** What credits an organization has. */
export const creditBalanceSchema = z
  .object({
    organization_id: z.uuid(),
    available_count: count.openapi({ description: 'Can be used now' }),
    reserved_count: count.openapi({ description: 'Set aside for what is being done' }),
    daily_count: count.openapi({ description: 'Of the day; gone at its end' }),
    promotional_count: count.openapi({ description: 'Given by operators' }),
    initial_count: count.openapi({ description: 'Given at sign-up' }),
    purchased_count: count.openapi({ description: 'Bought; these never expire' }),
    daily_granted_count: count.nullable().openapi({ description: 'What the day began with' }),
    resets_at: instant.openapi({ description: 'When the day’s credits are granted anew' }),
  })
  .openapi('CreditBalance')

/** Query of a statement. */
export const creditStatementQuerySchema = billingOrganizationSchema.extend({
  month: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'Must be a month, such as 2026-11')
    .openapi({ description: 'In UTC', example: '2026-11' }),
})

/** How credits moved in a month. */
export const creditStatementSchema = z
  .object({
    organization_id: z.uuid(),
    month: z.string().openapi({ description: 'In UTC', example: '2026-11' }),
    lines: z.array(
      z.object({
        kind: z
          .enum(['grant', 'purchase', 'spend', 'refund', 'expiry', 'clawback'])
          .openapi({ description: 'Why they moved' }),
        action: z.string().nullable().openapi({ description: 'What credits were spent on; null for other lines' }),
        entry_count: count.openapi({ description: 'Entries of the ledger' }),
        credit_count: count.openapi({ description: 'Into the wallets; negative out of them' }),
      }),
    ),
    opening_count: count.openapi({ description: 'What the wallets held before the month' }),
    closing_count: count.openapi({ description: 'What they held after it' }),
  })
  .openapi('CreditStatement')

/** Query of the packs. */
export const creditPacksQuerySchema = z.strictObject({ currency: currency.optional() })

/** Packs of credits that are offered. */
export const creditPacksSchema = z
  .object({
    data: z.array(
      z.object({
        pack_id: z.uuid(),
        credit_count: count,
        prices: z.array(
          z.object({ currency, price_cents: count.openapi({ description: 'In the currency’s minor unit' }) }),
        ),
      }),
    ),
  })
  .openapi('CreditPacks')

/** A purchase of credits. */
export const creditPurchaseSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    pack_id: z.uuid(),
    credit_count: count,
    currency,
    price_cents: count,
    status: z.enum(['pending', 'paid', 'refunded', 'failed']),
    granted_count: count.openapi({ description: 'Credits that came into the wallet' }),
    clawed_back_count: count.openapi({ description: 'Taken back after refunds and lost disputes' }),
    owed_count: count.openapi({ description: 'To be taken back once bought credits are there again' }),
    payment_id: z.uuid().nullable(),
    paid_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('CreditPurchase')

/** What callers may ask of the list of purchases. */
export const creditPurchaseList = defineListing({
  item: creditPurchaseSchema,
  filters: { status: ['eq', 'in'], created_at: ['gte', 'lt'] },
  sorts: ['created_at'],
  defaultSort: '-created_at',
})

const read = { permission: 'credits.read', isReadOnly: true } as const

/** What credits an organization has. */
export function readCreditBalance(deps: BillingDatabase, caller: ApiCaller, organization_id?: string) {
  return inBillingOrganization(deps, caller, { organization_id, ...read }, async (sql, organizationId) => {
    const [row] = await sql`select * from public.get_credit_balance(${organizationId})`
    // An organization has wallets from its first moment on.
    if (!row) throw new AppError(404, 'organization_not_found', 'Cannot see credits: no such organization')
    return creditBalanceSchema.parse({ ...row, organization_id: organizationId })
  })
}

/** How credits moved in a month. */
export function readCreditStatement(
  deps: BillingDatabase,
  caller: ApiCaller,
  { organization_id, month }: z.output<typeof creditStatementQuerySchema>,
) {
  return inBillingOrganization(deps, caller, { organization_id, ...read }, async (sql, organizationId) => {
    const lines = await sql`select * from public.get_credit_statement(${organizationId}, ${`${month}-01`}::date)`
    const { opening_count, closing_count } = lines[0] ?? (await balanceBefore(sql, organizationId, `${month}-01`))
    return creditStatementSchema.parse({ organization_id: organizationId, month, lines, opening_count, closing_count })
  })
}

/** The balances of a month in which nothing moves: what was there when it began. */
async function balanceBefore(sql: CallerSql, organizationId: string, day: string) {
  const [found] = await sql`
    select coalesce(sum(credit_count), 0)::bigint as opening_count, coalesce(sum(credit_count), 0)::bigint as closing_count
    from public.credit_entries
    where organization_id = ${organizationId} and created_at < ${day}::timestamp at time zone 'UTC'`
  return found ?? { opening_count: 0, closing_count: 0 }
}

/** The packs that are offered, for everybody. */
export async function listCreditPacks({ database }: BillingDatabase, wanted?: string) {
  return creditPacksSchema.parse({ data: await callRpc(database, 'list_credit_packs', { currency: wanted ?? null }) })
}

/** One page of an organization's purchases of credits. */
export async function listCreditPurchases(
  deps: BillingDatabase,
  caller: ApiCaller,
  organization_id: string | undefined,
  request: ListRequest,
) {
  const rows = await listOfOrganization(deps, caller, organization_id, 'public.credit_purchases', request)
  return creditPurchaseList.page(request, rows)
}
