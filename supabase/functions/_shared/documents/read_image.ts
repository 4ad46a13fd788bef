import { unzlibSync } from 'fflate'
import { AppError } from '../http/mod.ts'
import { documentLimits } from './limits.ts'

/** An image that can stand in a document. */
export interface DocumentImage {
  readonly mediaType: 'image/png' | 'image/jpeg'
  /** Pixels. */
  readonly width: number
  readonly height: number
  readonly bytes: Uint8Array
}

/**
 * Reads the header of an image, and of a PNG the whole of it: the PDF engine takes the process down with it when the
 * content is broken.
 *
 * @throws {AppError} 422 `document_image_invalid`, when it is no PNG or JPEG, broken, or too large
 */
export function readImage(bytes: Uint8Array): DocumentImage {
  if (bytes.length > documentLimits.imageBytes) throw invalid(`it has more than ${documentLimits.imageBytes} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    if (bytes.length > 8 && view.getUint32(0) === 0x89504e47) return readPng(bytes, view)
    if (bytes.length > 4 && view.getUint16(0) === 0xffd8) return readJpeg(bytes, view)
  } catch (error) {
    // A header that ends too early.
    if (error instanceof RangeError) throw invalid('it is cut off')
    throw error
  }
  throw invalid('it is neither PNG nor JPEG')
}

function invalid(reason: string): AppError {
  return new AppError(422, 'document_image_invalid', `Cannot use image: ${reason}`)
}

function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw invalid('it has no size')
  if (width * height > documentLimits.imagePixels) {
    throw invalid(`it has ${width} × ${height} pixels, ${documentLimits.imagePixels} in all may be`)
  }
}

/** Samples of a pixel by PNG's colour types. */
const samples: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

function readPng(bytes: Uint8Array, view: DataView): DocumentImage {
  const [width, height] = [view.getUint32(16), view.getUint32(20)]
  const [depth, colorType, interlace] = [view.getUint8(24), view.getUint8(25), view.getUint8(28)]
  checkSize(width, height)
  if (interlace !== 0) throw invalid('it is an interlaced PNG')
  const packed: Uint8Array[] = []
  let offset = 8
  let name = ''
  while (name !== 'IEND') {
    const length = view.getUint32(offset)
    name = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8))
    if (offset + 12 + length > bytes.length) throw invalid('it is cut off')
    if (name === 'IDAT') packed.push(bytes.subarray(offset + 8, offset + 8 + length))
    offset += 12 + length
  }
  const bitsOfLine = width * (samples[colorType] ?? 0) * depth
  const expected = height * (Math.ceil(bitsOfLine / 8) + 1)
  if (bitsOfLine === 0 || inflatedLength(packed, expected) !== expected) throw invalid('its content is broken')
  return { mediaType: 'image/png', width, height, bytes }
}

/** Never more than expected and one byte, whatever the content claims. */
function inflatedLength(packed: readonly Uint8Array[], expected: number): number {
  const joined = new Uint8Array(packed.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of packed) {
    joined.set(part, at)
    at += part.length
  }
  try {
    return unzlibSync(joined, { out: new Uint8Array(expected + 1) }).length
  } catch {
    return -1
  }
}

function readJpeg(bytes: Uint8Array, view: DataView): DocumentImage {
  let offset = 2
  while (offset < bytes.length) {
    const marker = view.getUint16(offset)
    // Start of frame: every kind but the tables that share its range.
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)
    if (isFrame) {
      const [height, width] = [view.getUint16(offset + 5), view.getUint16(offset + 7)]
      checkSize(width, height)
      return { mediaType: 'image/jpeg', width, height, bytes }
    }
    if (marker >> 8 !== 0xff) break
    offset += 2 + view.getUint16(offset + 2)
  }
  throw invalid('it is cut off')
}
