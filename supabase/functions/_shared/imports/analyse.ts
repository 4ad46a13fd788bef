import { AppError } from '../http/mod.ts'
import type { SourceRow } from './csv_source.ts'
import type { ImportDefinition } from './define_import.ts'
import { looksLikeHeader } from './detect_csv.ts'
import { type Mapping, rowMapper } from './map_row.ts'
import { suggestMapping } from './suggest_mapping.ts'

/** Rows that are looked at to find out what a file is. */
export const sampleSize = 50
/** Rows of the preview. */
const previewSize = 20
const exampleLength = 100

/** What the first rows of a file tell. */
export interface Analysis {
  readonly hasHeader: boolean
  readonly columns: { name: string; examples: string[]; suggestion: string | null; score: number | null }[]
  readonly mapping: Record<string, number>
  /** Without the header. */
  readonly sample: { number: number; cells: string[] }[]
  readonly preview: readonly PreviewRow[]
}

/** A row as it would be imported. */
export interface PreviewRow {
  readonly row_number: number
  readonly values: Readonly<Record<string, string | null>>
  readonly problems: readonly { field: string | null; code: string; message: string; value: string | null }[]
}

/**
 * Finds header and columns, and suggests a mapping, from the first rows of a file.
 *
 * @param hasHeader what people said; otherwise it is guessed
 * @throws {AppError} 422 `import_file_empty`
 */
export function analyseRows(
  definition: ImportDefinition,
  rows: readonly SourceRow[],
  hasHeader: boolean | undefined,
): Analysis {
  const isHeaded = hasHeader ?? looksLikeHeader(rows.map(({ cells }) => cells))
  const header = isHeaded ? (rows[0]?.cells ?? []) : []
  const body = rows.slice(isHeaded ? 1 : 0, sampleSize)
  if (body.length === 0) {
    throw new AppError(422, 'import_file_empty', 'Cannot import file: it has no rows', {
      hint: 'One row of column names is not enough; where the first row is no header, say so in the format',
    })
  }
  const suggestions = suggestMapping(
    definition.fields,
    header,
    body.map(({ cells }) => cells),
  )
  const mapping = Object.fromEntries(suggestions.map(({ field, column }) => [field, column]))
  const width = Math.max(header.length, ...body.map(({ cells }) => cells.length))
  const columns = Array.from({ length: width }, (_, column) => {
    const suggestion = suggestions.find((one) => one.column === column)
    const values = body.map(({ cells }) => cells[column]?.trim() ?? '').filter((value) => value !== '')
    return {
      name: clip(header[column]?.trim() ?? ''),
      examples: [...new Set(values)].slice(0, 3).map((value) => clip(value)),
      suggestion: suggestion?.field ?? null,
      score: suggestion?.score ?? null,
    }
  })
  const sample = body.map(({ number, cells }) => ({ number, cells: cells.map((cell) => clip(cell, 300)) }))
  return { hasHeader: isHeaded, columns, mapping, sample, preview: previewRows(definition, mapping, sample) }
}

/** The first rows of a file as they would be imported, with what is wrong with them. */
export function previewRows(
  definition: ImportDefinition,
  mapping: Mapping,
  sample: readonly SourceRow[],
): PreviewRow[] {
  const map = rowMapper(definition, mapping)
  return sample.slice(0, previewSize).map(({ number, cells }) => {
    const { values, problems } = map(cells)
    return {
      row_number: number,
      values: Object.fromEntries(definition.fields.map(({ name }, index) => [name, values[index] ?? null])),
      problems: [...problems],
    }
  })
}

/** Texts of files are kept in JSON, which knows no zeros. */
const clip = (text: string, length = exampleLength) => text.replaceAll('\u0000', ' ').slice(0, length)
