import { z } from 'zod'
import { AppError } from '../http/mod.ts'
import { listFields, type MergeFields, mergeFieldsOf } from './merge_fields.ts'

/** A kind of document: which fields its templates merge, and data to look at them with. */
export interface DocumentKind {
  /** Lower snake case, such as `compliance_report`; never renamed. */
  readonly kind: string
  readonly description: string
  /** What templates may name: the kind's fields and the common ones. */
  readonly fields: MergeFields
  /** What data must be. */
  readonly schema: z.ZodType<Readonly<Record<string, unknown>>>
  /** Data that fills each field, for previews. */
  readonly sample: Readonly<Record<string, unknown>>
}

/** Fields that every kind has; the backend fills them. */
export const commonFieldsSchema = z.object({
  organization: z
    .object({ name: z.string().describe('Name of the organization'), country: z.string().nullable() })
    .describe('In whose name the document is made'),
  generated_at: z.string().describe('When the document is made, ISO 8601'),
})

/**
 * Defines a kind of document.
 *
 * @param schema strict object; fields that may be absent are nullable with a default, so that templates can name them
 * @param sample fills every field and has each list filled: templates are checked with it
 * @example defineDocumentKind('letter', 'A letter', z.strictObject({ subject: z.string() }), { subject: 'Your plot' })
 */
export function defineDocumentKind<Shape extends z.ZodRawShape>(
  kind: string,
  description: string,
  schema: z.ZodObject<Shape>,
  sample: z.input<z.ZodObject<Shape>>,
): DocumentKind {
  const fields = mergeFieldsOf(commonFieldsSchema.extend(schema.shape))
  return { kind, description, fields, schema, sample: schema.parse(sample) }
}

/** The data of a document, valid for its kind. @throws {AppError} 422 `document_data_invalid`, with the fields */
export function readDocumentData({ kind, schema }: DocumentKind, data: unknown): Readonly<Record<string, unknown>> {
  const parsed = schema.safeParse(data)
  if (parsed.success) return parsed.data
  throw new AppError(422, 'document_data_invalid', `Cannot make document: its data is not that of "${kind}"`, {
    details: parsed.error.issues.slice(0, 20).map(({ path, message }) => ({ path: path.join('.'), message })),
  })
}

/** The merge fields of a kind, for who writes templates. */
export function describeFields({ fields }: DocumentKind): { path: string; description: string | null }[] {
  return listFields(fields)
}
