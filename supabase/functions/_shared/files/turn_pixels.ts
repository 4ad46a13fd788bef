/** An image as four bytes for each pixel, row after row. */
export interface Pixels {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/**
 * Turns and mirrors an image so that it stands upright.
 *
 * @param orientation as EXIF counts: 1 is upright, 3 upside down, 6 and 8 lie on a side, 2, 4, 5 and 7 are mirrored too
 */
export function turnPixels(image: Pixels, orientation: number): Pixels {
  if (orientation <= 1 || orientation > 8) return image
  const { width, height } = image
  const isOnSide = orientation >= 5
  const [turnedWidth, turnedHeight] = isOnSide ? [height, width] : [width, height]
  const from = new DataView(image.data.buffer, image.data.byteOffset, image.data.byteLength)
  const data = new Uint8Array(image.data.byteLength)
  const to = new DataView(data.buffer)
  // Where a pixel of the turned image was: on its side rows are columns.
  const isFromRight = [2, 3, 7, 8].includes(orientation)
  const isFromBottom = [3, 4, 6, 7].includes(orientation)
  for (let y = 0; y < turnedHeight; y += 1) {
    for (let x = 0; x < turnedWidth; x += 1) {
      const [column, row] = isOnSide ? [y, x] : [x, y]
      const sourceX = isFromRight ? width - 1 - column : column
      const sourceY = isFromBottom ? height - 1 - row : row
      to.setUint32((y * turnedWidth + x) * 4, from.getUint32((sourceY * width + sourceX) * 4))
    }
  }
  return { data, width: turnedWidth, height: turnedHeight }
}
