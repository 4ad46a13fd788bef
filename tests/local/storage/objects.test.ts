import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StorageStack, startStorageStack } from './storage_stack.ts'

let stack: StorageStack
beforeAll(async () => {
  stack = await startStorageStack()
})
afterAll(() => stack[Symbol.asyncDispose]())

const textOf = async (blob: Blob | null) => blob?.text()

describe('uploads', () => {
  it('[FIL-01] stores a raw body and gives it back with its type, size and cache time', async () => {
    const bucket = await stack.bucket()
    const files = stack.admin().storage.from(bucket)
    const { data, error } = await files.upload('folder/note.txt', 'hello', {
      contentType: 'text/plain',
      cacheControl: '60',
      metadata: { colour: 'blue' },
    })
    expect(error).toBeNull()
    expect(data).toEqual({ path: 'folder/note.txt', id: expect.any(String), fullPath: `${bucket}/folder/note.txt` })
    const downloaded = await files.download('folder/note.txt')
    expect(await textOf(downloaded.data)).toBe('hello')
    const info = await files.info('folder/note.txt')
    expect(info.data).toMatchObject({
      id: data?.id,
      name: 'folder/note.txt',
      bucketId: bucket,
      size: 5,
      contentType: 'text/plain',
      cacheControl: 'max-age=60',
      etag: '"5d41402abc4b2a76b9719d911017c592"',
      metadata: { colour: 'blue' },
    })
    const [row] = await stack.sql`select metadata, version, owner_id from storage.objects where id = ${data?.id ?? ''}`
    expect(row).toMatchObject({
      metadata: {
        eTag: '"5d41402abc4b2a76b9719d911017c592"',
        size: 5,
        mimetype: 'text/plain',
        cacheControl: 'max-age=60',
        contentLength: 5,
        httpStatusCode: 200,
      },
      version: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
  })

  it('[FIL-01] stores a form upload with its fields', async () => {
    const files = stack.admin().storage.from(await stack.bucket())
    const form = new FormData()
    form.append('cacheControl', '120')
    form.append('metadata', JSON.stringify({ page: 1 }))
    form.append('', new Blob(['{"a":1}'], { type: 'application/json' }), 'a.json')
    expect((await files.upload('a.json', form)).error).toBeNull()
    expect((await files.upload('b.png', new Blob(['png'], { type: 'image/png' }))).error).toBeNull()
    expect((await files.info('a.json')).data).toMatchObject({
      contentType: 'application/json',
      cacheControl: 'max-age=120',
      metadata: { page: 1 },
    })
    expect((await files.info('b.png')).data).toMatchObject({ contentType: 'image/png', size: 3 })
  })

  it('stores a stream whose length nobody knows', async () => {
    const files = stack.admin().storage.from(await stack.bucket())
    const chunks = Array.from({ length: 50 }, (_, index) => Buffer.alloc(10_000, index))
    const { error } = await files.upload('stream.bin', Readable.from(chunks), {
      contentType: 'application/octet-stream',
    })
    expect(error).toBeNull()
    const { data } = await files.download('stream.bin')
    expect(Buffer.from(await (data ?? new Blob([])).arrayBuffer()).equals(Buffer.concat(chunks))).toBe(true)
  })

  it('says how the bytes are compressed, of a raw body and of a form', async () => {
    const files = stack.admin().storage.from(await stack.bucket())
    const packed = gzipSync('unpacked')
    for (const [name, body] of [
      ['raw.txt', packed],
      ['form.txt', new Blob([packed], { type: 'text/plain' })],
    ] as const) {
      expect((await files.upload(name, body, { contentEncoding: 'gzip' })).error).toBeNull()
      expect(await textOf((await files.download(name)).data)).toBe('unpacked')
      expect((await files.info(name)).data?.size).toBe(packed.length)
    }
  })

  it('gives a download as a stream', async () => {
    const files = stack.admin().storage.from(await stack.bucket())
    await files.upload('a.txt', 'streamed')
    const { data } = await files.download('a.txt').asStream()
    expect(await new Response(data).text()).toBe('streamed')
  })

  it('refuses a second upload to a path unless it is an upsert or an update, and keeps no old version', async () => {
    const bucket = await stack.bucket()
    const files = stack.admin().storage.from(bucket)
    const first = await files.upload('a.txt', 'one')
    const again = await files.upload('a.txt', 'two')
    expect(again.error).toMatchObject({ message: 'The resource already exists', status: 400, statusCode: '409' })
    const [before] = await stack.sql`select version from storage.objects where id = ${first.data?.id ?? ''}`
    expect((await files.upload('a.txt', 'three', { upsert: true })).data?.id).toBe(first.data?.id)
    expect(await textOf((await files.download('a.txt')).data)).toBe('three')
    expect((await files.update('a.txt', 'four')).error).toBeNull()
    expect(await textOf((await files.download('a.txt')).data)).toBe('four')
    expect((await stack.storedFiles()).objects).not.toContain(before?.version)
    const versions = await stack.sql`select version from storage.objects where bucket_id = ${bucket}`
    expect(versions).toHaveLength(1)
  })

  it('answers a form without a file with the protocol error', async () => {
    const bucket = await stack.bucket()
    const form = new FormData()
    form.append('cacheControl', '1')
    const response = await stack.request(`/object/${bucket}/a.txt`, {
      method: 'POST',
      body: form,
      token: stack.keys.serviceRoleKey,
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      statusCode: '400',
      code: 'InvalidRequest',
      message: 'No content provided',
    })
  })

  it('says that a bucket does not exist', async () => {
    const { error } = await stack.admin().storage.from('nowhere').upload('a.txt', 'a')
    expect(error).toMatchObject({ message: 'Bucket not found', statusCode: '404' })
  })
})

describe('changes', () => {
  it('moves an object, also to another bucket', async () => {
    const [here, there] = [await stack.bucket(), await stack.bucket()]
    const files = stack.admin().storage.from(here)
    await files.upload('a.txt', 'moved')
    expect((await files.move('a.txt', 'b/c.txt')).data).toMatchObject({ message: 'Successfully moved' })
    expect((await files.exists('a.txt')).data).toBe(false)
    expect((await files.move('b/c.txt', 'd.txt', { destinationBucket: there })).error).toBeNull()
    expect(await textOf((await stack.admin().storage.from(there).download('d.txt')).data)).toBe('moved')
  })

  it('refuses a move onto a path that is taken and one from nowhere', async () => {
    const files = stack.admin().storage.from(await stack.bucket())
    await files.upload('a.txt', 'a')
    await files.upload('b.txt', 'b')
    expect((await files.move('a.txt', 'b.txt')).error).toMatchObject({ statusCode: '409' })
    expect((await files.move('x.txt', 'y.txt')).error).toMatchObject({ statusCode: '404', message: 'Object not found' })
    expect(await textOf((await files.download('b.txt')).data)).toBe('b')
  })

  it('copies an object so that neither depends on the other', async () => {
    const [here, there] = [await stack.bucket(), await stack.bucket()]
    const files = stack.admin().storage.from(here)
    await files.upload('a.txt', 'copied', { contentType: 'text/x-note', metadata: { a: 1 } })
    expect((await files.copy('a.txt', 'b.txt')).data).toEqual({ path: `${here}/b.txt` })
    expect((await files.copy('a.txt', 'b.txt', { destinationBucket: there })).data).toEqual({ path: `${there}/b.txt` })
    await files.remove(['a.txt'])
    expect(await textOf((await files.download('b.txt')).data)).toBe('copied')
    expect((await files.info('b.txt')).data).toMatchObject({ contentType: 'text/x-note', metadata: { a: 1 } })
    expect(await textOf((await stack.admin().storage.from(there).download('b.txt')).data)).toBe('copied')
  })

  it('removes objects with their files and tells which', async () => {
    const bucket = await stack.bucket()
    const files = stack.admin().storage.from(bucket)
    for (const name of ['a.txt', 'b.txt', 'c.txt']) await files.upload(name, name)
    const versions = await stack.sql<{ version: string }[]>`
      select version from storage.objects where bucket_id = ${bucket} and name in ('a.txt', 'b.txt')`
    const { data } = await files.remove(['a.txt', 'b.txt', 'missing.txt'])
    expect(data?.map(({ name }) => name).toSorted()).toEqual(['a.txt', 'b.txt'])
    const { objects } = await stack.storedFiles()
    for (const { version } of versions) expect(objects).not.toContain(version)
    expect((await files.download('a.txt')).error).toMatchObject({ statusCode: '404' })
    expect((await files.exists('c.txt')).data).toBe(true)
  })
})

describe('listing', () => {
  it('lists a folder with its folders first, sorted, searched and paged', async () => {
    const files = stack.admin().storage.from(await stack.bucket())
    for (const name of ['b.txt', 'a.txt', 'folder/x.txt', 'folder/deep/y.txt']) await files.upload(name, name)
    const top = await files.list()
    expect(top.data?.map(({ name, id }) => [name, id === null])).toEqual([
      ['folder', true],
      ['a.txt', false],
      ['b.txt', false],
    ])
    expect(top.data?.[1]?.metadata).toMatchObject({ size: 5 })
    expect((await files.list('folder')).data?.map(({ name }) => name)).toEqual(['deep', 'x.txt'])
    expect((await files.list('', { search: 'b' })).data?.map(({ name }) => name)).toEqual(['b.txt'])
    expect((await files.list('', { limit: 1, offset: 1 })).data?.map(({ name }) => name)).toEqual(['a.txt'])
    const sorted = await files.list('', { sortBy: { column: 'name', order: 'desc' } })
    expect(sorted.data?.map(({ name }) => name)).toEqual(['folder', 'b.txt', 'a.txt'])
  })

  it('lists page by page with a cursor, in every order, with folders folded', async () => {
    const files = stack.admin().storage.from(await stack.bucket())
    const names = ['a.txt', 'b/1.txt', 'b/2.txt', 'c.txt', 'd/e/3.txt', 'z.txt']
    for (const name of names) await files.upload(name, name)
    const readAll = async (options: Parameters<typeof files.listV2>[0]) => {
      const seen: string[] = []
      let cursor: string | undefined
      for (let page = 0; page < 20; page += 1) {
        const { data, error } = await files.listV2({ ...options, limit: 2, ...(cursor ? { cursor } : {}) })
        if (error) throw error
        seen.push(...data.folders.map(({ name }) => name), ...data.objects.map(({ name }) => name))
        expect(data.folders.length + data.objects.length).toBeLessThanOrEqual(2)
        if (!data.hasNext) return seen
        cursor = data.nextCursor
      }
      throw new Error('the listing does not end')
    }
    expect(await readAll({})).toEqual(names)
    expect(await readAll({ sortBy: { column: 'name', order: 'desc' } })).toEqual(names.toReversed())
    expect(await readAll({ sortBy: { column: 'created_at', order: 'asc' } })).toEqual(names)
    expect((await readAll({ with_delimiter: true })).toSorted()).toEqual(['a.txt', 'b/', 'c.txt', 'd/', 'z.txt'])
    expect(await readAll({ prefix: 'b/' })).toEqual(['b/1.txt', 'b/2.txt'])
    expect(await readAll({ prefix: 'd/', with_delimiter: true })).toEqual(['d/e/'])
    const bad = await files.listV2({ cursor: 'nonsense' })
    expect(bad.error).toMatchObject({ status: 400 })
  })
})

describe('buckets', () => {
  it('creates, shows, lists, changes, empties and deletes a bucket', async () => {
    const { storage } = stack.admin()
    const id = `life-${randomUUID()}`
    const created = await storage.createBucket(id, {
      public: false,
      fileSizeLimit: '1MB',
      allowedMimeTypes: ['image/*', 'text/plain'],
    })
    expect(created).toEqual({ data: { name: id }, error: null })
    expect((await storage.createBucket(id, { public: false })).error).toMatchObject({ statusCode: '409' })
    expect((await storage.getBucket(id)).data).toMatchObject({
      id,
      name: id,
      public: false,
      file_size_limit: 1_000_000,
      allowed_mime_types: ['image/*', 'text/plain'],
    })
    expect((await storage.listBuckets({ search: id })).data?.map((bucket) => bucket.id)).toEqual([id])
    expect((await storage.updateBucket(id, { public: true, allowedMimeTypes: null })).data).toEqual({
      message: 'Successfully updated',
    })
    expect((await storage.getBucket(id)).data).toMatchObject({
      public: true,
      file_size_limit: 1_000_000,
      allowed_mime_types: null,
    })
    await storage.from(id).upload('a.txt', 'a')
    expect((await storage.deleteBucket(id)).error).toMatchObject({ statusCode: '409' })
    expect((await storage.emptyBucket(id)).error).toBeNull()
    expect((await storage.from(id).list()).data).toEqual([])
    expect((await storage.deleteBucket(id)).data).toEqual({ message: 'Successfully deleted' })
    expect((await storage.getBucket(id)).error).toMatchObject({ message: 'Bucket not found', statusCode: '404' })
  })

  it('refuses names, limits and types that the hosted service refuses', async () => {
    const { storage } = stack.admin()
    expect((await storage.createBucket('a/b', { public: false })).error).toMatchObject({
      message: 'Bucket name invalid',
    })
    expect((await storage.createBucket('big', { public: false, fileSizeLimit: '1GB' })).error).toMatchObject({
      statusCode: '413',
    })
    expect((await storage.createBucket('odd', { public: false, fileSizeLimit: 'many' })).error).toMatchObject({
      message: 'Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B',
    })
    expect((await storage.createBucket('typ', { public: false, allowedMimeTypes: ['nonsense'] })).error).toMatchObject({
      statusCode: '415',
    })
  })

  it('makes the buckets of config.toml at start and brings them back to it at the next', async () => {
    const config = {
      buckets: { avatars: { public: true, file_size_limit: '5MiB', allowed_mime_types: ['image/png'] }, documents: {} },
    }
    await using other = await startStorageStack({ config })
    const { storage } = other.admin()
    expect((await storage.getBucket('avatars')).data).toMatchObject({
      public: true,
      file_size_limit: 5 * 1024 * 1024,
      allowed_mime_types: ['image/png'],
    })
    expect((await storage.getBucket('documents')).data).toMatchObject({ public: false, file_size_limit: null })
    await storage.updateBucket('avatars', { public: false })
    await other.service.seedBuckets()
    expect((await storage.getBucket('avatars')).data).toMatchObject({ public: true })
  })

  it('says of what it leaves out that it is not enabled', async () => {
    const { error } = await stack
      .admin()
      .storage.from(await stack.bucket())
      .purgeCache('a.txt')
    expect(error).toMatchObject({ statusCode: '409', code: 'FeatureNotEnabled' })
  })
})

it('keeps what was uploaded in files that hold exactly the bytes', async () => {
  const bucket = await stack.bucket()
  await stack.admin().storage.from(bucket).upload('a.txt', 'bytes')
  const [row] = await stack.sql<{ version: string }[]>`select version from storage.objects where bucket_id = ${bucket}`
  const version = row?.version ?? ''
  expect(await readFile(`${stack.folder}/objects/${version.slice(0, 2)}/${version}`, 'utf8')).toBe('bytes')
})
