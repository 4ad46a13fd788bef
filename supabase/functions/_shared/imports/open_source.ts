import { z } from 'zod'
import type { FileStorage } from '../files/mod.ts'
import { AppError } from '../http/mod.ts'
import { readCsvRows, type SourceBatch, type SourceRow } from './csv_source.ts'
import { detectCsv, type FormatChoice } from './detect_csv.ts'
import type { ImportRow, StoredPosition } from './import_store.ts'
import { importLimits } from './limits.ts'
import type { ImportFormat } from './schemas.ts'

/** Bytes that are looked at to find out what a file is. */
const headBytes = 128 * 1024

const csvPosition = z.object({ byte: z.int().min(0), row: z.int().min(1) })

/** A file of an import. */
export interface ImportFile {
  /** @param end last byte, included */
  open(start: number, end?: number): Promise<ReadableStream<Uint8Array>>
  readonly sizeBytes: number
}

/** The file of an import in Storage. @throws {AppError} 422 when it is gone or too large */
export async function importFile(storage: FileStorage, row: ImportRow, signal: AbortSignal): Promise<ImportFile> {
  const { file } = row
  const found = file && (await storage.stat(file.bucket_id, file.object_path))
  if (!found) {
    throw new AppError(422, 'import_file_missing', 'Cannot import file: it was removed', { hint: 'Upload it again' })
  }
  if (found.sizeBytes > importLimits.fileBytes) {
    throw new AppError(422, 'import_file_too_large', 'Cannot import file: it is too large', {
      hint: `Split it into files of at most ${importLimits.fileBytes} bytes`,
    })
  }
  return {
    sizeBytes: found.sizeBytes,
    open: (start, end) =>
      // Behind the end there is nothing to ask for.
      start >= found.sizeBytes
        ? Promise.resolve(new ReadableStream({ start: (controller) => controller.close() }))
        : storage.open(file.bucket_id, file.object_path, { start, signal, ...(end === undefined ? {} : { end }) }),
  }
}

/** Bytes of a part of a file. */
export async function readPart(file: ImportFile, start: number, end: number): Promise<Uint8Array> {
  const answer = new Response(await file.open(start, Math.min(end, file.sizeBytes - 1)))
  return new Uint8Array(await answer.arrayBuffer())
}

/** What kind of file it is, by its first bytes. @throws {AppError} 422 `import_file_not_text` for older workbooks */
export function kindOf(head: Uint8Array): 'csv' | 'xlsx' {
  const [a, b, c, d] = head
  if (a === 0x50 && b === 0x4b && (c === 3 || c === 5) && (d === 4 || d === 6)) return 'xlsx'
  if (a === 0xd0 && b === 0xcf && c === 0x11 && d === 0xe0) {
    throw new AppError(422, 'import_file_not_text', 'Cannot read file: it is an old or encrypted Excel workbook', {
      hint: 'Save it as .xlsx without a password, or as CSV UTF-8',
    })
  }
  return 'csv'
}

/** Reads the beginning of a file. */
export const readHead = (file: ImportFile): Promise<Uint8Array> =>
  file.sizeBytes === 0 ? Promise.resolve(new Uint8Array()) : readPart(file, 0, headBytes - 1)

/** Finds out how a CSV file is read, with its first rows. @throws {AppError} 422 for what is no CSV */
export async function inspectCsv(file: ImportFile, head: Uint8Array, choice: FormatChoice, mostRows: number) {
  const format = detectCsv(head, head.length >= file.sizeBytes, choice)
  const rows: SourceRow[] = []
  const opened = { ...format, lineEnd: format.lineEnd }
  for await (const batch of readCsvRows(
    (start) => file.open(start),
    opened,
    { byte: format.start, row: 1 },
    mostRows,
  )) {
    rows.push(...batch.rows)
    if (rows.length >= mostRows) break
  }
  return { format, rows: rows.slice(0, mostRows) }
}

/** Rows of a CSV file, from its beginning or a checkpoint. */
export async function* csvRows(
  file: ImportFile,
  format: Extract<ImportFormat, { kind: 'csv' }>,
  position: StoredPosition | null,
  mostRows: number,
): AsyncGenerator<SourceBatch<StoredPosition> & { doneBytes: number }> {
  const { encoding, delimiter, line_end: lineEnd, start } = format
  const from = position === null ? { byte: start, row: 1 } : csvPosition.parse(position)
  const open = (byte: number) => file.open(byte)
  for await (const batch of readCsvRows(open, { encoding, delimiter, lineEnd, start }, from, mostRows)) {
    yield { ...batch, position: { ...batch.position }, doneBytes: batch.position.byte }
  }
}
