import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../local/logger.ts'
import { createScheduler, type Scheduler } from '../../../local/scheduler/mod.ts'
import { type TestDatabase, testDatabase } from '../../support/postgres.ts'

let database: TestDatabase
let owner: postgres.Sql
let superuser: postgres.Sql
let scheduler: Scheduler
/** Often, because a test waits several times for something that takes milliseconds. */
const soon = { timeout: 25_000, interval: 20 }
const begin = new Date('2027-02-28T10:00:30Z')
const at = (seconds: number) => new Date(begin.getTime() + seconds * 1000)

beforeAll(async () => {
  database = await testDatabase()
  owner = postgres(database.url, { max: 4, onnotice: () => {} })
  superuser = postgres(database.superuserUrl, { max: 1 })
  await owner`create extension if not exists pg_cron`
})

beforeEach(async () => {
  // Jobs of the project's own migrations would run as well. A test makes one that is not its owner's to remove.
  await superuser`delete from cron.job`
  await superuser`delete from cron.job_run_details`
  scheduler = withClock(() => begin)
})

afterEach(() => scheduler.close())

afterAll(async () => {
  await owner.end()
  await superuser.end()
  await database[Symbol.asyncDispose]()
})

function withClock(now: () => Date): Scheduler {
  return createScheduler({ databaseUrl: database.superuserUrl, logger: silentLogger, clock: { now } })
}

const runs = () => owner`select * from cron.job_run_details order by runid`

/** A job that waits until the test lets it go on. */
async function heldJob(schedule: string): Promise<{ release(): Promise<void> }> {
  const holder = postgres(database.url, { max: 1, onnotice: () => {} })
  await holder`select pg_advisory_lock(77)`
  await owner`select cron.schedule('held', ${schedule}, 'select pg_advisory_lock(77), pg_advisory_unlock(77)')`
  return { release: () => holder.end() }
}

const waiting = async () => {
  const [row] = await owner`
    select count(*)::int as sessions from pg_stat_activity
    where application_name = 'pg_cron' and datname = current_database() and wait_event_type = 'Lock'`
  return row?.sessions
}

describe('a due job', () => {
  it('runs in its minute, as its own role, and leaves a record', async () => {
    await owner`create table public.marks (made_by text, session text)`
    await owner`
      select cron.schedule('mark', '1 10 * * *', 'insert into public.marks values (current_user, session_user)')`
    await scheduler.runDue(at(20))
    expect(await runs()).toHaveLength(0)
    await scheduler.runDue(at(30))
    await scheduler.runDue(at(45))
    expect([...(await owner`select * from public.marks`)]).toEqual([{ made_by: 'postgres', session: 'postgres' }])
    const [run, ...others] = await runs()
    expect(others).toEqual([])
    expect(run).toMatchObject({
      status: 'succeeded',
      return_message: 'INSERT 0 1',
      username: 'postgres',
      database: database.name,
      command: 'insert into public.marks values (current_user, session_user)',
    })
    expect(run?.job_pid).toBeGreaterThan(0)
    expect(run?.end_time.getTime()).toBeGreaterThanOrEqual(run?.start_time.getTime())
  })

  it('reports the rows of a query, the tag of a command and the error of a failure', async () => {
    await owner`select cron.schedule('a', '* * * * *', 'select 1')`
    await owner`select cron.schedule('b', '* * * * *', 'select generate_series(1, 3); select 1 where false')`
    await owner`select cron.schedule('c', '* * * * *', 'create table public.made (id int)')`
    await owner`select cron.schedule('d', '* * * * *', 'select 1 / 0')`
    await scheduler.runDue(at(30))
    const rows = await owner`
      select jobname, status, return_message from cron.job_run_details join cron.job using (jobid) order by jobname`
    expect([...rows]).toEqual([
      { jobname: 'a', status: 'succeeded', return_message: '1 row' },
      { jobname: 'b', status: 'succeeded', return_message: '0 rows' },
      { jobname: 'c', status: 'succeeded', return_message: 'CREATE TABLE' },
      { jobname: 'd', status: 'failed', return_message: 'ERROR:  division by zero' },
    ])
  })

  it('cannot climb to the superuser', async () => {
    await owner`select cron.schedule('climb', '* * * * *', 'reset session authorization; select pg_read_file(''PG_VERSION'')')`
    await scheduler.runDue(at(30))
    const [run] = await runs()
    expect(run?.status).toBe('failed')
    expect(run?.return_message).toMatch(/permission denied/)
  })

  it('runs each of its minutes after a short pause and only the present one after a long sleep', async () => {
    await owner`select cron.schedule('each_minute', '* * * * *', 'select 1')`
    await scheduler.runDue(at(30 + 120))
    expect(await runs()).toHaveLength(3)
    await scheduler.runDue(at(30 + 3600))
    expect(await runs()).toHaveLength(4)
  })

  it('does not run while it is inactive or after it was unscheduled', async () => {
    const [job] = await owner`select cron.schedule('quiet', '* * * * *', 'select 1') as jobid`
    await owner`select cron.alter_job(${job?.jobid}, active => false)`
    await scheduler.runDue(at(30))
    await owner`select cron.alter_job(${job?.jobid}, active => true)`
    await scheduler.runDue(at(90))
    await owner`select cron.unschedule('quiet')`
    await scheduler.runDue(at(150))
    expect(await runs()).toHaveLength(1)
  })

  it('fails with the reason when its role cannot log in', async () => {
    await superuser`select cron.schedule_in_database('x', '* * * * *', 'select 1', ${database.name}, 'anon')`
    await scheduler.runDue(at(30))
    const [run] = await runs()
    expect(run).toMatchObject({ status: 'failed', username: 'anon' })
    expect(run?.return_message).toMatch(/^connection failed: .*anon/)
  })
})

