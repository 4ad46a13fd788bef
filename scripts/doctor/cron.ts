import type postgres from 'postgres'
import { type Finding, fail, ok, warn } from './check.ts'

interface CronJob {
  readonly name: string
  readonly is_scheduled: boolean
  readonly is_active: boolean
  readonly schedule: string
  readonly age_seconds: number
  readonly last_status: string | null
  readonly last_message: string | null
  readonly last_seconds: number | null
}

const install = 'In SQL: select private.install_cron_jobs()'

/** Whether pg_cron has every job that the project registers, and runs them. */
export async function checkCron(sql: postgres.Sql): Promise<Finding[]> {
  const jobs = await sql<CronJob[]>`
    select wanted.name, job.jobid is not null as is_scheduled, coalesce(job.active, false) as is_active,
      coalesce(job.schedule, wanted.schedule) as schedule, extract(epoch from now() - wanted.created_at)::int as age_seconds,
      last.status as last_status, last.return_message as last_message,
      extract(epoch from now() - last.start_time)::int as last_seconds
    from private.cron_jobs as wanted
    left join cron.job on job.jobname = wanted.name
    left join lateral (
      select run.status, run.return_message, run.start_time from cron.job_run_details as run
      where run.jobid = job.jobid and run.start_time is not null order by run.runid desc limit 1
    ) as last on true
    order by wanted.name`
  const findings = jobs.map(judge)
  const bad = findings.filter(({ status }) => status !== 'ok')
  return bad.length > 0 ? bad : [ok('cron', `All ${jobs.length} jobs are scheduled and run`)]
}

function judge(job: CronJob): Finding {
  const check = `cron ${job.name}`
  if (!job.is_scheduled) return fail(check, 'Is not scheduled', install)
  if (!job.is_active)
    return fail(check, 'Is switched off', `In SQL: select cron.alter_job(jobid, active := true) from cron.job`)
  const seconds = interval(job.schedule)
  // A new installation has not come to it yet.
  if (seconds !== null && job.age_seconds > seconds * 3 + 60 && (job.last_seconds ?? Infinity) > seconds * 3 + 60) {
    const since = job.last_seconds === null ? 'Never ran' : `Last ran ${Math.round(job.last_seconds / 60)} minutes ago`
    return fail(check, since, 'Is pg_cron running? Look at cron.job_run_details and at the log of Postgres')
  }
  if (job.last_status === 'failed') {
    const message = job.last_message?.split('\n')[0] ?? ''
    return warn(check, `Failed when it last ran: ${message}`, 'Look at private.cron_runs and cron.job_run_details')
  }
  return ok(check, job.last_seconds === null ? 'Waits for its first run' : 'Runs')
}

/** Seconds between two runs of a schedule that runs at least each hour; null for rarer ones. */
export function interval(schedule: string): number | null {
  const seconds = /^(\d+) seconds?$/.exec(schedule)?.[1]
  if (seconds) return Number(seconds)
  const [minute = '', ...rest] = schedule.split(' ')
  if (rest.some((field) => field !== '*')) return null
  const step = /^\*\/(\d+)$/.exec(minute)?.[1]
  if (minute === '*') return 60
  return step ? Number(step) * 60 : 3600
}
