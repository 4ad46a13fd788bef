import { Buffer } from 'node:buffer'
import { documentColors } from './colors.ts'
import { documentTooLarge } from './document_error.ts'
import { drawable } from './fonts.ts'
import { headingStyle, layoutBlocks } from './layout_blocks.ts'
import { type LayoutContext, tones } from './layout_inline.ts'
import { documentLimits } from './limits.ts'
import type { MarkupNode } from './markup.ts'
import { pageWords } from './page_words.ts'
import type { PdfContent, PdfDefinition, PdfText } from './pdf_content.ts'
import { fontFamily, makePdf } from './pdf_engine.ts'
import type { DocumentImage } from './read_image.ts'

/** In whose name a document is made. */
export interface DocumentBranding {
  readonly name: string
  /** `#rrggbb`; null for ours. */
  readonly primaryColor: string | null
  /** Small print at the foot of each page. */
  readonly footer: string | null
}

/** The sheet that a document is made for. */
export interface DocumentPage {
  readonly size: 'A4' | 'LETTER'
  readonly orientation: 'portrait' | 'landscape'
}

/** What a PDF is made of. */
export interface PdfRequest {
  readonly title: string
  readonly nodes: readonly MarkupNode[]
  readonly branding: DocumentBranding
  /** By the name that `<img src>` says; `logo` stands in the header. */
  readonly images: ReadonlyMap<string, DocumentImage>
  readonly page: DocumentPage
  readonly locale: string
  readonly createdAt: Date
}

/** A finished document. */
export interface RenderedPdf {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly pageCount: number
  /** Characters that no font has: U+FFFD stands in their place. */
  readonly missingCharacters: readonly string[]
}

const sheets = { A4: [595.28, 841.89], LETTER: [612, 792] } as const
const margins = { left: 48, top: 84, right: 48, bottom: 58 }

/**
 * Makes a PDF: header with logo and name, footer with small print and page numbers, colours of the organization.
 *
 * @throws {AppError} 422 `document_template_invalid`, `document_too_large`
 */
export async function renderPdf(content: PdfRequest): Promise<RenderedPdf> {
  const { branding, page, images } = content
  const [short, long] = sheets[page.size]
  const isWide = page.orientation === 'landscape'
  const [sheetWidth, sheetHeight] = isWide ? [long, short] : [short, long]
  const context: LayoutContext = {
    colors: documentColors(branding.primaryColor),
    width: sheetWidth - margins.left - margins.right,
    height: sheetHeight - margins.top - margins.bottom,
    images,
    missing: new Set(),
  }
  let pageCount = 0
  const definition: PdfDefinition = {
    content: layoutBlocks(content.nodes, context),
    header: pageHeader(content, context),
    footer: (current, count) => {
      pageCount = count
      // The first footer is laid out when the pages are counted and before they are drawn.
      if (count > documentLimits.pages) {
        throw documentTooLarge(`it has ${count} pages, ${documentLimits.pages} are allowed`)
      }
      return pageFooter(content, context)(current, count)
    },
    pageSize: page.size,
    pageOrientation: page.orientation,
    pageMargins: [margins.left, margins.top, margins.right, margins.bottom],
    defaultStyle: { font: fontFamily, fontSize: 10, lineHeight: 1.2, color: '#1a1a1a' },
    images: Object.fromEntries([...images].map(([name, image]) => [name, dataUrl(image)])),
    // A heading at the end of a page goes with what it is the heading of.
    pageBreakBefore: (node, nodes) =>
      node.style === headingStyle &&
      nodes.getFollowingNodesOnPage().length === 0 &&
      nodes.getNodesOnNextPage().length > 0,
    info: {
      title: drawable(content.title, context.missing),
      author: drawable(branding.name, context.missing),
      creator: 'Atrium',
      producer: 'Atrium',
      creationDate: content.createdAt,
    },
    language: content.locale,
    displayTitle: true,
    version: '1.7',
  }
  const bytes = await makePdf(definition)
  return { bytes, pageCount, missingCharacters: [...context.missing] }
}

function dataUrl({ mediaType, bytes }: DocumentImage): string {
  return `data:${mediaType};base64,${Buffer.from(bytes).toString('base64')}`
}

function pageHeader({ branding, images }: PdfRequest, { width, colors, missing }: LayoutContext): PdfContent {
  const name: PdfText = {
    text: drawable(branding.name, missing),
    bold: true,
    fontSize: 11,
    color: colors.brand,
    alignment: images.has('logo') ? 'right' : 'left',
    margin: [0, 10, 0, 0],
  }
  const columns: PdfContent[] = images.has('logo') ? [{ image: 'logo', fit: [150, 34], width: 160 }, name] : [name]
  return {
    margin: [margins.left, 24, margins.right, 0],
    stack: [{ columns, columnGap: 12, margin: [0, 0, 0, 8] }, line(width, 1.2, colors.brand)],
  }
}

function pageFooter(
  { branding, title, locale }: PdfRequest,
  { width, missing }: LayoutContext,
): PdfDefinition['footer'] {
  const words = pageWords(locale)
  // Its lines, such as a name and an address, would run into each other with blanks alone.
  const print = drawable(branding.footer ?? branding.name, missing)
    .trim()
    .replace(/\s*\n\s*/g, ' · ')
    .replace(/\s+/g, ' ')
  const name = drawable(title, missing)
  return (current, count) => ({
    margin: [margins.left, 10, margins.right, 0],
    fontSize: 7.5,
    color: tones.muted,
    stack: [
      line(width, 0.5, '#d5d8dd'),
      {
        margin: [0, 6, 0, 0],
        columnGap: 12,
        columns: [
          { text: shorten(`${print} · ${name}`, 150), width: '*' },
          { text: words.page(current, count), width: 80, alignment: 'right' },
        ],
      },
    ],
  })
}

function line(width: number, lineWidth: number, lineColor: string): PdfContent {
  return { canvas: [{ type: 'line', x1: 0, y1: 0, x2: width, y2: 0, lineWidth, lineColor }] }
}

/** Two lines of small print fit. */
function shorten(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1).trimEnd()}…` : text
}
