import { expect, it } from 'vitest'
import { atOnce, type Database, withCommit, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

const subscribe = (db: Database, pattern: string, kind: string, organization: { id: string } | null = null) =>
  db.exec(`insert into private.event_subscriptions (topic_pattern, kind, organization_id) values ($1, $2, $3::uuid)`, [
    pattern,
    kind,
    organization?.id ?? null,
  ])

const emit = async (db: Database, topic: string, organization: { id: string }, dedupe: string | null = null) => {
  const { count } = await db.row<{ count: number }>(
    `select private.emit_event($1, $2::uuid, '{"invoice_id": 7}', $3) as count`,
    [topic, organization.id, dedupe],
  )
  return count
}

const kinds = async (db: Database) =>
  (await db.rows<{ kind: string }>(`select kind from private.jobs where kind like 'test.%' order by kind`)).map(
    ({ kind }) => kind,
  )

it('makes a job for each subscriber whose pattern and organization fit, and only for those', () =>
  withRollback(async (db) => {
    const [ours, theirs] = [await given.organization(db), await given.organization(db)]
    await subscribe(db, 'invoice.paid', 'test.exact')
    await subscribe(db, 'invoice.*', 'test.subject')
    await subscribe(db, '*', 'test.everything')
    await subscribe(db, 'invoice.paid', 'test.ours', ours)
    await subscribe(db, 'invoice.paid', 'test.theirs', theirs)
    await subscribe(db, 'invoice.voided', 'test.voided')
    expect(await emit(db, 'invoice.paid', ours)).toBe(4)
    expect(await kinds(db)).toEqual(['test.everything', 'test.exact', 'test.ours', 'test.subject'])
    expect(
      await db.row(`select payload - 'occurred_at' as payload from private.jobs where kind = 'test.exact'`),
    ).toEqual({ payload: { topic: 'invoice.paid', organization_id: ours.id, event: { invoice_id: 7 } } })
  }))

it('delivers an event with a dedupe key once, also when it was delivered long before', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    await subscribe(db, 'invoice.paid', 'test.exact')
    expect(await emit(db, 'invoice.paid', organization, 'invoice.paid:7')).toBe(1)
    expect(await emit(db, 'invoice.paid', organization, 'invoice.paid:7')).toBe(0)
    await db.exec(`update private.jobs set state = 'succeeded', finished_at = now() where kind = 'test.exact'`)
    expect(await emit(db, 'invoice.paid', organization, 'invoice.paid:7')).toBe(0)
    expect(await emit(db, 'invoice.paid', organization, 'invoice.paid:8')).toBe(1)
  }))

it('leaves no job behind when the change is undone', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    await subscribe(db, 'invoice.paid', 'test.exact')
    await expect(
      db.exec(`do $do$ begin
        perform private.emit_event('invoice.paid', '${organization.id}', '{}');
        raise exception 'Not today';
      end $do$`),
    ).rejects.toThrow('Not today')
    expect(await kinds(db)).toEqual([])
  }))

it('refuses a topic that is not named by subject and event', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    await expect(emit(db, 'Invoice paid', organization)).rejects.toMatchObject({ sqlstate: '22023' })
  }))

it('[PLT-11] [A11-08] records each run of a recurring job, and a failed one with its reason but without its changes', () =>
  withRollback(async (db) => {
    await db.exec(`
      create function private.break_things(batch_size int) returns int language plpgsql set search_path = ''
      as $$ begin
        insert into private.event_subscriptions (topic_pattern, kind) values ('half.done', 'test.half');
        raise exception 'Half way';
      end $$`)
    await db.rows(`select private.run_recurring('test_break_things', 'private.break_things', 5)`)
    await db.rows(`select private.job_purge_job_history(10)`)
    const runs = await db.rows(
      `select name, state::text as state, handled_count, last_error from private.cron_runs order by id`,
    )
    expect(runs).toEqual([
      { name: 'test_break_things', state: 'failed', handled_count: null, last_error: 'Half way' },
      { name: 'platform_purge_job_history', state: 'succeeded', handled_count: 0, last_error: null },
    ])
    expect(await db.rows(`select from private.event_subscriptions where kind = 'test.half'`)).toEqual([])
  }))

it('[PLT-11] [A11-08] never runs a recurring job twice at once', async () => {
  const run = (db: Database) => db.row('select private.job_purge_job_history(10) as handled')
  const [first, second] = await atOnce(run, run)
  expect([first.status, second.status]).toEqual(['fulfilled', 'fulfilled'])
  const states = await withCommit((db) => db.rows(`select state::text as state from private.cron_runs order by state`))
  expect(states).toEqual([{ state: 'skipped' }, { state: 'succeeded' }])
})

it('[PLT-11] keeps job history for 14 days, and dead jobs until an operator saw them', () =>
  withRollback(async (db) => {
    await db.exec(`
      insert into private.jobs (kind, state, finished_at) values
        ('test.old', 'succeeded', now() - interval '15 days'), ('test.cancelled', 'cancelled', now() - interval '15 days'),
        ('test.fresh', 'succeeded', now() - interval '13 days'), ('test.dead', 'dead', now() - interval '15 days')`)
    expect(await db.row('select private.job_purge_job_history(100) as handled')).toEqual({ handled: 2 })
    expect(await kinds(db)).toEqual(['test.dead', 'test.fresh'])
  }))

it('calls the worker once for many new jobs, with the address and key of Vault, and not while one polls', () =>
  withRollback(async (db) => {
    const enqueue = () => db.rows(`select private.enqueue_job('test.work', queue := 'test')`)
    const calls = () => db.rows(`select url, headers ->> 'apikey' as key from net.http_request_queue`)
    await enqueue()
    expect(await calls()).toEqual([])
    await db.rows(`select vault.create_secret('http://functions.test/v1/', 'functions_url')`)
    await db.rows(`select vault.create_secret('sb_secret_x', 'worker_key')`)
    await db.rows(`select public.claim_jobs(array['test'], 'worker-a', poll_seconds := 5)`)
    await enqueue()
    expect(await calls()).toEqual([])
    await db.exec('delete from private.worker_heartbeats')
    for (let made = 0; made < 5; made += 1) await enqueue()
    expect(await calls()).toEqual([{ url: 'http://functions.test/v1/worker', key: 'sb_secret_x' }])
  }))

it('has the schedule call the worker only when a job is due or a lease ended', () =>
  withRollback(async (db) => {
    await db.rows(`select vault.create_secret('http://functions.test/v1', 'functions_url')`)
    await db.rows(`select vault.create_secret('sb_secret_x', 'worker_key')`)
    const look = async () => {
      await db.exec('delete from private.worker_heartbeats')
      return (await db.row<{ called: number }>('select private.job_wake_worker(1) as called')).called
    }
    expect(await look()).toBe(0)
    await db.exec(`insert into private.jobs (kind, run_at) values ('test.later', now() + interval '1 hour')`)
    expect(await look()).toBe(0)
    await db.exec(`insert into private.jobs (kind) values ('test.now')`)
    expect(await look()).toBe(1)
    await db.rows(`select public.claim_jobs(array['default'], 'worker-a')`)
    expect(await look()).toBe(0)
    await db.exec(`update private.jobs set lease_until = now() - interval '1 second' where kind = 'test.now'`)
    expect(await look()).toBe(1)
  }))
