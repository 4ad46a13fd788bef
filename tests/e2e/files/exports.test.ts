import { parse } from 'csv-parse/sync'
import { read } from 'hucre'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { type TestTarget, testTarget } from '../../support/target.ts'

const exportShape = z.looseObject({ id: z.uuid(), state: z.string(), row_count: z.number() })
const linkShape = z.object({ url: z.url(), expires_at: z.string() })

describe('exports, through the public API', { timeout: 120_000 }, () => {
  let target: TestTarget
  let ana: ApiPerson
  let organizationId: string
  const invited = ['grace@example.com', '=1+1@example.com', '+234803@example.com'].sort()
  beforeAll(async () => {
    target = await testTarget()
    ana = await signedInPerson(target)
    const made = await ana.client.rpc('create_organization', { name: 'Analytical Estates', kind: 'company' })
    if (made.error) throw made.error
    organizationId = made.data.id
    const invitations = await ana.client.rpc('create_invitations', {
      organization_id: organizationId,
      invitations: invited.map((email) => ({ email })),
    })
    if (invitations.error) throw invitations.error
  }, 120_000)
  afterAll(() => target[Symbol.asyncDispose]())

  const post = (person: ApiPerson, path: string, body: object = {}) =>
    fetch(`${target.apiUrl}/functions/v1/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${person.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const waitUntilReady = (id: string) =>
    vi.waitFor(
      async () => {
        const { data, error } = await ana.client.from('exports').select().eq('id', id).single()
        expect(error).toBeNull()
        expect(data?.state).toBe('ready')
        return data
      },
      { timeout: 60_000, interval: 200 },
    )
  const fetchFile = async (id: string) => {
    const answer = await post(ana, `/exports/${id}/link`)
    expect(answer.status).toBe(201)
    return fetch(linkShape.parse(await answer.json()).url)
  }

  it('[A10-10] [ANA-15] [TST-13] are asked for with the official client, and fetched with a link that nobody else gets', async () => {
    const asked = await ana.client.rpc('request_export', { organization_id: organizationId, list: 'invitations' })
    expect(asked.error).toBeNull()
    const id = asked.data?.id ?? ''
    const ready = await waitUntilReady(id)
    expect(ready).toMatchObject({ row_count: 3, total_count: 3, download_count: 0 })

    const file = await fetchFile(id)
    expect(file.status).toBe(200)
    expect(file.headers.get('content-type')).toContain('text/csv')
    expect(file.headers.get('content-disposition')).toContain(`invitations-${ready?.created_at.slice(0, 10)}.csv`)
    const records = z
      .array(z.looseObject({ email: z.string() }))
      .parse(parse(Buffer.from(await file.arrayBuffer()), { bom: true, columns: true }))
    expect(records.map(({ email }) => email.replace(/^'/, '')).sort()).toEqual(invited)
    const counted = await ana.client.from('exports').select('download_count').eq('id', id).single()
    expect(counted.data).toEqual({ download_count: 1 })

    const ben = await signedInPerson(target)
    expect((await post(ben, `/exports/${id}/link`)).status).toBe(404)
    expect((await ben.get(`/v1/exports/${id}`)).status).toBe(404)
    for (const { client } of [ben, ana]) {
      // The link is the only way, so that each download is counted.
      expect((await client.storage.from('exports').download(ready?.file_path ?? '')).error).not.toBeNull()
    }
    const { pathname } = new URL(file.url)
    expect((await fetch(`${target.apiUrl}${pathname}?token=made-up`)).status).toBeGreaterThanOrEqual(400)
  })

  it('[ANA-15] are asked for over REST, which refuses at once what the list does not have', async () => {
    const wanted = {
      organization_id: organizationId,
      list: 'invitations',
      format: 'xlsx',
      fields: ['email', 'created_at'],
    }
    const asked = await post(ana, '/exports', wanted)
    expect(asked.status).toBe(202)
    const made = exportShape.parse(await asked.json())
    expect(asked.headers.get('location')).toBe(`${target.apiUrl}/functions/v1/api/v1/exports/${made.id}`)
    await waitUntilReady(made.id)
    const file = await fetchFile(made.id)
    const [sheet] = (await read(new Uint8Array(await file.arrayBuffer()))).sheets
    expect(sheet?.name).toBe('Invitations')
    const [header, ...rows] = sheet?.rows ?? []
    expect(header).toEqual(['email', 'created_at'])
    expect(rows.map(([email]) => email).sort()).toEqual(invited)
    expect(rows.every(([, createdAt]) => createdAt instanceof Date)).toBe(true)

    const own = await ana.get(`/v1/exports?organization_id=${organizationId}&state=ready&format=xlsx`)
    expect(own.status).toBe(400)
    const listed = await ana.get(`/v1/exports?organization_id=${organizationId}&state=ready&fields=id,format`)
    expect(z.object({ data: z.array(z.unknown()) }).parse(await listed.json()).data).toContainEqual({
      id: made.id,
      format: 'xlsx',
    })

    const code = async (body: object) =>
      z.object({ code: z.string() }).parse(await (await post(ana, '/exports', body)).json()).code
    expect(await code({ ...wanted, list: 'secrets' })).toBe('export_list_unknown')
    expect(await code({ ...wanted, filters: { token: 'x' } })).toBe('invalid_request')
    expect(await code({ ...wanted, fields: ['token_hash'] })).toBe('invalid_request')
    expect(await code({ ...wanted, sort: 'email' })).toBe('invalid_request')
    const cancelled = await post(ana, `/exports/${made.id}/cancel`)
    expect(cancelled.status).toBe(409)
  })

  it('[A10-10] leave nothing in Storage but the file', async () => {
    const asked = await ana.client.rpc('request_export', {
      organization_id: organizationId,
      list: 'audit_log',
      format: 'json',
    })
    const id = asked.data?.id ?? ''
    await waitUntilReady(id)
    const storage = target.adminClient().storage.from('exports')
    await vi.waitFor(
      async () => {
        const { data } = await storage.list(`${organizationId}/${id}`)
        expect(data?.map(({ name }) => name)).toEqual(['file.json'])
      },
      { timeout: 60_000, interval: 300 },
    )
    const file = await fetchFile(id)
    const entries = z.array(z.looseObject({ action: z.string(), organization_id: z.string() })).parse(await file.json())
    expect(entries.length).toBeGreaterThan(3)
    expect(new Set(entries.map(({ organization_id }) => organization_id))).toEqual(new Set([organizationId]))
  })
})
