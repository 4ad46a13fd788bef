import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { encodePicture } from '../../../supabase/functions/_shared/files/mod.ts'
import { turnPixels } from '../../../supabase/functions/_shared/files/turn_pixels.ts'

const plain = (width: number, height: number, background = '#3b6ea5') =>
  sharp({ create: { width, height, channels: 4, background } })

/** A picture as a phone makes it: lying on its side, with the place where it was taken. */
const fromPhone = () =>
  plain(1500, 900)
    .removeAlpha()
    .jpeg()
    .withExif({ IFD0: { Make: 'Phone', Copyright: 'Ana' }, IFD3: { GPSLatitude: '6/1 27/1 0/1', GPSLatitudeRef: 'N' } })
    .withMetadata({ orientation: 6 })
    .toBuffer()

describe('a picture that everybody may see', () => {
  it('[FIL-08] says nothing of where and with what it was taken, and stands upright', async () => {
    const upload = await fromPhone()
    expect((await sharp(upload).metadata()).exif).toBeDefined()
    const { content, mediaType } = await encodePicture(upload)
    expect(mediaType).toBe('image/jpeg')
    const { exif, icc, iptc, xmp, orientation, width, height } = await sharp(content).metadata()
    expect({ exif, icc, iptc, xmp, orientation, width, height }).toEqual({ width: 614, height: 1024 })
    for (const word of ['Exif', 'GPS', 'Phone', 'Ana']) expect(Buffer.from(content).includes(word)).toBe(false)
  })

  it.each(['png', 'webp', 'gif'] as const)(
    '[FIL-08] is made anew from a %s, and keeps its transparency',
    async (format) => {
      const upload = await plain(40, 30, '#3b6ea500').toFormat(format).toBuffer()
      const picture = await encodePicture(upload)
      expect(picture).toMatchObject({ mediaType: 'image/png', extension: 'png' })
      expect(await sharp(picture.content).metadata()).toMatchObject({ width: 40, height: 30, hasAlpha: true })
      const opaque = await encodePicture(await plain(40, 30).toFormat(format).toBuffer())
      expect(opaque.mediaType).toBe('image/jpeg')
    },
  )

  it('[FIL-08] is the first picture of an animation', async () => {
    const frames = await Promise.all(['#ff0000', '#0000ff'].map((color) => plain(20, 20, color).png().toBuffer()))
    const animation = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer()
    expect((await sharp(animation).metadata()).pages).toBe(2)
    const { content } = await encodePicture(animation)
    const { channels, isOpaque } = await sharp(content).stats()
    expect(isOpaque).toBe(true)
    expect(channels[0]?.mean).toBeGreaterThan(200)
    expect(channels[2]?.mean).toBeLessThan(50)
  })

  it('[FIL-08] is refused by its header when it would become too large, whatever is behind it', async () => {
    const bomb = new Uint8Array(await plain(10, 10).png().toBuffer())
    new DataView(bomb.buffer).setUint32(16, 30_000)
    new DataView(bomb.buffer).setUint32(20, 30_000)
    await expect(encodePicture(bomb)).rejects.toMatchObject({ problem: 'too_large' })
  })

  it.each([
    ['a text', Buffer.from('Hello'), 'type_not_allowed'],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'type_not_allowed'],
    ['a PNG that is cut', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'unreadable'],
  ])('[FIL-08] is not made of %s', async (_what, content, problem) => {
    await expect(encodePicture(content)).rejects.toMatchObject({ problem })
  })

  it('survives what breaks its decoder', async () => {
    const upload = await plain(300, 200).removeAlpha().jpeg().toBuffer()
    await expect(encodePicture(upload.subarray(0, 400))).rejects.toMatchObject({ problem: 'unreadable' })
    await expect(encodePicture(upload)).resolves.toMatchObject({ mediaType: 'image/jpeg' })
  })
})

it.each([1, 2, 3, 4, 5, 6, 7, 8])('turns pixels as EXIF says: %i', async (orientation) => {
  const [width, height] = [3, 2]
  const data = Buffer.from(Array.from({ length: width * height * 4 }, (_, place) => place * 7))
  const stored = await sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .withMetadata({ orientation })
    .toBuffer()
  const wanted = await sharp(stored).autoOrient().ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  const turned = turnPixels({ data, width, height }, orientation)
  expect([turned.width, turned.height]).toEqual([wanted.info.width, wanted.info.height])
  expect(Buffer.from(turned.data)).toEqual(wanted.data)
})
