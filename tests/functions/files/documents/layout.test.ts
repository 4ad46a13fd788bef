import { describe, expect, it } from 'vitest'
import { contrast, documentColors } from '../../../../supabase/functions/_shared/documents/colors.ts'
import { readImage } from '../../../../supabase/functions/_shared/documents/mod.ts'
import { givenPng, letterData, letterRequest, renderLetter } from './given.ts'

const row = (index: number, text = '') => `<tr><td>Row ${index}</td><td>${text}</td></tr>`
const table = (rows: string[]) =>
  `<table><thead><tr><th>Vendor column</th><th>Note column</th></tr></thead><tbody>${rows.join('')}</tbody></table>`

describe('pages', () => {
  it('[FIL-12] are numbered, each with the header and footer of the organization', async () => {
    const { pdf, pageCount } = await renderLetter(
      '<p>a</p><page-break></page-break><p>b</p><page-break></page-break><p>c</p>',
      {
        branding: { name: 'Kano Grain Ltd', primaryColor: '#00aa55', footer: '4 Marina Road\nLagos', country: 'NG' },
      },
    )
    expect(pageCount).toBe(3)
    expect(pdf.pages.map(({ text }) => /Page \d of \d/.exec(text)?.[0])).toEqual([
      'Page 1 of 3',
      'Page 2 of 3',
      'Page 3 of 3',
    ])
    for (const { text } of pdf.pages) {
      expect(text).toContain('Kano Grain Ltd')
      expect(text).toContain('4 Marina Road · Lagos · ')
    }
  })

  it('carry the logo, and the name alone without one', async () => {
    const images = new Map([['logo', readImage(givenPng(300, 80))]])
    const withLogo = await renderLetter('<p>a</p><page-break></page-break><p>b</p>', { images })
    expect(withLogo.pdf.pages.map(({ imageCount }) => imageCount)).toEqual([1, 1])
    expect((await renderLetter('<img src="logo"><p>a</p>')).pdf.pages.map(({ imageCount }) => imageCount)).toEqual([0])
  })

  it('say in the file what the document is', async () => {
    const { pdf } = await renderLetter('<p>x</p>', { data: letterData(), locale: { locale: 'fr', timeZone: 'UTC' } })
    expect(pdf.info).toMatchObject({ Title: 'A subject', Author: 'Lagoon Estates Ltd', Language: 'fr' })
  })

  it('are the same bytes for the same request', async () => {
    const body = '<h1>{{ subject }}</h1><p>{{ paragraphs[0] }}</p>'
    const [first, second] = [await renderLetter(body), await renderLetter(body)]
    expect(Buffer.from(first.bytes).equals(Buffer.from(second.bytes))).toBe(true)
  })

  it('may be wide, or of the American size', async () => {
    const template = letterRequest('<p>x</p>').template
    const wide = { ...template, page: { size: 'A4', orientation: 'landscape' } } as const
    const letter = { ...template, page: { size: 'LETTER', orientation: 'portrait' } } as const
    expect((await renderLetter('', { template: wide })).pdf.pages[0]?.width).toBeCloseTo(841.89)
    expect((await renderLetter('', { template: letter })).pdf.pages[0]?.width).toBeCloseTo(612)
  })
})

