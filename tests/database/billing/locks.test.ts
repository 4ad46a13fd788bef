import { randomInt, randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { claimsOf, type Database, fileDatabase, type Person, withCommit } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { actAsOperator, givenPlatformAdmin } from '../platform/operator_session.ts'
import { unbalanced } from './credits.ts'
import { packId } from './packs.ts'
import { syncPrices } from './payments.ts'
import { planId } from './plans.ts'

let sql: postgres.Sql
let operator: Person
beforeAll(async () => {
  sql = postgres((await fileDatabase()).url, { max: 20, fetch_types: false, onnotice: () => {} })
  operator = await withCommit(async (db) => {
    await syncPrices(db)
    const person = await givenPlatformAdmin(db)
    return { ...person, claims: { aal: 'aal2', app_metadata: { platform_admin: true } } }
  })
})
afterAll(() => sql.end())

type Value = string | number | null
interface Call {
  readonly text: string
  readonly values?: readonly Value[]
  /** The owner of the schemas when left out, as the backend's functions run. */
  readonly by?: Person
}

/** A call as PostgREST makes it: one transaction. @returns the process that does it, and its end */
function start({ text, values = [], by }: Call) {
  const { promise: process, resolve: tell } = Promise.withResolvers<number>()
  const end = sql.begin(async (transaction) => {
    const claims = by ? JSON.stringify(claimsOf(by)) : ''
    const [row] = await transaction<{ pid: number }[]>`
      select pg_backend_pid() as pid, set_config('request.jwt.claims', ${claims}, true),
        set_config('role', ${by ? 'authenticated' : 'postgres'}, true)`
    tell(row?.pid ?? 0)
    await transaction.unsafe(text, [...values])
  })
  return { process, end }
}

/** The state of Postgres's error, where a call failed otherwise than by a rule of ours. */
const problem = async (call: Call): Promise<string | null> => {
  try {
    await start(call).end
    return null
  } catch (error) {
    if (!(error instanceof postgres.PostgresError)) throw error
    return error.code === 'PGRST' ? null : `${error.code} ${error.message} in ${call.text}`
  }
}

/** Has calls stop one after the other, at a row that is held until all of them wait, and go on at once. */
async function meet(held: string, values: readonly Value[], calls: readonly Call[]) {
  const gate = await sql.reserve()
  try {
    await gate.unsafe('begin')
    await gate.unsafe(held, [...values])
    const ends: Promise<unknown>[] = []
    for (const call of calls) {
      const { process, end } = start(call)
      ends.push(end)
      const pid = await process
      await vi.waitFor(async () => {
        const [row] = await gate<{ waits: boolean }[]>`select cardinality(pg_blocking_pids(${pid})) > 0 as waits`
        expect(row?.waits).toBe(true)
      })
    }
    await gate.unsafe('commit')
    return await Promise.allSettled(ends)
  } finally {
    gate.release()
  }
}

interface Buyer {
  readonly organization: GivenOrganization
  readonly customer: string
  readonly purchases: readonly string[]
}

const dollars = (cents: number) => JSON.stringify([{ description: 'Setting up', unit_cents: cents }])
const drafted = (db: Database, { id }: { id: string }, cents = 1000) =>
  db.row<{ id: string }>(`select id from public.draft_invoice($1, 'USD', $2::text::jsonb)`, [id, dollars(cents)])

/** An organization that has a customer at Stripe and orders packs of 100 credits, each paid by a payment of its own. */
async function buyer(db: Database, count: number): Promise<Buyer> {
  const organization = await given.organization(db)
  const customer = `cus_${randomUUID()}`
  await db.exec(`select private.record_customer($1, 'stripe', $2, now())`, [organization.id, customer])
  const pack = await packId(db, 100)
  const purchases = await db.rows<{ id: string }>(
    `select (private.create_credit_purchase($1, $2, 'USD')).id from generate_series(1, $3::int)`,
    [organization.id, pack, count],
  )
  return { organization, customer, purchases: purchases.map(({ id }) => id) }
}

const seconds = Math.floor(Date.now() / 1000)
/** The webhook of an object of Stripe. */
const mirror = (kind: string, { organization, customer }: Buyer, state: object): Call => ({
  text: 'select public.mirror_stripe($1, $2::text::jsonb, clock_timestamp())',
  values: [
    kind,
    JSON.stringify({ created: seconds, customer, candidates: [organization.id], is_end: false, ...state }),
  ],
})
const mirrorPayment = (of: Buyer, purchase: string, status = 'succeeded') =>
  mirror('payment_intent', of, {
    ...{ id: `pi_${purchase}`, status, currency: 'usd', amount: 500, purpose: 'credit_pack', purpose_id: purchase },
  })
/** What Stripe answers to a request, which is written at once. */
const answer = ({ organization }: Buyer, purchase: string, status = 'succeeded'): Call => ({
  text: `select public.record_payment($1, 'stripe', $2, $3::text::public.billing_payment_status, 'usd', 500, now(),
    jsonb_build_object('purpose', 'credit_pack', 'purpose_id', $4::text))`,
  values: [organization.id, `pi_${purchase}`, status, purchase],
})
const payInCash = ({ organization }: Buyer, invoice: string | null, cents: number): Call => ({
  text: `select public.record_manual_payment($1, 'USD', $2, 'cash', null, now(), $3)`,
  values: [organization.id, cents, invoice],
  by: operator,
})

describe('who writes the billing of an organization', () => {
  it('[BIL-26] waits for its turn before anything is held: an answer and the webhook of the same payment', async () => {
    const made = await withCommit((db) => buyer(db, 1))
    const [purchase = ''] = made.purchases
    expect(await problem(answer(made, purchase, 'pending'))).toBeNull()
    expect(await problem(mirrorPayment(made, purchase, 'pending'))).toBeNull()
    const ends = await meet(
      `select from private.webhook_objects where object_key = 'payment_intent:' || $1 for update`,
      [`pi_${purchase}`],
      [mirrorPayment(made, purchase), answer(made, purchase)],
    )
    expect(ends).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }])
  })

  it('[BIL-33] [BIL-34] waits so, too, when two operators write down payments of two invoices', async () => {
    const { made, invoices } = await withCommit(async (db) => {
      const made = await buyer(db, 0)
      await actAsOperator(db)
      const invoices = [await drafted(db, made.organization), await drafted(db, made.organization)]
      for (const { id } of invoices) await db.exec('select public.issue_invoice($1)', [id])
      return { made, invoices }
    })
    const ends = await meet(
      'select from public.organizations where id = $1 for update',
      [made.organization.id],
      invoices.map(({ id }) => payInCash(made, id, 1500)),
    )
    expect(ends).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }])
  })
})

