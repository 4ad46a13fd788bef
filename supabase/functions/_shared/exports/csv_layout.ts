import { cellText, type ExportColumn } from './columns.ts'
import type { TableLayout } from './layout.ts'

/** What a spreadsheet would take for the beginning of a formula, the wide forms of East Asian keyboards included. */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/
const plainNumber = /^-?\d+(\.\d+)?$/
const needsQuotes = /[",\r\n]|^\s|\s$/

/**
 * RFC 4180 in UTF-8 with a byte order mark, which Excel needs to see that it is UTF-8. Text that a spreadsheet would
 * calculate gets an apostrophe in front, telephone numbers such as `+234 ...` too: they stay text.
 */
export const csvLayout: TableLayout = {
  head: (columns) => `\uFEFF${columns.map(({ name }) => quoted(name)).join(',')}\r\n`,
  rows: (columns, rows) =>
    rows.map((row) => `${columns.map((column) => field(column, row[column.name])).join(',')}\r\n`).join(''),
  tail: '',
}

function field({ kind }: ExportColumn, value: unknown): string {
  const text = cellText(value)
  if (kind === 'number' && plainNumber.test(text)) return text
  return quoted(formulaStart.test(text) ? `'${text}` : text)
}

const quoted = (text: string) => (needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
