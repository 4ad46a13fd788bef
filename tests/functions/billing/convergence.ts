import * as fc from 'fast-check'
import postgres from 'postgres'
import type { RpcClient } from '../../../supabase/functions/_shared/platform/mod.ts'
import { planId } from '../../database/billing/plans.ts'
import type { Database } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { differences, hearBadly, hearInOrder, type Snapshot } from './deliveries.ts'
import { type Deed, lives, pricesAtStripe, type Setting } from './stripe_life.ts'
import { rpcOn } from './stripe_mirror.ts'

/** What is not the same each time: ids and times of ours. */
const ours = '{id, created_at, updated_at, provider_changed_at, open_cents, own_overdue_at}'

const queries: Readonly<Record<string, string>> = {
  customers: `select to_jsonb(t) - '${ours}'::text[] as row from public.billing_customers as t where organization_id = any (string_to_array($1, ',')::uuid[])`,
  subscriptions: `select to_jsonb(t) - '${ours}'::text[] as row from public.billing_subscriptions as t
    where organization_id = any (string_to_array($1, ',')::uuid[])`,
  items: `select to_jsonb(t) - '${ours}'::text[] - 'subscription_id'
      || jsonb_build_object('subscription', s.provider_subscription_id) as row
    from public.billing_subscription_items as t join public.billing_subscriptions as s on s.id = t.subscription_id
    where t.organization_id = any (string_to_array($1, ',')::uuid[])`,
  metered: `select to_jsonb(t) - 'subscription_id' || jsonb_build_object('subscription', s.provider_subscription_id) as row
    from private.usage_agreed_prices as t join public.billing_subscriptions as s on s.id = t.subscription_id
    where t.organization_id = any (string_to_array($1, ',')::uuid[])`,
  invoices: `select to_jsonb(t) - '${ours}'::text[] - 'subscription_id'
      || jsonb_build_object('subscription', s.provider_subscription_id) as row
    from public.billing_invoices as t left join public.billing_subscriptions as s on s.id = t.subscription_id
    where t.organization_id = any (string_to_array($1, ',')::uuid[])`,
  lines: `select to_jsonb(t) - '${ours}'::text[] - 'invoice_id' || jsonb_build_object('invoice', i.provider_invoice_id) as row
    from public.billing_invoice_lines as t join public.billing_invoices as i on i.id = t.invoice_id
    where t.organization_id = any (string_to_array($1, ',')::uuid[])`,
  payments: `select to_jsonb(t) - '${ours}'::text[] - '{purpose_id, payment_method_id}'::text[]
      || jsonb_build_object('subscription', s.provider_subscription_id, 'saved_method', m.provider_method_id) as row
    from public.billing_payments as t left join public.billing_subscriptions as s on s.id = t.purpose_id
    left join public.billing_payment_methods as m on m.id = t.payment_method_id
    where t.organization_id = any (string_to_array($1, ',')::uuid[])`,
  refunds: `select to_jsonb(t) - '${ours}'::text[] - 'payment_id' || jsonb_build_object('payment', p.provider_payment_id) as row
    from public.billing_refunds as t join public.billing_payments as p on p.id = t.payment_id
    where t.organization_id = any (string_to_array($1, ',')::uuid[])`,
  disputes: `select to_jsonb(t) - '${ours}'::text[] - 'payment_id' || jsonb_build_object('payment', p.provider_payment_id) as row
    from public.billing_disputes as t join public.billing_payments as p on p.id = t.payment_id
    where t.organization_id = any (string_to_array($1, ',')::uuid[])`,
  methods: `select to_jsonb(t) - '${ours}'::text[] as row from public.billing_payment_methods as t where organization_id = any (string_to_array($1, ',')::uuid[])`,
  limits: `select to_jsonb(t) - '${ours}'::text[] as row from private.organization_limits as t where organization_id = any (string_to_array($1, ',')::uuid[])`,
  suspensions: `select jsonb_build_array(t.id, t.suspension_reason) as row from public.organizations as t
    where t.id = any (string_to_array($1, ',')::uuid[])`,
}

