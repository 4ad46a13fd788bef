import { z } from 'zod'
import type { FileStorage } from '../files/mod.ts'
import { AppError } from '../http/mod.ts'
import type { Logger } from '../runtime/mod.ts'
import { documentLimits } from './limits.ts'
import { type DocumentImage, readImage } from './read_image.ts'
import type { DocumentRequest } from './render_document.ts'

/** What the database says a document is made of beside its data. */
export const documentSettingSchema = z.object({
  template: z.object({
    version_id: z.uuid(),
    kind: z.string(),
    locale: z.string(),
    title_source: z.string(),
    body_source: z.string(),
    page_size: z.enum(['A4', 'LETTER']),
    page_orientation: z.enum(['portrait', 'landscape']),
  }),
  organization: z.object({
    name: z.string(),
    country: z.string().nullable(),
    primary_color: z.string().nullable(),
    footer: z.string().nullable(),
    logo_path: z.string().nullable(),
    time_zone: z.string(),
  }),
})

/** What {@link documentRequest} needs. */
export interface SettingDeps {
  readonly storage: FileStorage
  readonly logger: Logger
  readonly signal?: AbortSignal
}

/** Makes a request of what the database said, with the organization's logo. */
export async function documentRequest(
  deps: SettingDeps,
  { template, organization }: z.output<typeof documentSettingSchema>,
  document: { data?: unknown; locale: string; createdAt: Date },
): Promise<DocumentRequest> {
  const logo = organization.logo_path === null ? null : await readLogo(deps, organization.logo_path)
  const { locale, createdAt } = document
  return {
    template: {
      kind: template.kind,
      titleSource: template.title_source,
      bodySource: template.body_source,
      page: { size: template.page_size, orientation: template.page_orientation },
    },
    ...('data' in document ? { data: document.data } : {}),
    branding: {
      name: organization.name,
      country: organization.country,
      primaryColor: organization.primary_color,
      footer: organization.footer,
    },
    images: new Map(logo ? [['logo', logo]] : []),
    // Amounts and dates as in the country, where the document names a language alone: "en" of Nigeria is not that of the US.
    locale: {
      locale: locale.includes('-') || organization.country === null ? locale : `${locale}-${organization.country}`,
      timeZone: organization.time_zone,
    },
    createdAt,
  }
}

/** The logo; null where it is missing or of a format that PDFs do not take: the document is made with the name alone. */
async function readLogo({ storage, logger, signal }: SettingDeps, path: string): Promise<DocumentImage | null> {
  try {
    const stream = await storage.open('avatars', path, {
      end: documentLimits.imageBytes,
      ...(signal ? { signal } : {}),
    })
    return readImage(new Uint8Array(await new Response(stream).arrayBuffer()))
  } catch (error) {
    signal?.throwIfAborted()
    const reason = error instanceof AppError ? error.message : 'Storage has no answer'
    logger.warn('A document is made without its logo', { reason })
    return null
  }
}
