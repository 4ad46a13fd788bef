import { Face, Font, Blob as HarfBuzzBlob, Buffer as HarfBuzzBuffer, shape } from 'harfbuzzjs'
import { describe, expect, it } from 'vitest'
import { commonCoverage, cutFace, faces } from '../../../../scripts/document_fonts.ts'
import { coverage } from '../../../../supabase/functions/_shared/documents/fonts/coverage.ts'
import { fontFiles, isCovered } from '../../../../supabase/functions/_shared/documents/fonts.ts'
import { letterData, renderLetter } from './given.ts'

const files = fontFiles()

/** Widths of the glyphs that HarfBuzz, which browsers shape with, makes of a word. */
function shapedWidths(word: string): number[] {
  const bytes = Uint8Array.from(files.regular)
  const font = new Font(new Face(new HarfBuzzBlob(bytes.buffer)))
  const buffer = new HarfBuzzBuffer()
  buffer.addText(word)
  buffer.guessSegmentProperties()
  shape(font, buffer)
  // As a PDF has them: kerning moves the next glyph and leaves the width.
  return buffer.getGlyphInfos().map(({ codepoint }) => font.glyphHAdvance(codepoint))
}

async function render(text: string) {
  return renderLetter('<p>{{ paragraphs[0] }}</p>', { data: letterData(text) })
}

describe('the fonts of documents', () => {
  it.each(['regular', 'bold', 'italic'] as const)('are cut from the package: %s', async (name) => {
    expect((await cutFace(faces[name])).equals(files[name])).toBe(true)
  })

  it('all have the characters that they are said to have', () => {
    expect(commonCoverage(Object.values(files))).toEqual(coverage)
  })

  it('[A9-10] [FIL-12] cover Naira, Rupee, Euro, accents and Devanagari', () => {
    const text =
      '₦₹€$£ÀÉÎõüçñßŁőŞșẹọṣǹńỌ̀ àéè œ «» – “” अआइईउऊऋएऐओऔकखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसहक़ख़ग़ज़ड़ढ़फ़ािीुूृेैोौ्ंँः०१२३४५६७८९।'
    expect([...text].filter((character) => !isCovered(character.codePointAt(0) ?? 0))).toEqual([])
  })

  it.each([
    'क्षत्रिय',
    'विद्यार्थी',
    'श्री',
    'कर्म',
    'द्वार',
    'ज्ञान',
    'स्त्री',
    'दृष्टि',
    'प्रतिष्ठा',
    'ऊर्जा',
    'विश्वविद्यालय',
    'हिन्दी',
    'ट्ट',
    'आर्द्र',
    'स्फूर्ति',
    'मुंबई',
    'फ़ॉर्म',
  ])('[FIL-12] shape "%s" as HarfBuzz does', async (word) => {
    const { pdf } = await render(word)
    const drawn = pdf.pages[0]?.glyphs ?? []
    const widths = shapedWidths(word)
    // A word with conjuncts has fewer glyphs than characters; where its glyphs stand among the others is not asked.
    const found = drawn.some((_, start) => widths.every((width, index) => drawn[start + index]?.width === width))
    expect(found, `${widths.join(' ')} in ${drawn.map(({ width }) => width).join(' ')}`).toBe(true)
    expect(drawn.filter(({ number }) => number === 0)).toEqual([])
  })

  it('[FIL-12] shape Devanagari that touches Latin letters in one word', async () => {
    const { pdf } = await render('PDFरिपोर्ट')
    const drawn = pdf.pages[0]?.glyphs.map(({ width }) => width).join(' ')
    expect(drawn).toContain(shapedWidths('रिपोर्ट').join(' '))
  })

  it('[FIL-12] are embedded, and nothing else is', async () => {
    const { pdf } = await renderLetter('<h1>{{ subject }}</h1><p>text <em>slanted</em></p>', { data: letterData('') })
    expect(pdf.fonts.map(({ name }) => name.replace(/^[A-Z]{6}\+/, '')).sort()).toEqual([
      'NotoSans-Bold',
      'NotoSans-Italic',
      'NotoSans-Regular',
    ])
    expect(pdf.fonts.every(({ isEmbedded }) => isEmbedded)).toBe(true)
  })

  it('write a mark for what they do not have, and say so', async () => {
    const { pdf, text, missingCharacters } = await render('漢字 and 😀')
    expect(missingCharacters).toEqual(['漢', '字', '😀'])
    expect(text).toContain('\uFFFD\uFFFD and \uFFFD')
    expect(pdf.pages[0]?.glyphs.filter(({ number }) => number === 0)).toEqual([])
  })

  it('write amounts with the signs of their currencies', async () => {
    const body = "<p>{{ 150000 | money: 'NGN' }} {{ 150000 | money: 'INR' }} {{ 150000 | money: 'EUR' }}</p>"
    expect((await renderLetter(body)).text).toContain('₦1,500.00 ₹1,500.00 €1,500.00')
  })
})
