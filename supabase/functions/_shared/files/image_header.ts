/** What an image says of itself before anything of it is decoded. */
export interface ImageHeader {
  readonly width: number
  readonly height: number
  /** How it is to be turned, as EXIF counts: 1 to 8, 1 for not at all. */
  readonly orientation: number
}

/** How much of an image is read for its header; what comes before the size in a JPEG may be long. */
export const imageHeaderBytes = 256 * 1024

/**
 * Reads the size of a PNG, JPEG, WebP or GIF.
 *
 * @param head the first {@link imageHeaderBytes}
 * @returns null when it is none, or its size does not come that early
 */
export function readImageHeader(head: Uint8Array, mediaType: string): ImageHeader | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  try {
    switch (mediaType) {
      case 'image/png':
        return upright(view.getUint32(16), view.getUint32(20))
      case 'image/gif':
        return upright(view.getUint16(6, true), view.getUint16(8, true))
      case 'image/webp':
        return readWebp(view)
      case 'image/jpeg':
        return readJpeg(view)
      default:
        return null
    }
  } catch (error) {
    // Read beyond the end.
    if (error instanceof RangeError) return null
    throw error
  }
}

function upright(width: number, height: number): ImageHeader | null {
  return width > 0 && height > 0 ? { width, height, orientation: 1 } : null
}

function readWebp(view: DataView): ImageHeader | null {
  const kind = view.getUint32(12)
  // "VP8X", "VP8L", "VP8 "
  if (kind === 0x56503858) return upright(1 + uint24(view, 24), 1 + uint24(view, 27))
  if (kind === 0x5650384c) {
    const bits = view.getUint32(21, true)
    return upright(1 + (bits & 0x3fff), 1 + ((bits >> 14) & 0x3fff))
  }
  if (kind === 0x56503820) return upright(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff)
  return null
}

const uint24 = (view: DataView, place: number) => view.getUint16(place, true) | (view.getUint8(place + 2) << 16)

function readJpeg(view: DataView): ImageHeader | null {
  let orientation = 1
  let place = 2
  for (;;) {
    if (view.getUint8(place) !== 0xff) return null
    const marker = view.getUint8(place + 1)
    // Padding before a marker.
    if (marker === 0xff) {
      place += 1
      continue
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) {
      const size = upright(view.getUint16(place + 7), view.getUint16(place + 5))
      return size && { ...size, orientation }
    }
    // The picture itself, and no frame before it.
    if (marker === 0xda) return null
    const length = view.getUint16(place + 2)
    if (length < 2) return null
    if (marker === 0xe1) orientation = readOrientation(view, place + 4, length - 2) ?? orientation
    place += 2 + length
  }
}

/** The orientation in an EXIF segment; null where it has none. */
function readOrientation(view: DataView, start: number, length: number): number | null {
  // "Exif", two zeros, then TIFF.
  if (length < 14 || view.getUint32(start) !== 0x45786966) return null
  const tiff = start + 6
  const isLittle = view.getUint16(tiff) === 0x4949
  const directory = tiff + view.getUint32(tiff + 4, isLittle)
  const end = start + length
  if (directory + 2 > end) return null
  const count = view.getUint16(directory, isLittle)
  for (let entry = 0; entry < count; entry += 1) {
    const place = directory + 2 + entry * 12
    if (place + 12 > end) return null
    if (view.getUint16(place, isLittle) !== 0x0112) continue
    const value = view.getUint16(place + 8, isLittle)
    return value >= 1 && value <= 8 ? value : null
  }
  return null
}
