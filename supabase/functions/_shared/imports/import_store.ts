import { z } from 'zod'
import { AppError } from '../http/mod.ts'
import type { RpcClient } from '../platform/mod.ts'
import { formatChoiceSchema } from './detect_csv.ts'
import type { RowProblem } from './map_row.ts'
import { columnSchema, formatSchema, sampleRowSchema } from './schemas.ts'

const importSchema = z.object({
  state: z.enum(['analysing', 'ready', 'checking', 'running', 'undoing']),
  import_type: z.string(),
  format_choice: formatChoiceSchema,
  format: formatSchema.nullable(),
  columns: z.array(columnSchema),
  mapping: z.record(z.string(), z.int().min(0)),
  sample: z.array(sampleRowSchema),
  size_bytes: z.number(),
  read_count: z.int(),
  position: z.record(z.string(), z.unknown()).nullable(),
  file: z.object({ bucket_id: z.string(), object_path: z.string() }).nullable(),
})

/** An import as a worker reads it. */
export type ImportRow = z.infer<typeof importSchema>

/** A place in a file, as it is kept with an import. */
export type StoredPosition = Readonly<Record<string, unknown>>

/** Rows for the type's function, and what is wrong with others. */
export interface TakenRows {
  /** `read_count` before them. */
  readonly afterCount: number
  readonly rowNumbers: readonly number[]
  /** For each field of the type the values of all rows. */
  readonly columns: readonly (readonly (string | null)[])[]
  readonly failedCount: number
  readonly errors: readonly (RowProblem & { readonly row_number: number })[]
  readonly position: StoredPosition
  readonly doneBytes: number
}

/** One run of an import in the database; every call but `read` answers false when a newer run has begun. */
export interface ImportStore {
  read(): Promise<ImportRow | null>
  finishAnalysis(found: {
    format: z.infer<typeof formatSchema>
    columns: readonly z.infer<typeof columnSchema>[]
    mapping: Readonly<Record<string, number>>
    sample: readonly z.infer<typeof sampleRowSchema>[]
    preview: unknown
    sizeBytes: number
  }): Promise<boolean>
  savePreview(preview: unknown): Promise<boolean>
  /** @param first number of the first part, which has some hundred texts as all others */
  saveTexts(first: number, parts: readonly (readonly string[])[], position: StoredPosition): Promise<boolean>
  /** Texts by the numbers of their parts. */
  readTexts(numbers: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>>
  take(rows: TakenRows): Promise<boolean>
  /** @returns null when a newer run has begun, false when nothing was left */
  undoBatch(): Promise<boolean | null>
  recordStep(cpuMs: number): Promise<boolean>
  end(): Promise<boolean>
  fail(error: AppError): Promise<boolean>
}

const valueSeparator = '\u001F'
const columnSeparator = '\u001D'

/** A run of an import. Errors that the database's rules raise become {@link AppError}, others are thrown as they are. */
export function importStore(db: RpcClient, importId: string, runNumber: number): ImportStore {
  const run = { import_id: importId, run_number: runNumber }
  async function call<Schema extends z.ZodType>(schema: Schema, name: string, parameters: object) {
    const { data, error } = await db.rpc(name, parameters)
    if (error) throw raisedError(name, error)
    return schema.parse(data)
  }
  const isCurrent = z.boolean()
  return {
    read: () => call(importSchema.nullable(), 'read_import', run),
    finishAnalysis: ({ sizeBytes, ...found }) =>
      call(isCurrent, 'finish_import_analysis', { ...run, ...found, size_bytes: sizeBytes }),
    savePreview: (preview) => call(isCurrent, 'save_import_preview', { ...run, preview }),
    saveTexts(first, parts, position) {
      const texts = parts.map((part) => part.join(valueSeparator)).join(columnSeparator)
      return call(isCurrent, 'save_import_texts', { ...run, first_number: first, texts, position })
    },
    async readTexts(numbers) {
      const rows = await call(z.array(z.object({ number: z.int(), texts: z.string() })), 'read_import_texts', {
        import_id: importId,
        numbers: `{${numbers.join(',')}}`,
      })
      return new Map(rows.map(({ number, texts }) => [number, texts.split(valueSeparator)]))
    },
    take: ({ afterCount, rowNumbers, columns, failedCount, errors, position, doneBytes }) =>
      call(isCurrent, 'take_import_rows', {
        ...run,
        after_count: afterCount,
        row_numbers: `{${rowNumbers.join(',')}}`,
        // Joined and split by the engines' own functions: arrays of Postgres or JSON would cost several times as much.
        columns: columns.map((values) => values.join(valueSeparator)).join(columnSeparator),
        failed_count: failedCount,
        errors,
        position,
        done_bytes: doneBytes,
      }),
    undoBatch: () => call(isCurrent.nullable(), 'undo_import_batch', run),
    recordStep: (cpuMs) => call(isCurrent, 'record_import_step', { ...run, cpu_ms: Math.round(cpuMs) }),
    end: () => call(isCurrent, 'end_import_run', run),
    fail: ({ code, message, hint }) => call(isCurrent, 'fail_import', { ...run, code, message, hint }),
  }
}

const raisedBody = z.object({ code: z.string(), message: z.string(), hint: z.string().nullish() })

/** What `private.raise_error` said: PostgREST answers it as it is, over the direct connection it is JSON in the message. */
function raisedError(name: string, error: { message: string; code?: string; hint?: string | null }): Error {
  const isRaised = error.code !== undefined && /^[a-z]+(_[a-z]+)+$/.test(error.code)
  const body = raisedBody.safeParse(isRaised ? error : parseJson(error.message))
  if (!body.success) return new Error(`${name} failed: ${error.message}`)
  const { code, message, hint } = body.data
  return new AppError(409, code, message, hint ? { hint } : {})
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
