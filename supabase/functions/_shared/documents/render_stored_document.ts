import { z } from 'zod'
import { documentRequest, documentSettingSchema, type SettingDeps } from './document_setting.ts'
import { type RenderedDocument, renderDocument } from './render_document.ts'

const storedSchema = documentSettingSchema.extend({
  merge_data: z.record(z.string(), z.unknown()),
  locale: z.string(),
  created_at: z.iso.datetime(),
})

/**
 * Makes a document of what the database says of it: `{template, organization, merge_data, locale, created_at}`. The same
 * answer gives the same bytes, so that it need not be kept.
 *
 * @throws {AppError} 422 as {@link renderDocument}
 */
export async function renderStoredDocument(deps: SettingDeps, answer: unknown): Promise<RenderedDocument> {
  const { merge_data, locale, created_at, ...setting } = storedSchema.parse(answer)
  return renderDocument(
    await documentRequest(deps, setting, { data: merge_data, locale, createdAt: new Date(created_at) }),
  )
}
