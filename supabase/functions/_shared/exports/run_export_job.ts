import { z } from '@hono/zod-openapi'
import { type CallerDatabase, countRows, listRows, openDatabase } from '../database/mod.ts'
import { type FileStorage, FileStorageError, supabaseFileStorage } from '../files/mod.ts'
import { AppError, type ListRequest } from '../http/mod.ts'
import { defineJob, type JobDeps, JobError, type JobHandler, type JobOutcome } from '../platform/mod.ts'
import { readEnv } from '../runtime/mod.ts'
import { columnsOf, type ExportRow } from './columns.ts'
import { type ExportList, readExportRequest } from './export_list.ts'
import { findExportList } from './export_lists.ts'
import { type ExportWork, exportStore, type RecordedPart } from './export_store.ts'
import { type ExportFormat, type ExportTable, exportFormats, type StoredPart } from './formats.ts'
import { concatenate, segmentSize } from './segments.ts'

/** What exports are written with. */
export interface ExportDeps {
  readonly database: Pick<CallerDatabase, 'asCaller'>
  readonly storage: FileStorage
}

/** How much is done at a time. */
export interface ExportPace {
  /** Text of a part; what is held in memory is a few times this. */
  readonly partCharacters: number
  /** Text that one query should bring; how many rows that is shows itself. */
  readonly batchCharacters: number
  readonly firstBatchRows: number
  readonly mostBatchRows: number
  /** Time after which the job stops at a checkpoint. A hosted function has two seconds of processor time. */
  readonly stepMs: number
}

const usualPace: ExportPace = {
  partCharacters: 2_000_000,
  batchCharacters: 500_000,
  firstBatchRows: 100,
  mostBatchRows: 1_000,
  stepMs: 1_000,
}
/** Lives as long as the isolate, and connects when it is first needed. */
const database = openDatabase(() => readEnv().SUPABASE_DB_URL ?? '')
const bucket = 'exports'
const payloadSchema = z.strictObject({ export_id: z.uuid() })

/** An export with everything that its steps need. */
interface Writing {
  readonly work: ExportWork
  readonly list: ExportList
  readonly format: ExportFormat
  readonly table: ExportTable
  readonly request: ListRequest
  /** Of this attempt: two workers never write the same object. */
  readonly attempt: string
}

/**
 * Makes the handler that writes an export: part by part into Storage, each as the requester may see the rows at that
 * moment, then the parts into one file. What was written is known to the database alone, so that another worker goes on
 * after the last part that counts: no row comes twice and none is lost.
 */
export function runExportJobWith(makeDeps: () => ExportDeps, pace: ExportPace = usualPace): JobHandler {
  return defineJob('export.run', payloadSchema, async (job, { export_id }, { lease_id }) => {
    const store = exportStore(job.db, export_id)
    const work = await store.begin()
    if (!work) return { result: { is_ready: false } }
    try {
      return await step(job, makeDeps(), pace, store, prepare(work, lease_id))
    } catch (error) {
      const refusal = refusalOf(error)
      if (!refusal) throw error
      await store.fail(refusal.code, refusal.message)
      return { result: { is_ready: false, code: refusal.code } }
    }
  })
}

/** Writes exports of lists, with the database and Storage of the settings. */
export const runExportJob = runExportJobWith(() => ({ database, storage: supabaseFileStorage(readEnv()) }))

function prepare(work: ExportWork, attempt: string): Writing {
  const list = findExportList(work.list)
  const request = readExportRequest(list, work.organization_id, work, work.created_at)
  const table = { title: list.title, columns: columnsOf(list.listing.item, request.fields) }
  return { work, list, format: exportFormats[work.format], table, request, attempt }
}

async function step(
  job: JobDeps,
  deps: ExportDeps,
  pace: ExportPace,
  store: ReturnType<typeof exportStore>,
  writing: Writing,
): Promise<JobOutcome> {
  const { work } = writing
  const until = performance.now() + pace.stepMs
  let last = work.last_part
  let done = work.row_count
  const total = work.total_count ?? (await countAll(deps, writing))
  let hasTime = true
  while (!last?.is_last && hasTime) {
    const part = await writePart(job, deps, pace, writing, last)
    if (!(await store.recordPart(part, total))) throw new JobError('The export is over, or another worker writes it')
    last = part
    done += part.row_count
    await job.report({ done, total: Math.max(total, done) })
    hasTime = performance.now() < until
  }
  if (!last?.is_last || !hasTime) return { continueWith: { part: last?.part_number ?? 0 } }
  const path = `${folderOf(writing)}/file.${writing.format.extension}`
  const sizeBytes = await assemble(job, deps, writing, path, await store.parts())
  const isReady = await store.finish(path, sizeBytes)
  return { result: { is_ready: isReady, row_count: done, size_bytes: sizeBytes } }
}

