import { z } from 'zod'
import type { FileStorage } from '../files/mod.ts'
import { AppError } from '../http/mod.ts'
import { defineJob, type JobDeps, type JobHandler, type JobOutcome, type RpcClient } from '../platform/mod.ts'
import { processorTime } from '../runtime/mod.ts'
import { analyseRows, previewRows } from './analyse.ts'
import type { ImportDefinition } from './define_import.ts'
import { type ImportRow, type ImportStore, importStore } from './import_store.ts'
import { inspectFile, openRows } from './inspect_file.ts'
import { importFile } from './open_source.ts'
import { takeRows } from './take_rows.ts'

/** What the jobs of imports need. */
export interface ImportJobOptions {
  readonly definitions: readonly ImportDefinition[]
  readonly storage: () => FileStorage
  /** Where rows go: the direct connection where there is one, because it is the faster one. */
  readonly database: (db: RpcClient) => RpcClient
  /** Processor time after which a step ends; a hosted function has two seconds. */
  readonly stepCpuMs?: number
  /** Rows that are taken at once. */
  readonly batchRows?: number
}

const payloadSchema = z.strictObject({ import_id: z.uuid(), run_number: z.int().positive() })
const usualStepCpuMs = 700
/** An attempt may take 45 seconds. */
const mostStepMs = 20_000
const usualBatchRows = 5_000

/** One step of a job: what it needs to know. */
interface Step {
  readonly deps: JobDeps
  readonly store: ImportStore
  readonly row: ImportRow
  readonly definition: ImportDefinition
  readonly isOver: () => boolean
}

/**
 * Makes the handlers of imports: `import.analyse`, `import.preview`, `import.load` (dry runs and runs) and `import.undo`.
 * Each works for less than a second of processor time and goes on in the next step; where it goes on is kept with the
 * rows in the database and not with the job, so that a step that is cut off anywhere repeats and loses nothing.
 */
export function importJobs(options: ImportJobOptions): JobHandler[] {
  const { stepCpuMs = usualStepCpuMs, batchRows = usualBatchRows } = options
  const storage = () => options.storage()

  const step = (kind: string, states: readonly ImportRow['state'][], work: (step: Step) => Promise<JobOutcome>) =>
    defineJob(kind, payloadSchema, async (deps, { import_id, run_number }, job) => {
      const store = importStore(options.database(deps.db), import_id, run_number)
      const cpuBefore = processorTime()
      const startedAt = performance.now()
      const isOver = () => processorTime() - cpuBefore > stepCpuMs || performance.now() - startedAt > mostStepMs
      try {
        const row = await store.read()
        if (!row || !states.includes(row.state)) return outdated
        const definition = options.definitions.find(({ importType }) => importType === row.import_type)
        if (!definition) throw new Error(`No definition for import type "${row.import_type}"`)
        const outcome = await work({ deps, store, row, definition, isOver })
        const cpuMs = processorTime() - cpuBefore
        await store.recordStep(cpuMs)
        return { ...outcome, ...(outcome.result ? { result: { ...outcome.result, cpu_ms: Math.round(cpuMs) } } : {}) }
      } catch (error) {
        const told = toldError(error, job.attempt >= job.max_attempts)
        if (!told) throw error
        if (!(error instanceof AppError)) deps.logger.error('import_failed', error, { import_id })
        await store.fail(told)
        return { result: { error_code: told.code } }
      }
    })

  return [
    step('import.analyse', ['analysing'], async ({ deps, store, row, definition, isOver }) => {
      const file = await importFile(storage(), row, deps.signal)
      const inspected = await inspectFile({ file, row, store, isOver })
      if (inspected === 'outdated') return outdated
      if (inspected === 'more') return { continueWith: {} }
      const { hasHeader, ...found } = analyseRows(definition, inspected.rows, row.format_choice.has_header)
      const format = { ...inspected.format, has_header: hasHeader }
      const isCurrent = await store.finishAnalysis({ ...found, format, sizeBytes: file.sizeBytes })
      return isCurrent ? { result: { column_count: found.columns.length } } : outdated
    }),

    step('import.preview', ['ready'], async ({ store, row, definition }) => {
      const isCurrent = await store.savePreview(previewRows(definition, row.mapping, row.sample))
      return isCurrent ? { result: {} } : outdated
    }),

    step('import.load', ['checking', 'running'], async ({ deps, store, row, definition, isOver }) => {
      const { format } = row
      if (!format) throw new Error('An import that runs has a format')
      const file = await importFile(storage(), row, deps.signal)
      const source = await openRows({ file, format, position: row.position, store, mostRows: batchRows })
      const end = await takeRows({ source, row, definition, store, isOver, hasHeader: format.has_header })
      if (end.state === 'outdated') return outdated
      await deps.report({ done: end.doneBytes, total: file.sizeBytes, message: `${end.readCount} rows` })
      if (end.state === 'more') return { continueWith: { read_count: end.readCount } }
      return (await store.end()) ? { result: { read_count: end.readCount } } : outdated
    }),

    step('import.undo', ['undoing'], async ({ deps, store, isOver }) => {
      do {
        deps.signal.throwIfAborted()
        const isMore = await store.undoBatch()
        if (isMore === null) return outdated
        if (!isMore) return (await store.end()) ? { result: {} } : outdated
      } while (!isOver())
      return { continueWith: {} }
    }),
  ]
}

/** The import was stopped or has gone on elsewhere: nothing to do. */
const outdated: JobOutcome = { result: { is_outdated: true } }

/** What people are told: the error itself where it is made for them, and that it was interrupted after the last attempt. */
function toldError(error: unknown, isLastAttempt: boolean): AppError | null {
  if (error instanceof AppError) return error.status < 500 ? error : null
  if (!isLastAttempt) return null
  return new AppError(500, 'import_interrupted', 'Cannot go on with import: its work was interrupted too often', {
    hint: 'Resume it; what it took is kept',
    cause: error,
  })
}
