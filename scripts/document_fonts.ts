import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import subsetFont from 'subset-font'
import { z } from 'zod'

// Writes the fonts of documents as modules: Noto Sans, cut to the writing systems that the product serves. Hosted functions
// are bundled from imports, so bytes that stand in a module are the only ones that are there in every runtime.

const root = join(import.meta.dirname, '..')
const folder = join(root, 'supabase', 'functions', '_shared', 'documents', 'fonts')
const source = join(root, 'node_modules', '@expo-google-fonts', 'noto-sans')

/** First and last code points: Latin of all languages, Devanagari, currencies, punctuation and some symbols. */
export const coverage = [
  [0x20, 0x7e],
  [0xa0, 0x24f],
  [0x250, 0x2af],
  [0x2b0, 0x2ff],
  [0x300, 0x36f],
  [0x900, 0x97f],
  [0x1cd0, 0x1cf9],
  [0x1e00, 0x1eff],
  [0x2000, 0x206f],
  [0x2070, 0x209c],
  [0x20a0, 0x20c0],
  [0x2100, 0x218b],
  [0x2190, 0x2199],
  [0x2200, 0x2265],
  [0x25a0, 0x25cf],
  [0xa8e0, 0xa8ff],
  [0xfffd, 0xfffd],
] as const

/** Each face that documents have, by the name of its module. */
export const faces = { regular: '400Regular', bold: '700Bold', italic: '400Regular_Italic' } as const

/** Cuts one face to the coverage, with all its rules for shaping. @param weight folder of the package */
export async function cutFace(weight: string): Promise<Buffer> {
  const font = await readFile(join(source, weight, `NotoSans_${weight}.ttf`))
  const characters = coverage.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index)),
  )
  return Buffer.from(await subsetFont(font, characters.join(''), { targetFormat: 'truetype' }))
}

/** The code points of a TrueType font's table `cmap` in format 4, which is that of the first 65,535. */
function codesOf(font: Buffer): number[] {
  const tables = font.readUInt16BE(4)
  let cmap = 0
  for (let index = 0; index < tables; index++) {
    const entry = 12 + index * 16
    if (font.toString('latin1', entry, entry + 4) === 'cmap') cmap = font.readUInt32BE(entry + 8)
  }
  const found = new Set<number>()
  for (let index = 0; index < font.readUInt16BE(cmap + 2); index++) {
    const table = cmap + font.readUInt32BE(cmap + 8 + index * 8)
    if (font.readUInt16BE(table) !== 4) continue
    const count = font.readUInt16BE(table + 6) / 2
    for (let segment = 0; segment < count; segment++) {
      const last = font.readUInt16BE(table + 14 + segment * 2)
      const first = font.readUInt16BE(table + 16 + count * 2 + segment * 2)
      for (let code = first; code <= last && code < 0xffff; code++) found.add(code)
    }
  }
  return [...found].sort((a, b) => a - b)
}

function toRanges(codes: readonly number[]): [number, number][] {
  const ranges: [number, number][] = []
  for (const code of codes) {
    const range = ranges.at(-1)
    if (range && range[1] === code - 1) range[1] = code
    else ranges.push([code, code])
  }
  return ranges
}

/** What all fonts cover. */
export function commonCoverage(fonts: readonly Buffer[]): [number, number][] {
  const [first = [], ...others] = fonts.map((font) => codesOf(font))
  const sets = others.map((codes) => new Set(codes))
  return toRanges(first.filter((code) => sets.every((codes) => codes.has(code))))
}

async function write(): Promise<void> {
  await mkdir(folder, { recursive: true })
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(source, 'package.json'), 'utf8')))
  const head = `// Written by scripts/document_fonts.ts from @expo-google-fonts/noto-sans ${version}; SIL Open Font License 1.1.\n`
  const cuts: Buffer[] = []
  for (const [name, weight] of Object.entries(faces)) {
    const cut = await cutFace(weight)
    const packed = deflateRawSync(cut, { level: 9 }).toString('base64')
    const text = `${head}\n/** Noto Sans ${weight}, a TrueType font of ${cut.length} bytes, deflated and in base64. */\nexport const ${name} =\n  '${packed}'\n`
    await writeFile(join(folder, `${name}.ts`), text)
    console.log(`${name}: ${cut.length} bytes, ${packed.length} characters`)
    cuts.push(cut)
  }
  const ranges = commonCoverage(cuts)
    .map(([first, last]) => `  [0x${first.toString(16)}, 0x${last.toString(16)}],\n`)
    .join('')
  const comment = '/** First and last of the code points that all fonts have. */'
  const declaration = 'export const coverage: readonly (readonly [number, number])[] ='
  await writeFile(join(folder, 'coverage.ts'), `${head}\n${comment}\n${declaration} [\n${ranges}]\n`)
}

if (import.meta.main) await write()
