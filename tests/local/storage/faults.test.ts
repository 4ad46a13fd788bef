import { spawnSync } from 'node:child_process'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type StorageStack, startStorageStack } from './storage_stack.ts'

let stack: StorageStack
beforeAll(async () => {
  stack = await startStorageStack({ config: { file_size_limit: '3MiB' } })
})
afterAll(() => stack[Symbol.asyncDispose]())

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex')
const bytesOf = async (blob: Blob | null) => Buffer.from(await (blob ?? new Blob([])).arrayBuffer())
const rowsOf = (bucket: string) => stack.sql`select name from storage.objects where bucket_id = ${bucket}`

describe('an upload that is cut in the middle', () => {
  const half = 'x'.repeat(200_000)
  const form = [
    '--cut',
    'Content-Disposition: form-data; name=""; filename="a.txt"',
    'Content-Type: text/plain',
    '',
    half,
  ].join('\r\n')
  it.each([
    ['of known length', 'Content-Type: text/plain\r\nContent-Length: 400000', half],
    ['in chunks', 'Content-Type: text/plain\r\nTransfer-Encoding: chunked', `30D40\r\n${half}\r\n`],
    ['as a form', 'Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: 400000', form],
  ])('[FIL-01] %s leaves neither row nor file', async (_kind, headers, body) => {
    const bucket = await stack.bucket()
    const before = (await stack.storedFiles()).objects.length
    const { hostname, port } = new URL(stack.url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    socket.write(
      `POST /storage/v1/object/${bucket}/cut.txt HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${stack.keys.serviceRoleKey}\r\n` +
        `${headers}\r\n\r\n${body}`,
    )
    await vi.waitFor(async () => expect((await stack.storedFiles()).incoming).toHaveLength(1))
    socket.destroy()
    await vi.waitFor(async () => expect((await stack.storedFiles()).incoming).toEqual([]))
    expect((await stack.storedFiles()).objects).toHaveLength(before)
    expect(await rowsOf(bucket)).toEqual([])
  })

  it('[FIL-01] keeps the version before', async () => {
    const files = stack.admin().storage.from(await stack.bucket())
    await files.upload('a.txt', 'before')
    const cut = new Readable({ read() {} })
    cut.push(Buffer.alloc(100_000))
    const uploading = files.upload('a.txt', cut, { upsert: true }).catch((error: unknown) => ({ error }))
    await vi.waitFor(async () => expect((await stack.storedFiles()).incoming).toHaveLength(1))
    cut.destroy(new Error('gone'))
    expect((await uploading).error).not.toBeNull()
    await vi.waitFor(async () => expect((await stack.storedFiles()).incoming).toEqual([]))
    expect((await bytesOf((await files.download('a.txt')).data)).toString()).toBe('before')
  })
})

describe('two writers of one path', () => {
  it('[FIL-01] never mix: readers see one whole version, the last one complete stands, no other file remains', async () => {
    const bucket = await stack.bucket()
    const files = stack.admin().storage.from(bucket)
    const contents = Array.from({ length: 8 }, () => randomBytes(1_000_000))
    const whole = new Set(contents.map(md5))
    await files.upload('a.bin', contents[0] ?? '')
    let isWriting = true
    const seen: string[] = []
    const reading = (async () => {
      while (isWriting) {
        const { data, error } = await files.download('a.bin')
        seen.push(error ? error.message : md5(await bytesOf(data)))
      }
    })()
    const answers = await Promise.all(contents.map((content) => files.upload('a.bin', content, { upsert: true })))
    isWriting = false
    await reading
    expect(answers.map(({ error }) => error)).toEqual(contents.map(() => null))
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.filter((hash) => !whole.has(hash))).toEqual([])
    const last = md5(await bytesOf((await files.download('a.bin')).data))
    expect(whole).toContain(last)
    const [row] =
      await stack.sql`select version, metadata ->> 'eTag' as etag from storage.objects where bucket_id = ${bucket}`
    expect(row?.etag).toBe(`"${last}"`)
    const alone = await stack.sql<{ version: string }[]>`select version from storage.objects`
    expect((await stack.storedFiles()).objects.toSorted()).toEqual(alone.map(({ version }) => version).toSorted())
  })

  it('lets the one that completes last win, not the one that began last', async () => {
    const files = stack.admin().storage.from(await stack.bucket())
    const slow = new Readable({ read() {} })
    slow.push('slow ')
    const uploading = files.upload('a.txt', slow, { upsert: true })
    await vi.waitFor(async () => expect((await stack.storedFiles()).incoming).toHaveLength(1))
    expect((await files.upload('a.txt', 'quick', { upsert: true })).error).toBeNull()
    expect((await bytesOf((await files.download('a.txt')).data)).toString()).toBe('quick')
    slow.push('one')
    slow.push(null)
    expect((await uploading).error).toBeNull()
    expect((await bytesOf((await files.download('a.txt')).data)).toString()).toBe('slow one')
  })

  it('lets a plain upload replace nothing that came while it was under way', async () => {
    const bucket = await stack.bucket()
    const files = stack.admin().storage.from(bucket)
    const slow = new Readable({ read() {} })
    slow.push('slow ')
    const uploading = files.upload('a.txt', slow)
    await vi.waitFor(async () => expect((await stack.storedFiles()).incoming).toHaveLength(1))
    await files.upload('a.txt', 'quick')
    const before = await stack.storedFiles()
    slow.push(null)
    expect((await uploading).error).toMatchObject({ statusCode: '409' })
    expect((await bytesOf((await files.download('a.txt')).data)).toString()).toBe('quick')
    expect((await stack.storedFiles()).objects).toHaveLength(before.objects.length)
  })
})

