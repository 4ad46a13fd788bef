import { officeTypes, typeOfHead } from './content_types.ts'
import { imageHeaderBytes, readImageHeader } from './image_header.ts'
import { type ReadRange, readZipDirectory, type ZipDirectory } from './zip_directory.ts'

/** What content is, whatever its name and its sender say. */
export interface DetectedType {
  readonly mediaType: string
  /** Why nobody should open it, as `<code>: <words>`; null when nothing speaks against it. */
  readonly problem: string | null
}

/** Pixels of the largest image; Storage transforms none that is larger. */
const mostPixels = 50_000_000
/** A document unpacks to less, or to not much more than it is packed. */
const harmlessBytes = 100 * 1024 * 1024
const mostBytes = 2 * 1024 * 1024 * 1024
const mostGrowth = 100
/** Types whose content is text and says nothing of its kind. */
const textTypes = ['text/csv', 'text/plain', 'application/json']

/**
 * Finds the media type by content: by how it begins, of a zip by its directory, and of text by what it was announced as.
 * Reads a bounded part and unpacks nothing.
 *
 * @param content.isText whether all of it is text
 * @param content.announced media type that the sender named
 */
export async function detectType(
  read: ReadRange,
  content: { sizeBytes: number; isText: boolean; announced: string },
): Promise<DetectedType> {
  const head = await read(0, Math.min(content.sizeBytes, imageHeaderBytes))
  const mediaType = typeOfHead(head.subarray(0, 1024))
  if (mediaType === null) return { mediaType: content.isText ? textType(content.announced) : unknown, problem: null }
  if (mediaType === 'application/zip') {
    return typeOfZip(await readZipDirectory(read, content.sizeBytes), content.sizeBytes)
  }
  return { mediaType, problem: mediaType.startsWith('image/') ? problemOfImage(head, mediaType) : null }
}

const unknown = 'application/octet-stream'

function textType(announced: string): string {
  return textTypes.includes(announced) ? announced : 'text/plain'
}

function typeOfZip(directory: ZipDirectory | null, sizeBytes: number): DetectedType {
  const mediaType = 'application/zip'
  if (!directory) return { mediaType, problem: 'archive_unreadable: its directory is broken or too large' }
  const { names, unpackedBytes, isEncrypted } = directory
  const part = [...officeTypes].find(([name]) => names.has('[Content_Types].xml') && names.has(name))
  const found = part?.[1] ?? mediaType
  const isBomb = unpackedBytes > mostBytes || unpackedBytes > Math.max(harmlessBytes, sizeBytes * mostGrowth)
  if (isBomb) return { mediaType: found, problem: `archive_bomb: it unpacks to ${unpackedBytes} bytes` }
  if (isEncrypted) return { mediaType: found, problem: 'archive_encrypted: nobody can look into it' }
  const hasMacros = [...names].some((name) => /vbaproject\.bin$/i.test(name))
  return { mediaType: found, problem: hasMacros ? 'macros: the document holds a program' : null }
}

function problemOfImage(head: Uint8Array, mediaType: string): string | null {
  // Formats that no category takes are refused as such.
  if (mediaType === 'image/svg+xml') return null
  const header = readImageHeader(head, mediaType)
  if (!header) return 'image_unreadable: it does not say how large it is'
  const pixels = header.width * header.height
  return pixels > mostPixels ? `image_too_large: it has ${pixels} pixels, ${mostPixels} is most` : null
}
