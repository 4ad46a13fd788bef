import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { complianceReport } from '../../../supabase/functions/_shared/documents/kinds/compliance_report.ts'
import { authPerson, signIn } from '../../support/auth_person.ts'
import { readPdf } from '../../support/read_pdf.ts'
import { type TestTarget, testTarget } from '../../support/target.ts'

describe('documents, through the public API', { timeout: 120_000 }, () => {
  let target: TestTarget
  beforeAll(async () => {
    target = await testTarget()
  })
  afterAll(() => target[Symbol.asyncDispose]())

  it('[FIL-13] [A9-10] are previewed, published and made, and downloaded by members alone', async () => {
    const [ada, ben] = [await authPerson(target), await authPerson(target)]
    const [client, other] = [await signIn(target, ada), await signIn(target, ben)]
    const made = await client.rpc('create_organization', { name: 'Lagoon Estates' })
    const organization_id = made.data?.id ?? ''
    const template = { organization_id, kind: 'compliance_report', name: 'Ours', title_source: '{{ title }}' }
    const body_source = '<h1>Our own: {{ title }}</h1>{% for vendor in vendors %}<p>{{ vendor.name }}</p>{% endfor %}'
    const draft = await client.rpc('save_document_template', { ...template, body_source })
    expect(draft.error).toBeNull()
    const version_id = draft.data?.id ?? ''

    const { data } = await client.auth.getSession()
    const preview = await fetch(`${target.apiUrl}/functions/v1/api/v1/documents/preview`, {
      method: 'POST',
      headers: { authorization: `Bearer ${data.session?.access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ version_id }),
    })
    expect(preview.status).toBe(200)
    expect(preview.headers.get('content-type')).toContain('application/pdf')
    const shown = await readPdf(new Uint8Array(await preview.arrayBuffer()))
    expect(shown.pages[0]?.text).toContain('Our own: Vendor compliance report')
    expect((await client.rpc('publish_document_template', { version_id })).error).toBeNull()

    const asked = await client.rpc('generate_document', {
      organization_id,
      kind: 'compliance_report',
      merge_data: JSON.parse(JSON.stringify(complianceReport.sample)),
      expires_on: '2027-03-31',
      request_key: 'first',
    })
    expect(asked.error).toBeNull()
    const file = await vi.waitFor(
      async () => {
        const ready = await client.from('document_renders').select('state, error_message, file_id').single()
        expect(ready.data).toMatchObject({ state: 'ready', error_message: null })
        return ready.data?.file_id ?? ''
      },
      { timeout: 90_000, interval: 500 },
    )
    const version = await client
      .from('file_versions')
      .select('bucket_id, object_path, state')
      .eq('file_id', file)
      .single()
    expect(version.data?.state).toBe('clean')
    const { bucket_id = '', object_path = '' } = version.data ?? {}
    const downloaded = await client.storage.from(bucket_id).download(object_path)
    expect(downloaded.error).toBeNull()
    const pdf = await readPdf(new Uint8Array((await downloaded.data?.arrayBuffer()) ?? new ArrayBuffer(0)))
    expect(pdf.pages[0]?.text).toContain('श्री')
    expect((await other.storage.from(bucket_id).download(object_path)).error).not.toBeNull()
    expect((await other.from('document_renders').select('id')).data).toEqual([])
    expect((await client.from('document_expiries').select('expires_on').single()).data?.expires_on).toBe('2027-03-31')
  })
})
