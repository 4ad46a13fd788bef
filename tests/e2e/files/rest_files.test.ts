import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { samplePdf, scannedState } from '../../support/scanned_file.ts'
import { lacks, type TestTarget, testTarget } from '../../support/target.ts'

const pdf = samplePdf()
const uploaded = z.strictObject({
  ...{ id: z.uuid(), organization_id: z.uuid(), category: z.string(), name: z.string(), media_type: z.string() },
  ...{ size_bytes: z.number(), state: z.literal('quarantined'), created_at: z.string() },
})

// The sandbox plays the scanner.
describe.skipIf(lacks.sandbox)('files on the REST face', { timeout: 120_000 }, () => {
  let target: TestTarget
  let ada: ApiPerson
  let organization_id = ''
  beforeAll(async () => {
    target = await testTarget()
    ada = await signedInPerson(target, { isVerified: true })
    const { data, error } = await ada.client.rpc('create_organization', { name: 'Files' })
    if (error) throw error
    organization_id = data.id
  }, 120_000)
  afterAll(() => target[Symbol.asyncDispose]())

  const ask = (path: string, init: RequestInit = {}, token = ada.token) =>
    fetch(`${target.apiUrl}/functions/v1/api/v1/files${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...init.headers },
    })
  const form = (name: string, files: readonly File[], fields: Record<string, string> = {}) => {
    const body = new FormData()
    for (const [key, value] of Object.entries(fields)) body.append(key, value)
    for (const file of files) body.append(name, file)
    return body
  }
  const pdfFile = (name = 'Terms.pdf', content: Buffer<ArrayBuffer> = pdf) =>
    new File([content], name, { type: 'application/pdf' })
  const upload = (file: File, category = 'document', init: RequestInit = {}) =>
    ask(`/upload?organization_id=${organization_id}&category=${category}`, {
      method: 'POST',
      body: form('file', [file]),
      ...init,
    })
  const cleanFile = async (name: string, content = samplePdf()) => {
    const response = await upload(pdfFile(name, content))
    expect(response.status).toBe(201)
    const file = uploaded.parse(await response.json())
    expect(await scannedState(ada.client, file.id)).toBe('clean')
    return file
  }

  it('[FIL-02] takes a file of a form into quarantine', async () => {
    const response = await upload(pdfFile('Ünterlagen ₦.pdf'))
    expect(response.status).toBe(201)
    const file = uploaded.parse(await response.json())
    expect(file).toMatchObject({
      ...{ organization_id, category: 'document', name: 'Ünterlagen ₦.pdf', media_type: 'application/pdf' },
      ...{ size_bytes: pdf.byteLength, state: 'quarantined' },
    })
    const shown = await ask(`/${file.id}`)
    expect(await shown.json()).toMatchObject({ id: file.id, uploaded_by: ada.id, size_bytes: pdf.byteLength })
    // As fields of the form, and a media type by the name.
    const fields = form('file', [new File(['a,b\n1,2\n'], 'rows.csv')], { organization_id, category: 'document' })
    const csv = await ask('/upload', { method: 'POST', body: fields })
    expect([csv.status, await csv.json()]).toMatchObject([201, { media_type: 'text/csv', size_bytes: 8 }])
  })

  it('[FIL-02] [FIL-06] refuses what is too large, of another type or empty, and keeps nothing of it', async () => {
    const code = async (response: Promise<Response>) => {
      const { status, body } = await response.then(async (answer) => ({
        status: answer.status,
        body: await answer.json(),
      }))
      return [status, z.object({ code: z.string() }).parse(body).code]
    }
    const large = randomBytes(26 * 1024 * 1024)
    expect(await code(upload(pdfFile('large.pdf', large)))).toEqual([413, 'file_too_large'])
    expect(await code(upload(new File(['MZ'], 'x.exe', { type: 'application/x-msdownload' })))).toEqual([
      415,
      'file_type_not_allowed',
    ])
    expect(await code(upload(pdfFile('empty.pdf', Buffer.alloc(0))))).toEqual([422, 'file_empty'])
    expect(await code(upload(pdfFile(), 'no_such'))).toEqual([422, 'file_category_unknown'])
    expect(await code(ask('/upload?category=document', { method: 'POST', body: form('file', [pdfFile()]) }))).toEqual([
      400,
      'invalid_request',
    ])
    expect(await code(ask('/upload?category=document', { method: 'POST', body: form('file', []) }))).toEqual([
      400,
      'file_missing',
    ])
    const json = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }
    expect(await code(ask('/upload', json))).toEqual([415, 'multipart_required'])
    const stranger = await signedInPerson(target)
    const foreign = ask(
      `/upload?organization_id=${organization_id}&category=document`,
      { method: 'POST', body: form('file', [pdfFile()]) },
      stranger.token,
    )
    expect(await code(foreign)).toEqual([404, 'organization_not_found'])
    const { data: waiting } = await ada.client.from('files').select('id').eq('state', 'uploading')
    expect(waiting).toEqual([])
  })

  it('[FIL-02] takes a deck of 50 MB as a stream', async () => {
    const deck = randomBytes(50 * 1024 * 1024)
    const response = await upload(pdfFile('deck.pdf', deck), 'deck')
    expect([response.status, await response.json()]).toMatchObject([201, { size_bytes: deck.byteLength }])
  })

  it('[FIL-02] does an upload once under an idempotency key', async () => {
    const init = { headers: { 'idempotency-key': crypto.randomUUID() } }
    const first = await upload(pdfFile('once.pdf'), 'document', init)
    const again = await upload(pdfFile('once.pdf'), 'document', init)
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true'])
    expect(await again.json()).toEqual(await first.json())
    const { data } = await ada.client.from('files').select('id').eq('name', 'once.pdf')
    expect(data).toHaveLength(1)
  })

  it('[FIL-03] takes several files and says of each what became of it', async () => {
    const path = `/upload-multiple?organization_id=${organization_id}&category=document`
    const files = [
      pdfFile('one.pdf'),
      new File(['MZ'], 'two.exe', { type: 'application/x-msdownload' }),
      pdfFile('three.pdf'),
    ]
    const mixed = await ask(path, { method: 'POST', body: form('files', files) })
    expect(mixed.status).toBe(207)
    expect(await mixed.json()).toMatchObject({
      results: [
        { file: { name: 'one.pdf', state: 'quarantined' } },
        { name: 'two.exe', error: { code: 'file_type_not_allowed' } },
        { file: { name: 'three.pdf', state: 'quarantined' } },
      ],
    })
    const whole = await ask(path, { method: 'POST', body: form('files', [pdfFile('four.pdf'), pdfFile('five.pdf')]) })
    expect(whole.status).toBe(201)
    const none = await ask(path, { method: 'POST', body: form('files', [], { category: 'document' }) })
    expect([none.status, await none.json()]).toMatchObject([400, { code: 'file_missing' }])
  })

  it('[FIL-04] [AUD-06] gives a clean file as an attachment, counted and in the audit log', async () => {
    const content = samplePdf(200_000)
    const file = await cleanFile("Ada's terms.pdf", content)
    const path = `/download/document/${encodeURIComponent(file.name)}?organization_id=${organization_id}`
    const response = await ask(path)
    expect(response.status).toBe(200)
    expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-disposition': "attachment; filename*=UTF-8''Ada%27s%20terms.pdf",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
      etag: `"${createHash('sha256').update(content).digest('hex')}"`,
    })
    const etag = response.headers.get('etag') ?? ''
    const part = await ask(`/download/document/${file.id}`, { headers: { range: 'bytes=10-19' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 10-19/${content.byteLength}`])
    expect(Buffer.from(await part.arrayBuffer()).equals(content.subarray(10, 20))).toBe(true)
    const beyond = await ask(path, { headers: { range: `bytes=${content.byteLength}-` } })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${content.byteLength}`])
    await beyond.body?.cancel()
    expect((await ask(path, { headers: { 'if-none-match': etag } })).status).toBe(304)
    const { data } = await ada.client.from('files').select('download_count').eq('id', file.id).single()
    expect(data?.download_count).toBe(2)
    const { data: entries } = await ada.client
      .from('audit_logs')
      .select('actor_kind, actor_id, organization_id')
      .eq('action', 'download')
      .eq('object_id', file.id)
    const entry = { actor_kind: 'user', actor_id: ada.id, organization_id }
    expect(entries).toEqual([entry, entry])
  })

  it('[FIL-04] gives nothing that is not clean, and nothing to strangers', async () => {
    const file = uploaded.parse(await (await upload(pdfFile('No.pdf', Buffer.from('no PDF at all')))).json())
    const refused = await ask(`/download/document/${file.id}`)
    expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'file_not_clean' }])
    expect(await scannedState(ada.client, file.id)).toBe('infected')
    expect((await ask(`/download/document/${file.id}`)).status).toBe(409)
    const clean = await cleanFile('Yes.pdf')
    const stranger = await signedInPerson(target)
    const foreign = await ask(`/download/document/${clean.id}`, {}, stranger.token)
    expect([foreign.status, await foreign.json()]).toMatchObject([404, { code: 'file_not_found' }])
    expect((await ask(`/download/deck/${clean.id}`)).status).toBe(404)
  })

  it('[FIL-05] deletes a file, which nobody downloads then', async () => {
    const file = await cleanFile('Gone.pdf')
    const remove = () => ask(`/delete?file_id=${file.id}`, { method: 'DELETE' })
    expect((await remove()).status).toBe(204)
    expect((await remove()).status).toBe(204)
    expect((await ask(`/download/document/${file.id}`)).status).toBe(404)
    const names = async (query: string) =>
      z
        .object({ data: z.array(z.object({ name: z.string() })) })
        .parse(await (await ask(query)).json())
        .data.map(({ name }) => name)
    expect(await names(`?organization_id=${organization_id}&limit=100`)).not.toContain('Gone.pdf')
    expect(await names(`?organization_id=${organization_id}&state=deleted`)).toEqual(['Gone.pdf'])
    expect(await names('?category=deck&sort=name')).toEqual(['deck.pdf'])
  })

  it('lets a program of the organization upload and download with a key of that scope', async () => {
    const account = await ada.client.rpc('create_service_account', { organization_id, name: 'Importer' })
    const service_account_id = account.data?.id ?? ''
    const keyWith = async (scopes: string[]) => {
      const { data, error } = await ada.client
        .rpc('create_api_key', { service_account_id, name: scopes.join(), scopes })
        .single()
      if (error) throw error
      return data.secret
    }
    const [writer, reader] = [await keyWith(['files.write', 'files.read']), await keyWith(['files.read'])]
    const send = (token: string) =>
      ask('/upload?category=document', { method: 'POST', body: form('file', [pdfFile('Program.pdf')]) }, token)
    const file = uploaded.parse(await (await send(writer)).json())
    expect(file.organization_id).toBe(organization_id)
    expect((await send(reader)).status).toBe(403)
    expect(await scannedState(ada.client, file.id)).toBe('clean')
    const read = await ask(`/download/document/${file.id}`, {}, reader)
    expect(Buffer.from(await read.arrayBuffer()).equals(pdf)).toBe(true)
  })

  it('[AUD-06] [FIL-11] makes links for the official client that end, download as an attachment and are counted', async () => {
    const file = await cleanFile('Linked & signed.pdf', pdf)
    const { data, error } = await ada.client.functions.invoke(`files/${file.id}/link`, { method: 'POST' })
    expect(error).toBeNull()
    const link = z.object({ url: z.url(), expires_at: z.string() }).parse(data)
    expect(link.url.startsWith(`${target.apiUrl}/storage/v1/object/sign/`)).toBe(true)
    const response = await fetch(link.url)
    expect(Buffer.from(await response.arrayBuffer()).equals(pdf)).toBe(true)
    expect(response.headers.get('content-disposition')).toContain('attachment; filename=Linked%20%26%20signed.pdf')
    expect((await fetch(`${link.url.slice(0, -40)}${'A'.repeat(40)}`)).ok).toBe(false)
    const { data: counted } = await ada.client.from('files').select('download_count').eq('id', file.id).single()
    expect(counted?.download_count).toBe(1)
    const stranger = await signedInPerson(target)
    const foreign = await stranger.client.functions.invoke(`files/${file.id}/link`, { method: 'POST' })
    expect(foreign.error).not.toBeNull()
  })
})
