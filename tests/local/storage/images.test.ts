import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StorageStack, startStorageStack } from './storage_stack.ts'

let stack: StorageStack
let bucket: string
const picture = (format: 'png' | 'jpeg') =>
  sharp({ create: { width: 400, height: 200, channels: 3, background: '#336699' } })
    .toFormat(format)
    .toBuffer()

beforeAll(async () => {
  stack = await startStorageStack()
  bucket = await stack.bucket({ public: true })
  const files = stack.admin().storage.from(bucket)
  await files.upload('a.png', await picture('png'), { contentType: 'image/png' })
  await files.upload('a.jpg', await picture('jpeg'), { contentType: 'image/jpeg' })
  await files.upload('note.txt', 'no image', { contentType: 'text/plain' })
  await files.upload('broken.png', 'no image', { contentType: 'image/png' })
})
afterAll(() => stack[Symbol.asyncDispose]())

const render = (query: string, headers: Record<string, string> = {}, name = 'a.png') =>
  stack.request(`/render/image/public/${bucket}/${name}?${query}`, { headers })
const shapeOf = async (response: Response) => {
  const { width, height, format } = await sharp(Buffer.from(await response.arrayBuffer())).metadata()
  return [width, height, format]
}

describe('image transformation', () => {
  it('[FIL-01] scales and crops as asked', async () => {
    for (const [query, shape] of [
      ['width=100&height=100', [100, 100, 'png']],
      ['width=100&height=100&resize=cover', [100, 100, 'png']],
      ['width=100&height=100&resize=contain', [100, 50, 'png']],
      ['width=100&height=100&resize=fill', [100, 100, 'png']],
      ['width=100', [100, 50, 'png']],
      ['height=50', [100, 50, 'png']],
      ['width=100&resize=fill', [100, 50, 'png']],
      ['width=4000&resize=contain', [400, 200, 'png']],
      ['quality=50', [400, 200, 'png']],
    ] as const) {
      const response = await render(query)
      expect([query, response.status, await shapeOf(response)]).toEqual([query, 200, shape])
    }
  })

  it('chooses WebP for clients that take it, and keeps the format when asked to', async () => {
    const accept = 'image/avif,image/webp,*/*'
    const response = await render('width=50', { accept })
    expect(response.headers.get('content-type')).toBe('image/webp')
    expect(await shapeOf(response)).toEqual([50, 25, 'webp'])
    expect(await shapeOf(await render('width=50&format=origin', { accept }))).toEqual([50, 25, 'png'])
    expect(await shapeOf(await render('width=50', {}, 'a.jpg'))).toEqual([50, 25, 'jpeg'])
    expect((await render('width=50&format=avif')).headers.get('content-type')).toBe('image/avif')
  })

  it('makes smaller files of less quality', async () => {
    const size = async (quality: number) =>
      Number((await render(`width=300&quality=${quality}`, {}, 'a.jpg')).headers.get('content-length'))
    expect(await size(20)).toBeLessThan(await size(100))
  })

  it('is reached by the official client, public, signed and under policies', async () => {
    const files = stack.admin().storage.from(bucket)
    const transform = { width: 60, height: 60, format: 'origin' as const }
    const urls = [
      files.getPublicUrl('a.png', { transform }).data.publicUrl,
      (await files.createSignedUrl('a.png', 60, { transform })).data?.signedUrl ?? '',
    ]
    for (const url of urls) expect(await shapeOf(await fetch(url))).toEqual([60, 60, 'png'])
    const { data } = await files.download('a.png', { transform })
    expect(await shapeOf(new Response(data))).toEqual([60, 60, 'png'])
    const hidden = await stack.bucket()
    await stack
      .admin()
      .storage.from(hidden)
      .upload('a.png', await picture('png'), { contentType: 'image/png' })
    const denied = await stack.anonymous().storage.from(hidden).download('a.png', { transform })
    expect(denied.error).toMatchObject({ statusCode: '404' })
  })

  it('lets nobody change the size of a signed URL', async () => {
    const { data } = await stack
      .admin()
      .storage.from(bucket)
      .createSignedUrl('a.png', 60, { transform: { width: 60 } })
    expect(await shapeOf(await fetch(`${data?.signedUrl}&width=300`))).toEqual([60, 30, 'png'])
  })

  it('answers 304 to a client that has the image, and another ETag for each size', async () => {
    const [small, large] = [await render('width=50'), await render('width=80')]
    const etag = small.headers.get('etag') ?? ''
    expect(etag).not.toBe(large.headers.get('etag'))
    expect((await render('width=50', { 'if-none-match': etag })).status).toBe(304)
  })

  it('keeps what it made until the object changes or goes', async () => {
    const files = stack.admin().storage.from(bucket)
    await files.upload('kept.png', await picture('png'), { contentType: 'image/png' })
    const versionOf = async () =>
      (await stack.sql<{ version: string }[]>`select version from storage.objects where name = 'kept.png'`)[0]
        ?.version ?? ''
    const made = (version: string) => readdir(join(stack.folder, 'renders', version)).catch(() => null)
    const first = await versionOf()
    const answers = await Promise.all(Array.from({ length: 10 }, () => render('width=33', {}, 'kept.png')))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    expect(await made(first)).toHaveLength(1)
    await files.update('kept.png', await picture('png'), { contentType: 'image/png' })
    expect(await made(first)).toBeNull()
    await render('width=33', {}, 'kept.png')
    const second = await versionOf()
    expect(await made(second)).toHaveLength(1)
    await files.remove(['kept.png'])
    expect(await made(second)).toBeNull()
  })

  it('keeps so many images of one object and no more', async () => {
    const files = stack.admin().storage.from(bucket)
    const tiny = await sharp({ create: { width: 90, height: 9, channels: 3, background: '#fff' } })
      .png()
      .toBuffer()
    const { data } = await files.upload('many.png', tiny, { contentType: 'image/png' })
    for (let width = 1; width <= 60; width += 1)
      expect((await render(`width=${width}`, {}, 'many.png')).status).toBe(200)
    const [row] = await stack.sql<
      { version: string }[]
    >`select version from storage.objects where id = ${data?.id ?? ''}`
    expect((await readdir(join(stack.folder, 'renders', row?.version ?? ''))).length).toBeLessThanOrEqual(50)
  })

  it('refuses what is no image and parameters that make no sense', async () => {
    for (const name of ['note.txt', 'broken.png']) {
      const response = await render('width=50', {}, name)
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { statusCode: '422', code: 'InvalidRequest' },
      ])
    }
    for (const query of ['width=-1', 'width=wide', 'resize=stretch', 'quality=10', 'quality=101', 'format=exe']) {
      expect([query, (await render(query)).status]).toEqual([query, 400])
    }
    expect((await render('width=50', {}, 'missing.png')).status).toBe(400)
  })

  it('is refused where config.toml turns it off', async () => {
    await using other = await startStorageStack({ config: { image_transformation: { enabled: false } } })
    const id = await other.bucket({ public: true })
    await other
      .admin()
      .storage.from(id)
      .upload('a.png', await picture('png'), { contentType: 'image/png' })
    const response = await other.request(`/render/image/public/${id}/a.png?width=5`)
    expect(response.status).toBe(403)
  })
})
