import { describe, expect, it } from 'vitest'
import { latencyBoundaries } from '../../../supabase/functions/_shared/observability/mod.ts'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator, actWithLevel, givenPlatformAdmin } from './operator_session.ts'

/** A histogram with some calls in some buckets. */
const histogram = (buckets: Readonly<Record<number, number>>) =>
  Array.from({ length: latencyBoundaries.length + 1 }, (_, place) => buckets[place] ?? 0)

const metric = (given: object = {}) => ({
  minute_at: new Date().toISOString(),
  kind: 'endpoint',
  function_name: 'billing',
  name: 'GET /billing/invoices',
  call_count: 10,
  refused_count: 2,
  failed_count: 1,
  total_ms: 450,
  longest_ms: 90,
  latency_counts: histogram({ 2: 8, 4: 2 }),
  ...given,
})

async function record(db: Database, ...metrics: object[]): Promise<number> {
  await db.actAs('service_role')
  const { taken } = await db.row<{ taken: number }>('select public.record_metrics($1::text::jsonb) as taken', [
    JSON.stringify(metrics),
  ])
  return taken
}

describe('request metrics', () => {
  it('[OBS-12] [OBS-19] add up the batches of many isolates minute by minute', () =>
    withRollback(async (db) => {
      expect(await record(db, metric(), metric({ name: 'POST /billing/checkout' }))).toBe(2)
      expect(await record(db, metric({ longest_ms: 300, latency_counts: histogram({ 2: 9, 6: 1 }) }))).toBe(1)
      await db.actAs('postgres')
      const rows = await db.rows(
        `select name, call_count, refused_count, failed_count, total_ms::int as total_ms, longest_ms, latency_counts
         from private.request_metrics where kind = 'endpoint' order by name`,
      )
      expect(rows).toEqual([
        {
          name: 'GET /billing/invoices',
          call_count: 20,
          refused_count: 4,
          failed_count: 2,
          total_ms: 900,
          longest_ms: 300,
          latency_counts: histogram({ 2: 17, 4: 2, 6: 1 }),
        },
        expect.objectContaining({ name: 'POST /billing/checkout', call_count: 10 }),
      ])
    }))

  it('pass over what comes too late or from the future', () =>
    withRollback(async (db) => {
      const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()
      expect(await record(db, metric({ minute_at: at(-3000) }), metric({ minute_at: at(60) }))).toBe(0)
    }))

  it('[OBS-03] [OBS-12] answer rates and percentiles for each bucket of time', () =>
    withRollback(async (db) => {
      await record(
        db,
        metric({
          call_count: 100,
          failed_count: 5,
          total_ms: 12_345,
          longest_ms: 40_000,
          // 90 up to 100 ms, 8 up to 500 ms, 2 beyond the last boundary.
          latency_counts: histogram({ 4: 90, 7: 8, 16: 2 }),
        }),
      )
      await actAsOperator(db)
      const [row] = await db.rows(
        `select *, call_count::int as calls from public.get_request_metrics(bucket => '1 hour')`,
      )
      expect(row).toMatchObject({
        function_name: 'billing',
        name: 'GET /billing/invoices',
        calls: 100,
        error_percent: '5.00',
        average_ms: '123.5',
        longest_ms: 40_000,
        // The 50th of 90 calls between 50 and 100 ms, the 5th of 8 between 350 and 500, the first of 2 up to the longest.
        percentile_50_ms: 78,
        percentile_95_ms: 444,
        percentile_99_ms: 35_000,
      })
    }))

  it('have a histogram whose boundaries are the same in SQL and in TypeScript', () =>
    withRollback(async (db) => {
      expect(await db.row('select private.latency_boundaries() as list')).toEqual({ list: [...latencyBoundaries] })
    }))

  it('have no percentile when there was no call, and never one above the longest call', () =>
    withRollback(async (db) => {
      const percentile = async (buckets: Readonly<Record<number, number>>, longest: number) =>
        (
          await db.row<{ ms: number | null }>('select private.latency_percentile($1::bigint[], 0.99, $2::int) as ms', [
            `{${histogram(buckets).join(',')}}`,
            longest,
          ])
        ).ms
      expect(await percentile({}, 0)).toBeNull()
      expect(await percentile({ 12: 1 }, 2100)).toBeLessThanOrEqual(2100)
    }))

  it('are for platform admins with a second factor', () =>
    withRollback(async (db) => {
      const { owner } = await given.organization(db)
      const admin = await givenPlatformAdmin(db)
      const read = () => db.rows('select * from public.get_request_metrics()')
      await actWithLevel(db, owner, 'aal2')
      await expect(read()).rejects.toMatchObject({ status: 403, code: 'platform_admin_required' })
      await actWithLevel(db, admin, 'aal1')
      await expect(read()).rejects.toMatchObject({ status: 403, code: 'second_factor_required' })
      await actWithLevel(db, admin, 'aal2')
      expect(await read()).toEqual([])
    }))

  it.each([
    [`kind => 'colour'`, 'metric_kind_unknown'],
    [`bucket => '1 second'`, 'metric_range_invalid'],
    [`from_at => now() - interval '40 days', bucket => '1 day'`, 'metric_range_invalid'],
    [`from_at => now() - interval '20 days', bucket => '1 minute'`, 'metric_range_invalid'],
    [`from_at => now() + interval '1 hour'`, 'metric_range_invalid'],
  ])('refuse a question that is too large or makes no sense: %s', (parameters, code) =>
    withRollback(async (db) => {
      await actAsOperator(db)
      await expect(db.rows(`select * from public.get_request_metrics(${parameters})`)).rejects.toMatchObject({
        status: 422,
        code,
      })
    }),
  )

  it('[OBS-08] are kept for 30 days', () =>
    withRollback(async (db) => {
      await db.exec(`
        insert into private.request_metrics (minute_at, kind, function_name, name, latency_counts)
        select date_trunc('minute', now() - age, 'UTC'), 'endpoint', 'billing', 'GET /', array_fill(0, array[17])
        from unnest(array[interval '29 days', '31 days', '32 days']) as ages (age)`)
      expect(await db.row('select private.job_purge_request_metrics(1) as count')).toEqual({ count: 1 })
      expect(await db.row('select private.job_purge_request_metrics(100) as count')).toEqual({ count: 1 })
      expect(await db.row('select count(*)::int as left from private.request_metrics')).toEqual({ left: 1 })
    }))
})

it('[OBS-18] the system tells its connections, size and queue to the backend', () =>
  withRollback(async (db) => {
    await db.exec(
      `insert into private.jobs (kind, queue, run_at) values ('test.work', 'test', now() - interval '90 s')`,
    )
    await db.actAs('service_role')
    const { health } = await db.row<{ health: Record<string, number> }>('select public.get_system_health() as health')
    expect(health).toMatchObject({ due_job_count: 1, oldest_due_job_seconds: 90, dead_job_count: 0 })
    expect(health.connections_used).toBeGreaterThan(0)
    expect(health.connections_max).toBeGreaterThan(health.connections_used ?? 0)
    expect(health.database_bytes).toBeGreaterThan(1_000_000)
  }))
