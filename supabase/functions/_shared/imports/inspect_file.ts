import { sampleSize } from './analyse.ts'
import type { SourceBatch, SourceRow } from './csv_source.ts'
import type { ImportRow, ImportStore, StoredPosition } from './import_store.ts'
import { csvRows, type ImportFile, inspectCsv, kindOf, readHead } from './open_source.ts'
import type { ImportFormat } from './schemas.ts'
import { openWorkbook, type Workbook } from './workbook.ts'
import { sharedTexts, sheetRows } from './xlsx_source.ts'

/** How a file is read, but for its header, and its first rows. */
export interface InspectedFile {
  readonly format: ImportFormat
  readonly rows: readonly SourceRow[]
}

/**
 * Finds out what a file is. Texts of a workbook are put into the database first, some at a time: `more` says that a step
 * is over and the next one goes on.
 *
 * @throws {AppError} 422 for what cannot be read
 */
export async function inspectFile(step: {
  readonly file: ImportFile
  readonly row: Pick<ImportRow, 'format_choice' | 'position'>
  readonly store: Pick<ImportStore, 'saveTexts' | 'readTexts'>
  readonly isOver: () => boolean
}): Promise<InspectedFile | 'more' | 'outdated'> {
  const { file, row, store } = step
  const head = await readHead(file)
  if (kindOf(head) === 'csv') {
    const { format, rows } = await inspectCsv(file, head, row.format_choice, sampleSize + 1)
    const { lineEnd: line_end, ...others } = format
    return { format: { kind: 'csv', ...others, line_end, has_header: false }, rows }
  }
  const workbook = await openWorkbook(file, row.format_choice.sheet)
  const texts = await keepTexts(step, workbook)
  if (texts !== 'done') return texts
  const rows: SourceRow[] = []
  const readTexts = (numbers: readonly number[]) => store.readTexts(numbers)
  for await (const batch of sheetRows(file, workbook, readTexts, null, sampleSize + 1)) {
    rows.push(...batch.rows)
    if (rows.length > sampleSize) break
  }
  const { sheet, sheets } = workbook
  return {
    format: { kind: 'xlsx', sheet, sheets: [...sheets], has_header: false },
    rows: rows.slice(0, sampleSize + 1),
  }
}

async function keepTexts(
  { file, row, store, isOver }: Parameters<typeof inspectFile>[0],
  { textsMember }: Workbook,
): Promise<'done' | 'more' | 'outdated'> {
  if (!textsMember || row.position?.is_read === true) return 'done'
  for await (const { first, parts, position, isLast } of sharedTexts(file, textsMember, row.position)) {
    if (!(await store.saveTexts(first, parts, isLast ? { is_read: true } : position))) return 'outdated'
    if (!isLast && isOver()) return 'more'
  }
  return 'done'
}

/** Rows of a file, from its beginning or a checkpoint. */
export async function openRows(from: {
  readonly file: ImportFile
  readonly format: ImportFormat
  readonly position: StoredPosition | null
  readonly store: Pick<ImportStore, 'readTexts'>
  readonly mostRows: number
}): Promise<AsyncGenerator<SourceBatch<StoredPosition> & { doneBytes: number }>> {
  const { file, format, position, store, mostRows } = from
  if (format.kind === 'csv') return csvRows(file, format, position, mostRows)
  const workbook = await openWorkbook(file, format.sheet)
  return sheetRows(file, workbook, (numbers) => store.readTexts(numbers), position, mostRows)
}
