import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { withFreshDatabase } from '../../scripts/fresh_database.ts'
import type { BenchOptions } from '../run.ts'

const sizes = [10_000, 100_000]

/** Two years of all organizations, as an operator asks for them. */
const reports = {
  'revenue by month': `get_revenue_report('2024-01-01', '2025-12-31')`,
  'revenue by plan': `get_revenue_report('2024-01-01', '2025-12-31', 'plan')`,
  'revenue by country': `get_revenue_report('2024-01-01', '2025-12-31', 'country')`,
  cohorts: `get_cohort_report('2024-01-01', '2025-12-31')`,
  churn: `get_churn_report('2024-01-01', '2025-12-31')`,
  trials: `get_trial_report('2024-01-01', '2025-12-31')`,
}

/**
 * Reports of two years over 10,000 and 100,000 subscriptions with four changes each: the median of the rounds, what it is for
 * each subscription, and how it grew with ten times as many.
 */
export async function measureRevenue({ rounds }: BenchOptions): Promise<void> {
  const medians = new Map<number, Map<string, number>>()
  for (const size of sizes) {
    await withFreshDatabase(async (url) => {
      const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} })
      try {
        await fill(sql, size)
        medians.set(size, await measure(sql, rounds))
      } finally {
        await sql.end()
      }
    })
  }
  const [small = 0, large = 0] = sizes
  console.table(
    Object.keys(reports).map((report) => {
      const before = medians.get(small)?.get(report) ?? Number.NaN
      const after = medians.get(large)?.get(report) ?? Number.NaN
      return {
        report,
        [`ms of ${small}`]: before.toFixed(0),
        [`ms of ${large}`]: after.toFixed(0),
        'µs a subscription': ((after * 1000) / large).toFixed(1),
        'growth at ten times': (after / before).toFixed(1),
      }
    }),
  )
}

/** Subscriptions that begin in trial over two years, are paid for, change their plan, and end for a third of them. */
async function fill(sql: postgres.Sql, size: number): Promise<void> {
  await sql.unsafe(`
    with plans as (
      select id, product, row_number() over (order by rank) as place, count(*) over () as plan_count
      from public.billing_plans where product = 'fundraising' and not is_default
    ), subscriptions as (
      select number, gen_random_uuid() as id, gen_random_uuid() as organization_id,
        timestamptz '2024-01-01 00:00+00' + make_interval(hours => (number * 7919) % 14000) as began_at,
        (array['NG', 'IN', 'DE', null])[1 + number % 4] as country, (array['USD', 'NGN'])[1 + number % 2] as currency
      from generate_series(1, ${size}) as number
    )
    insert into private.billing_subscription_changes
      (subscription_id, organization_id, product, plan_id, provider, status, is_trial, billing_interval, seat_count, currency,
        country, annual_cents, annual_change_cents, cancel_reason, ended_at, changed_at)
    select subscriptions.id, subscriptions.organization_id, plans.product, plans.id, 'manual', steps.status,
      steps.status = 'trialing', 'month', 1, subscriptions.currency, subscriptions.country, steps.annual_cents,
      steps.annual_cents - lag(steps.annual_cents, 1, 0) over (partition by subscriptions.number order by steps.place),
      case when steps.status = 'canceled' then 'unused' end::public.billing_cancel_reason,
      case when steps.status = 'canceled' then subscriptions.began_at + steps.after end,
      subscriptions.began_at + steps.after
    from subscriptions
    cross join lateral (
      values
        (1, 'trialing', 0, interval '0', 0),
        (2, 'active', 22800, interval '14 days', 0),
        (3, 'active', 58800, interval '70 days', 1),
        (4, case when subscriptions.number % 3 = 0 then 'canceled' else 'active' end,
          case when subscriptions.number % 3 = 0 then 0 else 22800 end, interval '100 days', 0)
    ) as steps (place, status, annual_cents, after, plan_shift)
    join plans on plans.place = 1 + (subscriptions.number + steps.plan_shift) % plans.plan_count
    order by subscriptions.number, steps.place`)
  await sql`analyze private.billing_subscription_changes`
  const admin = randomUUID()
  await sql`
    insert into auth.users (id, aud, role, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
    values (${admin}, 'authenticated', 'authenticated', 'bench@example.com', now(), '{"platform_admin": true}', '{}')`
  const claims = { sub: admin, role: 'authenticated', aal: 'aal2', app_metadata: { platform_admin: true } }
  await sql`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, false)`
}

async function measure(sql: postgres.Sql, rounds: number): Promise<Map<string, number>> {
  const times = new Map<string, number[]>()
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, call] of Object.entries(reports)) {
      const start = performance.now()
      const rows = await sql.unsafe(`select * from public.${call}`)
      if (rows.length === 0) throw new Error(`${name} is empty`)
      if (round > 0) times.set(name, [...(times.get(name) ?? []), performance.now() - start])
    }
  }
  return new Map([...times].map(([name, all]) => [name, all.toSorted((a, b) => a - b)[all.length >> 1] ?? Number.NaN]))
}
