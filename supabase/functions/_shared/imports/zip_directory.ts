import { AppError } from '../http/mod.ts'
import { type InflateCheckpoint, InflateError, Inflater } from './inflate.ts'
import { importLimits } from './limits.ts'
import { type ImportFile, readPart } from './open_source.ts'

/** A file inside a zip. */
export interface ZipMember {
  readonly name: string
  readonly isDeflated: boolean
  readonly compressedBytes: number
  readonly bytes: number
  /** Where its header is in the zip. */
  readonly offset: number
}

/** Bytes of the end of a zip in which its directory is announced. */
const tailBytes = 66_000
const directoryBytes = 4_000_000
/** Bytes that are inflated at once. */
const pieceBytes = 128 * 1024

/** What is wrong with a workbook that cannot be read. */
export function damaged(problem: string, cause?: unknown): AppError {
  return new AppError(422, 'import_workbook_damaged', `Cannot read workbook: ${problem}`, {
    hint: 'It may have been cut off: open it in Excel, save it again as .xlsx, or as CSV UTF-8',
    cause,
  })
}

/**
 * Reads the directory of a zip by its last bytes, without the rest of it.
 *
 * @throws {AppError} 422 `import_workbook_damaged`, `import_workbook_too_large` for what would inflate to too much
 */
export async function readZipDirectory(file: ImportFile): Promise<ReadonlyMap<string, ZipMember>> {
  const tailStart = Math.max(0, file.sizeBytes - tailBytes)
  const tail = viewOf(await readPart(file, tailStart, file.sizeBytes - 1))
  let end = tail.byteLength - 22
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end -= 1
  if (end < 0) throw damaged('its end is missing')
  const size = tail.getUint32(end + 12, true)
  const offset = tail.getUint32(end + 16, true)
  if (offset === 0xffffffff || size > directoryBytes || offset + size > file.sizeBytes) {
    throw damaged('its directory is not where it says')
  }
  const directory = viewOf(await readPart(file, offset, offset + size - 1))
  const members = new Map<string, ZipMember>()
  const decoder = new TextDecoder()
  for (let at = 0; at + 46 <= directory.byteLength && directory.getUint32(at, true) === 0x02014b50; ) {
    const nameLength = directory.getUint16(at + 28, true)
    const further = directory.getUint16(at + 30, true) + directory.getUint16(at + 32, true)
    if (at + 46 + nameLength > directory.byteLength) throw damaged('its directory is cut off')
    const name = decoder.decode(new Uint8Array(directory.buffer, directory.byteOffset + at + 46, nameLength))
    const method = directory.getUint16(at + 10, true)
    if ((directory.getUint16(at + 8, true) & 1) === 1) throw damaged('it is encrypted')
    if (method !== 0 && method !== 8) throw damaged('it is packed in an unusual way')
    members.set(name, {
      name,
      isDeflated: method === 8,
      compressedBytes: directory.getUint32(at + 20, true),
      bytes: directory.getUint32(at + 24, true),
      offset: directory.getUint32(at + 42, true),
    })
    at += 46 + nameLength + further
  }
  return members
}

/** Refuses what inflates to too much: what is said in the directory is held to while reading. */
function checkSize({ bytes, compressedBytes }: ZipMember, mostBytes: number): void {
  const isBomb = bytes > 20_000_000 && bytes > compressedBytes * importLimits.inflateRatio
  if (bytes <= mostBytes && !isBomb) return
  throw new AppError(422, 'import_workbook_too_large', 'Cannot read workbook: it unpacks to too much', {
    hint: 'Leave out rows and sheets that are not needed, or save it as CSV UTF-8',
  })
}

/** Content of a zip's member, piece by piece, from its beginning or a place in it. */
export interface MemberReader {
  readonly pieces: AsyncGenerator<Uint8Array>
  /** Where to begin again to read from a place on; null for the beginning. */
  checkpointBefore(output: number): InflateCheckpoint | null
}

/**
 * Reads a member of a zip.
 *
 * @param from a checkpoint at or before `output`
 * @param output place in the content of the first byte that is given
 * @throws {AppError} 422 `import_workbook_damaged`, `import_workbook_too_large`
 */
export async function openMember(
  file: ImportFile,
  member: ZipMember,
  options: { from?: InflateCheckpoint | null; output?: number; mostBytes?: number } = {},
): Promise<MemberReader> {
  const { from = null, output = 0, mostBytes = importLimits.inflatedBytes } = options
  checkSize(member, mostBytes)
  const header = viewOf(await readPart(file, member.offset, member.offset + 29))
  if (header.byteLength < 30 || header.getUint32(0, true) !== 0x04034b50) throw damaged('a part is not where it says')
  const start = member.offset + 30 + header.getUint16(26, true) + header.getUint16(28, true)
  const last = start + member.compressedBytes - 1
  if (last >= file.sizeBytes) throw damaged('it is cut off')
  if (!member.isDeflated) {
    const pieces = member.compressedBytes > output ? bytesOf(file, start + output, last) : none()
    return { pieces, checkpointBefore: () => null }
  }
  const inflater = new Inflater(from ?? undefined)
  return {
    pieces: inflated(file, inflater, start + Math.floor((from?.bit ?? 0) / 8), last, member, from?.output ?? 0, output),
    checkpointBefore: (place) => inflater.checkpointBefore(place),
  }
}

/** The whole of a small member as text; null when there is none. */
export async function readMemberText(
  file: ImportFile,
  members: ReadonlyMap<string, ZipMember>,
  name: string,
  mostBytes = 10_000_000,
): Promise<string | null> {
  const member = members.get(name)
  if (!member) return null
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of (await openMember(file, member, { mostBytes })).pieces) {
    text += decoder.decode(piece, { stream: true })
  }
  return text + decoder.decode()
}

async function* inflated(
  file: ImportFile,
  inflater: Inflater,
  start: number,
  last: number,
  member: ZipMember,
  from: number,
  output: number,
): AsyncGenerator<Uint8Array> {
  let at = from
  function* drain(isLast: boolean): Generator<Uint8Array> {
    for (let piece = readPiece(inflater, isLast); piece; piece = readPiece(inflater, isLast)) {
      const skipped = Math.max(0, Math.min(piece.length, output - at))
      at += piece.length
      if (at > member.bytes) throw damaged('a part is longer than it says')
      if (skipped < piece.length) yield piece.subarray(skipped)
    }
  }
  for await (const piece of bytesOf(file, start, last)) {
    inflater.push(piece)
    yield* drain(false)
  }
  yield* drain(true)
  if (!inflater.isDone || at !== member.bytes) throw damaged('a part is shorter than it says')
}

function readPiece(inflater: Inflater, isLast: boolean): Uint8Array | null {
  try {
    return inflater.read(isLast)
  } catch (error) {
    if (error instanceof InflateError) throw damaged(error.message, error)
    throw error
  }
}

/** Bytes of a file in pieces that are not larger than needed for bounded memory. */
async function* bytesOf(file: ImportFile, start: number, last: number): AsyncGenerator<Uint8Array> {
  if (last < start) return
  for await (const part of await file.open(start, last)) {
    for (let at = 0; at < part.length; at += pieceBytes) yield part.subarray(at, at + pieceBytes)
  }
}

async function* none(): AsyncGenerator<Uint8Array> {}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