describe('the running scheduler', () => {
  it('notices a new job at once and runs it every second', async () => {
    let now = begin
    await scheduler.close()
    scheduler = withClock(() => now)
    await scheduler.start()
    await owner`create table public.beats (at timestamptz default clock_timestamp())`
    await owner`select cron.schedule('beat', '1 second', 'insert into public.beats default values')`
    const beats = async () => {
      const [row] = await owner`select count(*)::int as count from cron.job_run_details where status = 'succeeded'`
      return row?.count
    }
    for (let second = 1; second <= 4; second += 1) {
      now = at(second)
      await expect.poll(beats, soon).toBe(second)
    }
    const [made] = await owner`select count(*)::int as count from public.beats`
    expect(made).toEqual({ count: 4 })
  })

  it('works once the extension is created while it runs', async () => {
    await owner`drop extension pg_cron`
    await scheduler.close()
    scheduler = createScheduler({ databaseUrl: database.superuserUrl, logger: silentLogger })
    await scheduler.start()
    await owner`create extension pg_cron`
    await owner`select cron.schedule('late', '1 second', 'select 1')`
    await expect.poll(async () => (await runs())[0]?.status, soon).toBe('succeeded')
  })

  it('never runs two of one job at once; the runs that fell due follow the first', async () => {
    let now = begin
    await scheduler.close()
    const job = await heldJob('* * * * *')
    await owner`select cron.schedule('other', '3 10 * * *', 'select 1')`
    scheduler = withClock(() => now)
    await scheduler.start()
    now = at(30)
    await expect.poll(waiting, soon).toBe(1)
    now = at(150)
    // The other job of 10:03 shows that the minutes 10:02 and 10:03 have been looked at.
    await expect.poll(async () => (await runs()).map(({ status }) => status), soon).toEqual(['running', 'succeeded'])
    expect(await waiting()).toBe(1)
    await job.release()
    const held = () => owner`
      select start_time, end_time from cron.job_run_details
      where command like '%advisory%' and status = 'succeeded' order by runid`
    await expect.poll(async () => (await held()).length, soon).toBe(3)
    const [first, second, third] = await held()
    expect(second?.start_time.getTime()).toBeGreaterThanOrEqual(first?.end_time.getTime())
    expect(third?.start_time.getTime()).toBeGreaterThanOrEqual(second?.end_time.getTime())
  })

  it('does not start a second run of a job that was switched off and on while it runs', async () => {
    let now = begin
    await scheduler.close()
    const job = await heldJob('* * * * *')
    await owner`select cron.schedule('other', '2 10 * * *', 'select 1')`
    scheduler = withClock(() => now)
    await scheduler.start()
    now = at(30)
    await expect.poll(waiting, soon).toBe(1)
    const [held] = await owner`select jobid from cron.job where jobname = 'held'`
    for (const active of [false, true]) await owner`select cron.alter_job(${held?.jobid}, active => ${active})`
    now = at(90)
    await expect.poll(async () => (await runs()).map(({ status }) => status), soon).toEqual(['running', 'succeeded'])
    await job.release()
  })

  it('ends what runs when it closes, and records it', async () => {
    let now = begin
    await scheduler.close()
    const job = await heldJob('* * * * *')
    scheduler = withClock(() => now)
    await scheduler.start()
    now = at(30)
    await expect.poll(waiting, soon).toBe(1)
    await scheduler.close()
    expect((await runs()).map(({ status, return_message }) => [status, return_message])).toEqual([
      ['failed', 'scheduler stopped'],
    ])
    await job.release()
  })

  it('marks a run that a killed scheduler left behind as failed and ends its session', async () => {
    const abandoned = postgres(database.url, { max: 1, connection: { application_name: 'pg_cron' } })
    const [session] = await abandoned`select pg_backend_pid() as pid`
    const hanging = abandoned`select pg_sleep(60)`.catch((error: Error) => error.message)
    await owner`
      insert into cron.job_run_details (jobid, runid, job_pid, status, start_time)
      values (1, 901, ${session?.pid}, 'running', now()),
        (1, 902, null, 'starting', null)`
    await scheduler.start()
    expect((await runs()).map(({ status, return_message }) => [status, return_message])).toEqual([
      ['failed', 'server restarted'],
      ['failed', 'server restarted'],
    ])
    expect(await hanging).toMatch(/terminating connection|CONNECTION/)
    await abandoned.end({ timeout: 1 })
  })
})
