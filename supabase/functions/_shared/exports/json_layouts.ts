import type { ExportColumn, ExportRow } from './columns.ts'
import type { TableLayout } from './layout.ts'

/** One array of objects, one object on each line. */
export const jsonLayout: TableLayout = {
  head: () => '[',
  rows: (columns, rows, rowsBefore) =>
    rows.map((row, index) => `${rowsBefore + index === 0 ? '' : ','}\n${object(columns, row)}`).join(''),
  tail: '\n]\n',
}

/** One object on each line and nothing else (NDJSON), for programs that read line by line. */
export const ndjsonLayout: TableLayout = {
  head: () => '',
  rows: (columns, rows) => rows.map((row) => `${object(columns, row)}\n`).join(''),
  tail: '',
}

const object = (columns: readonly ExportColumn[], row: ExportRow) =>
  JSON.stringify(Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null])))