/** Numbers from 0 to 1 that the seed decides (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

interface Busy extends Buyer {
  readonly invoices: readonly string[]
  readonly subscription: string
  readonly plans: readonly string[]
  readonly price: string
  readonly order: string
  readonly person: Person
}

/** An organization with something of everything. */
async function busy(db: Database): Promise<Busy> {
  const made = await buyer(db, 6)
  const { organization } = made
  const plans = [await planId(db, 'fundraising', 'pro'), await planId(db, 'fundraising', 'outreach')]
  const campaigns = await planId(db, 'campaigns', 'growth')
  const { id: price } = await db.row<{ id: string }>(
    `select id from public.billing_prices
     where plan_id = $1 and kind = 'flat' and billing_interval = 'month' and currency = 'USD'`,
    [campaigns],
  )
  const person = await given.person(db)
  await db.actAs(organization.owner)
  const { id: checkout } = await db.row<{ id: string }>(
    `select checkout_id as id from private.open_razorpay_order($1, null, $2, 'USD')`,
    [organization.id, await packId(db, 100)],
  )
  await actAsOperator(db)
  const invoices: string[] = []
  for (let place = 0; place < 8; place += 1) invoices.push((await drafted(db, organization)).id)
  for (const id of invoices.slice(0, 4)) await db.exec('select public.issue_invoice($1)', [id])
  const { id: subscription } = await db.row<{ id: string }>(
    `select id from public.start_manual_subscription($1, $2, 'USD')`,
    [organization.id, plans[0] ?? ''],
  )
  await db.actAs('service_role')
  const order = `order_${organization.id}`
  await db.row('select public.attach_razorpay_order($1, $2)', [checkout, order])
  return { ...made, invoices, subscription, plans, price, order, person }
}

