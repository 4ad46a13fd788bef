import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { type TestTarget, testTarget } from '../../support/target.ts'

const page = z.object({
  data: z.array(z.looseObject({ id: z.string(), name: z.string().optional() })),
  next_cursor: z.string().nullable(),
})

describe('the REST face', { timeout: 60_000 }, () => {
  let target: TestTarget
  let ada: ApiPerson
  beforeAll(async () => {
    target = await testTarget()
    ada = await signedInPerson(target)
    for (const name of ['Alder', 'Birch', 'Cedar', 'Douglas', 'Elm']) {
      expect((await ada.client.rpc('create_organization', { name })).error).toBeNull()
    }
  }, 60_000)
  afterAll(() => target[Symbol.asyncDispose]())

  it('[PLT-01] [PLT-02] answers under /api/v1 who the caller is', async () => {
    const response = await ada.get('/v1/me')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ kind: 'person', id: ada.id, email: ada.email, locale: 'en' })
    expect((await ada.get('/me')).status).toBe(404)
    expect((await ada.get('/v2/me')).status).toBe(404)
  })

  it('[AUD-13] has the failed call of a program in the audit log of its organization', async () => {
    const grace = await signedInPerson(target, { isVerified: true })
    const { data: organization } = await grace.client.rpc('create_organization', { name: 'Falcon' })
    const organization_id = organization?.id ?? ''
    const account = await grace.client.rpc('create_service_account', { organization_id, name: 'Importer' })
    const key = { service_account_id: account.data?.id ?? '', name: 'Nightly', scopes: ['members.read'] }
    const { data: made } = await grace.client.rpc('create_api_key', key).single()
    const refused = await fetch(`${target.apiUrl}/functions/v1/api/v1/organizations`, {
      headers: { authorization: `Bearer ${made?.secret}`, 'x-request-id': 'request-of-a-program' },
    })
    expect(refused.status).toBe(403)
    const entries = async () =>
      (
        await grace.client
          .from('audit_logs')
          .select()
          .eq('organization_id', organization_id)
          .eq('action', 'call_failed')
      ).data
    await expect.poll(async () => (await entries())?.length, { timeout: 20_000 }).toBe(1)
    expect(await entries()).toMatchObject([
      {
        actor_kind: 'service_account',
        actor_id: account.data?.id,
        object_type: 'api_requests',
        request_id: 'request-of-a-program',
        changes: { method: 'GET', route: '/api/v1/organizations', status: 403, code: 'scope_missing' },
      },
    ])
  })

  it('[PLT-34] [A11-06] walks through all organizations page by page, each once, by the links', async () => {
    const names: (string | undefined)[] = []
    let address: string | null = `${target.apiUrl}/functions/v1/api/v1/organizations?kind=company&sort=name&limit=2`
    for (let turn = 0; address !== null && turn < 5; turn += 1) {
      const response: Response = await fetch(address, { headers: { authorization: `Bearer ${ada.token}` } })
      expect(response.status).toBe(200)
      const { data, next_cursor } = page.parse(await response.json())
      names.push(...data.map(({ name }) => name))
      const next: string | undefined = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1]
      expect(next !== undefined).toBe(next_cursor !== null)
      if (next) expect(next.startsWith(target.apiUrl)).toBe(true)
      address = next ?? null
    }
    expect(names).toEqual(['Alder', 'Birch', 'Cedar', 'Douglas', 'Elm'])
  })

  it('[A11-06] goes on by time without losing or repeating a row', async () => {
    const seen: string[] = []
    let cursor = ''
    do {
      const { data, next_cursor } = page.parse(await (await ada.get(`/v1/organizations?limit=1${cursor}`)).json())
      seen.push(...data.map(({ id }) => id))
      cursor = next_cursor === null ? '' : `&cursor=${next_cursor}`
    } while (cursor !== '' && seen.length < 20)
    expect(seen).toHaveLength(6)
    expect(new Set(seen).size).toBe(6)
  })

  it('[A11-06] filters by the lists it has and says what they are', async () => {
    const some = page.parse(await (await ada.get('/v1/organizations?kind[in]=personal,fund')).json())
    expect(some.data).toHaveLength(1)
    const none = page.parse(await (await ada.get('/v1/organizations?created_at[gte]=2999-01-01T00:00:00Z')).json())
    expect(none.data).toEqual([])
    const unknown = await ada.get('/v1/organizations?owner=ada')
    expect(unknown.status).toBe(400)
    expect(await unknown.json()).toMatchObject({
      code: 'invalid_request',
      details: [{ message: expect.stringContaining('Allowed are kind, kind[in], status') }],
    })
  })

  it('[PLT-08] sends a phone only the fields it asks for', async () => {
    const { data } = page.parse(
      await (await ada.get('/v1/organizations?fields=name&limit=1&sort=name&kind=company')).json(),
    )
    expect(data).toEqual([{ id: expect.any(String), name: 'Alder' }])
  })

  it('[PLT-09] sends compressed answers, and 304 to who has them', async () => {
    const response = await ada.get('/v1/organizations', { 'accept-encoding': 'gzip' })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(page.parse(await response.json()).data).toHaveLength(6)
    const etag = response.headers.get('etag') ?? ''
    const again = await ada.get('/v1/organizations', { 'if-none-match': etag })
    expect(again.status).toBe(304)
    expect(again.headers.get('cache-control')).toBe('private, no-cache')
    expect((await ada.client.rpc('create_organization', { name: 'Fir' })).error).toBeNull()
    expect((await ada.get('/v1/organizations', { 'if-none-match': etag })).status).toBe(200)
  })

  it('tells how many calls are left', async () => {
    const { headers } = await ada.get('/v1/me')
    expect(Number(headers.get('ratelimit-limit'))).toBeGreaterThan(0)
    expect(Number(headers.get('ratelimit-remaining'))).toBeLessThan(Number(headers.get('ratelimit-limit')))
    expect(headers.get('ratelimit-reset')).toMatch(/^\d+$/)
  })

  it('[A11-05] answers errors flat, and as problem details where asked for', async () => {
    const flat = await ada.get('/v1/organizations?limit=0')
    expect(await flat.json()).toMatchObject({ code: 'invalid_request', details: [{ path: 'query.limit' }] })
    const problem = await ada.get('/v1/organizations?limit=0', { accept: 'application/problem+json' })
    expect(problem.headers.get('content-type')).toBe('application/problem+json')
    expect(await problem.json()).toMatchObject({
      type: 'urn:atrium:error:invalid_request',
      title: 'Bad Request',
      status: 400,
      code: 'invalid_request',
    })
  })

  it('[OBS-01] takes the ids of request and trace over and gives them back', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const { headers } = await ada.get('/v1/me', { 'x-request-id': 'from-the-phone-1', traceparent })
    expect(headers.get('x-request-id')).toBe('from-the-phone-1')
    expect(headers.get('traceparent')).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/)
  })

  it('[PLT-04] serves the OpenAPI document of all functions with the public address', async () => {
    const response = await fetch(`${target.apiUrl}/functions/v1/docs`)
    expect(response.status).toBe(200)
    const document = z
      .looseObject({
        openapi: z.string(),
        servers: z.array(z.object({ url: z.string() })),
        paths: z.record(z.string(), z.unknown()),
      })
      .parse(await response.json())
    expect(document.openapi).toBe('3.1.0')
    expect(document.servers).toEqual([{ url: `${target.apiUrl}/functions/v1` }])
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/api/v1/me', '/api/v1/organizations', '/health', '/worker']),
    )
  })
})
