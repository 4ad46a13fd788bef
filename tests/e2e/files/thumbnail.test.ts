import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signedInPerson } from '../../support/api_person.ts'
import { officeFile } from '../../support/office_file.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

describe('thumbnails', { timeout: 120_000 }, () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await testStack()
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  it('[FIL-08] are links to small versions of clean images, for those who may read them', async () => {
    const [ana, eve] = [await signedInPerson(stack), await signedInPerson(stack)]
    const founded = await ana.client.rpc('create_organization', { name: `Works ${crypto.randomUUID()}` })
    const upload = async (name: string, mediaType: string, content: Uint8Array<ArrayBuffer>) => {
      const begun = await ana.client.rpc('begin_upload', {
        organization_id: founded.data?.id ?? '',
        category: 'attachment',
        name,
        media_type: mediaType,
        size_bytes: content.byteLength,
      })
      const { file_id = '', bucket_id = '', object_path = '' } = begun.data ?? {}
      const bucket = ana.client.storage.from(bucket_id)
      expect(
        (await bucket.upload(object_path, new Blob([content], { type: mediaType }), { contentType: mediaType })).error,
      ).toBeNull()
      const state = async () => (await ana.client.from('files').select('state').eq('id', file_id).single()).data?.state
      await expect.poll(state).toBe('clean')
      return `/v1/files/${file_id}/thumbnail`
    }
    const photo = new Uint8Array(
      await sharp({ create: { width: 1600, height: 800, channels: 3, background: '#808080' } })
        .png()
        .toBuffer(),
    )
    const path = await upload('photo.png', 'image/png', photo)
    for (const [size, width, height] of [
      [64, 64, 32],
      [256, 256, 128],
      [1024, 1024, 512],
    ]) {
      const answer = await ana.get(`${path}?size=${size}`)
      expect(answer.headers.get('cache-control')).toBe('private, max-age=3000')
      const { url } = JSON.parse(await answer.text())
      const made = await sharp(Buffer.from(await (await fetch(url)).arrayBuffer())).metadata()
      expect([made.width, made.height]).toEqual([width, height])
    }
    expect((await ana.get(`${path}?size=100`)).status).toBe(400)
    expect((await eve.get(path)).status).toBe(404)
    const mediaType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
    const document = await ana.get(await upload('Terms.docx', mediaType, officeFile('word/document.xml')))
    expect([document.status, await document.json()]).toEqual([
      409,
      expect.objectContaining({ code: 'thumbnail_not_possible' }),
    ])
  })
})
