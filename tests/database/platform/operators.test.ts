import { describe, expect, it } from 'vitest'
import { type Database, type Person, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

/** Acts as somebody whose session has the given level. */
async function actAs(db: Database, person: Person, aal: 'aal1' | 'aal2') {
  await db.actAs(person)
  await db.rows(`select set_config('request.jwt.claims', $1, true)`, [
    JSON.stringify({ sub: person.id, role: 'authenticated', aal, app_metadata: { platform_admin: true } }),
  ])
}

async function platformAdmin(db: Database): Promise<Person> {
  const person = await given.person(db)
  await db.exec(`update auth.users set raw_app_meta_data = '{"platform_admin": true}' where id = $1::uuid`, [person.id])
  return person
}

async function deadJob(db: Database, dedupe: string | null = null): Promise<string> {
  const { id } = await db.asOwner(() =>
    db.row<{ id: string }>(
      `insert into private.jobs (kind, state, attempt, finished_at, last_error, dedupe_key)
       values ('test.work', 'dead', 8, now(), 'It broke', $1) returning id::text as id`,
      [dedupe],
    ),
  )
  return id
}

describe('the operators of the queue', () => {
  const calls = [
    'select * from public.get_job_queues()',
    'select * from public.list_dead_jobs()',
    'select public.retry_job(1)',
    'select public.discard_job(1)',
    `select public.retry_dead_jobs('test.work')`,
    `select public.discard_dead_jobs('test.work')`,
  ]

  it.each(calls)('are platform admins by the account and not by the token, with a second factor: %s', (call) =>
    withRollback(async (db) => {
      const { owner } = await given.organization(db)
      const admin = await platformAdmin(db)
      await actAs(db, owner, 'aal2')
      await expect(db.rows(call)).rejects.toMatchObject({ status: 403, code: 'platform_admin_required' })
      await actAs(db, admin, 'aal1')
      await expect(db.rows(call)).rejects.toMatchObject({ status: 403, code: 'second_factor_required' })
    }),
  )

  it('[A11-07] see how long each queue is, since when it waits and what fails', () =>
    withRollback(async (db) => {
      await db.exec(`
        insert into private.jobs (kind, queue, run_at) values
          ('test.work', 'test', '2026-01-01T00:00:00Z'), ('test.work', 'test', now() + interval '1 hour')`)
      await deadJob(db)
      await actAs(db, await platformAdmin(db), 'aal2')
      const rows = await db.rows(
        `select queue, waiting_count::int as waiting, due_count::int as due, dead_count::int as dead,
           extract(epoch from oldest_due_at)::int as oldest, last_error from public.get_job_queues()
         where kind = 'test.work'`,
      )
      expect(rows).toEqual([
        { queue: 'default', waiting: 0, due: 0, dead: 1, oldest: null, last_error: 'It broke' },
        { queue: 'test', waiting: 2, due: 1, dead: 0, oldest: Date.UTC(2026, 0, 1) / 1000, last_error: null },
      ])
    }))

  it('[A11-07] give a dead job all its attempts again, and a second call changes nothing', () =>
    withRollback(async (db) => {
      const id = await deadJob(db)
      await actAs(db, await platformAdmin(db), 'aal2')
      expect(await db.rows('select id::text as id, last_error from public.list_dead_jobs()')).toEqual([
        { id, last_error: 'It broke' },
      ])
      for (let call = 0; call < 2; call += 1) {
        expect(await db.row('select public.retry_job($1::bigint) as state', [id])).toEqual({ state: 'queued' })
      }
      await db.actAs('service_role')
      const claimed = await db.rows(
        `select id::text as id, attempt from public.claim_jobs(array['default'], 'worker-a') where kind = 'test.work'`,
      )
      expect(claimed).toEqual([{ id, attempt: 1 }])
    }))

  it('cannot retry a job that a newer one replaced, only discard it', () =>
    withRollback(async (db) => {
      const id = await deadJob(db, 'same')
      await db.rows(`select private.enqueue_job('test.work', dedupe_key := 'same')`)
      await actAs(db, await platformAdmin(db), 'aal2')
      const retry = () => db.row('select public.retry_job($1::bigint) as state', [id])
      await expect(retry()).rejects.toMatchObject({ status: 409, code: 'job_replaced' })
      for (let call = 0; call < 2; call += 1) {
        expect(await db.row('select public.discard_job($1::bigint) as state', [id])).toEqual({ state: 'cancelled' })
      }
      await expect(retry()).rejects.toMatchObject({ status: 409, code: 'job_not_dead' })
    }))

  it('[A11-07] retry or discard all dead jobs of a kind, but for those that a newer one replaced', () =>
    withRollback(async (db) => {
      const [first, second, replaced] = [await deadJob(db), await deadJob(db), await deadJob(db, 'same')]
      await db.rows(`select private.enqueue_job('test.work', dedupe_key := 'same')`)
      await db.exec(`insert into private.jobs (kind, state, finished_at) values ('test.other', 'dead', now())`)
      await actAs(db, await platformAdmin(db), 'aal2')
      const dead = () => db.rows(`select id::text as id from public.list_dead_jobs(job_kind := 'test.work')`)
      expect(await dead()).toHaveLength(3)
      expect(await db.row(`select public.retry_dead_jobs('test.work', 1) as count`)).toEqual({ count: 1 })
      expect(await dead()).toEqual([{ id: replaced }, { id: second }])
      expect(await db.row(`select public.retry_dead_jobs('test.work') as count`)).toEqual({ count: 1 })
      expect(await dead()).toEqual([{ id: replaced }])
      expect(await db.row(`select public.discard_dead_jobs('test.work') as count`)).toEqual({ count: 1 })
      expect(await dead()).toEqual([])
      const states = await db.asOwner(() =>
        db.rows(
          `select id::text as id, state::text as state from private.jobs where kind = 'test.work' order by jobs.id`,
        ),
      )
      expect(states.slice(0, 3)).toEqual([
        { id: first, state: 'queued' },
        { id: second, state: 'queued' },
        { id: replaced, state: 'cancelled' },
      ])
    }))
})
