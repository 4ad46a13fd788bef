import { AppError } from '../http/mod.ts'

/** Columns that a list of people to invite may have; the first one it must have. */
const columns = ['email', 'role', 'kind', 'custom_role_id', 'binding_kind', 'binding_id']

/**
 * Reads people to invite from CSV as spreadsheets write it: a row of column names, then one for each person; commas or
 * semicolons, quoted fields, any line ends, a byte order mark. Rows without any text are left out; what is wrong with an
 * address is told row by row when they are invited.
 *
 * @returns objects as `create_invitations` takes them, without the empty fields
 * @throws {AppError} 422 `invitations_invalid` when it has no column "email", a column that is none, or is cut off
 */
export function parseInvitationsCsv(text: string): Record<string, string>[] {
  const [header = [], ...rows] = readCsv(text.replace(/^\uFEFF/, ''))
  const names = header.map((name) => name.trim().toLowerCase())
  const unknown = names.find((name) => !columns.includes(name))
  if (unknown !== undefined || !names.includes('email') || new Set(names).size !== names.length) {
    const problem = unknown ? `there is no column "${unknown}"` : 'it needs one column "email" and none twice'
    throw invalid(problem, `The first row names the columns: ${columns.join(', ')}`)
  }
  return rows.map((fields) =>
    Object.fromEntries(
      names.flatMap((name, index) => {
        const value = fields[index]?.trim() ?? ''
        return value === '' ? [] : [[name, value]]
      }),
    ),
  )
}

/** Rows of fields after RFC 4180; the separator is what the first row uses. */
function readCsv(text: string): string[][] {
  const firstRow = text.slice(0, text.search(/[\r\n]|$/))
  const separator = firstRow.includes(';') && !firstRow.includes(',') ? ';' : ','
  // A field: quoted, or up to the next separator or line end; then what ended it.
  const field = new RegExp(
    `("(?:[^"]|"")*"|[^"\\r\\n${separator}][^\\r\\n${separator}]*|)(${separator}|\\r\\n|\\r|\\n|$)`,
    'y',
  )
  const rows: string[][] = []
  let row: string[] = []
  while (field.lastIndex < text.length) {
    const start = field.lastIndex
    const [, value = '', end] = field.exec(text) ?? []
    if (end === undefined) {
      throw invalid(`a quoted field of row ${rows.length + 1} does not end`, 'Export the list as CSV again')
    }
    row.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value)
    // A last line without an end is a row as well.
    if (end !== separator || field.lastIndex >= text.length) {
      if (row.some((part) => part.trim() !== '')) rows.push(row)
      row = []
    }
    if (field.lastIndex === start) break
  }
  return rows
}

function invalid(problem: string, hint: string): AppError {
  return new AppError(422, 'invitations_invalid', `Cannot read list: ${problem}`, { hint })
}
