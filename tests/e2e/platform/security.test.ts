import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { generateKeyPair, SignJWT } from 'jose'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const page = z.object({ data: z.array(z.looseObject({ id: z.string() })), next_cursor: z.string().nullable() })

/** Text that means something else to a database which does not keep values apart from statements. */
const injections = [
  "' or '1'='1",
  "' or true --",
  "'; drop table public.organizations; --",
  "') or 1=1 --",
  "' union select id, name, slug from public.organizations --",
  "'; select set_config('role', 'postgres', false); --",
  '" or ""="',
  "\\' or 1=1 --",
  '1; reset role; select * from auth.users',
  '$$; select 1; $$',
  "' || (select secret from vault.secrets limit 1) || '",
  '%27%20or%20true--',
  '\u0000',
  '{"$ne":null}',
]

describe('an attacker', { timeout: 60_000 }, () => {
  let stack: TestStack
  let [ada, ben]: ApiPerson[] = []
  let bensOrganization = { id: '', slug: '' }
  /** Calls that each window admits; what is tried here is more than anybody may. */
  const setLimits = async (count: number) => {
    const sql = postgres(stack.database.url, { max: 1 })
    await sql`update private.rate_limit_rules set limit_count = ${count} where limit_count is not null`
    await sql.end()
  }
  const get = (path: string, headers?: Record<string, string>) => {
    if (!ada) throw new Error('Ada is not signed in yet')
    return ada.get(path, headers)
  }
  beforeAll(async () => {
    stack = await testStack()
    await setLimits(100_000)
    ada = await signedInPerson(stack)
    ben = await signedInPerson(stack)
    const { data, error } = await ben.client.rpc('create_organization', { name: 'Secret Works' })
    expect(error).toBeNull()
    bensOrganization = z.object({ id: z.string(), slug: z.string() }).parse(data)
  }, 60_000)
  afterAll(() => stack[Symbol.asyncDispose]())

  describe('who injects SQL', () => {
    const parameters = [
      'slug',
      'kind',
      'kind[in]',
      'status',
      'country',
      'created_at[gte]',
      'updated_at[lt]',
      'sort',
      'fields',
      'cursor',
      'limit',
    ]

    it.each(parameters)('[TST-19] [SEC-12] through the parameter "%s" gets a refusal or nothing', async (name) => {
      for (const text of injections) {
        const response = await get(`/v1/organizations?${encodeURIComponent(name)}=${encodeURIComponent(text)}`)
        expect([200, 400], `${name}=${text}`).toContain(response.status)
        if (response.status === 200) expect(page.parse(await response.json()).data, text).toEqual([])
        else
          expect(await response.json()).toMatchObject({
            code: expect.stringMatching(/^(invalid_request|cursor_invalid)$/),
          })
      }
    })

    it('[TST-19] [SEC-12] through the name of a parameter is told which there are', async () => {
      for (const text of injections) {
        const response = await get(`/v1/organizations?${encodeURIComponent(text)}=1`)
        expect(response.status, text).toBe(400)
      }
    })

    it('[TST-19] [SEC-12] through a cursor that was written anew gets no row of others', async () => {
      const own = page.parse(await (await get('/v1/organizations?limit=1&sort=name')).json())
      expect(own.next_cursor).toBeNull()
      const { data: made } = (await ada?.client.rpc('create_organization', { name: 'Own Works' })) ?? {}
      expect(made).not.toBeNull()
      const { next_cursor } = page.parse(await (await get('/v1/organizations?limit=1&sort=name')).json())
      const [mark] = z.array(z.unknown()).parse(JSON.parse(Buffer.from(next_cursor ?? '', 'base64url').toString()))
      for (const text of ['', 'A', ...injections]) {
        const cursor = Buffer.from(JSON.stringify([mark, text, bensOrganization.id])).toString('base64url')
        const response = await get(`/v1/organizations?sort=name&cursor=${cursor}`)
        expect([200, 400], text).toContain(response.status)
        if (response.status !== 200) continue
        const ids = page.parse(await response.json()).data.map(({ id }) => id)
        expect(ids).not.toContain(bensOrganization.id)
      }
    })

    it('[TST-19] [SEC-12] into a filter of the tables gets nothing, and the tables are still there', async () => {
      for (const text of injections) {
        const { data, error } = (await ada?.client.from('organizations').select('id').eq('name', text)) ?? {}
        expect(error === null || error?.code === '22P05' || error?.code === '22021', `${text}: ${error?.message}`).toBe(
          true,
        )
        expect(data ?? []).toEqual([])
      }
      expect(page.parse(await (await get('/v1/organizations')).json()).data.length).toBeGreaterThan(0)
    })
  })

  describe('with a token that is none', () => {
    const now = () => Math.floor(Date.now() / 1000)
    const base = () => ({
      sub: ada?.id,
      role: 'authenticated',
      aud: 'authenticated',
      iat: now() - 60,
      exp: now() + 3600,
    })
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

    async function tokens(): Promise<Record<string, string>> {
      const [header = '', payload = '', signature = ''] = (ada?.token ?? '').split('.')
      const { signingKey } = stack.secrets.keys
      const { d: _private, ...publicKey } = signingKey
      const foreign = await generateKeyPair('ES256')
      const signForeign = (claims: Record<string, unknown>, kid: string) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid }).sign(foreign.privateKey)
      const confused = `${part({ alg: 'HS256', typ: 'JWT', kid: signingKey.kid })}.${part(base())}`
      return {
        empty: '',
        nonsense: 'nonsense',
        'three dots': '...',
        expired: await stack.services.tokens.sign({ ...base(), exp: now() - 60 }),
        'not valid yet': await stack.services.tokens.sign({ ...base(), nbf: now() + 3600 }),
        'without signature': `${header}.${payload}.`,
        'algorithm none': `${part({ alg: 'none', typ: 'JWT' })}.${part(base())}.`,
        'algorithm None': `${part({ alg: 'None', typ: 'JWT' })}.${part(base())}.${signature}`,
        'public key as secret': `${confused}.${createHmac('sha256', JSON.stringify(publicKey)).update(confused).digest('base64url')}`,
        'another person in a signed token': `${header}.${part({ ...base(), sub: ben?.id })}.${signature}`,
        'a higher role in a signed token': `${header}.${part({ ...base(), role: 'service_role' })}.${signature}`,
        'key of another project': await signForeign(base(), 'other'),
        'key of another project under our name': await signForeign(base(), String(signingKey.kid)),
        'publishable key': stack.secrets.keys.publishableKey,
      }
    }

    it('[TST-19] is let in nowhere', async () => {
      const places = ['/functions/v1/api/v1/me', '/functions/v1/api/v1/organizations']
      for (const [kind, token] of Object.entries(await tokens())) {
        for (const place of places) {
          const response = await fetch(stack.apiUrl + place, { headers: { authorization: `Bearer ${token}` } })
          expect(response.status, `${kind} at ${place}`).toBe(401)
          expect(await response.json()).toMatchObject({ code: expect.any(String), request_id: expect.any(String) })
        }
        const worker = await fetch(`${stack.apiUrl}/functions/v1/worker`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
        })
        expect(worker.status, `${kind} at the worker`).toBe(401)
      }
      for (const place of places) expect((await fetch(stack.apiUrl + place)).status).toBe(401)
    })

    it('[TST-19] reads nothing from the tables either', async () => {
      const headers = { apikey: stack.secrets.keys.publishableKey }
      for (const [kind, token] of Object.entries(await tokens())) {
        const response = await fetch(`${stack.apiUrl}/rest/v1/organizations`, {
          headers: { ...headers, authorization: `Bearer ${token}` },
        })
        expect(response.status, kind).toBeGreaterThanOrEqual(400)
      }
    })

    it('[TST-19] is no person with a key of the backend or of a visitor', async () => {
      const { anonKey, serviceRoleKey, secretKey } = stack.secrets.keys
      for (const token of [anonKey, serviceRoleKey, secretKey]) {
        const response = await fetch(`${stack.apiUrl}/functions/v1/api/v1/me`, {
          headers: { authorization: `Bearer ${token}`, apikey: token },
        })
        expect([401, 403]).toContain(response.status)
      }
    })
  })

  it('[TST-19] from another organization sees no row of it, by no filter, and changes none', async () => {
    for (const query of [`slug=${bensOrganization.slug}`, 'kind=company&limit=100', 'status=active&limit=100']) {
      const { data } = page.parse(await (await get(`/v1/organizations?${query}`)).json())
      expect(data.map(({ id }) => id)).not.toContain(bensOrganization.id)
    }
    const direct = await ada?.client.from('organizations').select('id').eq('id', bensOrganization.id)
    expect(direct?.data).toEqual([])
    const renamed = await ada?.client
      .from('organizations')
      .update({ name: 'Taken' })
      .eq('id', bensOrganization.id)
      .select()
    expect(renamed?.data ?? []).toEqual([])
    const joined = await ada?.client.rpc('add_member', {
      organization_id: bensOrganization.id,
      user_id: ada.id,
      role: 'owner',
    })
    expect(joined?.error).toMatchObject({ code: 'organization_not_found' })
  })

  it('[TST-19] [SEC-10] gets no page out of text that looks like one', async () => {
    const script = encodeURIComponent('<script>alert(1)</script>')
    for (const path of [`/v1/${script}`, `/v1/organizations?${script}=1`, `/v1/organizations?cursor=${script}`]) {
      const response = await get(path, { accept: 'text/html' })
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    }
  })

  it('[TST-19] [SEC-13] with a page of their own cannot act in the name of a visitor', async () => {
    // No cookie and no other secret that a browser would add by itself lets anybody in.
    const cookie = `sb-access-token=${ada?.token}; sb-auth-token=${ada?.token}`
    const response = await fetch(`${stack.apiUrl}/functions/v1/api/v1/me`, {
      headers: { cookie, origin: 'https://evil.example' },
    })
    expect(response.status).toBe(401)
    expect(response.headers.has('access-control-allow-credentials')).toBe(false)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  /** Sends over a connection of its own, as one that was cut off is no good for anything else. */
  function upload(
    path: string,
    headers: Record<string, string>,
    body: Buffer,
  ): Promise<{ status: number; text: string }> {
    const answer = Promise.withResolvers<{ status: number; text: string }>()
    const call = httpRequest(stack.apiUrl + path, { method: 'POST', headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        text += part
      })
      response.on('end', () => {
        answer.resolve({ status: response.statusCode ?? 0, text })
        call.destroy()
      })
    })
    // The other side may hang up while we are still sending, after it has answered.
    call.on('error', answer.reject)
    call.end(body)
    return answer.promise
  }

  it('[TST-19] sends too much and is cut off before anything is checked or stored', async () => {
    const body = Buffer.alloc(2 * 1024 * 1024, 'x')
    const framings: Record<string, string>[] = [
      { 'content-length': String(body.length) },
      { 'transfer-encoding': 'chunked' },
    ]
    for (const path of ['/functions/v1/worker', '/functions/v1/auth-hooks/send-email']) {
      for (const framing of framings) {
        const { status, text } = await upload(path, framing, body)
        expect(status).toBe(413)
        expect(JSON.parse(text)).toMatchObject({ code: 'body_too_large' })
      }
    }
  })

  it('[TST-19] who sends slowly keeps nobody else waiting', async () => {
    const { hostname, port } = new URL(stack.apiUrl)
    const head = 'POST /functions/v1/auth-hooks/send-email HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"a":'
    const sockets = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const socket: Socket = connect(Number(port), hostname)
        socket.on('error', () => {})
        await once(socket, 'connect')
        socket.write(head)
        return socket
      }),
    )
    try {
      expect((await get('/v1/me')).status).toBe(200)
      expect(
        (await fetch(`${stack.apiUrl}/functions/v1/auth-hooks/send-email`, { method: 'POST', body: '{}' })).status,
      ).toBe(401)
    } finally {
      for (const socket of sockets) socket.destroy()
    }
  })

  it('[TST-19] who calls too often is told to wait', async () => {
    await setLimits(2)
    try {
      const answers = [await get('/v1/me'), await get('/v1/me'), await get('/v1/me')]
      const last = answers.at(-1)
      expect(last?.status).toBe(429)
      expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await last?.json()).toMatchObject({ code: 'rate_limit_exceeded' })
    } finally {
      await setLimits(100_000)
    }
  })

  it('[TST-19] puts no header into an answer, and no address of theirs', async () => {
    for (const query of ['kind=company%0d%0aset-cookie:%20a=b', 'fields=name%0d%0aset-cookie:%20a=b']) {
      const response = await get(`/v1/organizations?${query}`)
      expect(response.status).toBe(400)
      expect(response.headers.getSetCookie()).toEqual([])
    }
    const answer = Promise.withResolvers<string>()
    const { hostname, port } = new URL(stack.apiUrl)
    const path = '/functions/v1/api/v1/organizations?limit=1'
    const headers = {
      authorization: `Bearer ${ada?.token}`,
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-request-id': 'a%0d%0aset-cookie: a=b',
    }
    httpRequest({ hostname, port, path, headers }, (response) => {
      response.resume()
      answer.resolve(JSON.stringify(response.headers))
    }).end()
    expect(await answer.promise).not.toMatch(/evil|set-cookie/)
  })
})
