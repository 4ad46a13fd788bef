import type { Qualified } from '../schema_cache/types.ts'

/** Collects the parameters of a statement while its text is made. */
export class StatementParams {
  readonly values: string[] = []

  /** Adds a parameter and returns its place in the text. A value never becomes part of the text. */
  add(value: string): string {
    return `$${this.values.push(value)}`
  }
}

/** A statement with its parameters. */
export interface Statement {
  readonly text: string
  readonly params: readonly string[]
}

/** A name quoted so that it is nothing but a name. */
export function quote(name: string): string {
  const end = name.indexOf('\u0000')
  return `"${(end < 0 ? name : name.slice(0, end)).replaceAll('"', '""')}"`
}

/** A quoted name with its schema, if it has one. */
export const quoteQualified = ({ schema, name }: Qualified): string =>
  schema === '' ? quote(name) : `${quote(schema)}.${quote(name)}`

/** A column of a table; `*` stays a star. */
export const quoteColumn = (table: Qualified, column: string): string =>
  `${quoteQualified(table)}.${column === '*' ? '*' : quote(column)}`

/** A literal, for names that come out of the catalogue. Values of clients are parameters. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted
}

/** An array as Postgres writes it. */
export const arrayText = (values: readonly string[]): string =>
  `{${values.map((value) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`