/** All that may happen to an organization's billing at once. */
function anything(of: Busy, roll: () => number): Call {
  const pick = <Item>(items: readonly [Item, ...Item[]]): Item => items[Math.floor(roll() * items.length)] ?? items[0]
  const { organization, customer, subscription } = of
  const purchase = of.purchases[Math.floor(roll() * of.purchases.length)] ?? ''
  const invoice = of.invoices[Math.floor(roll() * of.invoices.length)] ?? ''
  const plan = of.plans[Math.floor(roll() * of.plans.length)] ?? ''
  const asOwner = (text: string, values: readonly Value[]): Call => ({ text, values, by: organization.owner })
  const asOperator = (text: string, values: readonly Value[]): Call => ({ text, values, by: operator })
  const day = 86_400
  const things: readonly [() => Call, ...(() => Call)[]] = [
    () => mirrorPayment(of, purchase, pick(['pending', 'failed', 'succeeded', 'succeeded'])),
    () => answer(of, purchase, pick(['pending', 'succeeded'])),
    () =>
      mirror('refund', of, {
        ...{ id: `re_${Math.floor(roll() * 3)}_${purchase}`, payment_intent: `pi_${purchase}`, currency: 'usd' },
        ...{ amount: 100, status: pick(['pending', 'succeeded']), reason: 'other' },
      }),
    () =>
      mirror('dispute', of, {
        ...{ id: `dp_${purchase}`, payment_intent: `pi_${purchase}`, currency: 'usd', amount: 500, reason: 'fraud' },
        ...pick([{ status: 'needs_response' }, { status: 'lost', is_closed: true }]),
      }),
    () => mirror('customer', of, { id: customer, email: 'pay@example.test', default_method: `pm_1_${customer}` }),
    () => mirror('payment_method', of, { id: `pm_${pick([1, 2])}_${customer}`, type: 'card', last4: '4242' }),
    () =>
      mirror('subscription', of, {
        ...{ id: `sub_${organization.id}`, status: pick(['active', 'past_due', 'unpaid']), currency: 'usd' },
        ...{ interval: 'month', period_starts: seconds - day, period_ends: seconds + 29 * day },
        ...{ items: [{ price: `price_${of.price}`, quantity: 1 }], is_cancelled_at_period_end: false },
      }),
    () => ({
      text: `select public.record_razorpay($1, null, now(), 'razorpay:evt', $2::text::jsonb, $3::text::jsonb)`,
      values: [
        of.order,
        JSON.stringify({ id: `pay_${of.order}`, status: 'succeeded', currency: 'USD', amount_cents: 500 }),
        JSON.stringify([{ id: `rf_${of.order}`, status: 'succeeded', currency: 'USD', amount_cents: 100 }]),
      ],
    }),
    () =>
      asOperator(
        `select public.request_refund(paid.id, 100) from (
          select id from public.billing_payments where organization_id = $1 order by provider, id limit 1 offset $2
        ) as paid`,
        [organization.id, Math.floor(roll() * 8)],
      ),
    () => payInCash(of, pick([invoice, null]), pick([300, 1000, 1500])),
    () => asOperator(`select public.mark_invoice_paid($1, 'cash')`, [invoice]),
    () => asOperator('select public.issue_invoice($1)', [invoice]),
    () => asOperator(`select public.void_invoice($1, 'Wrong')`, [invoice]),
    () =>
      asOperator(`select public.issue_credit_note($1, 100, 'Outage', $2::text::public.billing_credit_settlement)`, [
        invoice,
        pick(['invoice', 'balance', 'refund']),
      ]),
    () => asOwner('select public.change_subscription($1, $2)', [subscription, plan]),
    () => asOwner('select public.change_seats($1, $2)', [subscription, 1 + Math.floor(roll() * 9)]),
    () => asOwner(`select public.${pick(['pause', 'unpause'])}_subscription($1)`, [subscription]),
    () =>
      asOwner(
        `select private.begin_checkout($1, 'stripe', 'payment', null, 'month', 'USD', 1, packs.id, null)
        from public.credit_packs as packs where credit_count = 100`,
        [organization.id],
      ),
    () => asOwner(`select public.save_billing_profile($1, '{"city": "Lagos"}')`, [organization.id]),
    () => ({
      text: `select public.settle_credits(held.id) from public.reserve_credits($1, 'assistant_chat_turn', $2) as held`,
      values: [organization.id, randomUUID()],
    }),
    () => ({ text: `select private.take_limit($1, 'max_plots')`, values: [organization.id] }),
    () =>
      asOperator(`select public.override_entitlement($1, $2, $3, 'They asked')`, [
        organization.id,
        pick(['max_agents', 'max_plots', 'daily_credits']),
        pick([5, 50, null]),
      ]),
    () => asOperator(`select public.set_plan_entitlement($1, 'max_plots', $2)`, [plan, pick([10, 100])]),
    () => asOwner(`select public.add_member($1, $2, 'agent')`, [organization.id, of.person.id]),
    () =>
      asOwner('select public.remove_member(id) from public.memberships where organization_id = $1 and user_id = $2', [
        organization.id,
        of.person.id,
      ]),
    () => ({
      text: `select private.${pick([
        ...(['keep_subscriptions', 'keep_invoices', 'make_invoices', 'expire_credits', 'roll_up_usage'] as const),
        ...(['collect_all_owed_credits', 'grant_daily_credits', 'watch_onchain_quotes'] as const),
      ])}(100)`,
    }),
  ]
  return pick(things)()
}

