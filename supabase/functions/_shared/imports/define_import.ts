import type { z } from 'zod'
import type { NamedField } from './suggest_mapping.ts'

/** A field that a file of some type may have. */
export interface ImportField extends NamedField {
  /** What a value must be, and how it is written down: addresses in lower case and the like. Never empty. */
  readonly schema: z.ZodType<string, string>
  readonly isRequired: boolean
}

/** A rule over the whole row. @returns the message of what is wrong with it, or null */
export type RowCheck = (row: Readonly<Record<string, string | null>>) => string | null

/** A kind of rows that files bring: the one thing that a domain writes for its imports, beside the SQL that takes them. */
export interface ImportDefinition {
  /** As in `import_types`. */
  readonly importType: string
  /** In the order in which the SQL function is given them. */
  readonly fields: readonly ImportField[]
  readonly check?: RowCheck
}

/**
 * Defines a type of imports. Its row in `public.import_types` names the same fields and the SQL function.
 *
 * @example
 * defineImport({
 *   importType: 'contacts',
 *   fields: { email: { label: 'E-mail', synonyms: ['mail'], schema: z.string().toLowerCase().pipe(z.email()) } },
 * })
 */
export function defineImport(definition: {
  readonly importType: string
  readonly fields: Readonly<
    Record<string, Omit<ImportField, 'name' | 'synonyms' | 'isRequired'> & Partial<ImportField>>
  >
  readonly check?: RowCheck
}): ImportDefinition {
  const { fields, ...others } = definition
  return {
    ...others,
    fields: Object.entries(fields).map(([name, field]) => ({ synonyms: [], isRequired: false, ...field, name })),
  }
}