describe('tables', () => {
  it('[FIL-13] repeat their header on each page, and lose no row', async () => {
    const { pdf } = await renderLetter(table(Array.from({ length: 120 }, (_, index) => row(index, 'note'))))
    expect(pdf.pages.length).toBeGreaterThan(2)
    for (const { text } of pdf.pages) expect(text.match(/Vendor column/g)).toHaveLength(1)
    const rows = pdf.pages.flatMap(({ text }) => [...text.matchAll(/Row (\d+)\b/g)].map(([, index]) => Number(index)))
    expect(rows).toEqual(Array.from({ length: 120 }, (_, index) => index))
  })

  it('[FIL-13] never split a row between pages', async () => {
    const lines = (index: number) => Array.from({ length: 7 }, (_, line) => `${index}.${line} `).join('<br>')
    const { pdf } = await renderLetter(table(Array.from({ length: 40 }, (_, index) => row(index, lines(index)))))
    expect(pdf.pages.length).toBeGreaterThan(2)
    for (const { text } of pdf.pages) {
      const seen = [...text.matchAll(/\b(\d+)\.(\d)(?= |\n|$)/g)].map(([, index]) => index)
      for (const index of new Set(seen))
        expect(
          seen.filter((other) => other === index),
          index,
        ).toHaveLength(7)
    }
  })

  it('split the row that is higher than a page rather than lose what stands in it', async () => {
    const words = Array.from({ length: 3_000 }, (_, index) => `w${index}`)
    const { pdf, text } = await renderLetter(table([row(1, words.join(' '))]))
    expect(pdf.pages.length).toBeGreaterThan(1)
    expect(text.match(/\bw\d+\b/g)).toEqual(words)
    for (const { bottom } of pdf.pages) expect(bottom).toBeGreaterThan(20)
  })

  it('lose nothing of rows of any height', async () => {
    for (const count of [100, 250, 330, 400, 480, 560, 640, 900]) {
      const words = Array.from({ length: count }, (_, index) => `w${index}`)
      const { text } = await renderLetter(`<p>first</p>${table([row(1), row(2, words.join(' ')), row(3)])}`)
      expect(text.match(/\bw\d+\b/g), `${count} words`).toEqual(words)
    }
  })

  it('stay within the page, whatever the length of words and the number of columns', async () => {
    const cells = Array.from({ length: 12 }, (_, index) => `<td>${'unbreakable'.repeat(index + 1)}</td>`).join('')
    const { pdf } = await renderLetter(
      `<table><tr>${cells}</tr></table><table><tr><td>${'x'.repeat(400)}</td></tr></table>`,
    )
    for (const { right, width } of pdf.pages) expect(right).toBeLessThanOrEqual(width - 40)
  })

  it('may join columns, and have rows with fewer cells', async () => {
    const { text } = await renderLetter(
      '<table><tr><td colspan="2">both</td><td>c</td></tr><tr><td>a</td></tr></table>',
    )
    expect(text).toMatch(/both\s*c\s*a/)
  })

  it('do not leave a heading alone at the end of a page', async () => {
    for (let fill = 38; fill < 52; fill++) {
      const { pdf } = await renderLetter(
        `${'<p>line</p>'.repeat(fill)}<h2>The heading</h2>${table([row(1), row(2)])}<p>end</p>`,
      )
      const page = pdf.pages.find(({ text }) => text.includes('The heading'))
      expect(page?.text, `after ${fill} lines`).toMatch(/The heading[\s\S]*Row 1/)
    }
  })
})

describe('colours', () => {
  it('of organizations are darkened until they are read on white', () => {
    for (const color of ['#ffff00', '#ffffff', '#00aa55', '#14213d', '#e07a10']) {
      expect(contrast(documentColors(color).brand, '#ffffff'), color).toBeGreaterThanOrEqual(4.5)
    }
    expect(documentColors('#14213d').brand).toBe('#14213d')
    expect(documentColors('red; x').brand).toBe('#14213d')
  })
})

describe('images', () => {
  const refused = (reason: RegExp) =>
    expect.objectContaining({ code: 'document_image_invalid', message: expect.stringMatching(reason) })
  const png = givenPng(10, 10)

  it('are read when they are PNG or JPEG', () => {
    expect(readImage(png)).toMatchObject({ mediaType: 'image/png', width: 10, height: 10 })
    const jpeg = Uint8Array.from([
      0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc0, 0, 11, 8, 0, 20, 0, 30, 1, 1, 0x11, 0,
    ])
    expect(readImage(jpeg)).toMatchObject({ mediaType: 'image/jpeg', width: 30, height: 20 })
  })

  it.each([
    ['cut off', png.subarray(0, 60), /cut off|broken/],
    ['broken inside', png.map((byte, index) => (index > 45 && index < 50 ? 0xff : byte)), /broken|cut off/],
    ['no image', new TextEncoder().encode('<svg></svg>'), /neither PNG nor JPEG/],
    ['empty', new Uint8Array(), /neither/],
    ['too many pixels', givenPng(10, 10).map((byte, index) => (index === 17 ? 0xff : byte)), /pixels/],
    ['too many bytes', new Uint8Array(3 * 1024 * 1024), /bytes/],
    ['a JPEG without content', Uint8Array.from([0xff, 0xd8, 0xff, 0xd9, 0, 0]), /cut off|size/],
  ])('are refused when they are %s', (_what, bytes, reason) => {
    expect(() => readImage(bytes)).toThrow(refused(reason))
  })
})