async function countAll(deps: ExportDeps, { work, list, request }: Writing): Promise<number> {
  return deps.database.asCaller(
    work.claims,
    async (sql) => {
      await sql`select private.require_permission(${work.organization_id}, ${list.permission}, 'export')`
      return countRows(sql, list.relation, request)
    },
    { isReadOnly: true, timeoutMs: 20_000 },
  )
}

/** Reads rows after the last part until a part is full, and stores them. */
async function writePart(
  { signal }: JobDeps,
  deps: ExportDeps,
  pace: ExportPace,
  writing: Writing,
  last: RecordedPart | null,
): Promise<RecordedPart> {
  const { format, table, request, attempt } = writing
  const before = format.following(last && stateOf(last))
  const texts: string[] = []
  let characters = 0
  let rowCount = 0
  let position = last && last.last_value !== null ? { value: last.last_value, id: last.last_id ?? '' } : null
  let limit = pace.firstBatchRows
  let isLast = false
  while (!isLast && characters < pace.partCharacters) {
    signal.throwIfAborted()
    const rows = await readRows(deps, writing, { ...request, after: position, limit })
    const shown = rows.slice(0, limit)
    isLast = rows.length <= limit
    const text = format.text(table, shown, (before?.rowCount ?? 0) + rowCount)
    const end = shown.at(-1)
    if (end) position = { value: String(end[request.sort.field]), id: String(end.id) }
    texts.push(text)
    characters += text.length
    rowCount += shown.length
    limit = Math.min(Math.max(Math.round((limit * pace.batchCharacters) / (text.length || 1)), 1), pace.mostBatchRows)
  }
  const { bytes, after } = format.pack(table, texts, rowCount, before)
  const number = (last?.part_number ?? 0) + 1
  const path = `${folderOf(writing)}/parts/${number}-${attempt}`
  if (rowCount > 0) await deps.storage.write(bucket, path, bytes, { mediaType: 'application/octet-stream', signal })
  return {
    part_number: number,
    object_path: path,
    size_bytes: bytes.byteLength,
    row_count: rowCount,
    sheet_number: after.sheetNumber,
    sheet_row_count: after.rowCount,
    plain_bytes: after.plainBytes,
    crc32: after.crc32,
    last_value: position === null ? null : position.value,
    last_id: position === null ? null : position.id,
    is_last: isLast,
  }
}

function readRows(deps: ExportDeps, { work, list }: Writing, request: ListRequest): Promise<ExportRow[]> {
  return deps.database.asCaller(
    work.claims,
    async (sql) => {
      // Each time: who lost the right meanwhile gets no further row.
      await sql`
        select private.require_permission(${work.organization_id}, 'exports.run', 'export'),
          private.require_permission(${work.organization_id}, ${list.permission}, 'export')`
      return listRows(sql, list.relation, request)
    },
    { isReadOnly: true, timeoutMs: 20_000 },
  )
}

/** @returns length of the file */
async function assemble(
  { signal }: JobDeps,
  { storage }: ExportDeps,
  { format, table }: Writing,
  path: string,
  parts: readonly RecordedPart[],
): Promise<number> {
  const stored = parts
    .filter(({ row_count }) => row_count > 0)
    .map((part): StoredPart => ({ ...stateOf(part), path: part.object_path, sizeBytes: part.size_bytes }))
  const segments = format.assemble(table, stored)
  const file = concatenate(segments, (part) => storage.open(bucket, part, { signal }))
  const { sizeBytes } = await storage.write(bucket, path, file, {
    mediaType: format.mediaType,
    // An attempt that died may have left one; its bytes are the same.
    isOverwrite: true,
    signal,
  })
  const expected = segments.reduce((sum, segment) => sum + segmentSize(segment), 0)
  if (sizeBytes !== expected) throw new Error(`The file has ${sizeBytes} bytes and should have ${expected}`)
  return sizeBytes
}

const folderOf = ({ work }: Writing) => `${work.organization_id}/${work.id}`

const stateOf = (part: RecordedPart) => ({
  sheetNumber: part.sheet_number,
  rowCount: part.sheet_row_count,
  plainBytes: part.plain_bytes,
  crc32: part.crc32,
})

/** What trying again would not change, as the requester is told of it; null for all else. */
function refusalOf(error: unknown): { code: string; message: string } | null {
  if (error instanceof AppError && error.status < 500 && error.status !== 429) {
    return { code: error.code, message: error.message }
  }
  const isTooLarge = error instanceof RangeError || (error instanceof FileStorageError && error.status === 413)
  if (!isTooLarge) return null
  return { code: 'export_too_large', message: 'Cannot export: the file gets larger than files may be' }
}
