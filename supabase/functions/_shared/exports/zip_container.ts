import { type Segment, segmentSize } from './segments.ts'

/** A file in a zip whose content is there already. */
export interface ZipEntry {
  readonly name: string
  /** Whether `content` is compressed (deflate), or the bytes as they are. */
  readonly isDeflated: boolean
  readonly crc32: number
  /** Before compression. */
  readonly plainBytes: number
  readonly content: readonly Segment[]
}

/** Larger ones need an extension of the format that not every program reads. */
const mostBytes = 2 ** 32 - 1
/** 1 January 1980, midnight: the same entries give the same bytes. */
const dosTime = 0x0021_0000
/** Names are UTF-8. */
const flags = 0x0800

/**
 * A zip around contents that were compressed before and may lie elsewhere: no byte of them is touched, so it costs no
 * processor time worth mentioning.
 *
 * @throws {RangeError} when it gets larger than 4 GiB
 */
export function zipSegments(entries: readonly ZipEntry[]): Segment[] {
  const segments: Segment[] = []
  const directory: Uint8Array<ArrayBuffer>[] = []
  let offset = 0
  for (const entry of entries) {
    const name = new TextEncoder().encode(entry.name)
    const packedBytes = entry.content.reduce((sum, segment) => sum + segmentSize(segment), 0)
    if (offset > mostBytes || packedBytes > mostBytes || entry.plainBytes > mostBytes) {
      throw new RangeError('Cannot write zip: it would have more than 4 GiB')
    }
    // Both headers have this part in common.
    const common = [
      [2, 20],
      [2, flags],
      [2, entry.isDeflated ? 8 : 0],
      [4, dosTime],
      [4, entry.crc32],
      [4, packedBytes],
      [4, entry.plainBytes],
      [2, name.byteLength],
      [2, 0],
    ] as const
    const local = joined(numbers([[4, 0x04034b50], ...common]), name)
    segments.push({ bytes: local }, ...entry.content)
    const rest = numbers([
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, offset],
    ])
    directory.push(joined(numbers([[4, 0x02014b50], [2, 20], ...common]), rest, name))
    offset += local.byteLength + packedBytes
  }
  const records = joined(...directory)
  if (offset > mostBytes || entries.length > 65_535) throw new RangeError('Cannot write zip: it would be too large')
  const end = numbers([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, entries.length],
    [2, entries.length],
    [4, records.byteLength],
    [4, offset],
    [2, 0],
  ])
  return [...segments, { bytes: joined(records, end) }]
}

/** Little-endian numbers of two or four bytes. */
function numbers(fields: readonly (readonly [2 | 4, number])[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0))
  const view = new DataView(bytes.buffer)
  let place = 0
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(place, value, true)
    else view.setUint32(place, value, true)
    place += size
  }
  return bytes
}

function joined(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0))
  let place = 0
  for (const piece of pieces) {
    bytes.set(piece, place)
    place += piece.byteLength
  }
  return bytes
}
