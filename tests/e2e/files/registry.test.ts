import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type FileStorage,
  FileStorageError,
  supabaseFileStorage,
} from '../../../supabase/functions/_shared/files/mod.ts'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { fakeStorage } from '../../support/fake_storage.ts'
import { samplePdf, scannedState } from '../../support/scanned_file.ts'
import { lacks, type TestTarget, testTarget } from '../../support/target.ts'

const pdf = samplePdf()

let target: TestTarget
let person: ApiPerson
let organization_id: string

beforeAll(async () => {
  target = await testTarget()
  person = await signedInPerson(target)
  const { data, error } = await person.client.rpc('create_organization', { name: 'Files', kind: 'company' })
  if (error) throw error
  organization_id = data.id
}, 120_000)
afterAll(() => target[Symbol.asyncDispose]())

async function begin(options: { size_bytes?: number } = {}) {
  const { data, error } = await person.client.rpc('begin_upload', {
    ...{ organization_id, category: 'document', name: 'Terms.pdf', media_type: 'application/pdf' },
    size_bytes: options.size_bytes ?? pdf.byteLength,
  })
  if (error) throw error
  return data
}

const fileOf = async (id: string) => {
  const { data, error } = await person.client.from('files').select('state, size_bytes').eq('id', id).single()
  if (error) throw error
  return data
}

describe('the official client', () => {
  it.skipIf(lacks.sandbox)(
    '[FIL-01] [A11-10] [TST-13] uploads to the path it was given; it is scanned, and then it is downloaded',
    async () => {
      const upload = await begin()
      const bucket = person.client.storage.from(upload.bucket_id)
      const { error } = await bucket.upload(upload.object_path, pdf, { contentType: 'application/pdf' })
      expect(error).toBeNull()
      const stranger = await signedInPerson(target)
      const foreign = stranger.client.storage.from(upload.bucket_id)
      expect(await scannedState(person.client, upload.file_id)).toBe('clean')
      const read = await bucket.download(upload.object_path)
      expect(read.data && Buffer.from(await read.data.arrayBuffer()).equals(pdf)).toBe(true)
      expect((await foreign.download(upload.object_path)).error).not.toBeNull()
      // The content of a file is set for good: neither written over, nor removed, nor moved past the registry.
      const again = await bucket.upload(upload.object_path, pdf, { contentType: 'application/pdf', upsert: true })
      expect(again.error).not.toBeNull()
      expect((await bucket.remove([upload.object_path])).data).toEqual([])
      expect((await bucket.move(upload.object_path, `${organization_id}/document/x`)).error).not.toBeNull()
      expect((await bucket.download(upload.object_path)).error).toBeNull()
    },
  )

  it('[A11-10] is refused where nothing was announced, less was announced, or the upload is over', async () => {
    const documents = person.client.storage.from('documents')
    const put = (path: string, content: Uint8Array) =>
      documents.upload(path, content, { contentType: 'application/pdf' }).then(({ error }) => error?.message ?? null)
    expect(await put(`${organization_id}/document/x.pdf`, pdf)).toMatch(/row-level security/)
    const small = await begin({ size_bytes: 3 })
    expect(await put(small.object_path, pdf)).not.toBeNull()
    expect(await fileOf(small.file_id)).toMatchObject({ state: 'uploading' })
    const upload = await begin()
    const signed = await documents.createSignedUploadUrl(upload.object_path)
    expect(signed.error).toBeNull()
    expect(await put(upload.object_path, pdf)).toBeNull()
    const late = await documents.uploadToSignedUrl(upload.object_path, signed.data?.token ?? '', pdf)
    expect(late.error).not.toBeNull()
  })
})

