import { expect, it } from 'vitest'
import { withRollback } from '../../support/database.ts'

it('raises errors that REST answers with a status and a flat body', () =>
  withRollback(async (db) => {
    await expect(
      db.rows(`select private.raise_error(409, 'thing_taken', 'Cannot take "x"', 'Take y.')`),
    ).rejects.toMatchObject({
      sqlstate: 'PGRST',
      status: 409,
      code: 'thing_taken',
      message: 'Cannot take "x"',
    })
  }))

it('closes the door on everything that a migration creates without a grant', () =>
  withRollback(async (db) => {
    await db.exec(`
      create table public.fresh_things (id int);
      create sequence public.fresh_numbers;
      create function public.fresh_call() returns int language sql set search_path = '' as 'select 1'`)
    for (const role of ['anon', 'service_role'] as const) {
      await db.actAs(role)
      for (const statement of [
        'select from public.fresh_things',
        `select nextval('public.fresh_numbers')`,
        'select public.fresh_call()',
      ]) {
        await expect(db.rows(statement)).rejects.toMatchObject({ sqlstate: '42501' })
      }
    }
  }))

it.each([
  ['Café Zürich & Co.', 'cafe-zurich-co'],
  ['  --  ', 'x'],
  ['東京', 'x'],
  [`${'a'.repeat(39)} b`, 'a'.repeat(39)],
])('makes the slug of %j', (name, slug) =>
  withRollback(async (db) => {
    expect(await db.row('select private.slugify($1) as slug', [name])).toEqual({ slug })
  }),
)

it.each([
  ['5 seconds', '1.6', '5 seconds'],
  ['5 seconds', '1.6.4', '5 seconds'],
  ['5 seconds', '1.5', '5 seconds'],
  ['5 seconds', '1.4', '* * * * *'],
  ['5 seconds', '1.4-1', '* * * * *'],
  ['17 3 * * *', '1.4', '17 3 * * *'],
])('schedules "%s" on pg_cron %s as "%s"', (schedule, version, wanted) =>
  withRollback(async (db) => {
    expect(await db.row('select private.cron_schedule_for($1, $2) as schedule', [schedule, version])).toEqual({
      schedule: wanted,
    })
  }),
)

it('installs every wanted schedule once, follows changes and removes what is gone', () =>
  withRollback(async (db) => {
    const install = async () =>
      (await db.row<{ changes: number }>('select private.install_cron_jobs() as changes')).changes
    const jobs = () => db.rows(`select jobname, schedule from cron.job where jobname like 'test\\_%'`)
    expect(await install()).toBe(0)
    await db.rows(
      `select private.register_cron_job('test_purge_things', '1 2 * * *', 'select private.job_purge_things(10)')`,
    )
    expect(await install()).toBe(1)
    await db.rows(
      `select private.register_cron_job('test_purge_things', '3 2 * * *', 'select private.job_purge_things(10)')`,
    )
    expect(await install()).toBe(1)
    expect(await jobs()).toEqual([{ jobname: 'test_purge_things', schedule: '3 2 * * *' }])
    await db.exec(`delete from private.cron_jobs where name = 'test_purge_things'`)
    expect(await install()).toBe(1)
    expect(await jobs()).toEqual([])
    expect(await install()).toBe(0)
  }))

it('schedules nothing but a single job call', () =>
  withRollback(async (db) => {
    await expect(
      db.rows(
        `select private.register_cron_job('test_do_evil', '* * * * *', 'select private.job_x(); drop schema public')`,
      ),
    ).rejects.toMatchObject({ sqlstate: '23514' })
  }))
