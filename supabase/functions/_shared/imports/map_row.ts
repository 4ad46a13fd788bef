import type { ImportDefinition } from './define_import.ts'
import { importLimits } from './limits.ts'

/** Which column is which field: the index of the column by the field's name. */
export type Mapping = Readonly<Record<string, number>>

/** What is wrong with a row. */
export interface RowProblem {
  /** Null where it is the row as a whole. */
  readonly field: string | null
  readonly code: string
  readonly message: string
  /** What stood there, cut to 200 characters. */
  readonly value: string | null
}

/** A row as the type's SQL function takes it. */
export interface MappedRow {
  /** In the order of the definition's fields; null for nothing. */
  readonly values: (string | null)[]
  /** None for a row that may be taken. */
  readonly problems: readonly RowProblem[]
}

const none: readonly RowProblem[] = []

/**
 * Makes the function that turns the cells of a row into values of fields.
 *
 * @param mapping of fields that the definition has
 */
export function rowMapper(definition: ImportDefinition, mapping: Mapping): (cells: readonly string[]) => MappedRow {
  const columns = definition.fields.map((field) => ({ field, column: mapping[field.name] ?? -1 }))
  return (cells) => {
    const values: (string | null)[] = []
    let problems: RowProblem[] | null = null
    const complain = (problem: RowProblem) => {
      problems ??= []
      problems.push(problem)
    }
    for (const { field, column } of columns) {
      const text = column === -1 ? '' : clean(cells[column] ?? '')
      if (text === '') {
        if (field.isRequired) complain({ field: field.name, code: 'value_missing', message: 'is missing', value: null })
        values.push(null)
      } else if (text.length > importLimits.cellLength) {
        complain({ field: field.name, code: 'value_too_long', message: 'is too long', value: text.slice(0, 200) })
        values.push(null)
      } else {
        const parsed = field.schema.safeParse(text)
        values.push(parsed.success ? parsed.data : null)
        if (!parsed.success) {
          const message = parsed.error.issues[0]?.message ?? 'is not valid'
          complain({ field: field.name, code: 'value_invalid', message, value: text.slice(0, 200) })
        }
      }
    }
    if (!problems && definition.check) {
      const row: Record<string, string | null> = {}
      for (let at = 0; at < columns.length; at += 1) row[columns[at]?.field.name ?? ''] = values[at] ?? null
      const message = definition.check(row)
      if (message !== null) complain({ field: null, code: 'row_invalid', message, value: null })
    }
    return { values, problems: problems ?? none }
  }
}

/** Control characters have no place in a value, and part the values on their way to the database. */
const clean = (cell: string) => (/\p{Cc}/u.test(cell) ? cell.replace(/\p{Cc}+/gu, ' ') : cell).trim()
