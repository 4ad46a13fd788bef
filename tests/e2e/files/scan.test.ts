import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withConnection } from '../../../local/postgres/database.ts'
import { sandboxClient } from '../../../local/sandbox/client.ts'
import { signedInPerson } from '../../support/api_person.ts'
import { eicar } from '../../support/contents.ts'
import { officeFile } from '../../support/office_file.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

describe('an upload through supabase-js', { timeout: 120_000 }, () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await testStack()
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  /** A person with an organization of their own. */
  async function founder() {
    const person = await signedInPerson(stack)
    const founded = await person.client.rpc('create_organization', { name: `Works ${crypto.randomUUID()}` })
    if (founded.error) throw founded.error
    return { ...person, organizationId: founded.data.id }
  }
  type Founder = Awaited<ReturnType<typeof founder>>

  const docx = {
    name: 'Terms.docx',
    mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    content: officeFile('word/document.xml'),
  }

  async function upload(who: Founder, file: { name: string; mediaType: string; content: Uint8Array<ArrayBuffer> }) {
    const begun = await who.client.rpc('begin_upload', {
      organization_id: who.organizationId,
      category: 'document',
      name: file.name,
      media_type: file.mediaType,
      size_bytes: file.content.byteLength,
    })
    if (begun.error) throw begun.error
    const { bucket_id, object_path, file_id } = begun.data
    const body = new Blob([file.content], { type: file.mediaType })
    const put = await who.client.storage.from(bucket_id).upload(object_path, body, { contentType: file.mediaType })
    expect(put.error).toBeNull()
    return { bucket_id, object_path, file_id }
  }
  type Uploaded = Awaited<ReturnType<typeof upload>>

  const versionOf = async (who: Founder, { file_id }: Uploaded) =>
    (
      await who.client
        .from('file_versions')
        .select('state, finding, media_type, checksum')
        .eq('file_id', file_id)
        .single()
    ).data
  const stateOf = async (who: Founder, file: Uploaded) => (await versionOf(who, file))?.state
  const download = (who: Founder, { bucket_id, object_path }: Uploaded) =>
    who.client.storage.from(bucket_id).download(object_path)

  it('[FIL-07] [A11-10] is read when the scan found it clean', async () => {
    const ana = await founder()
    const file = await upload(ana, docx)
    await expect.poll(() => stateOf(ana, file)).toBe('clean')
    expect(await versionOf(ana, file)).toMatchObject({ media_type: docx.mediaType, finding: null })
    expect(new Uint8Array((await (await download(ana, file)).data?.arrayBuffer()) ?? [])).toEqual(docx.content)
  })

  it('[FIL-07] [A11-10] with a virus is read by nobody, is gone, and the organization is told', async () => {
    const ana = await founder()
    // Before the scan nobody signs a link that could be handed on, not even who uploaded it.
    await sandboxClient(stack.sandboxUrl).setDials('clamav', { latencyMs: 1_500 })
    const file = await upload(ana, { name: 'Terms.csv', mediaType: 'text/csv', content: eicar() })
    const signed = await ana.client.storage.from(file.bucket_id).createSignedUrl(file.object_path, 3600)
    expect(signed.error).not.toBeNull()
    await sandboxClient(stack.sandboxUrl).setDials('clamav', {})
    await expect.poll(() => stateOf(ana, file)).toBe('infected')
    expect(await versionOf(ana, file)).toMatchObject({ finding: 'Eicar-Test-Signature' })
    expect((await download(ana, file)).error).not.toBeNull()
    const admin = stack.adminClient().storage.from(file.bucket_id)
    await expect.poll(async () => (await admin.download(file.object_path)).error).not.toBeNull()
    const audited = await withConnection(
      stack.database.url,
      (sql) => sql`select from public.audit_logs where object_id = ${file.file_id} and changes::text like '%infected%'`,
    )
    expect(audited.length).toBeGreaterThan(0)
  })

  it('[FIL-07] [A11-10] waits in quarantine while the scanner is away, and is clean when it is back', async () => {
    const [ana, sandbox] = [await founder(), sandboxClient(stack.sandboxUrl)]
    await sandbox.setDials('clamav', { failNext: 1000, failStatus: 503 })
    const file = await upload(ana, docx)
    const waiting = () =>
      withConnection(
        stack.database.url,
        (sql) => sql`
          select from private.jobs
          where kind = 'file.scan' and payload ->> 'file_id' = ${file.file_id} and last_error is not null`,
      )
    await expect.poll(async () => (await waiting()).length).toBe(1)
    expect(await stateOf(ana, file)).toBe('quarantined')
    await sandbox.setDials('clamav', {})
    await withConnection(
      stack.database.url,
      (sql) =>
        sql`update private.jobs set run_at = now() where kind = 'file.scan' and payload ->> 'file_id' = ${file.file_id}`,
    )
    await expect.poll(() => stateOf(ana, file)).toBe('clean')
  })

  it('[FIL-06] [FIL-07] is refused for what it is, not for what it is called', async () => {
    const ana = await founder()
    const file = await upload(ana, {
      name: 'Terms.docx',
      mediaType: docx.mediaType,
      content: new TextEncoder().encode('<!doctype html><script>alert(1)</script>'),
    })
    await expect.poll(() => stateOf(ana, file)).toBe('infected')
    expect((await versionOf(ana, file))?.finding).toContain('text/html')
  })
})