/** What must add up whatever happened, each as a statement that finds what does not. */
const books = {
  wallets: unbalanced,
  refunds: `
    select payments.id from public.billing_payments as payments
    where refunded_cents <> (
      select coalesce(sum(refunds.amount_cents), 0) from public.billing_refunds as refunds
      where refunds.payment_id = payments.id and refunds.status = 'succeeded'
    )`,
  allocations: `
    select payments.id from public.billing_payments as payments
    where purpose = 'invoice' and private.unallocated_cents(payments) < 0
    union all
    select invoices.id from public.billing_invoices as invoices
    where provider = 'own' and (paid_cents + credited_cents > total_cents or paid_cents <> (
      select coalesce(sum(allocations.amount_cents), 0) from public.billing_payment_allocations as allocations
      where allocations.invoice_id = invoices.id
    ) or status <> 'draft' and status <> 'void' and (status = 'paid') <> (open_cents = 0))`,
  purchases: `
    select purchases.id from public.credit_purchases as purchases
    where granted_count - clawed_back_count - owed_count <> case
      when granted_count = 0 then 0 else private.paid_credit_count(purchases) end`,
  numbers: `
    select seller_id from public.billing_invoices where number is not null
    group by seller_id having count(*) <> max(right(number, 6)::int)`,
} as const

it('[TST-04] [BIL-26] [BIL-33] [BIL-51] [CRD-06] hundreds of all kinds at once never wait for each other in a circle, and the books add up', async () => {
  const seed = Number(process.env.BILLING_LOCKS_SEED ?? randomInt(2 ** 31))
  console.info(`BILLING_LOCKS_SEED=${seed}`)
  const [one, other] = await withCommit(async (db) => {
    const first = await busy(db)
    await db.actAs('postgres')
    return [first, await busy(db)] as const
  })
  const problems: string[] = []
  await Promise.all(
    Array.from({ length: 16 }, async (_, session) => {
      const roll = numbers(seed + session)
      for (let step = 0; step < 14; step += 1) {
        const found = await problem(anything(roll() < 0.7 ? one : other, roll))
        if (found) problems.push(found)
      }
    }),
  )
  expect(problems, `BILLING_LOCKS_SEED=${seed}`).toEqual([])
  for (const [what, statement] of Object.entries(books)) {
    expect({ [what]: [...(await sql.unsafe(statement))] }, `BILLING_LOCKS_SEED=${seed}`).toEqual({ [what]: [] })
  }
  const limits = () => sql`select organization_id, key, value, action from private.organization_limits order by 1, 2`
  const before = [...(await limits())]
  for (const { organization } of [one, other]) await sql`select private.apply_entitlements(${organization.id})`
  expect([...(await limits())], `BILLING_LOCKS_SEED=${seed}`).toEqual(before)
})
