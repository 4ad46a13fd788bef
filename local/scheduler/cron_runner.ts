import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Logger } from '../logger.ts'
import type { SchedulerDatabase } from './database.ts'
import { type Job, type RunOutcome, runJob } from './job_run.ts'
import { parseSchedule, type Schedule } from './schedule.ts'

/** Runs the jobs of `cron.job`. */
export interface CronRunner {
  /** Marks what a crash left unfinished as failed. */
  recover(): Promise<void>
  /** Reads the jobs again. */
  reload(): Promise<void>
  /** Starts what is due since the last call. */
  tick(now: Date): void
  /** Resolves when nothing runs. */
  idle(): Promise<void>
  /** Ends what runs and records it as failed. */
  close(): Promise<void>
}

interface Task {
  job: Job
  schedule: Schedule
  /** Text the schedule was read from, to see a change. */
  source: string
  /** Runs that are due but not started; a job never overlaps itself. */
  pending: number
  isRunning: boolean
  lastStart: number
}

const never: Schedule = { kind: 'cron', matches: () => false }

const jobSchema = z.object({
  jobid: z.string(),
  schedule: z.string(),
  command: z.string(),
  database: z.string(),
  username: z.string(),
})

/** As pg_cron's `cron.max_running_jobs`. */
const maximumRunning = 32

/** Minutes that are made up for after a pause. After a longer one (the machine slept) only the present counts. */
const maximumCatchUp = 5

/**
 * Makes the part of the scheduler that runs jobs.
 *
 * @param superuserUrl the stack's database; jobs connect as their own role
 * @param start the moment before which nothing is due
 */
export function createCronRunner(
  database: SchedulerDatabase,
  superuserUrl: string,
  logger: Logger,
  start: Date,
): CronRunner {
  const { sql } = database
  const tasks = new Map<string, Task>()
  const running = new Set<Promise<void>>()
  const refused = new Set<string>()
  const stop = new AbortController()
  let lastMinute = Math.floor(start.getTime() / 60_000)
  let now = start
  let isFirstLoad = true

  async function reload(): Promise<void> {
    const rows = jobSchema.array().parse(
      await sql`
        select jobid::text as jobid, schedule, command, database, username from cron.job where active order by jobid`,
    )
    const seen = new Set(rows.map((job) => job.jobid))
    for (const [id, task] of tasks) {
      if (seen.has(id)) continue
      // Kept while it runs: a job that is switched off and on again meanwhile must not overlap itself.
      if (task.isRunning) Object.assign(task, { schedule: never, source: '', pending: 0 })
      else tasks.delete(id)
    }
    for (const job of rows) {
      const known = tasks.get(job.jobid)
      if (known?.source === job.schedule) {
        known.job = job
        continue
      }
      const schedule = parseSchedule(job.schedule)
      if (!schedule) {
        if (!refused.has(job.jobid)) logger.warn('invalid schedule: job is not run', { jobid: job.jobid })
        refused.add(job.jobid)
        continue
      }
      const pending = schedule.kind === 'reboot' && isFirstLoad ? 1 : 0
      const task = { job, schedule, source: job.schedule, pending, isRunning: false, lastStart: now.getTime() }
      // A job that is running while its schedule changes must still not overlap itself.
      if (known) Object.assign(known, { ...task, isRunning: known.isRunning })
      else tasks.set(job.jobid, task)
    }
    isFirstLoad = false
  }

  function tick(at: Date): void {
    now = at
    const minute = Math.floor(at.getTime() / 60_000)
    const from = minute - lastMinute > maximumCatchUp ? minute : lastMinute + 1
    for (let due = from; due <= minute; due += 1) {
      const date = new Date(due * 60_000)
      for (const task of tasks.values()) {
        if (task.schedule.kind === 'cron' && task.schedule.matches(date)) task.pending += 1
      }
    }
    lastMinute = Math.max(lastMinute, minute)
    for (const task of tasks.values()) {
      if (task.schedule.kind !== 'interval' || task.isRunning || task.pending > 0) continue
      if (at.getTime() - task.lastStart >= task.schedule.milliseconds) task.pending = 1
    }
    startPending()
  }

  function startPending(): void {
    for (const task of tasks.values()) {
      if (stop.signal.aborted || running.size >= maximumRunning) return
      if (task.pending === 0 || task.isRunning) continue
      task.pending -= 1
      task.isRunning = true
      task.lastStart = now.getTime()
      const run = runOnce(task.job)
        .catch((error: unknown) => logger.error('cannot record a job run', { reason: String(error) }))
        .finally(() => {
          task.isRunning = false
          running.delete(run)
          startPending()
        })
      running.add(run)
    }
  }

  async function runOnce(job: Job): Promise<void> {
    const [row] = await sql<{ runid: string }[]>`
      insert into cron.job_run_details (jobid, database, username, command, status)
      values (${job.jobid}, ${job.database}, ${job.username}, ${job.command}, 'starting')
      returning runid::text as runid`
    const runid = row?.runid ?? ''
    const outcome = await runJob(
      job,
      superuserUrl,
      async (pid) => {
        await sql`
          update cron.job_run_details set status = 'running', job_pid = ${pid}, start_time = clock_timestamp()
          where runid = ${runid}`
      },
      stop.signal,
    )
    if (outcome.status === 'failed') logger.warn('cron job failed', { jobid: job.jobid, runid })
    await record(runid, outcome)
  }

  /** Tries again while Postgres is away: a run must not stay "running" because the server restarted under it. */
  async function record(runid: string, outcome: RunOutcome): Promise<void> {
    for (let pause = 50; ; pause = Math.min(pause * 2, 2000)) {
      try {
        await sql`
          update cron.job_run_details
          set status = ${outcome.status}, return_message = ${outcome.message},
            start_time = coalesce(start_time, clock_timestamp()), end_time = clock_timestamp()
          where runid = ${runid}`
        return
      } catch (error) {
        if (stop.signal.aborted) throw error
        await delay(pause)
      }
    }
  }

  async function idle(): Promise<void> {
    while (running.size > 0) await Promise.all(running)
  }

  return {
    reload,
    tick,
    idle,
    async recover() {
      // A backend whose scheduler was killed goes on until its command ends; ended here, it cannot overlap the next run.
      await sql`
        select pg_terminate_backend(activity.pid)
        from cron.job_run_details as run
        join pg_stat_activity as activity on activity.pid = run.job_pid and activity.application_name = 'pg_cron'
        where run.status = 'running'`
      const lost = await sql`
        update cron.job_run_details
        set status = 'failed', return_message = 'server restarted', end_time = clock_timestamp()
        where status in ('starting', 'running')`
      if (lost.count > 0) logger.warn('job runs were cut off', { runs: lost.count })
    },
    async close() {
      stop.abort()
      await idle()
    },
  }
}
