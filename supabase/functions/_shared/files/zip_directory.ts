/** Reads some bytes of a file, from `start` up to and without `end`. */
export type ReadRange = (start: number, end: number) => Promise<Uint8Array>

/** What the directory of a zip says, which is all that is read of it. */
export interface ZipDirectory {
  readonly names: ReadonlySet<string>
  /** Bytes that it would unpack to, as it says itself. */
  readonly unpackedBytes: number
  readonly isEncrypted: boolean
}

const endMark = 0x06054b50
const entryMark = 0x02014b50
const endBytes = 22
const longestComment = 0xffff
const mostEntries = 20_000
const largestDirectory = 4 * 1024 * 1024

/**
 * Reads the directory at the end of a zip. Nothing is unpacked, and what is read is bounded, whatever the file says.
 *
 * @returns null when it is no zip that ends where its directory says, or one with too many entries
 */
export async function readZipDirectory(read: ReadRange, sizeBytes: number): Promise<ZipDirectory | null> {
  const tailStart = Math.max(0, sizeBytes - endBytes - longestComment)
  const tail = viewOf(await read(tailStart, sizeBytes))
  const end = findEnd(tail)
  if (end === null) return null
  const count = tail.getUint16(end + 10, true)
  const length = tail.getUint32(end + 12, true)
  const start = tail.getUint32(end + 16, true)
  const isWhole = count === tail.getUint16(end + 8, true) && start + length <= tailStart + end
  if (!isWhole || count > mostEntries || length > largestDirectory) return null
  return readEntries(viewOf(await read(start, start + length)), count)
}

/** The last end mark whose comment ends with the file. */
function findEnd(tail: DataView): number | null {
  for (let place = tail.byteLength - endBytes; place >= 0; place -= 1) {
    if (tail.getUint32(place, true) !== endMark) continue
    if (place + endBytes + tail.getUint16(place + 20, true) === tail.byteLength) return place
  }
  return null
}

function readEntries(directory: DataView, count: number): ZipDirectory | null {
  const names = new Set<string>()
  let unpackedBytes = 0
  let isEncrypted = false
  let place = 0
  for (let entry = 0; entry < count; entry += 1) {
    if (place + 46 > directory.byteLength || directory.getUint32(place, true) !== entryMark) return null
    isEncrypted ||= (directory.getUint16(place + 8, true) & 1) === 1
    unpackedBytes += directory.getUint32(place + 24, true)
    const nameLength = directory.getUint16(place + 28, true)
    const further = directory.getUint16(place + 30, true) + directory.getUint16(place + 32, true)
    if (place + 46 + nameLength + further > directory.byteLength) return null
    names.add(new TextDecoder().decode(new Uint8Array(directory.buffer, directory.byteOffset + place + 46, nameLength)))
    place += 46 + nameLength + further
  }
  return { names, unpackedBytes, isEncrypted }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