async function snapshot(db: Database, { organizations }: Setting): Promise<Snapshot> {
  return db.asOwner(async () => {
    const tables: Record<string, string[]> = {}
    for (const [table, query] of Object.entries(queries)) {
      const rows = await db.rows<{ row: unknown }>(`select row from (${query}) as rows order by row::text`, [
        organizations.join(','),
      ])
      // Organizations by their place: each database has others.
      tables[table] = rows.map(({ row }) => named(row, organizations)).toSorted()
    }
    return tables
  })
}

const named = (row: unknown, organizations: readonly string[]) =>
  organizations.reduce((text, id, place) => text.replaceAll(id, `organization ${place}`), JSON.stringify(row))

/** Organizations and prices that lives are about. */
async function givenSetting(db: Database): Promise<Setting> {
  const organizations = [(await given.organization(db)).id, (await given.organization(db)).id]
  const price = async (product: string, key: string) => {
    const plan = await planId(db, product, key)
    const { id } = await db.asOwner(() =>
      db.row<{ id: string }>(`select id from public.billing_prices where plan_id = $1 and billing_interval = 'month'`, [
        plan,
      ]),
    )
    return id
  }
  const prices = {
    pro: await price('fundraising', 'pro'),
    outreach: await price('fundraising', 'outreach'),
    team: await price('chat', 'team'),
  }
  // What the plans bill of use changes in the middle of the lives: which price counts follows from when a plan was chosen.
  await db.asOwner(() =>
    db.exec(
      `insert into public.billing_prices
         (id, plan_id, kind, billing_interval, currency, unit_cents, limit_key, starts_at, ends_at)
       select private.stable_uuid(concat_ws(' ', plans.key, spans.starts_at)), plans.id, 'metered', 'month', 'USD', 10,
         'max_projects', spans.starts_at, spans.ends_at
       from public.billing_plans as plans
       cross join (
         values ('2026-01-01Z'::timestamptz, '2026-02-01Z'::timestamptz), ('2026-02-01Z', '2026-03-01Z'), ('2026-03-01Z', null)
       ) as spans (starts_at, ends_at)
       where (plans.product, plans.key) in (('fundraising', 'pro'), ('fundraising', 'outreach'))`,
    ),
  )
  const setting = { organizations, prices }
  for (const [name, atStripe] of Object.entries(pricesAtStripe(setting))) {
    await db.asOwner(() =>
      db.exec(
        `insert into private.billing_provider_prices (price_id, provider, provider_product_id, provider_price_id)
         values ($1, 'stripe', $2, $3)`,
        [Object.entries(prices).find(([key]) => key === name)?.[1] ?? '', `prod_${name}`, atStripe],
      ),
    )
  }
  // One organization owes us for its use, too: what Stripe tells takes that debt from nobody.
  await db.asOwner(() =>
    db.exec(`
      create function private.owe_for_use() returns trigger language plpgsql as $$
        begin new.own_overdue_at := now() - interval '12 days'; return new; end $$;
      create trigger t050_owe_for_use before insert on public.billing_subscriptions
        for each row when (new.organization_id = '${organizations[1]}') execute function private.owe_for_use()`),
  )
  return setting
}

/** What happened in the lives that were tried, so that a test sees that they were not empty. */
export interface Tally {
  events: number
  rows: Record<string, number>
}

/** A database of its own, on one connection. */
export interface LifeDatabase {
  readonly db: Database
  readonly setting: Setting
  /** Runs something as the worker does, in a transaction that is undone. */
  undone<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Opens a database for lives and makes organizations and prices in it, which stay. @param url as the schemas' owner */
export async function openLives(url: string): Promise<LifeDatabase> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  let isInside = false
  const db = databaseOn(sql, () => isInside)
  const setting = await givenSetting(db)
  return {
    db,
    setting,
    async undone(work) {
      await sql.unsafe('begin')
      isInside = true
      try {
        await db.actAs('service_role')
        return await work()
      } finally {
        isInside = false
        await sql.unsafe('rollback')
      }
    },
    close: () => sql.end(),
  }
}

