import pdfmake from 'pdfmake'
import { fontFiles } from './fonts.ts'
import type { PdfDefinition } from './pdf_content.ts'

/** The part of pdfmake that is used. */
interface PdfEngine {
  readonly virtualfs: { writeFileSync(name: string, content: Uint8Array): void }
  setFonts(fonts: Readonly<Record<string, Readonly<Record<string, string>>>>): void
  setUrlAccessPolicy(isAllowed: (url: string) => boolean): void
  setLocalAccessPolicy(isAllowed: (path: string) => boolean): void
  createPdf(definition: PdfDefinition): { getBuffer(): Promise<Uint8Array> }
}

/** The one family of fonts. */
export const fontFamily = 'NotoSans'

let ready: PdfEngine | undefined

function isPdfEngine(value: unknown): value is PdfEngine {
  return typeof value === 'object' && value !== null && 'createPdf' in value && 'virtualfs' in value
}

/** Fonts are unpacked when the first document is made, not by each function that imports this. */
function pdfEngine(): PdfEngine {
  if (ready) return ready
  // Its types on npm need those of browsers.
  const engine: unknown = pdfmake
  if (!isPdfEngine(engine)) throw new TypeError('pdfmake is not what it was')
  const files = fontFiles()
  for (const [name, content] of Object.entries(files)) engine.virtualfs.writeFileSync(`${name}.ttf`, content)
  engine.setFonts({
    [fontFamily]: { normal: 'regular.ttf', bold: 'bold.ttf', italics: 'italic.ttf', bolditalics: 'bold.ttf' },
  })
  // Nothing of a document comes from the network or the disk.
  engine.setUrlAccessPolicy(() => false)
  engine.setLocalAccessPolicy(() => false)
  ready = engine
  return engine
}

/** Makes the PDF of a definition. The same definition gives the same bytes, given a `creationDate`. */
export async function makePdf(definition: PdfDefinition): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await pdfEngine().createPdf(definition).getBuffer())
}
