import postgres from 'postgres'
import { withDatabase } from '../postgres/database.ts'
import { localPassword } from '../postgres/server.ts'

/** One row of `cron.job`. */
export interface Job {
  readonly jobid: string
  readonly schedule: string
  readonly command: string
  readonly database: string
  readonly username: string
}

/** How a run ended, in the words of `cron.job_run_details`. */
export interface RunOutcome {
  readonly status: 'succeeded' | 'failed'
  readonly message: string
}

/**
 * Runs a job's command in its database as its own role, in a session of its own (never as the superuser with a changed
 * role, which the command could change back).
 *
 * @param onConnected told the backend's process id before the command starts
 * @param signal ends the session and with it the command
 */
export async function runJob(
  job: Job,
  superuserUrl: string,
  onConnected: (pid: number) => Promise<void>,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const url = withDatabase(superuserUrl, job.database, { name: job.username, password: localPassword })
  const sql = postgres(url, {
    max: 1,
    connect_timeout: 10,
    max_lifetime: null,
    prepare: false,
    // No array is read. Ended while it asks for array types, the library rejects a promise that nobody holds.
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: 'pg_cron' },
  })
  const abort = () => void sql.end({ timeout: 0 })
  signal.addEventListener('abort', abort)
  try {
    let pid: number
    try {
      const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
      pid = row?.pid ?? 0
    } catch (error) {
      return { status: 'failed', message: `connection failed: ${text(error)}` }
    }
    await onConnected(pid)
    const results: unknown = await sql.unsafe(job.command).simple()
    return { status: 'succeeded', message: returnMessage(results) }
  } catch (error) {
    return { status: 'failed', message: signal.aborted ? 'scheduler stopped' : errorMessage(error) }
  } finally {
    signal.removeEventListener('abort', abort)
    await sql.end({ timeout: 1 })
  }
}

/** What pg_cron stores: the number of rows of a query, else the command tag, of the last statement. */
function returnMessage(results: unknown): string {
  const list = Array.isArray(results) && !('command' in results) ? results : [results]
  const last: unknown = list.at(-1)
  if (!last || typeof last !== 'object' || !('command' in last) || !('count' in last)) return ''
  const { command, count } = last
  if (command === 'SELECT') return count === 1 ? '1 row' : `${count ?? 0} rows`
  if (command === 'INSERT') return `INSERT 0 ${count}`
  return typeof count === 'number' ? `${command} ${count}` : String(command)
}

function errorMessage(error: unknown): string {
  if (!(error instanceof postgres.PostgresError)) return text(error)
  const lines = [`${error.severity ?? 'ERROR'}:  ${error.message}`]
  if (error.detail) lines.push(`DETAIL:  ${error.detail}`)
  if (error.hint) lines.push(`HINT:  ${error.hint}`)
  if (error.where) lines.push(`CONTEXT:  ${error.where}`)
  return lines.join('\n')
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
