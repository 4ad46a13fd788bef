import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { withFreshDatabase } from '../../scripts/fresh_database.ts'
import type { BenchOptions } from '../run.ts'

const sizes = [2_000, 20_000] as const
const batch = 1_000

/**
 * The monthly run: so many organizations begin a period at once, and their invoices are made and issued. Cost for each
 * invoice, and how it grows from a tenth of the size; every third organization has a money credit to take.
 */
export async function measureInvoicing(options: BenchOptions): Promise<void> {
  const rows: object[] = []
  let before: number | null = null
  for (const size of sizes) {
    const turns: number[] = []
    for (let round = 0; round < Math.ceil(options.rounds / 2); round++) turns.push(await measure(size))
    const milliseconds = turns.sort((one, other) => one - other)[Math.floor(turns.length / 2)] ?? Number.NaN
    const each = milliseconds / size
    rows.push({
      organizations: size,
      seconds: (milliseconds / 1000).toFixed(2),
      'ms for each invoice': each.toFixed(3),
      growth: before === null ? '' : `${(each / before).toFixed(2)} of the cost at a tenth`,
    })
    before = each
  }
  console.log(`Monthly invoicing, ${batch} periods in a transaction`)
  console.table(rows)
}

function measure(size: number): Promise<number> {
  return withFreshDatabase(async (url, server) => {
    const admin = postgres(server.url(), { max: 1, onnotice: () => {} })
    // As in production: the temporary server leaves both out.
    for (const setting of ['fsync', 'synchronous_commit']) await admin.unsafe(`alter system set ${setting} = on`)
    await admin`select pg_reload_conf()`
    await admin.end()
    const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} })
    try {
      await fill(sql, size)
      const started = performance.now()
      let handled = 1
      while (handled > 0) {
        const [row] = await sql<{ handled: number }[]>`select private.make_invoices(${batch}) as handled`
        handled = row?.handled ?? 0
      }
      const milliseconds = performance.now() - started
      const [made] = await sql<{ invoices: number; numbers: number }[]>`
        select count(*)::int as invoices, max(right(number, 6)::int) as numbers from public.billing_invoices
        where status = 'issued' and period_starts_at > now() - interval '1 day'`
      if (made?.invoices !== size) throw new Error(`${made?.invoices} of ${size} invoices were made`)
      return milliseconds
    } finally {
      await sql.end()
    }
  })
}

/** Organizations with a subscription whose period began a moment ago, and credits of an earlier invoice. */
async function fill(sql: postgres.Sql, size: number): Promise<void> {
  await sql`insert into public.organizations (id, name, slug, country, time_zone)
    select gen_random_uuid(), 'Company ' || place, 'company-' || place, 'NG', 'Africa/Lagos'
    from generate_series(1, ${size}) as place`
  await sql`insert into public.billing_subscriptions (organization_id, product, plan_id, provider, status, currency,
      current_period_starts_at, current_period_ends_at)
    select organizations.id, plans.product, plans.id, 'manual', 'active', 'NGN', now() - interval '1 minute',
      now() - interval '1 minute' + interval '1 month'
    from public.organizations cross join public.billing_plans as plans
    where plans.product = 'estate' and plans.key = 'starter'`
  await sql`with made as (
      insert into public.billing_invoices (organization_id, provider, seller_id, currency, subtotal_cents, total_cents)
      select organizations.id, 'own', sellers.id, 'NGN', 100000, 100000
      from public.organizations cross join public.billing_sellers as sellers
      where sellers.key = 'default' and organizations.slug ~ '[036]$'
      returning id, organization_id
    )
    insert into public.billing_invoice_lines
      (organization_id, invoice_id, position, kind, description, unit_cents, amount_cents)
    select organization_id, id, 1, 'one_off', 'Setting up', 100000, 100000 from made`
  await sql`select private.issue_invoices(array(select id from public.billing_invoices))`
  await sql`insert into public.billing_credit_notes
      (organization_id, invoice_id, seller_id, number, settlement, currency, amount_cents, total_cents, reason)
    select organization_id, id, seller_id, ${randomUUID()} || id, 'balance', 'NGN', 50000, 50000, 'Outage'
    from public.billing_invoices`
  await sql`analyze`
}
