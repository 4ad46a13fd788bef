import type { CsvFormat } from './detect_csv.ts'
import { parseCsv } from './parse_csv.ts'
import { fileDecoder } from './text_encoding.ts'

/** A row of a file. */
export interface SourceRow {
  /** As a spreadsheet numbers it, from 1 and with the header. */
  readonly number: number
  readonly cells: readonly string[]
}

/** Rows read one after the other, with the place where the next one begins. */
export interface SourceBatch<Position> {
  readonly rows: readonly SourceRow[]
  /** Where reading goes on after these rows. */
  readonly position: Position
  readonly isLast: boolean
}

/** Opens a file at a byte. */
export type OpenAt = (start: number) => Promise<ReadableStream<Uint8Array>>

/** Where in a CSV file a row begins. */
export interface CsvPosition {
  readonly byte: number
  /** Number of the row that begins there. */
  readonly row: number
}

/** Bytes that are parsed at once. */
const pieceBytes = 512 * 1024

/**
 * Reads the rows of a CSV file from a position on, some hundred at a time and never more of the file than that. Blank
 * lines count as rows and are left out.
 *
 * @param mostRows in one batch
 * @throws {AppError} 422 for what cannot be read
 */
export async function* readCsvRows(
  open: OpenAt,
  format: CsvFormat,
  from: CsvPosition,
  mostRows: number,
): AsyncGenerator<SourceBatch<CsvPosition>> {
  const decoder = fileDecoder(format.encoding)
  let { byte, row } = from
  let rest = ''
  for await (const { bytes, isLast } of pieces(await open(byte))) {
    rest += decoder.decode(bytes, isLast)
    for (;;) {
      const { records, end } = parseCsv(rest, format, { isLast, mostRecords: mostRows, firstNumber: row })
      byte += decoder.byteLength(rest.slice(0, end))
      const rows = records.flatMap((cells, index) =>
        cells.length > 1 || cells[0]?.trim() ? [{ number: row + index, cells }] : [],
      )
      row += records.length
      // A copy, because a part of a text keeps the whole of it in memory.
      rest = rest.slice(end)
      const isDone = isLast && rest === ''
      if (records.length > 0 || isDone) yield { rows, position: { byte, row }, isLast: isDone }
      if (isDone || records.length < mostRows) break
    }
  }
}

/** Joins what the network brings to pieces worth parsing; the last one may be empty. */
async function* pieces(stream: ReadableStream<Uint8Array>): AsyncGenerator<{ bytes: Uint8Array; isLast: boolean }> {
  let parts: Uint8Array[] = []
  let size = 0
  for await (const part of stream) {
    parts.push(part)
    size += part.byteLength
    if (size < pieceBytes) continue
    yield { bytes: joined(parts, size), isLast: false }
    parts = []
    size = 0
  }
  yield { bytes: joined(parts, size), isLast: true }
}

/** One array of several. */
export function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = parts
  if (only && parts.length === 1) return only
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}