function databaseOn(sql: postgres.Sql, isInside: () => boolean): Database {
  const rows: Database['rows'] = async <Row extends object>(statement: string, parameters: unknown[] = []) => [
    ...(await sql.unsafe<Row[]>(statement, parameters.map(sqlValue), { prepare: true })),
  ]
  /** A statement that fails undoes no more than itself. Both go out at once: a life is made of many. */
  async function kept<T>(work: () => Promise<T>): Promise<T> {
    const [, result] = await Promise.allSettled([sql.unsafe('savepoint one'), work()])
    if (result.status === 'fulfilled') return result.value
    await sql.unsafe('rollback to savepoint one')
    throw result.reason
  }
  const actAs: Database['actAs'] = async (actor) => {
    await sql.unsafe(`select set_config('role', $1, true)`, [String(actor)])
  }
  return {
    rows,
    actAs,
    async row(statement, parameters) {
      const [row] = await (isInside()
        ? kept(() => rows<never>(statement, parameters))
        : rows<never>(statement, parameters))
      if (!row) throw new Error('Expected a row')
      return row
    },
    exec: async (statement, parameters = []) => (await sql.unsafe(statement, parameters.map(sqlValue))).count,
    // Outside of a transaction the connection is the owner's.
    async asOwner(work) {
      await actAs('postgres')
      const result = await work()
      await actAs('service_role')
      return result
    },
  }
}

const sqlValue = (value: unknown) =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)

/** Lives that did not converge once, each with the number that chooses how it is heard badly. */
const onceWrong: [readonly Deed[], number][] = [
  // A card was removed in the second for which the deletion of its customer was guessed.
  [
    [
      { kind: 'arrive', first: 0, second: 500, pause: 0 },
      { kind: 'subscribe', first: 0, second: 500, pause: 0 },
      { kind: 'changeCard', first: 0, second: 0, pause: 0 },
      { kind: 'leave', first: 0, second: 0, pause: 1 },
    ],
    10,
  ],
  // A refund failed before the bank was due to say that it arrived.
  [
    [
      { kind: 'arrive', first: 0, second: 475, pause: 0 },
      { kind: 'subscribe', first: 0, second: 475, pause: 0 },
      { kind: 'refund', first: 0, second: 0, pause: 86_400 },
      { kind: 'failRefund', first: 0, second: 0, pause: 0 },
      { kind: 'wait', first: 1, second: 0, pause: 0 },
    ],
    0,
  ],
]

/**
 * Tries lives: what is heard badly must come to the same rows as what is heard in order.
 *
 * @param ordered where it is heard in order, and `bad` where it is not: databases of their own, so that both go on at once
 * @throws {Error} with the shortest life that does not converge, and the seed to try it again
 */
export async function checkConvergence(
  { ordered, bad }: { ordered: LifeDatabase; bad: LifeDatabase },
  options: { runs: number; seed: number; onRun?: () => void },
): Promise<Tally> {
  const tally: Tally = { events: 0, rows: {} }
  const rowsOf = ({ db, setting, undone }: LifeDatabase, hear: (rpc: RpcClient) => Promise<number>) =>
    undone(async () => {
      tally.events += await hear(rpcOn(db))
      return snapshot(db, setting)
    })
  await fc.assert(
    fc.asyncProperty(lives, fc.nat(), async (plan, seed) => {
      // Both end, also when one fails: the next life takes the same connections.
      const [mine, theirs] = valuesOf(
        await Promise.allSettled([
          rowsOf(ordered, (rpc) => hearInOrder(rpc, ordered.setting, plan)),
          rowsOf(bad, (rpc) => hearBadly(rpc, bad.setting, plan, seed)),
        ]),
      )
      for (const [table, rows] of Object.entries(mine)) tally.rows[table] = (tally.rows[table] ?? 0) + rows.length
      const found = differences(mine, theirs)
      if (found.length > 0) throw new Error(found.join('\n'))
      options.onRun?.()
    }),
    { numRuns: options.runs, seed: options.seed, examples: onceWrong },
  )
  return tally
}

/** What two ended with. @throws what the first of them failed with */
function valuesOf<T>([one, other]: readonly [PromiseSettledResult<T>, PromiseSettledResult<T>]): [T, T] {
  if (one.status === 'rejected') throw one.reason
  if (other.status === 'rejected') throw other.reason
  return [one.value, other.value]
}
