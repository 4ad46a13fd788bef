import { AppError } from '../http/mod.ts'
import { documentTooLarge, templateInvalid } from './document_error.ts'
import { type DocumentKind, readDocumentData } from './document_kind.ts'
import { fillTemplate } from './fill_template.ts'
import type { DocumentLocale } from './filters.ts'
import { documentKinds } from './kinds/mod.ts'
import { documentLimits } from './limits.ts'
import { parseMarkup } from './markup.ts'
import type { DocumentImage } from './read_image.ts'
import { type DocumentBranding, type DocumentPage, type RenderedPdf, renderPdf } from './render_pdf.ts'

/** A version of a template. */
export interface DocumentTemplate {
  readonly kind: string
  /** Liquid that becomes one line: the name of the document. */
  readonly titleSource: string
  /** Liquid that becomes markup. */
  readonly bodySource: string
  readonly page: DocumentPage
}

/** Everything a document is made of. */
export interface DocumentRequest {
  readonly template: DocumentTemplate
  /** What the kind asks for; left out for the kind's sample. */
  readonly data?: unknown
  readonly branding: DocumentBranding & { readonly country: string | null }
  readonly images: ReadonlyMap<string, DocumentImage>
  readonly locale: DocumentLocale
  readonly createdAt: Date
}

/** A finished document with its name. */
export interface RenderedDocument extends RenderedPdf {
  readonly title: string
}

/** The kind of that name. @throws {AppError} 422 `document_kind_unknown` */
export function documentKind(name: string): DocumentKind {
  const found = documentKinds.find(({ kind }) => kind === name)
  if (found) return found
  throw new AppError(422, 'document_kind_unknown', `Cannot make document: there is no kind "${name}"`)
}

/**
 * Makes a document: data is checked against the kind, the template filled, its markup read and laid out as PDF. The same
 * request gives the same bytes.
 *
 * @throws {AppError} 422 `document_kind_unknown`, `document_data_invalid`, `document_template_invalid`, `document_too_large`
 */
export async function renderDocument(request: DocumentRequest): Promise<RenderedDocument> {
  const { template, branding, images, locale, createdAt } = request
  const kind = documentKind(template.kind)
  const given = request.data === undefined ? kind.sample : request.data
  if (JSON.stringify(given).length > documentLimits.dataCharacters) {
    throw documentTooLarge(`its data has more than ${documentLimits.dataCharacters} characters`)
  }
  const data = {
    ...readDocumentData(kind, given),
    organization: { name: branding.name, country: branding.country },
    generated_at: createdAt.toISOString(),
  }
  const filledTitle = fillTemplate(template.titleSource, data, kind.fields, locale)
  const nodes = parseMarkup(fillTemplate(template.bodySource, data, kind.fields, locale))
  const title = plainTitle(filledTitle)
  const { size, orientation } = template.page
  const rendered = await renderPdf({
    title,
    nodes,
    branding,
    images,
    page: { size, orientation },
    locale: locale.locale,
    createdAt,
  })
  return { ...rendered, title }
}

/** A filled title is escaped as everything is: one line of plain text comes of it. */
function plainTitle(filled: string): string {
  const nodes = parseMarkup(`<p>${filled}</p>`)
  const text = nodes
    .flatMap((node) => (typeof node === 'string' ? [] : node.children))
    .map((child) => (typeof child === 'string' ? child : ''))
    .join('')
    .replace(/\s+/g, ' ')
    .trim()
  if (text === '') throw templateInvalid('its title is empty')
  return text.slice(0, 200)
}