describe.each<[string, () => FileStorage]>([
  [
    'Storage',
    () =>
      supabaseFileStorage({
        SUPABASE_URL: target.apiUrl,
        PUBLIC_URL: target.apiUrl,
        SUPABASE_SECRET_KEYS: { default: target.secretKey },
        SUPABASE_SERVICE_ROLE_KEY: undefined,
      }),
  ],
  ['its double', fakeStorage],
])('%s', (_name, make) => {
  const path = () => `${organization_id}/document/${crypto.randomUUID()}/with space & sign.pdf`
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
    new Uint8Array(await new Response(stream).arrayBuffer())
  const content = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251)
  const streamed = () =>
    new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        for (let place = 0; place < content.byteLength; place += 10_000) {
          controller.enqueue(content.slice(place, place + 10_000))
        }
        controller.close()
      },
    })

  it('[FIL-01] takes and gives content as a stream, as a whole and in parts', async () => {
    const storage = make()
    const place = path()
    expect(await storage.stat('documents', place)).toBeNull()
    expect(await storage.write('documents', place, streamed(), { mediaType: 'application/pdf' })).toEqual({
      sizeBytes: content.byteLength,
    })
    expect(await storage.stat('documents', place)).toEqual({
      sizeBytes: content.byteLength,
      mediaType: 'application/pdf',
    })
    expect(await read(await storage.open('documents', place))).toEqual(content)
    expect(await read(await storage.open('documents', place, { start: 10, end: 19 }))).toEqual(content.slice(10, 20))
    expect(await read(await storage.open('documents', place, { start: 99_990 }))).toEqual(content.slice(99_990))
    expect(await storage.sign('documents', place, 60, { downloadName: 'Terms & more.pdf' })).toContain('download=Terms')
    await storage.remove('documents', [place, path()])
    expect(await storage.stat('documents', place)).toBeNull()
  })

  it('writes over nothing unless it is told to', async () => {
    const storage = make()
    const place = path()
    const write = (isOverwrite: boolean) =>
      storage.write('documents', place, content.slice(0, 5), { mediaType: 'text/csv', isOverwrite })
    await write(false)
    await expect(write(false)).rejects.toMatchObject({ isRefused: true })
    expect(await write(true)).toEqual({ sizeBytes: 5 })
    await storage.remove('documents', [place])
  })

  it('says what is not there, and stops when it is told to', async () => {
    const storage = make()
    const missing = await storage.open('documents', path()).catch((error: unknown) => error)
    expect(missing).toBeInstanceOf(FileStorageError)
    expect(missing).toMatchObject({ isMissing: true, isRefused: true })
    const signal = AbortSignal.abort(new Error('Stopped'))
    await expect(storage.open('documents', path(), { signal })).rejects.toThrow('Stopped')
    await expect(storage.write('documents', path(), content, { mediaType: 'a/b', signal })).rejects.toThrow('Stopped')
  })
})

it.skipIf(lacks.database || lacks.sandbox)('[FIL-05] removes a purged file from Storage by its job', async () => {
  const content = samplePdf(200)
  const upload = await begin({ size_bytes: content.byteLength })
  const bucket = person.client.storage.from(upload.bucket_id)
  expect((await bucket.upload(upload.object_path, content)).error).toBeNull()
  expect(await scannedState(person.client, upload.file_id)).toBe('clean')
  expect((await person.client.rpc('delete_file', { file_id: upload.file_id })).data?.state).toBe('deleted')
  expect((await person.client.storage.from(upload.bucket_id).download(upload.object_path)).error).not.toBeNull()
  const sql = postgres(target.databaseUrl ?? '', { max: 1, onnotice: () => {} })
  try {
    await sql`update public.files set deleted_at = now() - interval '31 days' where id = ${upload.file_id}`
    await sql`select private.purge_files(100)`
    await vi.waitFor(async () => {
      expect(await sql`select from private.file_objects where object_path = ${upload.object_path}`).toHaveLength(0)
    })
    expect(await sql`select from storage.objects where name = ${upload.object_path}`).toHaveLength(0)
    const [{ id = '' } = {}] = await sql<
      { id: string }[]
    >`select private.enqueue_job('file.sweep', '{"page_size": 100}') as id`
    await vi.waitFor(async () => {
      const [job] = await sql`select state::text as state, last_error from private.jobs where id = ${id}`
      expect(job).toMatchObject({ state: 'succeeded' })
    })
  } finally {
    await sql.end()
  }
})

it('[FIL-11] has pictures that everybody sees kept by browsers and the CDN for ever, under a path of their own', async () => {
  const storage = supabaseFileStorage({
    SUPABASE_URL: target.apiUrl,
    PUBLIC_URL: target.apiUrl,
    SUPABASE_SECRET_KEYS: { default: target.secretKey },
    SUPABASE_SERVICE_ROLE_KEY: undefined,
  })
  const path = `${organization_id}/${crypto.randomUUID()}.png`
  await storage.write('avatars', path, new Uint8Array(10), { mediaType: 'image/png', isImmutable: true })
  const { publicUrl } = target.client().storage.from('avatars').getPublicUrl(path).data
  const shown = await fetch(publicUrl)
  expect(shown.headers.get('cache-control')).toBe('max-age=31536000, immutable')
  await shown.body?.cancel()
  const known = { 'if-none-match': shown.headers.get('etag') ?? '' }
  expect((await fetch(publicUrl, { headers: known })).status).toBe(304)
  await storage.remove('avatars', [path])
})
