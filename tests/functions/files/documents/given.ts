import { deflateSync } from 'node:zlib'
import {
  type DocumentRequest,
  type RenderedDocument,
  renderDocument,
} from '../../../../supabase/functions/_shared/documents/mod.ts'
import { type ReadPdf, readPdf } from '../../../support/read_pdf.ts'

/** Data of a letter with these paragraphs. */
export function letterData(...paragraphs: string[]) {
  return { recipient: { name: 'Ada Obi' }, date: '2026-11-20', subject: 'A subject', paragraphs }
}

/** A request for a letter of this body. */
export function letterRequest(body: string, overrides: Partial<DocumentRequest> = {}): DocumentRequest {
  return {
    template: {
      kind: 'letter',
      titleSource: '{{ subject }}',
      bodySource: body,
      page: { size: 'A4', orientation: 'portrait' },
    },
    branding: { name: 'Lagoon Estates Ltd', primaryColor: null, footer: null, country: 'NG' },
    images: new Map(),
    locale: { locale: 'en-NG', timeZone: 'Africa/Lagos' },
    createdAt: new Date('2026-11-21T10:00:00Z'),
    ...overrides,
  }
}

/** Makes a letter of this body and reads it with another program. */
export async function renderLetter(
  body: string,
  overrides: Partial<DocumentRequest> = {},
): Promise<RenderedDocument & { readonly pdf: ReadPdf; readonly text: string }> {
  const rendered = await renderDocument(letterRequest(body, overrides))
  const pdf = await readPdf(rendered.bytes)
  return { ...rendered, pdf, text: pdf.pages.map(({ text }) => text).join('\n') }
}

/** A PNG of one colour with transparency. */
export function givenPng(width: number, height: number): Uint8Array {
  const lines = Buffer.alloc((width * 4 + 1) * height, 0x80)
  for (let line = 0; line < height; line++) lines[line * (width * 4 + 1)] = 0
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header.set([8, 6, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(lines)),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

/** A part of a PNG; readers of documents do not look at its check sum. */
function pngChunk(name: string, content: Buffer): Buffer {
  const chunk = Buffer.alloc(12 + content.length)
  chunk.writeUInt32BE(content.length)
  chunk.write(name, 4, 'latin1')
  content.copy(chunk, 8)
  return chunk
}