describe('names', () => {
  it('[FIL-01] that climb out of the bucket are refused and reach no file', async () => {
    const bucket = await stack.bucket()
    const before = await stack.storedFiles()
    const token = stack.keys.serviceRoleKey
    for (const name of ['..%2Fa.txt', '%2e%2e%2f%2e%2e%2fa.txt', 'a%2F..%2F..%2Fb.txt', '..%5Ca.txt', '%00a']) {
      const response = await stack.request(`/object/${bucket}/${name}`, { method: 'POST', body: 'x', token })
      expect([name, response.status]).toEqual([name, 400])
      expect(await response.json()).toMatchObject({ code: 'InvalidKey' })
    }
    const files = stack.admin().storage.from(bucket)
    await files.upload('a.txt', 'a')
    expect((await files.move('a.txt', '../b.txt')).error).toMatchObject({ code: 'InvalidKey' })
    expect((await files.copy('a.txt', 'x/../../b.txt')).error).toMatchObject({ code: 'InvalidKey' })
    expect((await files.copy('a.txt', 'x/.')).error).toMatchObject({ code: 'InvalidKey' })
    expect((await stack.request('/object/public/..%2f..%2fetc/passwd')).status).toBe(400)
    expect((await stack.storedFiles()).objects).toHaveLength(before.objects.length + 1)
  })

  it('a version that somebody wrote into the table leads to no other file', async () => {
    const bucket = await stack.bucket({ public: true })
    const files = stack.admin().storage.from(bucket)
    await files.upload('a.txt', 'a')
    await writeFile(join(stack.folder, 'secret'), 'secret')
    await stack.sql`update storage.objects set version = '../../secret' where bucket_id = ${bucket}`
    expect((await files.download('a.txt')).error).toMatchObject({ statusCode: '404' })
    expect((await files.copy('a.txt', 'b.txt')).error).toMatchObject({ statusCode: '404' })
    expect((await files.remove(['a.txt'])).data).toHaveLength(1)
  })

  it('[FIL-01] with all characters that the hosted service takes work everywhere', async () => {
    const files = stack.admin().storage.from(await stack.bucket())
    const name = "my folder/it's (1) & co + $5 @home=a;b:c,d!*.txt"
    expect((await files.upload(name, 'odd')).error).toBeNull()
    expect((await files.list('my folder')).data?.map((file) => file.name)).toEqual([name.split('/')[1]])
    expect((await bytesOf((await files.download(name)).data)).toString()).toBe('odd')
    const { data } = await files.createSignedUrl(name, 60)
    expect(await (await fetch(data?.signedUrl ?? '')).text()).toBe('odd')
    expect((await files.move(name, 'plain.txt')).error).toBeNull()
  })

  it.each(['über.txt', '漢字.txt', '😀.png', 'a#b~c.txt', 'a\\b.txt', '[x].txt', 'a\nb', 'x'.repeat(1025)])(
    'that the hosted service refuses are refused: %j',
    async (name) => {
      const bucket = await stack.bucket()
      const path = `/object/${bucket}/${encodeURIComponent(name)}`
      const response = await stack.request(path, { method: 'POST', body: 'x', token: stack.keys.serviceRoleKey })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({
        statusCode: '400',
        code: 'InvalidKey',
        message: `Invalid key: ${name}`,
      })
    },
  )

  it('with a broken percent sign are refused', async () => {
    const bucket = await stack.bucket()
    const response = await stack.request(`/object/${bucket}/100%.txt`, { method: 'POST', body: 'x' })
    expect(response.status).toBe(400)
  })
})

