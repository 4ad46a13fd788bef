import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseSchedule } from '../../../local/scheduler/schedule.ts'
import { type BareDatabase, bareDatabase } from './bare_database.ts'

let database: BareDatabase
let owner: postgres.Sql
let superuser: postgres.Sql

beforeAll(async () => {
  database = await bareDatabase()
  owner = postgres(database.url, { max: 2, onnotice: () => {} })
  superuser = postgres(database.superuserUrl, { max: 1, onnotice: () => {} })
  await owner`create extension if not exists pg_cron with schema pg_catalog`
  await owner`create extension if not exists pg_net with schema extensions`
})

afterAll(async () => {
  await Promise.all([owner.end(), superuser.end()])
  await database.drop()
})

describe('cron.schedule', () => {
  it.each([
    ['* * * * *'],
    ['*/5 0-6,22 1,15 jan-mar mon-fri'],
    ['0 12 $ * *'],
    ['59 23 31 12 7'],
    ['9-3 * * * *'],
    ['* * * * * and more'],
    [' 0  0\t* * * '],
    ['@hourly'],
    ['1 seconds'],
    ['1 second'],
    ['59 seconds'],
  ])('accepts "%s"', async (schedule) => {
    const [row] = await owner`select cron.schedule(${schedule}, 'select 1') as jobid`
    expect(Number(row?.jobid)).toBeGreaterThan(0)
  })

  it.each([
    [''],
    ['* * * *'],
    ['5/10 * * * *'],
    ['60 * * * *'],
    ['* 24 * * *'],
    ['* * 0 * *'],
    ['* * * 13 *'],
    ['* * * * 8'],
    ['*/0 * * * *'],
    ['9-60 * * * *'],
    ['1, * * * *'],
    ['mon * * * *'],
    ['* * * * mond'],
    ['0 seconds'],
    ['60 seconds'],
    ['5 minutes'],
    ['1,,2 * * * *'],
    ['@often'],
  ])('refuses "%s"', async (schedule) => {
    await expect(owner`select cron.schedule(${schedule}, 'select 1')`).rejects.toMatchObject({
      code: '22023',
      message: `invalid schedule: ${schedule}`,
      hint: "Use cron format (e.g. 5 4 * * *), or interval format '[1-59] seconds'",
    })
  })

  it('accepts the same schedules as the scheduler that runs them', async () => {
    const words = [
      '*',
      '5',
      '0',
      '7',
      '60',
      '1-5',
      '5-1',
      '*/2',
      '*/0',
      '3/2',
      '1-9/3',
      'mon',
      'feb-apr',
      '1,2',
      '1,',
      'x',
      '$',
    ]
    const schedules = words.flatMap((word) =>
      [0, 1, 2, 3, 4].map((position) => ['*', '*', '*', '*', '*'].with(position, word).join(' ')),
    )
    const rows = await superuser<{ schedule: string; accepted: boolean }[]>`
      select schedule, cron._schedule_is_valid(schedule) as accepted from unnest(${schedules}::text[]) as schedule`
    expect(rows.filter(({ schedule, accepted }) => accepted !== (parseSchedule(schedule) !== null))).toEqual([])
    expect(rows.filter(({ accepted }) => accepted).length).toBeGreaterThan(20)
  })

  it('changes the job of the same name instead of adding one', async () => {
    const [first] = await owner`select cron.schedule('tidy', '0 * * * *', 'select 1') as jobid`
    const [second] = await owner`select cron.schedule('tidy', '5 * * * *', 'select 2') as jobid`
    expect(second?.jobid).toBe(first?.jobid)
    const rows = await owner`select schedule, command, username, database, active from cron.job where jobname = 'tidy'`
    expect([...rows]).toEqual([
      { schedule: '5 * * * *', command: 'select 2', username: 'postgres', database: database.name, active: true },
    ])
  })

  it('alters and ends a job, and says so when there is none', async () => {
    const [job] = await owner`select cron.schedule('short_lived', '0 * * * *', 'select 1') as jobid`
    await owner`select cron.alter_job(${job?.jobid}, schedule => '30 seconds', active => false)`
    const [altered] = await owner`select schedule, active from cron.job where jobid = ${job?.jobid}`
    expect(altered).toEqual({ schedule: '30 seconds', active: false })
    const [ended] = await owner`select cron.unschedule('short_lived') as done`
    expect(ended?.done).toBe(true)
    await expect(owner`select cron.unschedule('short_lived')`).rejects.toThrow(
      "could not find valid entry for job 'short_lived'",
    )
    await expect(owner`select cron.unschedule(${job?.jobid}::bigint)`).rejects.toThrow(/could not find valid entry/)
    await expect(owner`select cron.alter_job(${job?.jobid}, active => true)`).rejects.toThrow(/does not exist/)
  })

  it('records the role that asks, also inside a definer function', async () => {
    const [row] = await superuser.begin(async (sql) => {
      await sql.unsafe(`
        create function public.plan() returns bigint language sql security definer set search_path = ''
          as $$ select cron.schedule('planned', '* * * * *', 'select 1') $$;
        alter function public.plan() owner to postgres;
        set local role service_role;
        select public.plan();
        reset role;`)
      return sql`select username from cron.job where jobname = 'planned'`
    })
    expect(row?.username).toBe('postgres')
  })

  it('does not let postgres schedule for a superuser or write the table itself', async () => {
    await expect(
      owner`select cron.schedule_in_database('x', '* * * * *', 'select 1', ${database.name}, 'supabase_admin')`,
    ).rejects.toThrow(/must be superuser/)
    await expect(
      owner`insert into cron._request (action, schedule, command, username)
            values ('schedule', '* * * * *', 'select 1', 'supabase_admin')`,
    ).rejects.toThrow(/permission denied/)
    await expect(owner`update cron.job set username = 'supabase_admin'`).rejects.toThrow(/permission denied/)
    await expect(
      owner`select cron.schedule_in_database('x', '* * * * *', 'select 1', 'no_such_database')`,
    ).rejects.toThrow(/does not exist/)
  })

  it.each([['anon'], ['authenticated']])('is closed to %s', async (role) => {
    const attempt = superuser.begin(async (sql) => {
      await sql.unsafe(`set local role ${role}`)
      await sql`select cron.schedule('* * * * *', 'select 1')`
    })
    await expect(attempt).rejects.toThrow(/permission denied for schema cron/)
  })
})

