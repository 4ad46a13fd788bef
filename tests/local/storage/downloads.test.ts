import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StorageStack, startStorageStack } from './storage_stack.ts'

let stack: StorageStack
let bucket: string
const content = '0123456789'
beforeAll(async () => {
  stack = await startStorageStack()
  bucket = await stack.bucket({ public: true })
  const files = stack.admin().storage.from(bucket)
  await files.upload('digits.txt', content, { contentType: 'text/plain', cacheControl: '77' })
  await files.upload('page.html', '<script>1</script>', { contentType: 'text/html' })
  await files.upload('empty.bin', '', { contentType: 'application/octet-stream' })
})
afterAll(() => stack[Symbol.asyncDispose]())

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  stack.request(`/object/public/${bucket}/${path}`, { headers, method })

describe('ranges', () => {
  it('[FIL-01] gives a part of a file', async () => {
    for (const [range, part, contentRange] of [
      ['bytes=2-5', '2345', 'bytes 2-5/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-3', '789', 'bytes 7-9/10'],
      ['bytes=8-100', '89', 'bytes 8-9/10'],
      ['bytes=-100', content, 'bytes 0-9/10'],
    ] as const) {
      const response = await get('digits.txt', { range })
      expect([range, response.status, await response.text()]).toEqual([range, 206, part])
      expect(response.headers.get('content-range')).toBe(contentRange)
    }
  })

  it('answers 416 to a part that does not exist and the whole to what is no single range', async () => {
    for (const range of ['bytes=10-', 'bytes=-0']) {
      const response = await get('digits.txt', { range })
      expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */10'])
      expect(await response.json()).toMatchObject({ statusCode: '416', code: 'InvalidRange' })
    }
    for (const range of ['bytes=1-2,4-5', 'lines=1-2', 'bytes=5-2', 'bytes=-']) {
      const response = await get('digits.txt', { range })
      expect([response.status, await response.text()]).toEqual([200, content])
    }
    expect((await get('empty.bin', { range: 'bytes=0-' })).status).toBe(416)
  })

  it('gives the whole when the part is of another version', async () => {
    const etag = (await get('digits.txt')).headers.get('etag') ?? ''
    expect((await get('digits.txt', { range: 'bytes=0-1', 'if-range': etag })).status).toBe(206)
    expect((await get('digits.txt', { range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200)
  })
})

describe('caching', () => {
  it('answers 304 to a client that has the version', async () => {
    const first = await get('digits.txt')
    const etag = first.headers.get('etag') ?? ''
    const modified = first.headers.get('last-modified') ?? ''
    expect(first.headers.get('cache-control')).toBe('max-age=77')
    expect(first.headers.get('accept-ranges')).toBe('bytes')
    for (const headers of [
      { 'if-none-match': etag },
      { 'if-none-match': `"x", W/${etag}` },
      { 'if-none-match': '*' },
      { 'if-modified-since': modified },
    ]) {
      const response = await get('digits.txt', headers)
      expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([304, '', etag])
    }
    expect((await get('digits.txt', { 'if-none-match': '"x"', 'if-modified-since': modified })).status).toBe(200)
    expect((await get('digits.txt', { 'if-modified-since': new Date(0).toUTCString() })).status).toBe(200)
  })

  it('changes the ETag with the content', async () => {
    const files = stack.admin().storage.from(bucket)
    await files.upload('changing.txt', 'one')
    const etag = (await get('changing.txt')).headers.get('etag') ?? ''
    await files.update('changing.txt', 'two')
    const response = await get('changing.txt', { 'if-none-match': etag })
    expect([response.status, await response.text()]).toEqual([200, 'two'])
  })
})

describe('headers', () => {
  it('names the file for a download, whatever characters it has', async () => {
    const dispositionOf = async (name: string | true) => {
      const { data } = stack.admin().storage.from(bucket).getPublicUrl('digits.txt', { download: name })
      return (await fetch(data.publicUrl)).headers.get('content-disposition')
    }
    expect(await dispositionOf(true)).toBe('attachment;')
    expect(await dispositionOf('report.txt')).toBe("attachment; filename=report.txt; filename*=UTF-8''report.txt;")
    const odd = encodeURIComponent('Übersicht "Q1" %41;\r\n漢字')
    expect(await dispositionOf('Übersicht "Q1" %41;\r\n漢字')).toBe(
      `attachment; filename=${odd}; filename*=UTF-8''${odd};`,
    )
    expect((await get('digits.txt')).headers.get('content-disposition')).toBeNull()
  })

  it('never shows an uploaded page as one', async () => {
    const response = await get('page.html')
    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('answers HEAD with the same headers and no body', async () => {
    const response = await get('digits.txt', {}, 'HEAD')
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '10', ''])
  })

  it('gives an empty file', async () => {
    const response = await get('empty.bin')
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '0', ''])
  })
})

describe('signed URLs', () => {
  it('[FIL-01] let anybody read one object of a private bucket, also for a download', async () => {
    const files = stack.admin().storage.from(await stack.bucket())
    await files.upload('my file (1).txt', 'signed')
    const { data } = await files.createSignedUrl('my file (1).txt', 60)
    const response = await fetch(data?.signedUrl ?? '')
    expect([response.status, await response.text()]).toEqual([200, 'signed'])
    expect(Date.parse(response.headers.get('expires') ?? '')).toBeGreaterThan(Date.now())
    const download = await files.createSignedUrl('my file (1).txt', 60, { download: 'yours.txt' })
    expect((await fetch(download.data?.signedUrl ?? '')).headers.get('content-disposition')).toContain('yours.txt')
  })

  it('come in batches, with an error for each object that is not there', async () => {
    const files = stack.admin().storage.from(await stack.bucket())
    await files.upload('a.txt', 'a')
    const { data } = await files.createSignedUrls(['a.txt', 'missing.txt'], 60)
    expect(data?.map(({ path, error }) => [path, error])).toEqual([
      ['a.txt', null],
      ['missing.txt', 'Either the object does not exist or you do not have access to it'],
    ])
    expect(await (await fetch(data?.[0]?.signedUrl ?? '')).text()).toBe('a')
  })

  it('hold for their path, their time and their purpose only', async () => {
    const name = await stack.bucket()
    const files = stack.admin().storage.from(name)
    for (const path of ['a.txt', 'b.txt']) await files.upload(path, path)
    const signed = (await files.createSignedUrl('a.txt', 60)).data?.signedUrl ?? ''
    const codeAt = async (url: string, init: RequestInit = {}) => {
      const body: unknown = await (await fetch(url, init)).json()
      return typeof body === 'object' && body !== null && 'code' in body ? body.code : body
    }
    expect(await codeAt(signed.replace('a.txt', 'b.txt'))).toBe('InvalidSignature')
    expect(await codeAt(`${signed.slice(0, -4)}AAAA`)).toBe('InvalidJWT')
    expect(await codeAt(signed.replace(/\?.*/, ''))).toBe('InvalidJWT')
    expect(await codeAt(signed.replace('/object/sign/', '/object/upload/sign/'), { method: 'PUT', body: 'x' })).toBe(
      'InvalidJWT',
    )
    const now = Math.floor(Date.now() / 1000)
    const expired = await stack.tokens.sign({ scope: 'storage.download', url: `${name}/a.txt`, exp: now - 1 })
    expect(await codeAt(`${stack.url}/storage/v1/object/sign/${name}/a.txt?token=${expired}`)).toBe('InvalidJWT')
    const access = await stack.tokenFor({ sub: randomUUID() })
    expect(await codeAt(`${stack.url}/storage/v1/object/sign/${name}/a.txt?token=${access}`)).toBe('InvalidJWT')
    const token = new URL(signed).searchParams.get('token') ?? ''
    expect((await stack.request('/bucket', { token })).status).toBe(200)
    expect(await (await stack.request('/bucket', { token })).json()).toEqual([])
  })

  it('[FIL-01] take an upload without a key, once or as an upsert, and keep the owner', async () => {
    const name = await stack.bucket()
    await stack.sql.unsafe(`create policy "${name}" on storage.objects for insert to authenticated
      with check (bucket_id = '${name}')`)
    const id = randomUUID()
    const { data } = await (await stack.person(id)).storage.from(name).createSignedUploadUrl('a.txt')
    const files = stack.anonymous().storage.from(name)
    const uploaded = await files.uploadToSignedUrl('a.txt', data?.token ?? '', new Blob(['by url']))
    expect(uploaded).toEqual({ data: { path: 'a.txt', fullPath: `${name}/a.txt` }, error: null })
    const again = await files.uploadToSignedUrl('a.txt', data?.token ?? '', 'again')
    expect(again.error).toMatchObject({ statusCode: '409' })
    const other = await files.uploadToSignedUrl('b.txt', data?.token ?? '', 'other')
    expect(other.error).toMatchObject({ code: 'InvalidSignature' })
    const [row] = await stack.sql`select owner_id from storage.objects where bucket_id = ${name}`
    expect(row).toEqual({ owner_id: id })
    const upsert = await stack.admin().storage.from(name).createSignedUploadUrl('a.txt', { upsert: true })
    expect((await files.uploadToSignedUrl('a.txt', upsert.data?.token ?? '', 'newer')).error).toBeNull()
    expect(await (await stack.admin().storage.from(name).download('a.txt')).data?.text()).toBe('newer')
  })
})
