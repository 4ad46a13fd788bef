import { z } from 'zod'
import type { FileStorage } from '../files/mod.ts'
import type { Clock, Logger } from '../runtime/mod.ts'
import { documentRequest, documentSettingSchema } from './document_setting.ts'
import { type RenderedDocument, renderDocument } from './render_document.ts'

const settingSchema = documentSettingSchema.extend({ source_hash: z.string() })

/** What {@link previewDocument} needs. */
export interface PreviewDeps {
  /** What `get_document_preview` answers the caller. */
  readSetting(): Promise<unknown>
  /** Says that a draft with this hash went well. */
  markChecked(sourceHash: string): Promise<void>
  readonly storage: FileStorage
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Makes a document that is kept nowhere, of the data given or of the kind's sample. A draft whose sample goes well may be
 * published: the sample fills every field, own data may leave out what the template gets wrong.
 *
 * @param locale of the template when left out
 * @throws {AppError} 404 `document_template_not_found`, 422 as {@link renderDocument}
 */
export async function previewDocument(
  deps: PreviewDeps,
  { data, locale }: { data?: unknown; locale?: string | undefined },
): Promise<RenderedDocument> {
  const setting = settingSchema.parse(await deps.readSetting())
  const rendered = await renderDocument(
    await documentRequest(deps, setting, {
      ...(data === undefined ? {} : { data }),
      locale: locale ?? setting.template.locale,
      createdAt: deps.clock.now(),
    }),
  )
  if (data === undefined) await deps.markChecked(setting.source_hash)
  return rendered
}
