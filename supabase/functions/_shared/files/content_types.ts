const office = 'application/vnd.openxmlformats-officedocument'

/** Media types of Office documents, by the part that makes a zip one of them. */
export const officeTypes: ReadonlyMap<string, string> = new Map([
  ['word/document.xml', `${office}.wordprocessingml.document`],
  ['xl/workbook.xml', `${office}.spreadsheetml.sheet`],
  ['ppt/presentation.xml', `${office}.presentationml.presentation`],
])

/** What a name may end with, for each media type that anybody may upload. */
const extensions: ReadonlyMap<string, readonly string[]> = new Map([
  ['application/pdf', ['pdf']],
  ['image/png', ['png']],
  ['image/jpeg', ['jpg', 'jpeg', 'jpe', 'jfif']],
  ['image/webp', ['webp']],
  ['image/gif', ['gif']],
  ['text/csv', ['csv', 'tsv', 'txt']],
  [`${office}.wordprocessingml.document`, ['docx']],
  [`${office}.spreadsheetml.sheet`, ['xlsx']],
  [`${office}.presentationml.presentation`, ['pptx']],
])

/**
 * Whether a name promises something else than the content is: whoever downloads it opens it by its name.
 *
 * @returns the ending that does not fit; null when all is well, or the type is none that people may upload
 */
export function wrongExtension(name: string, mediaType: string): string | null {
  const allowed = extensions.get(mediaType)
  const [, extension] = /\.([^.\s]+)$/.exec(name.trim().toLowerCase()) ?? []
  return allowed && extension && !allowed.includes(extension) ? extension : null
}

/** What a name says its content is, for whoever sends a file without a media type; null for an ending that says nothing. */
export function mediaTypeOfName(name: string): string | null {
  const [, extension = ''] = /\.([^.\s]+)$/.exec(name.trim().toLowerCase()) ?? []
  return [...extensions].find(([, endings]) => endings[0] === extension || endings[1] === extension)?.[0] ?? null
}

interface Signature {
  readonly mediaType: string
  readonly bytes: string
  readonly offset?: number
  /** What must stand elsewhere as well. */
  readonly also?: { readonly bytes: string; readonly offset: number }
}

/** How files begin, in Latin-1. Only signatures that no text begins with, but for PDF and GIF. */
const signatures: readonly Signature[] = [
  { mediaType: 'application/pdf', bytes: '%PDF-' },
  { mediaType: 'image/png', bytes: '\x89PNG\r\n\x1a\n' },
  { mediaType: 'image/jpeg', bytes: '\xff\xd8\xff' },
  { mediaType: 'image/gif', bytes: 'GIF87a' },
  { mediaType: 'image/gif', bytes: 'GIF89a' },
  { mediaType: 'image/webp', bytes: 'RIFF', also: { bytes: 'WEBP', offset: 8 } },
  { mediaType: 'application/zip', bytes: 'PK\x03\x04' },
  { mediaType: 'application/x-cfb', bytes: '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' },
  { mediaType: 'application/x-elf', bytes: '\x7fELF' },
  { mediaType: 'application/vnd.microsoft.portable-executable', bytes: 'MZ\x90\0' },
  { mediaType: 'application/gzip', bytes: '\x1f\x8b' },
  { mediaType: 'application/x-7z-compressed', bytes: '7z\xbc\xaf\x27\x1c' },
  { mediaType: 'application/vnd.rar', bytes: 'Rar!\x1a\x07' },
  { mediaType: 'video/mp4', bytes: 'ftyp', offset: 4 },
]

/** Markup that a browser would run, wherever it stands behind a little space. */
const markup: readonly (readonly [RegExp, string])[] = [
  [/^<\?xml[^>]*>\s*(<!--[\s\S]*?-->\s*)?(<!doctype svg[^>]*>\s*)?<svg[\s>]/i, 'image/svg+xml'],
  [/^<svg[\s>]/i, 'image/svg+xml'],
  [/^<\?xml/i, 'application/xml'],
  [/^<(!doctype html|html|head|body|script|iframe|style|!--)/i, 'text/html'],
]

/**
 * The media type by how content begins; `application/octet-stream` for nothing that is known, and null for what may be
 * text.
 *
 * @param head the first bytes, 1 kB or so
 */
export function typeOfHead(head: Uint8Array): string | null {
  const text = new TextDecoder('latin1').decode(head)
  // That decoder is Windows-1252, which has other characters from 0x80 to 0x9f: signatures are compared by bytes.
  const isAt = (bytes: string, offset: number) =>
    [...bytes].every((character, place) => head[offset + place] === character.charCodeAt(0))
  const found = signatures.find(
    ({ bytes, offset = 0, also }) => isAt(bytes, offset) && (!also || isAt(also.bytes, also.offset)),
  )
  if (found) return found.mediaType
  const trimmed = text.replace(/^(ï»¿)?\s+|^ï»¿/, '')
  return markup.find(([pattern]) => pattern.test(trimmed))?.[1] ?? null
}
