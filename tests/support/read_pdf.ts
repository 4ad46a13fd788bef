import { getDocument, OPS } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { z } from 'zod'

const glyphSchema = z.object({ originalCharCode: z.number(), width: z.number(), unicode: z.string() })
const fontSchema = z.object({ name: z.string(), missingFile: z.boolean() })
const infoSchema = z.object({
  Title: z.string().optional(),
  Author: z.string().optional(),
  Language: z.string().nullable().optional(),
})

/** A glyph as the PDF draws it. */
export interface PdfGlyph {
  /** Number in the embedded font; 0 is the box that stands for a missing glyph. */
  readonly number: number
  /** Thousandths of the font's size. */
  readonly width: number
  readonly text: string
}

/** What an independent reader (PDF.js) finds in a PDF. */
export interface ReadPdf {
  readonly info: z.infer<typeof infoSchema>
  readonly pages: readonly {
    /** In the order of drawing, one line for each line. */
    readonly text: string
    readonly glyphs: readonly PdfGlyph[]
    /** Right and bottom edge of the text that is furthest out, in points. */
    readonly right: number
    readonly bottom: number
    readonly width: number
    readonly imageCount: number
  }[]
  readonly fonts: readonly { readonly name: string; readonly isEmbedded: boolean }[]
}

/** Reads a PDF. @throws when it is none */
export async function readPdf(bytes: Uint8Array): Promise<ReadPdf> {
  // The reader takes the bytes for itself.
  const task = getDocument({ data: bytes.slice(), useSystemFonts: false, fontExtraProperties: true, verbosity: 0 })
  try {
    const document = await task.promise
    const { info } = await document.getMetadata()
    const fonts = new Map<string, { name: string; isEmbedded: boolean }>()
    const pages: ReadPdf['pages'][number][] = []
    for (let number = 1; number <= document.numPages; number++) {
      const page = await document.getPage(number)
      const content = await page.getTextContent()
      const operators = await page.getOperatorList()
      for (const id of Object.keys(content.styles)) {
        const font = fontSchema.parse(page.commonObjs.get(id))
        fonts.set(font.name, { name: font.name, isEmbedded: !font.missingFile })
      }
      const items = content.items.flatMap((item) => ('str' in item ? [item] : []))
      const glyphs = operators.fnArray.flatMap((operator, index) =>
        operator === OPS.showText ? readGlyphs(operators.argsArray[index]) : [],
      )
      pages.push({
        text: items.map(({ str, hasEOL }) => `${str}${hasEOL ? '\n' : ''}`).join(''),
        glyphs,
        right: Math.max(0, ...items.map(({ transform, width }) => Number(transform[4]) + width)),
        bottom: Math.min(...items.map(({ transform }) => Number(transform[5]))),
        width: page.view[2] ?? 0,
        imageCount: operators.fnArray.filter((operator) => operator === OPS.paintImageXObject).length,
      })
    }
    return { info: infoSchema.parse(info), pages, fonts: [...fonts.values()] }
  } finally {
    await task.destroy()
  }
}

function readGlyphs(given: unknown): PdfGlyph[] {
  const [shown = []] = z.tuple([z.array(z.unknown())]).parse(given)
  // Numbers between the glyphs move them.
  return shown.flatMap((item) => {
    const glyph = glyphSchema.safeParse(item)
    return glyph.success
      ? [{ number: glyph.data.originalCharCode, width: glyph.data.width, text: glyph.data.unicode }]
      : []
  })
}
