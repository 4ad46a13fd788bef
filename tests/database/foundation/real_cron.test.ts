import { describe, expect, inject, it } from 'vitest'
import { withConnection, withDatabase } from '../../../local/postgres/database.ts'
import { localPassword } from '../../../local/postgres/server.ts'

const database = inject('cronDatabase')
const asOwner = withDatabase(inject('superuserUrl'), database ?? '', { name: 'postgres', password: localPassword })

// Where the server has only the stand-in, the scheduler's tests prove the same.
describe.skipIf(database === null)('the real pg_cron', () => {
  it('is the one the migrations found, not the stand-in', async () => {
    const [row] = await withConnection(
      asOwner,
      (sql) => sql`select probin is not null as compiled from pg_proc where proname = 'schedule' limit 1`,
    )
    expect(row).toEqual({ compiled: true })
  })

  it('has every job of the project, on a schedule that this version understands', async () => {
    const jobs = await withConnection(
      asOwner,
      (sql) => sql<{ name: string; wanted: string; schedule: string }[]>`
        select cron_jobs.name, cron_jobs.schedule as wanted, job.schedule, job.active
        from private.cron_jobs left join cron.job on job.jobname = cron_jobs.name`,
    )
    expect(jobs.length).toBeGreaterThan(0)
    for (const { name, wanted, schedule } of jobs) {
      expect(schedule, name).toBe(/seconds?$/.test(wanted) ? '* * * * *' : wanted)
    }
  })

  it('runs a job as the owner and records the run', { timeout: 100_000 }, async () => {
    await withConnection(asOwner, async (sql) => {
      await sql`create table private.cron_proof (role name, ran_at timestamptz)`
      await sql`select cron.schedule('proof', '* * * * *', 'insert into private.cron_proof values (current_user, now())')`
    })
    const look = () =>
      withConnection(
        asOwner,
        (sql) => sql`
          select (select role from private.cron_proof limit 1) as role,
            (select status from cron.job_run_details where command like '%cron_proof%' order by runid limit 1) as status`,
      )
    await expect
      .poll(async () => (await look())[0], { timeout: 95_000, interval: 1_000 })
      .toEqual({ role: 'postgres', status: 'succeeded' })
    await withConnection(asOwner, (sql) => sql`select cron.unschedule('proof')`)
  })
})
