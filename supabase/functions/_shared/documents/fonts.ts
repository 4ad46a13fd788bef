import { Buffer } from 'node:buffer'
import { inflateSync } from 'fflate'
import { bold } from './fonts/bold.ts'
import { coverage } from './fonts/coverage.ts'
import { italic } from './fonts/italic.ts'
import { regular } from './fonts/regular.ts'

/** What stands where a character is missing from the fonts. */
const replacement = '\uFFFD'

/** Controls and marks that draw nothing and forge what is read; joiners stay, Devanagari needs them. */
const invisible = /[\p{Cc}\u00AD\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/gu

/** The faces as TrueType fonts. Bold italics are bold: one font less to carry. */
export function fontFiles(): Readonly<Record<'regular' | 'bold' | 'italic', Buffer>> {
  return { regular: unpack(regular), bold: unpack(bold), italic: unpack(italic) }
}

function unpack(packed: string): Buffer {
  return Buffer.from(inflateSync(Buffer.from(packed, 'base64')))
}

/** Whether the fonts have a character. @param code its code point */
export function isCovered(code: number): boolean {
  let low = 0
  let high = coverage.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const [first, last] = coverage[middle] ?? [0, 0]
    if (code < first) high = middle - 1
    else if (code > last) low = middle + 1
    else return true
  }
  return false
}

/**
 * Text as the fonts can draw it: in normal form C, without invisible characters, with U+FFFD for what they do not have.
 *
 * @param missing is told each character that was replaced
 */
export function drawable(text: string, missing: Set<string>): string {
  const clean = text.normalize('NFC').replace(invisible, (character) => (/[\n\t]/.test(character) ? character : ''))
  let drawn = ''
  for (const character of clean) {
    const isKnown = character === '\n' || character === '\t' || isCovered(character.codePointAt(0) ?? 0)
    if (!isKnown) missing.add(character)
    drawn += isKnown ? character : replacement
  }
  return drawn
}
