import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { signedInPerson } from '../../support/api_person.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const codeSchema = z.object({ code: z.string() })
const linkSchema = z.object({ url: z.url(), expires_at: z.iso.datetime() })

describe('a share link', { timeout: 120_000 }, () => {
  let stack: TestStack
  let ana: Awaited<ReturnType<typeof signedInPerson>>
  let fileId: string
  const content = new TextEncoder().encode('name,city\nAda,Lagos\n')
  beforeAll(async () => {
    stack = await testStack()
    ana = await signedInPerson(stack)
    const founded = await ana.client.rpc('create_organization', { name: 'Sharing Works' })
    if (founded.error) throw founded.error
    const begun = await ana.client.rpc('begin_upload', {
      organization_id: founded.data.id,
      category: 'document',
      name: 'Price list.csv',
      media_type: 'text/csv',
      size_bytes: content.byteLength,
    })
    if (begun.error) throw begun.error
    fileId = begun.data.file_id
    const body = new Blob([content], { type: 'text/csv' })
    const put = await ana.client.storage.from(begun.data.bucket_id).upload(begun.data.object_path, body)
    expect(put.error).toBeNull()
    const state = async () => (await ana.client.from('files').select('state').eq('id', fileId).single()).data?.state
    await vi.waitFor(async () => expect(await state()).toBe('clean'))
  }, 60_000)
  afterAll(() => stack[Symbol.asyncDispose]())

  async function share(options: { password?: string; download_limit?: number } = {}) {
    const { data, error } = await ana.client.rpc('create_share_link', { file_id: fileId, ...options }).single()
    if (error) throw error
    return data
  }
  /** As somebody without an account. */
  const look = (token: string) => fetch(`${stack.apiUrl}/functions/v1/files/shared/${token}`)
  const download = (token: string, body: object = {}) =>
    fetch(`${stack.apiUrl}/functions/v1/files/shared/${token}/download`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  it('[A11-10] gives the file to who has it and no account, as an attachment, and nothing once it is revoked', async () => {
    const { token, link_id } = await share()
    expect(await (await look(token)).json()).toMatchObject({
      is_password_required: false,
      name: 'Price list.csv',
      media_type: 'text/csv',
      size_bytes: content.byteLength,
      organization: 'Sharing Works',
    })
    const answer = await download(token)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const file = await fetch(linkSchema.parse(await answer.json()).url)
    expect(file.headers.get('content-disposition')).toContain('attachment')
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(content)
    const events = await ana.client.from('file_share_views').select('event').eq('link_id', link_id).order('id')
    expect(events.data).toEqual([{ event: 'viewed' }, { event: 'downloaded' }])
    expect((await ana.client.rpc('revoke_share_link', { link_id })).error).toBeNull()
    for (const gone of [await look(token), await download(token), await look('x'.repeat(43))]) {
      expect(gone.status).toBe(404)
      expect(await gone.json()).toMatchObject({ code: 'share_link_not_found', hint: expect.any(String) })
    }
  })

  it('[A11-10] with a password tells nothing without it', async () => {
    const { token } = await share({ password: 'correct horse' })
    expect(await (await look(token)).json()).toMatchObject({
      is_password_required: true,
      name: null,
      organization: null,
    })
    const refused = [await download(token), await download(token, { password: 'wrong horse' })]
    expect(refused.map(({ status }) => status)).toEqual([403, 403])
    const codes = await Promise.all(refused.map(async (answer) => codeSchema.parse(await answer.json()).code))
    expect(codes).toEqual(['share_link_password_required', 'share_link_password_wrong'])
    expect((await download(token, { password: 'correct horse' })).status).toBe(200)
  })
})
