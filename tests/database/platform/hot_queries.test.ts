import { expect, it } from 'vitest'
import { z } from 'zod'
import { type Database, withRollback } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'

const planSchema = z.looseObject({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  get Plans() {
    return z.array(planSchema).optional()
  },
})
const explainSchema = z.tuple([z.object({ Plan: planSchema })])

/** Tables of a plan that are read from end to end. */
function scannedWhole(plan: z.infer<typeof planSchema>): string[] {
  const own = plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name'] ?? ''] : []
  return [...own, ...(plan.Plans ?? []).flatMap(scannedWhole)]
}

/** Enough rows that reading all of them is never the best plan. */
async function givenVolume(db: Database): Promise<GivenOrganization> {
  const organization = await given.organization(db)
  // Spread over people as memberships are: a person with most of the table is rightly read from end to end.
  const people: string[] = []
  while (people.length < 100) people.push((await given.person(db)).id)
  // Rows are what is wanted, not what follows from them; the rollback brings the triggers back.
  await db.exec(`
    alter table public.organizations disable trigger user;
    alter table public.memberships disable trigger user;
    insert into public.organizations (name, slug) select 'Volume ' || n, 'volume-' || n from generate_series(1, 5000) as n;
    insert into public.memberships (organization_id, user_id, role)
    select id, ('{${people.join()}}'::uuid[])[1 + row_number() over (order by id) % 100], 'member'
    from public.organizations where slug like 'volume-%';
    insert into public.audit_logs (organization_id, actor_kind, action, object_type, object_id, occurred_at)
    select case when n % 300 = 0 then '${organization.id}'::uuid else md5((n % 300)::text)::uuid end,
      'system', 'update', 'organization', n::text, now() - n * interval '1 second'
    from generate_series(1, 30000) as n;
    insert into private.jobs (kind, state, run_at, finished_at)
    select 'test.done', 'succeeded', now() - interval '1 day', now() - interval '1 day' from generate_series(1, 20000);
    insert into private.jobs (kind, run_at)
    select 'test.later', now() + interval '1 hour' from generate_series(1, 2000);
    insert into private.request_metrics (minute_at, kind, function_name, name, call_count, latency_counts)
    select date_trunc('minute', now(), 'UTC') - n * interval '1 minute', 'endpoint', 'billing', 'GET /' || place, 1,
      array_fill(0, array[17])
    from generate_series(0, 2999) as n, generate_series(1, 10) as place;
    analyze public.organizations, public.memberships, public.audit_logs, private.jobs, private.request_metrics`)
  return organization
}

const queries: readonly { readonly name: string; readonly as: 'member' | 'postgres'; readonly sql: string }[] = [
  { name: 'the organizations of a person', as: 'member', sql: 'select * from public.organizations' },
  { name: 'the memberships that a person sees', as: 'member', sql: 'select * from public.memberships' },
  {
    name: 'the newest audit entries of an organization',
    as: 'member',
    sql: `select * from public.audit_logs where organization_id = '{organization}'
      order by occurred_at desc limit 50`,
  },
  {
    name: 'the audit entries that a person sees of a day',
    as: 'member',
    sql: `select * from public.audit_logs where occurred_at > now() - interval '1 day'`,
  },
  {
    name: 'the jobs that a worker claims',
    as: 'postgres',
    sql: `select id from private.jobs where queue = 'default' and state in ('queued', 'failed') and run_at <= now()
      order by priority, run_at, id limit 10`,
  },
  {
    name: 'the leases that ended',
    as: 'postgres',
    sql: `select id from private.jobs where queue = 'default' and state = 'running' and lease_until <= now()`,
  },
  {
    name: 'the measurements that alert rules look at',
    as: 'postgres',
    sql: `select sum(call_count) from private.request_metrics
      where kind = 'endpoint' and minute_at > now() - interval '5 minutes'`,
  },
  {
    name: 'the jobs that gave up',
    as: 'postgres',
    sql: `select count(*) from private.jobs where state = 'dead' and finished_at > now() - interval '1 day'`,
  },
]

it(
  '[PLT-25] reads by an index what is asked all the time, under the policies and with many rows',
  () =>
    withRollback(async (db) => {
      const organization = await givenVolume(db)
      // Of small tables, such as the partitions of months to come, all is read in any case.
      const large = await db.rows<{ name: string }>('select relname as name from pg_class where reltuples > 500')
      const largeNames = new Set(large.map(({ name }) => name))
      const found: Record<string, string[]> = {}
      for (const { name, as, sql } of queries) {
        await db.actAs(as === 'member' ? organization.owner : 'postgres')
        const [row] = await db.rows<{ 'QUERY PLAN': unknown }>(
          `explain (format json) ${sql.replace('{organization}', organization.id)}`,
        )
        const [{ Plan }] = explainSchema.parse(row?.['QUERY PLAN'])
        found[name] = scannedWhole(Plan).filter((table) => largeNames.has(table))
      }
      expect([...largeNames]).toEqual(
        expect.arrayContaining(['organizations', 'memberships', 'jobs', 'request_metrics']),
      )
      expect(found).toEqual(Object.fromEntries(queries.map(({ name }) => [name, []])))
    }),
  60_000,
)
