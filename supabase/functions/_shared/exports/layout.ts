import type { ExportColumn, ExportRow } from './columns.ts'

/**
 * How a table is written as text, piece by piece: `head`, any number of `rows`, `tail`. The pieces depend on nothing but
 * their parameters, so that whoever goes on after a crash writes the same text.
 */
export interface TableLayout {
  head(columns: readonly ExportColumn[]): string
  /** @param rowsBefore how many rows stand above these ones */
  rows(columns: readonly ExportColumn[], rows: readonly ExportRow[], rowsBefore: number): string
  readonly tail: string
}