describe('net', () => {
  it('queues a request with encoded parameters when the transaction commits', async () => {
    const [row] = await owner`
      select net.http_get('http://127.0.0.1:1/x', '{"q": "a b&ü"}', '{"x-a": "1"}') as id`
    const [queued] = await superuser`select * from net.http_request_queue where id = ${row?.id}`
    expect(queued).toMatchObject({
      method: 'GET',
      url: 'http://127.0.0.1:1/x?q=a%20b%26%C3%BC',
      headers: { 'x-a': '1' },
      body: null,
      timeout_milliseconds: 5000,
    })
  })

  it('posts JSON only', async () => {
    const [row] = await owner`select net.http_post('http://127.0.0.1:1/', '{"a": 1}', headers => '{"x-a": "1"}') as id`
    const [queued] = await superuser`select * from net.http_request_queue where id = ${row?.id}`
    expect(queued?.headers).toEqual({ 'x-a': '1', 'Content-Type': 'application/json' })
    expect(String(queued?.body)).toBe('{"a": 1}')
    await expect(
      owner`select net.http_post('http://127.0.0.1:1/', headers => '{"content-type": "text/plain"}')`,
    ).rejects.toThrow('Content-Type header must be "application/json"')
    await expect(owner`select net.http_post('http://127.0.0.1:1/', body => null)`).rejects.toThrow(/must not be null/)
    await expect(owner`select net.http_get('nonsense')`).rejects.toThrow(/Malformed/)
  })
})