describe('limits', () => {
  it.each([
    ['a body of known length', () => Buffer.alloc(3 * 1024 * 1024 + 1)],
    ['a stream', () => Readable.from(Array.from({ length: 4 }, () => Buffer.alloc(1024 * 1024)))],
    ['a form', () => new Blob([Buffer.alloc(3 * 1024 * 1024 + 1)])],
  ])('[FIL-01] refuse %s over the size of the configuration and keep nothing of it', async (_kind, body) => {
    const bucket = await stack.bucket()
    const before = await stack.storedFiles()
    const { error } = await stack.admin().storage.from(bucket).upload('a.bin', body())
    expect(error).toMatchObject({
      statusCode: '413',
      code: 'EntityTooLarge',
      message: 'The object exceeded the maximum allowed size',
    })
    expect(await stack.storedFiles()).toEqual(before)
    expect(await rowsOf(bucket)).toEqual([])
  })

  it('take a file that fits exactly and refuse one byte more, by the limit of the bucket', async () => {
    const files = stack.admin().storage.from(await stack.bucket({ fileSizeLimit: 1000 }))
    expect((await files.upload('fits.bin', Buffer.alloc(1000))).error).toBeNull()
    expect((await files.upload('over.bin', Buffer.alloc(1001))).error).toMatchObject({ statusCode: '413' })
    expect((await files.upload('over.bin', new Blob([Buffer.alloc(1001)]))).error).toMatchObject({ statusCode: '413' })
  })

  it('take the types of the bucket only, where * stands for a family', async () => {
    const files = stack.admin().storage.from(await stack.bucket({ allowedMimeTypes: ['image/*', 'text/plain'] }))
    const upload = async (contentType: string) => (await files.upload(randomUUID(), 'x', { contentType })).error
    for (const type of ['image/png', 'image/svg+xml', 'text/plain', 'text/plain;charset=UTF-8']) {
      expect(await upload(type)).toBeNull()
    }
    for (const type of ['text/html', 'application/pdf', 'imagex/png', 'image', 'nonsense']) {
      expect(await upload(type)).toMatchObject({
        statusCode: '415',
        code: 'InvalidMimeType',
        message: `mime type ${type} is not supported`,
      })
    }
  })

  it('[FIL-01] take 0 bytes, and no more for the mark of an empty folder', async () => {
    const files = stack.admin().storage.from(await stack.bucket({ allowedMimeTypes: ['image/png'] }))
    expect((await files.upload('empty.png', '', { contentType: 'image/png' })).error).toBeNull()
    expect((await files.info('empty.png')).data?.size).toBe(0)
    expect((await bytesOf((await files.download('empty.png')).data)).length).toBe(0)
    expect((await files.upload('folder/.emptyFolderPlaceholder', '')).error).toBeNull()
    expect((await files.upload('other/.emptyFolderPlaceholder', 'x')).error).toMatchObject({ statusCode: '413' })
  })
})

it('[FIL-01] removes the file when the row cannot be written', async () => {
  const bucket = await stack.bucket()
  await stack.sql.unsafe(`
    create function public.refuse_finished() returns trigger language plpgsql as $$
    begin
      if new.metadata ? 'eTag' then raise exception 'refused by a trigger'; end if;
      return new;
    end $$;
    create trigger refuse_finished before insert on storage.objects for each row when (new.bucket_id = '${bucket}')
      execute function public.refuse_finished()`)
  const before = await stack.storedFiles()
  const { error } = await stack.admin().storage.from(bucket).upload('a.txt', 'a')
  expect(error).toMatchObject({ status: 500, message: 'refused by a trigger', code: 'DatabaseError' })
  expect(await stack.storedFiles()).toEqual(before)
  expect(await rowsOf(bucket)).toEqual([])
})

it('removes at start what an interrupted run left', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atrium-left-'))
  await mkdir(join(folder, 'incoming'))
  await writeFile(join(folder, 'incoming', randomUUID()), 'half')
  await using other = await startStorageStack({ folder })
  expect((await other.storedFiles()).incoming).toEqual([])
  await rm(folder, { recursive: true, force: true })
})

describe('a full disk', () => {
  const mountPoint = join(tmpdir(), `atrium-small-${process.pid}`)
  // Mounting needs rights that not every machine gives; without them there is no disk that may be filled.
  const isMounted =
    spawnSync('mkdir', ['-p', mountPoint]).status === 0 &&
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mountPoint]).status === 0
  afterAll(async () => {
    if (isMounted) spawnSync('umount', [mountPoint])
    await rm(mountPoint, { recursive: true, force: true })
  })

  it.skipIf(!isMounted)('[FIL-01] is told as such, leaves nothing and keeps what was there', async () => {
    await using small = await startStorageStack({ folder: join(mountPoint, 'storage') })
    const files = small.admin().storage.from(await small.bucket())
    await files.upload('kept.bin', Buffer.alloc(500_000, 1))
    const before = await small.storedFiles()
    for (const body of [Buffer.alloc(4_000_000), new Blob([Buffer.alloc(4_000_000)])]) {
      const { error } = await files.upload('kept.bin', body, { upsert: true })
      expect(error).toMatchObject({ status: 507, statusCode: '507', message: 'The disk is full: nothing was stored' })
    }
    expect(await small.storedFiles()).toEqual(before)
    expect(await bytesOf((await files.download('kept.bin')).data)).toEqual(Buffer.alloc(500_000, 1))
    expect((await files.upload('small.bin', Buffer.alloc(100_000))).error).toBeNull()
  })
})
