import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@supabase/supabase-js'
import { z } from 'zod'
import { readCommand } from './read_command.ts'
import { runningProject } from './running_project.ts'

// `npm run stripe:sync`: pulls what Stripe's webhooks failed to tell, and reports what differed. Works on the running stack,
// or on the project that SUPABASE_URL and SUPABASE_SECRET_KEY name. The work is a job of that project; this waits for it.

const reportSchema = z.object({
  id: z.string(),
  mode: z.string(),
  is_dry_run: z.boolean(),
  since_at: z.string().nullable(),
  seen_count: z.number(),
  differed_count: z.number(),
  last_error: z.string().nullable(),
  finished_at: z.string().nullable(),
  differences: z.array(
    z.object({ object_key: z.string(), kind: z.string(), details: z.record(z.string(), z.unknown()) }),
  ),
})

/** What a run found. */
export type SyncReport = z.infer<typeof reportSchema>

/** What of supabase-js it needs. */
interface Client {
  rpc(name: string, parameters: object): PromiseLike<{ data: unknown; error: { message: string } | null }>
}

/** How a run is asked for. */
export interface SyncRequest {
  readonly isFull: boolean
  readonly isDryRun: boolean
  /** From which time on; since the last run when left out. */
  readonly since?: string
}

/**
 * Asks for a run and waits until it has ended.
 *
 * @param client with the secret key
 * @param onProgress told how much was seen so far
 * @throws {Error} what the database answers
 */
export async function syncStripe(
  client: Client,
  { isFull, isDryRun, since }: SyncRequest,
  onProgress: (seen: number) => void = () => {},
): Promise<SyncReport> {
  const call = async (name: string, parameters: object) => {
    const { data, error } = await client.rpc(name, parameters)
    if (error) throw new Error(`${name} failed: ${error.message}`)
    return data
  }
  const runId = z.uuid().parse(
    await call('request_stripe_sync', {
      ...{ mode: isFull ? 'full' : 'events', is_dry_run: isDryRun },
      ...(since === undefined ? {} : { since_at: new Date(since).toISOString() }),
    }),
  )
  for (;;) {
    const report = reportSchema.parse(await call('get_stripe_sync', { run_id: runId }))
    if (report.finished_at !== null) return report
    onProgress(report.seen_count)
    await delay(500)
  }
}

/** The report as people read it. */
export function describeReport(report: SyncReport): string {
  const what = report.mode === 'full' ? 'objects' : `events since ${report.since_at}`
  const lines = [
    `Stripe has ${report.seen_count} ${what}; ${report.differed_count} differed${report.is_dry_run ? ' (dry run: nothing changed)' : ''}.`,
    ...report.differences.map(
      ({ object_key, kind, details }) => `  ${kind.padEnd(8)} ${object_key}  ${detailOf(details)}`,
    ),
  ]
  if (report.last_error !== null) lines.push(`It ended early: ${report.last_error}`)
  return lines.join('\n')
}

function detailOf(details: Readonly<Record<string, unknown>>): string {
  return Object.values(details)
    .filter((value) => value !== null)
    .map((value) => (Array.isArray(value) ? value.join(', ') : String(value)))
    .join(' ')
}

const usage = `npm run stripe:sync                                    events since the last run
npm run stripe:sync -- --since 2026-11-20T00:00:00Z    events since then, at most 30 days
npm run stripe:sync -- --full                          all objects, however old
  --dry-run       only reports
  --data-dir D    of the stack`

if (import.meta.main) {
  const values = readCommand(usage, {
    since: { type: 'string' },
    full: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
    'data-dir': { type: 'string' },
  })
  if (values) await main(values)
}

async function main(values: {
  readonly since?: string
  readonly full: boolean
  readonly 'dry-run': boolean
  readonly 'data-dir'?: string
}): Promise<void> {
  const target = await runningProject(values['data-dir'] ? ['--data-dir', values['data-dir']] : [])
  const isTime = values.since === undefined || !Number.isNaN(Date.parse(values.since))
  if (!target || !isTime) {
    console.error(
      target
        ? 'Cannot sync: --since must be a time such as 2026-11-20T00:00:00Z'
        : 'Cannot sync: the stack does not run, and SUPABASE_URL and SUPABASE_SECRET_KEY are not set',
    )
    process.exitCode = 1
  } else {
    const client = createClient(target.url, target.key, { auth: { persistSession: false } })
    const report = await syncStripe(
      client,
      { isFull: values.full, isDryRun: values['dry-run'], ...(values.since ? { since: values.since } : {}) },
      (seen) => console.info(`${seen} seen ...`),
    )
    console.info(describeReport(report))
    if (report.last_error !== null) process.exitCode = 1
  }
}
