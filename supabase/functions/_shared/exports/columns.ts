import { z } from '@hono/zod-openapi'

/** What the values of a column are, as far as it matters to a spreadsheet. */
export type ColumnKind = 'text' | 'number' | 'boolean' | 'instant' | 'day'

/** A column of an exported table. */
export interface ExportColumn {
  readonly name: string
  readonly kind: ColumnKind
}

/** A row as the database gave it. */
export type ExportRow = Readonly<Record<string, unknown>>

/** The columns of an item schema. @param fields which of them, in their order */
export function columnsOf(item: z.ZodObject, fields: readonly string[]): ExportColumn[] {
  return fields.map((name) => ({ name, kind: kindOf(item.shape[name]) }))
}

function kindOf(field: unknown): ColumnKind {
  if (field instanceof z.ZodNullable || field instanceof z.ZodOptional) return kindOf(field.unwrap())
  if (field instanceof z.ZodNumber) return 'number'
  if (field instanceof z.ZodBoolean) return 'boolean'
  if (field instanceof z.ZodISODateTime) return 'instant'
  if (field instanceof z.ZodISODate) return 'day'
  return 'text'
}

/** A value as text: lists and objects as JSON, nothing for null. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
