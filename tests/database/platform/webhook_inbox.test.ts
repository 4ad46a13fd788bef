import { describe, expect, it } from 'vitest'
import { atOnce, type Database, withCommit, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

interface Event {
  readonly event_id: string
  readonly event_type?: string
  readonly object_key?: string
  readonly occurred_at?: string
}

/** Stores events as the webhooks function does. @returns how many were new */
async function store(db: Database, events: readonly Event[], provider = 'acme'): Promise<number> {
  await db.actAs('service_role')
  const rows = events.map((event) => ({ event_type: 'thing.changed', payload: { a: 1 }, ...event }))
  const { count } = await db.row<{ count: number }>(
    'select public.store_webhook_events($1, $2::text::jsonb) as count',
    [provider, JSON.stringify(rows)],
  )
  await db.actAs('postgres')
  return count
}

const event = (db: Database, eventId: string) =>
  db.asOwner(() =>
    db.row<{ id: string; state: string; attempts: number; replays: number; error: string | null; is_over: boolean }>(
      `select id::text as id, state::text as state, attempt_count as attempts, replay_count as replays,
         last_error as error, finished_at is not null as is_over
       from private.webhook_events where provider_event_id = $1`,
      [eventId],
    ),
  )

const jobs = (db: Database, id: string) =>
  db.asOwner(() =>
    db.rows<{ state: string }>(
      `select state::text as state from private.jobs
       where kind = 'webhook_event.process' and payload = jsonb_build_object('webhook_event_id', $1::bigint) order by id`,
      [id],
    ),
  )

interface Claimed {
  readonly id: string
  readonly lease_id: string
}

/** The next job as a worker gets it. */
async function claim(db: Database): Promise<Claimed> {
  await db.actAs('service_role')
  const claimed = await db.row<Claimed>(
    `select id::text as id, lease_id::text as lease_id from public.claim_jobs(array['default'], 'worker-a')
     where kind = 'webhook_event.process'`,
  )
  await db.actAs('postgres')
  return claimed
}

const complete = (db: Database, { id, lease_id }: Claimed, outcome = 'processed') =>
  db.row('select public.complete_job($1::bigint, $2::uuid, $3::text::jsonb)', [
    id,
    lease_id,
    JSON.stringify({ outcome }),
  ])

const fail = (db: Database, { id, lease_id }: Claimed, isPermanent = false) =>
  db.row(`select public.fail_job($1::bigint, $2::uuid, 'It broke', $3::boolean)`, [id, lease_id, isPermanent])

const makeDue = (db: Database, id: string) =>
  db.exec('update private.jobs set run_at = now() where id = $1::bigint', [id])

async function actAsOperator(db: Database): Promise<void> {
  await db.actAs('postgres')
  const person = await given.person(db)
  await db.exec(`update auth.users set raw_app_meta_data = '{"platform_admin": true}' where id = $1::uuid`, [person.id])
  await db.actAs(person)
  await db.rows(`select set_config('request.jwt.claims', $1, true)`, [
    JSON.stringify({ sub: person.id, role: 'authenticated', aal: 'aal2' }),
  ])
}

describe('the webhook inbox', () => {
  it('keeps an event together with the job that processes it', () =>
    withRollback(async (db) => {
      expect(await store(db, [{ event_id: 'e1', object_key: 'thing:1', occurred_at: '2026-01-01T00:00:00Z' }])).toBe(1)
      const { id, ...rest } = await event(db, 'e1')
      expect(rest).toEqual({ state: 'received', attempts: 0, replays: 0, error: null, is_over: false })
      expect(await jobs(db, id)).toEqual([{ state: 'queued' }])
      await db.actAs('service_role')
      expect(await db.rows('select * from public.get_webhook_event($1::bigint)', [id])).toEqual([
        {
          id,
          provider: 'acme',
          provider_event_id: 'e1',
          event_type: 'thing.changed',
          object_key: 'thing:1',
          occurred_at: new Date('2026-01-01T00:00:00Z'),
          payload: { a: 1 },
          headers: {},
        },
      ])
    }))

  it('changes nothing when an event comes again, alone or among new ones, twice in one call too', () =>
    withRollback(async (db) => {
      expect(await store(db, [{ event_id: 'e1' }])).toBe(1)
      expect(await store(db, [{ event_id: 'e1', event_type: 'thing.other' }])).toBe(0)
      expect(await store(db, [{ event_id: 'e2' }, { event_id: 'e1' }, { event_id: 'e2' }])).toBe(1)
      // Another provider may use the same ids.
      expect(await store(db, [{ event_id: 'e1' }], 'other')).toBe(1)
      const rows = await db.rows('select event_type from private.webhook_events')
      expect(rows).toEqual([1, 2, 3].map(() => ({ event_type: 'thing.changed' })))
      expect(await db.rows(`select from private.jobs where kind = 'webhook_event.process'`)).toHaveLength(3)
    }))

  it('takes an event once when it comes twice at the same moment, in whatever order', async () => {
    const [first, second] = await atOnce(
      (db) => store(db, [{ event_id: 'race-1' }, { event_id: 'race-2' }]),
      (db) => store(db, [{ event_id: 'race-2' }, { event_id: 'race-1' }]),
    )
    expect([first, second]).toEqual([
      { status: 'fulfilled', value: 2 },
      { status: 'fulfilled', value: 0 },
    ])
    await withCommit(async (db) => {
      const made = await db.rows(`select from private.jobs where kind = 'webhook_event.process'`)
      expect(made).toHaveLength(2)
      await db.exec('delete from private.webhook_events; delete from private.jobs')
    })
  })

  it('keeps all events of a call or none', () =>
    withRollback(async (db) => {
      await expect(store(db, [{ event_id: 'e1' }, { event_id: '' }])).rejects.toMatchObject({ sqlstate: '23514' })
      await db.actAs('postgres')
      expect(await db.rows('select from private.webhook_events')).toEqual([])
      expect(await db.rows('select from private.jobs')).toEqual([])
    }))
})

describe('an event', () => {
  it('is processed once its job succeeded, after failures too', () =>
    withRollback(async (db) => {
      await store(db, [{ event_id: 'e1' }])
      const first = await claim(db)
      expect(await event(db, 'e1')).toMatchObject({ state: 'processing', attempts: 1 })
      await fail(db, first)
      expect(await event(db, 'e1')).toMatchObject({ state: 'failed', error: 'It broke', is_over: false })
      await makeDue(db, first.id)
      await complete(db, await claim(db))
      expect(await event(db, 'e1')).toMatchObject({ state: 'processed', attempts: 2, error: null, is_over: true })
    }))

  it.each(['ignored', 'stale'])('is kept as %s when its processor says so', (outcome) =>
    withRollback(async (db) => {
      await store(db, [{ event_id: 'e1' }])
      await complete(db, await claim(db), outcome)
      expect(await event(db, 'e1')).toMatchObject({ state: outcome, is_over: true })
    }),
  )

  it('comes back when its worker died, and is dead when all did', () =>
    withRollback(async (db) => {
      await store(db, [{ event_id: 'e1' }])
      const endLease = `update private.jobs set lease_until = clock_timestamp() - interval '1 second'`
      const lost = await claim(db)
      await db.exec(endLease)
      const next = await claim(db)
      expect(next.id).toBe(lost.id)
      expect(await event(db, 'e1')).toMatchObject({ state: 'processing', attempts: 2 })
      // The one that was thought dead cannot end it any more.
      await complete(db, lost)
      expect(await event(db, 'e1')).toMatchObject({ state: 'processing' })
      await db.exec(`update private.jobs set attempt = max_attempts`)
      await db.exec(endLease)
      await db.rows(`select from public.claim_jobs(array['default'], 'worker-b')`)
      expect(await event(db, 'e1')).toMatchObject({
        state: 'dead',
        error: expect.stringContaining('worker-a'),
        is_over: true,
      })
    }))

  it('follows what operators do with its dead job', () =>
    withRollback(async (db) => {
      await store(db, [{ event_id: 'e1' }])
      const job = await claim(db)
      await fail(db, job, true)
      const { id } = job
      expect(await event(db, 'e1')).toMatchObject({ state: 'dead', error: 'It broke' })
      await actAsOperator(db)
      await db.row('select public.retry_job($1::bigint)', [id])
      expect(await event(db, 'e1')).toMatchObject({ state: 'received', is_over: false })
      await db.asOwner(async () => fail(db, await claim(db), true))
      await actAsOperator(db)
      await db.row('select public.discard_job($1::bigint)', [id])
      expect(await event(db, 'e1')).toMatchObject({ state: 'discarded', is_over: true })
    }))
})

describe('a stale event', () => {
  const accept = async (db: Database, occurredAt: string, key: string | null = 'thing:1', provider = 'acme') => {
    const { is_accepted } = await db.row<{ is_accepted: boolean }>(
      'select private.accept_provider_event($1, $2, $3::timestamptz) as is_accepted',
      [provider, key, occurredAt],
    )
    return is_accepted
  }

  it('is told from one that is as new as what was accepted, for each object of each provider', () =>
    withRollback(async (db) => {
      expect(await accept(db, '2026-01-01T10:00:00Z')).toBe(true)
      expect(await accept(db, '2026-01-01T09:59:59Z')).toBe(false)
      expect(await accept(db, '2026-01-01T10:00:00Z')).toBe(true)
      expect(await accept(db, '2026-01-01T10:00:01Z')).toBe(true)
      expect(await accept(db, '2026-01-01T10:00:00Z')).toBe(false)
      expect(await accept(db, '2026-01-01T09:00:00Z', 'thing:2')).toBe(true)
      expect(await accept(db, '2026-01-01T09:00:00Z', 'thing:1', 'other')).toBe(true)
      expect(await accept(db, '2020-01-01T00:00:00Z', null)).toBe(true)
    }))

  it('that is processed beside a newer one waits for it and changes nothing', async () => {
    const ends = await atOnce(
      (db) => accept(db, '2026-01-01T10:00:00Z', 'thing:race'),
      (db) => accept(db, '2026-01-01T09:00:00Z', 'thing:race'),
    )
    expect(ends).toEqual([
      { status: 'fulfilled', value: true },
      { status: 'fulfilled', value: false },
    ])
  })

  it('is not stale when the newer one failed', () =>
    withRollback(async (db) => {
      await expect(
        db.exec(`do $$ begin
          perform private.accept_provider_event('acme', 'thing:1', '2026-01-02T00:00:00Z');
          raise exception 'The change failed';
        end $$`),
      ).rejects.toThrow('The change failed')
      expect(await accept(db, '2026-01-01T00:00:00Z')).toBe(true)
    }))
})

describe('the operators of the inbox', () => {
  it.each(['select * from public.list_webhook_events()', 'select public.replay_webhook_event(1)'])(
    'are platform admins with a second factor: %s',
    (call) =>
      withRollback(async (db) => {
        const { owner } = await given.organization(db)
        await db.actAs(owner)
        await expect(db.rows(call)).rejects.toMatchObject({ status: 403, code: 'platform_admin_required' })
        await db.asOwner(() =>
          db.exec(`update auth.users set raw_app_meta_data = '{"platform_admin": true}' where id = $1::uuid`, [
            owner.id,
          ]),
        )
        await expect(db.rows(call)).rejects.toMatchObject({ status: 403, code: 'second_factor_required' })
      }),
  )

  it('see events newest first, in pages and by provider, state, type and object, without their contents', () =>
    withRollback(async (db) => {
      await store(db, [{ event_id: 'e1', object_key: 'thing:1' }])
      await store(db, [{ event_id: 'e2', event_type: 'thing.made' }])
      await store(db, [{ event_id: 'e3' }], 'other')
      await actAsOperator(db)
      const list = async (filter = '') => {
        const rows = await db.rows<{ provider_event_id: string }>(`select * from public.list_webhook_events(${filter})`)
        for (const row of rows) expect(Object.keys(row)).not.toContain('payload')
        return rows.map((row) => row.provider_event_id)
      }
      expect(await list()).toEqual(['e3', 'e2', 'e1'])
      expect(await list(`only_provider := 'acme'`)).toEqual(['e2', 'e1'])
      expect(await list(`only_type := 'thing.made'`)).toEqual(['e2'])
      expect(await list(`only_object := 'thing:1'`)).toEqual(['e1'])
      expect(await list(`only_state := 'processed'`)).toEqual([])
      const [last] = await db.rows<{ id: string }>(
        'select id::text as id from public.list_webhook_events(page_size := 1)',
      )
      expect(await list(`before_id := ${last?.id}, page_size := 1`)).toEqual(['e2'])
    }))

  it('have an event processed again whatever became of it, which is audited', () =>
    withRollback(async (db) => {
      for (const [eventId, end] of [
        ['e1', (job: Claimed) => complete(db, job)],
        ['e2', (job: Claimed) => complete(db, job, 'ignored')],
        ['e3', (job: Claimed) => fail(db, job, true)],
      ] as const) {
        await store(db, [{ event_id: eventId }])
        await end(await claim(db))
        const { id } = await event(db, eventId)
        await actAsOperator(db)
        // The second call finds it under way.
        for (let call = 0; call < 2; call += 1) {
          expect(await db.row('select public.replay_webhook_event($1::bigint) as state', [id])).toEqual({
            state: 'received',
          })
        }
        await db.actAs('postgres')
        expect(await event(db, eventId)).toMatchObject({ state: 'received', replays: 1, error: null, is_over: false })
        expect(
          await db.rows(
            `select action, actor_kind::text as actor from public.audit_logs
             where object_type = 'webhook_events' and object_id = $1`,
            [id],
          ),
        ).toEqual([{ action: 'replay', actor: 'platform_admin' }])
        await complete(db, await claim(db))
        expect(await event(db, eventId)).toMatchObject({ state: 'processed', attempts: 2, is_over: true })
      }
      await actAsOperator(db)
      expect(await db.rows('select from public.list_dead_jobs()')).toEqual([])
    }))

  it('have one that waits for its next attempt tried at once, and none that is not there', () =>
    withRollback(async (db) => {
      await store(db, [{ event_id: 'e1' }])
      const job = await claim(db)
      await fail(db, job)
      await db.exec(`update private.jobs set run_at = now() + interval '6 hours'`)
      const { id } = await event(db, 'e1')
      await actAsOperator(db)
      expect(await db.row('select public.replay_webhook_event($1::bigint) as state', [id])).toEqual({ state: 'failed' })
      await db.actAs('postgres')
      expect(await claim(db)).toMatchObject({ id: job.id })
      await actAsOperator(db)
      await expect(db.rows('select public.replay_webhook_event(0)')).rejects.toMatchObject({
        status: 404,
        code: 'webhook_event_not_found',
      })
    }))
})

describe('the retention of the inbox', () => {
  it('removes what was done with as long ago as the setting says, but neither dead events nor those that wait', () =>
    withRollback(async (db) => {
      await db.exec(`
        insert into private.webhook_events
          (provider, provider_event_id, event_type, occurred_at, payload, state, finished_at)
        select 'acme', state || age, 'thing.changed', now(), '{}', state::private.webhook_event_state,
          case when state <> 'failed' then now() - make_interval(days => age) end
        from unnest(array['processed', 'ignored', 'stale', 'discarded', 'dead', 'failed']) as state,
          unnest(array[89, 91]) as age`)
      await db.exec(`insert into private.webhook_objects (provider, object_key, last_occurred_at, updated_at)
        values ('acme', 'old', now(), now() - interval '181 days'), ('acme', 'new', now(), now())`)
      expect(await db.row('select private.job_purge_webhook_events(100) as count')).toEqual({ count: 5 })
      const left = await db.rows<{ name: string }>(
        `select provider_event_id as name from private.webhook_events union all
         select object_key from private.webhook_objects where object_key in ('old', 'new') order by 1`,
      )
      expect(left.map(({ name }) => name)).toEqual(
        'dead89 dead91 discarded89 failed89 failed91 ignored89 new processed89 stale89'.split(' '),
      )
      await db.exec(`update private.settings set value = '88' where key = 'webhook_events.retention_days'`)
      expect(await db.row('select private.job_purge_webhook_events(100) as count')).toEqual({ count: 4 })
    }))
})
