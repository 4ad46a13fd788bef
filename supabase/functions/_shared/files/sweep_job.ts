import { z } from 'zod'
import { callRpc, defineJob, JobError, type JobHandler, type RpcClient } from '../platform/mod.ts'
import { readEnv } from '../runtime/mod.ts'
import { type FileStorage, supabaseFileStorage } from './storage.ts'

const payloadSchema = z.strictObject({ page_size: z.number().int().min(1).max(1000) })
const straySchema = z.array(z.object({ bucket_id: z.string(), name: z.string(), size_bytes: z.number() }))
const checkedSchema = z
  .array(
    z.object({
      checked_count: z.number(),
      missing_count: z.number(),
      last_bucket: z.string().nullable(),
      last_path: z.string().nullable(),
    }),
  )
  .length(1)
const count = z.number().int().min(0)
/** How far a sweep is: first it looks for objects without rows, then for rows without objects. */
const stateSchema = z.strictObject({
  phase: z.enum(['stray', 'missing']),
  after: z.strictObject({ bucket: z.string(), path: z.string() }).nullable(),
  stray_count: count,
  stray_bytes: count,
  checked_count: count,
  missing_count: count,
})
type SweepState = z.output<typeof stateSchema>
type Progress = { readonly state: SweepState; readonly isDone: boolean }

const begin: SweepState = {
  ...{ phase: 'stray', after: null },
  ...{ stray_count: 0, stray_bytes: 0, checked_count: 0, missing_count: 0 },
}
const stepMs = 1_000

/**
 * Makes the handler that compares Storage with the rows of files, in both directions: objects that are older than a day
 * and belong to no file are removed, and files whose object is not there are marked and reported. Goes on at a checkpoint
 * after each second.
 */
export function sweepFilesJobWith(makeStorage: () => FileStorage): JobHandler {
  return defineJob('file.sweep', payloadSchema, async ({ db, signal }, { page_size }, job) => {
    const storage = makeStorage()
    const parsed = stateSchema.safeParse(job.checkpoint ?? begin)
    if (!parsed.success) throw new JobError('Checkpoint is not valid', { isPermanent: true, cause: parsed.error })
    const until = performance.now() + stepMs
    let progress: Progress = { state: parsed.data, isDone: false }
    do {
      signal.throwIfAborted()
      const { state } = progress
      progress =
        state.phase === 'stray'
          ? await removeStray(db, storage, state, page_size)
          : await markMissing(db, state, page_size)
    } while (!progress.isDone && performance.now() < until)
    if (!progress.isDone) return { continueWith: { ...progress.state } }
    const { phase: _phase, after: _after, ...report } = progress.state
    const sweep_id = z.number().parse(await callRpc(db, 'finish_file_sweep', report))
    return { result: { sweep_id, ...report } }
  })
}

async function removeStray(
  db: RpcClient,
  storage: FileStorage,
  state: SweepState,
  page_size: number,
): Promise<Progress> {
  const position = { after_bucket: state.after?.bucket ?? null, after_name: state.after?.path ?? null }
  const found = straySchema.parse(await callRpc(db, 'list_stray_objects', { ...position, page_size }))
  for (const bucket of new Set(found.map((object) => object.bucket_id))) {
    const names = found.filter((object) => object.bucket_id === bucket).map((object) => object.name)
    await storage.remove(bucket, names)
  }
  const last = found.at(-1)
  const next: SweepState = {
    ...state,
    stray_count: state.stray_count + found.length,
    stray_bytes: state.stray_bytes + found.reduce((sum, object) => sum + object.size_bytes, 0),
    after: last === undefined ? null : { bucket: last.bucket_id, path: last.name },
  }
  if (last !== undefined && found.length === page_size) return { state: next, isDone: false }
  return { state: { ...next, phase: 'missing', after: null }, isDone: false }
}

async function markMissing(db: RpcClient, state: SweepState, page_size: number): Promise<Progress> {
  const position = { after_bucket: state.after?.bucket ?? null, after_path: state.after?.path ?? null }
  const [page] = checkedSchema.parse(await callRpc(db, 'mark_missing_objects', { ...position, page_size }))
  const next: SweepState = {
    ...state,
    checked_count: state.checked_count + (page?.checked_count ?? 0),
    missing_count: state.missing_count + (page?.missing_count ?? 0),
  }
  if (!page?.last_bucket || page.last_path === null || page.checked_count < page_size) {
    return { state: next, isDone: true }
  }
  return { state: { ...next, after: { bucket: page.last_bucket, path: page.last_path } }, isDone: false }
}

/** Compares Storage with the rows of files. */
export const sweepFilesJob = sweepFilesJobWith(() => supabaseFileStorage(readEnv()))
