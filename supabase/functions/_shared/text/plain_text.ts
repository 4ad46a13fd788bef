import { z } from 'zod'

/** Characters that no text needs and that forge what is shown: controls, and those that turn the direction of writing. */
const invisible = /[\p{Cc}\u202A-\u202E\u2066-\u2069\uFEFF\uFFF9-\uFFFB]/gu

/**
 * Text that a person wrote, in one normal form and without invisible characters that forge it. Tags stay what they are,
 * text: whoever shows it escapes it.
 */
export function cleanPlainText(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll('\r\n', '\n')
    .replace(invisible, (character) => (character === '\n' || character === '\t' ? character : ''))
    .trim()
}

/** The same on one line, for names, subjects and whatever becomes a header. */
export function cleanLine(text: string): string {
  return cleanPlainText(text.replace(/[\s\u2028\u2029]+/gu, ' '))
}

/** The same for a name that strangers read in a mail: no mail program finds an address in it to make a link of. */
export function unlinkedLine(text: string): string {
  return cleanLine(text)
    .replaceAll('://', ': ')
    .replace(/\.(?=[\p{L}\p{N}])/gu, '. ')
}

/** A field of plain text for a request, 1 to `maxLength` characters after cleaning. */
export function plainText(maxLength: number) {
  return z
    .string()
    .max(maxLength * 2)
    .transform(cleanPlainText)
    .pipe(z.string().min(1).max(maxLength))
}

/** A field of one line for a request, 1 to `maxLength` characters after cleaning. */
export function plainLine(maxLength: number) {
  return z
    .string()
    .max(maxLength * 2)
    .transform(cleanLine)
    .pipe(z.string().min(1).max(maxLength))
}
