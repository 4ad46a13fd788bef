import { typeOfHead } from './content_types.ts'
import { readImageHeader } from './image_header.ts'
import { PictureError } from './picture_error.ts'
import { turnPixels } from './turn_pixels.ts'

/** A picture as everybody may see it: pixels, and nothing about where they come from. */
export interface EncodedPicture {
  readonly content: Uint8Array<ArrayBuffer>
  readonly mediaType: 'image/jpeg' | 'image/png'
  readonly extension: 'jpg' | 'png'
}

/** Largest upload, as the bucket has it. */
export const mostPictureBytes = 5 * 1024 * 1024
/** What a phone takes. Decoded that is 50 MB, of which the library needs a few; a hosted function has 256 MB. */
const mostPixels = 12_500_000
/** Longest side of what is shown; the largest size that is asked for. */
const longestSide = 1024
const jpegQuality = 85

/**
 * Makes a picture anew from its pixels: turned upright, at most 1024 pixels wide and high, without EXIF, GPS, comments and
 * colour profiles. Of an animation the first picture stays. One without transparency becomes a JPEG, else a PNG.
 *
 * @throws {PictureError} before anything is decoded where type or size do not do
 */
export async function encodePicture(content: Uint8Array): Promise<EncodedPicture> {
  const mediaType = typeOfHead(content.subarray(0, 1024)) ?? ''
  if (!['image/png', 'image/jpeg', 'image/webp', 'image/gif'].includes(mediaType)) {
    throw new PictureError('type_not_allowed')
  }
  const header = readImageHeader(content, mediaType)
  if (!header) throw new PictureError('unreadable')
  if (header.width * header.height > mostPixels) throw new PictureError('too_large')
  // Two megabytes of WebAssembly, for jobs that have a picture to make.
  const { PhotonImage, resize, SamplingFilter } = await import('@cf-wasm/photon/node')
  const made: { free(): void }[] = []
  const keep = <T extends { free(): void }>(image: T): T => {
    made.push(image)
    return image
  }
  try {
    const whole = keep(PhotonImage.new_from_byteslice(content))
    const [width, height] = [whole.get_width(), whole.get_height()]
    const scale = Math.min(1, longestSide / Math.max(width, height))
    const side = (length: number) => Math.max(1, Math.round(length * scale))
    const small = scale < 1 ? keep(resize(whole, side(width), side(height), SamplingFilter.Triangle)) : whole
    const pixels = { data: small.get_raw_pixels(), width: small.get_width(), height: small.get_height() }
    const upright = turnPixels(pixels, header.orientation)
    const shown = keep(new PhotonImage(upright.data, upright.width, upright.height))
    return isOpaque(upright.data)
      ? { content: new Uint8Array(shown.get_bytes_jpeg(jpegQuality)), mediaType: 'image/jpeg', extension: 'jpg' }
      : { content: new Uint8Array(shown.get_bytes()), mediaType: 'image/png', extension: 'png' }
  } catch (cause) {
    throw new PictureError('unreadable', { cause })
  } finally {
    for (const image of made) image.free()
  }
}

function isOpaque(rgba: Uint8Array): boolean {
  for (let place = 3; place < rgba.length; place += 4) if (rgba[place] !== 255) return false
  return true
}
