import { constants, deflateRawSync } from 'node:zlib'
import type { ExportColumn, ExportRow } from './columns.ts'
import { crc32 } from './crc32.ts'
import { csvLayout } from './csv_layout.ts'
import { jsonLayout, ndjsonLayout } from './json_layouts.ts'
import type { TableLayout } from './layout.ts'
import type { Segment } from './segments.ts'
import { sheetLayout } from './sheet_layout.ts'
import { sheetPath, workbookEntries } from './workbook.ts'
import { zipSegments } from './zip_container.ts'

/** What is exported. */
export interface ExportTable {
  /** Name of the sheet. */
  readonly title: string
  readonly columns: readonly ExportColumn[]
}

/** How far a sheet is, after one of its parts; formats without sheets have one. */
export interface SheetState {
  readonly sheetNumber: number
  readonly rowCount: number
  /** Of the sheet's text so far, head included. */
  readonly plainBytes: number
  /** Of the sheet's text so far, head included. */
  readonly crc32: number
}

/** A part that lies in Storage, with how far its sheet was after it. */
export interface StoredPart extends SheetState {
  readonly path: string
  readonly sizeBytes: number
}

/**
 * A format of exports. A part needs nothing of those before it but a {@link SheetState}, and the file is its parts one
 * after the other: so an export can stop and go on anywhere, in another process, and nothing is held in memory. That is
 * why no library for spreadsheets is used: they keep a sheet open from beginning to end.
 */
export interface ExportFormat {
  readonly extension: string
  readonly mediaType: string
  /** Packs the text of some rows. @param before how far the sheet was; null at its beginning */
  pack(
    table: ExportTable,
    texts: readonly string[],
    rowCount: number,
    before: SheetState | null,
  ): { readonly bytes: Uint8Array<ArrayBuffer>; readonly after: SheetState }
  /** The text of some rows. @param rowsBefore how many rows of the sheet stand above */
  text(table: ExportTable, rows: readonly ExportRow[], rowsBefore: number): string
  /** Which sheet the next part belongs to: as `before`, or null for the beginning of a new one. */
  following(last: SheetState | null): SheetState | null
  /** The file, put together. @throws {RangeError} when it gets larger than the format allows */
  assemble(table: ExportTable, parts: readonly StoredPart[]): Segment[]
}

/** A sheet of Excel has 1,048,576 rows; a part may go on some thousand rows beyond these. */
const rowsOfSheet = 1_000_000

/** The formats, by the name that the database knows them by. */
export const exportFormats = {
  csv: textFormat(csvLayout, 'csv', 'text/csv'),
  json: textFormat(jsonLayout, 'json', 'application/json'),
  ndjson: textFormat(ndjsonLayout, 'ndjson', 'application/x-ndjson'),
  xlsx: workbookFormat(rowsOfSheet),
} as const satisfies Record<string, ExportFormat>

function textFormat(layout: TableLayout, extension: string, mediaType: string): ExportFormat {
  return {
    extension,
    mediaType,
    text: ({ columns }, rows, rowsBefore) => layout.rows(columns, rows, rowsBefore),
    following: (last) => last,
    pack(table, texts, rowCount, before) {
      const bytes = encode(texts.join(''))
      return { bytes, after: advance(layout, table, before, 1, bytes, rowCount) }
    },
    assemble: ({ columns }, parts) => [
      { bytes: encode(layout.head(columns)) },
      ...parts.map(({ path, sizeBytes }) => ({ path, sizeBytes })),
      { bytes: encode(layout.tail) },
    ],
  }
}

/** @param rowsPerSheet after so many a new sheet begins */
export function workbookFormat(rowsPerSheet: number): ExportFormat {
  // The sheet that comes next is told by the one that is full.
  const isFull = ({ rowCount }: SheetState) => rowCount >= rowsPerSheet
  return {
    extension: 'xlsx',
    mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    text: ({ columns }, rows, rowsBefore) => sheetLayout.rows(columns, rows, rowsBefore),
    following: (last) =>
      last && isFull(last) ? { sheetNumber: last.sheetNumber + 1, rowCount: 0, plainBytes: 0, crc32: 0 } : last,
    pack(table, texts, rowCount, before) {
      const plain = encode(texts.join(''))
      // Ends on a whole byte and not the stream: such pieces in a row are one stream.
      const bytes = new Uint8Array(deflateRawSync(plain, { finishFlush: constants.Z_SYNC_FLUSH }))
      return { bytes, after: advance(sheetLayout, table, before, before?.sheetNumber ?? 1, plain, rowCount) }
    },
    assemble(table, parts) {
      const sheets = Math.max(parts.at(-1)?.sheetNumber ?? 1, 1)
      const head = encode(sheetLayout.head(table.columns))
      const tail = encode(sheetLayout.tail)
      const entries = Array.from({ length: sheets }, (_nothing, index) => {
        const own = parts.filter(({ sheetNumber }) => sheetNumber === index + 1)
        const last = own.at(-1)
        return {
          name: sheetPath(index + 1),
          isDeflated: true,
          crc32: crc32(tail, last?.crc32 ?? crc32(head)),
          plainBytes: (last?.plainBytes ?? head.byteLength) + tail.byteLength,
          content: [
            { bytes: new Uint8Array(deflateRawSync(head, { finishFlush: constants.Z_SYNC_FLUSH })) },
            ...own.map(({ path, sizeBytes }) => ({ path, sizeBytes })),
            { bytes: new Uint8Array(deflateRawSync(tail)) },
          ],
        }
      })
      return zipSegments([...workbookEntries(table.title, sheets), ...entries])
    },
  }
}

function advance(
  layout: TableLayout,
  { columns }: ExportTable,
  before: SheetState | null,
  sheetNumber: number,
  plain: Uint8Array,
  rowCount: number,
): SheetState {
  const isBeginning = before === null || before.rowCount === 0
  const head = isBeginning ? encode(layout.head(columns)) : null
  const start = head ? { plainBytes: head.byteLength, crc32: crc32(head), rowCount: 0 } : before
  return {
    sheetNumber,
    rowCount: (start?.rowCount ?? 0) + rowCount,
    plainBytes: (start?.plainBytes ?? 0) + plain.byteLength,
    crc32: crc32(plain, start?.crc32 ?? 0),
  }
}

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
