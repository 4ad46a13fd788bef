import { createHmac } from 'node:crypto'
import { generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const secret = 'Secret Works'
const hostile = [
  "' or '1'='1",
  "' or true --",
  "'; drop table public.organizations; --",
  "') union select id, name, slug from public.organizations --",
  "'; set role postgres; --",
  '"; select 1; --',
  "\\' or 1=1 --",
  '$$; select 1; $$',
  "' || (select secret from vault.secrets limit 1) || '",
  '(select name from public.organizations limit 1)',
  '{"$ne":null}',
  ')),or(id.not.is.null',
  'x),id.not.is.null',
  '%00',
  '*',
  '%',
  '',
]
const operators = [
  ...['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'like', 'ilike', 'match', 'imatch', 'in', 'is', 'isdistinct'],
  ...['fts', 'plfts', 'phfts', 'wfts', 'cs', 'cd', 'ov', 'sl', 'sr', 'nxr', 'nxl', 'adj'],
  ...['not.eq', 'not.in', 'eq(any)', 'like(all)', 'ilike(any)', 'fts(english)', 'cmd', 'eq;drop'],
]

describe('an attacker at the tables', { timeout: 120_000 }, () => {
  let stack: TestStack
  let [ada, ben]: ApiPerson[] = []
  let [adas, bens] = ['', '']

  const headers = (more: Record<string, string> = {}) => ({
    apikey: stack.secrets.keys.publishableKey,
    authorization: `Bearer ${ada?.token}`,
    ...more,
  })
  /** Asks as Ada. The answer has neither Ben's data nor a fault of the server in it. */
  async function ask(path: string, init: RequestInit & { headers?: Record<string, string> } = {}) {
    const response = await fetch(`${stack.apiUrl}/rest/v1/${path}`, { ...init, headers: headers(init.headers) })
    const text = await response.text()
    const place = `${init.method ?? 'GET'} ${path} ${JSON.stringify(init.headers ?? {})}: ${response.status} ${text}`
    expect(response.status, place).toBeLessThan(500)
    expect(text, place).not.toContain(secret)
    return { status: response.status, text, range: response.headers.get('content-range') }
  }
  const stateOf = async (id: string) => {
    const { data, error } = await stack.adminClient().from('organizations').select('*').eq('id', id).single()
    expect(error).toBeNull()
    return data
  }

  beforeAll(async () => {
    stack = await testStack()
    ;[ada, ben] = [await signedInPerson(stack), await signedInPerson(stack)]
    const made = async (person: ApiPerson, name: string) => {
      const { data, error } = await person.client.rpc('create_organization', { name })
      expect(error).toBeNull()
      return z.object({ id: z.string() }).parse(data).id
    }
    adas = await made(ada, 'Open Works')
    bens = await made(ben, secret)
  }, 60_000)
  afterAll(() => stack[Symbol.asyncDispose]())

  it.each(operators)('[TST-19] injects SQL with the operator "%s" and gets no row of others', async (operator) => {
    const list = operator.includes('in') || operator.includes('(')
    const answers = await Promise.all(
      hostile.flatMap((text) => {
        const value = encodeURIComponent(list ? `(${text})` : text)
        return ['name', 'id', 'created_at'].map((column) =>
          ask(`organizations?select=id,name&${column}=${encodeURIComponent(operator)}.${value}`),
        )
      }),
    )
    for (const { text } of answers) expect(text).not.toContain(bens)
  })

  it('[TST-19] injects SQL where names and numbers are expected', async () => {
    const parameters = ['select', 'order', 'limit', 'offset', 'or', 'and', 'not.and', 'columns', 'on_conflict']
    const places: readonly ((text: string) => string)[] = [
      ...parameters.map((name) => (text: string) => `organizations?${name}=${text}`),
      (text) => `organizations?${text}=eq.x`,
      (text) => `organizations${text}`,
      (text) => `organizations?select=name-%3E%3E${text}`,
      (text) => `organizations?select=name::${text}`,
      (text) => `organizations?select=${text}:name`,
      (text) => `organizations?select=memberships(id)&memberships.role=eq.${text}`,
      (text) => `rpc/${text}`,
    ]
    for (const pathOf of places) {
      for (const text of hostile) expect((await ask(pathOf(encodeURIComponent(text)))).text).not.toContain(bens)
    }
  })

  it('[TST-19] [ORG-12] reads across tenants by embedding, counting and ordering, and learns nothing', async () => {
    const paths = [
      `organizations?id=eq.${bens}`,
      `organizations?select=*,memberships(*,profiles(*))&id=eq.${bens}`,
      `organizations?or=(id.eq.${bens},id.eq.${bens})`,
      `organizations?not.and=(id.neq.${bens})`,
      `organizations?id=eq.${adas}&id=eq.${bens}`,
      `profiles?select=*,memberships(organizations(*))&id=eq.${ben?.id}`,
      `memberships?select=*,organizations!inner(name)&organization_id=eq.${bens}`,
      `memberships?select=*&user_id=eq.${ben?.id}`,
      `audit_logs?organization_id=eq.${bens}`,
    ]
    for (const path of paths) {
      for (const count of ['exact', 'planned', 'estimated']) {
        const { text, range, status } = await ask(path, { headers: { prefer: `count=${count}` } })
        expect(text, path).not.toContain(ben?.id)
        if (status < 300) {
          expect(text, path).toBe('[]')
          // Estimates come from statistics of the whole table and never tell of a single tenant's row.
          if (count === 'exact') expect(range, path).toBe('*/0')
        }
      }
    }
  })

  it('[TST-19] switches to another schema and is told that there is none', async () => {
    for (const schema of ['private', 'auth', 'vault', 'storage', 'pg_catalog', 'information_schema', 'cron', 'net']) {
      for (const path of ['organizations', 'jobs', 'users', 'secrets', 'pg_class', 'rpc/current_person_id']) {
        const read = await ask(path, { headers: { 'accept-profile': schema } })
        expect([404, 406]).toContain(read.status)
        const init = {
          method: 'POST',
          headers: { 'content-profile': schema, 'content-type': 'application/json' },
          body: '{}',
        }
        expect([404, 406]).toContain((await ask(path, init)).status)
      }
    }
    for (const path of [
      'private.jobs',
      'auth.users',
      'pg_catalog.pg_class',
      'graphql',
      'rpc/graphql',
      'rpc/pg_sleep',
      'rpc/set_config',
      'rpc/version',
    ]) {
      expect((await ask(path)).status, path).toBe(404)
    }
    expect([401, 404]).toContain((await fetch(`${stack.apiUrl}/graphql/v1`, { headers: headers() })).status)
  })

  it('[TST-19] asks for a plan, and for rows that a preference would change', async () => {
    const plan = 'application/vnd.pgrst.plan+json; for="application/json"; options=analyze|verbose|settings'
    expect((await ask(`organizations?id=eq.${bens}`, { headers: { accept: plan } })).status).toBe(406)
    const patch = (prefer: string) =>
      ask(`organizations?id=eq.${bens}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json', prefer },
        body: JSON.stringify({ name: 'Taken' }),
      })
    for (const prefer of [
      'return=representation',
      'return=representation,tx=commit',
      'resolution=merge-duplicates,missing=default,handling=lenient',
      'max-affected=1000',
      "timezone=UTC'; set role postgres; --",
    ]) {
      const { status, text } = await patch(prefer)
      expect(status < 300 ? text.replace('[]', '') : '', prefer).toBe('')
    }
    expect(await stateOf(bens)).toMatchObject({ name: secret })
  })

  it("[TST-19] [A1-05] writes protected columns, another tenant's id and foreign rows, and changes none", async () => {
    const before = [await stateOf(adas), await stateOf(bens)]
    const send = (method: string, path: string, body: object, prefer = 'return=representation') =>
      ask(path, { method, headers: { 'content-type': 'application/json', prefer }, body: JSON.stringify(body) })
    const now = new Date().toISOString()
    const protectedColumns = [
      { owner_count: 99 },
      { topic_epoch: 99 },
      { kind: 'fund' },
      { id: bens },
      { created_by: ben?.id },
      { suspended_at: null },
      { deleted_at: now },
      { status: 'active' },
      { created_at: now },
      { name: 'Mixed', owner_count: 99 },
    ]
    for (const columns of protectedColumns) {
      expect(
        (await send('PATCH', `organizations?id=eq.${adas}`, columns)).status,
        JSON.stringify(columns),
      ).toBeGreaterThanOrEqual(400)
    }
    const upsert = 'resolution=merge-duplicates,return=representation'
    const row = { id: bens, name: 'Taken', slug: 'taken' }
    expect((await send('POST', 'organizations?on_conflict=id', row, upsert)).status).toBe(403)
    expect((await send('PUT', `organizations?id=eq.${bens}`, row)).status).toBeGreaterThanOrEqual(400)
    const membership = { organization_id: bens, user_id: ada?.id, role: 'owner' }
    expect((await send('POST', 'memberships', membership)).status).toBe(403)
    expect((await send('POST', 'memberships?on_conflict=organization_id,user_id', membership, upsert)).status).toBe(403)
    expect((await send('PATCH', `memberships?user_id=eq.${ada?.id}`, { organization_id: bens })).status).toBe(403)
    expect((await send('PATCH', `profiles?id=eq.${ada?.id}`, { id: ben?.id })).status).toBe(403)
    expect((await send('PATCH', `profiles?id=eq.${ada?.id}`, { avatar_path: `${ben?.id}/x.png` })).status).toBe(400)
    await send('PATCH', `profiles?id=eq.${ben?.id}`, { display_name: 'Taken' })
    await send('PATCH', `organizations?id=eq.${bens}`, { name: 'Taken' })
    expect((await ask(`organizations?id=eq.${bens}`, { method: 'DELETE' })).status).toBe(403)
    expect([await stateOf(adas), await stateOf(bens)]).toEqual(before)
  })

  it('[TST-19] shows a token that is forged, in the header or in the address, and stays nobody', async () => {
    const now = Math.floor(Date.now() / 1000)
    const claims = { sub: ben?.id ?? '', role: 'authenticated', aud: 'authenticated', iat: now, exp: now + 3600 }
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const { signingKey } = stack.secrets.keys
    const { d: _private, ...publicKey } = signingKey
    const hmac = (key: string) => {
      const text = `${part({ alg: 'HS256', typ: 'JWT', kid: signingKey.kid })}.${part(claims)}`
      return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
    }
    const foreign = await generateKeyPair('ES256')
    const foreignKid = (header: object) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'ES256', ...header }).sign(foreign.privateKey)
    const jwk = { kty: 'EC', crv: 'P-256', x: publicKey.x, y: publicKey.y }
    const forged = [
      `${part({ alg: 'none' })}.${part(claims)}.`,
      `${part({ alg: 'nOnE' })}.${part(claims)}.`,
      hmac(JSON.stringify(publicKey)),
      hmac(''),
      hmac(stack.secrets.keys.publishableKey),
      await foreignKid({ kid: signingKey.kid }),
      await foreignKid({ kid: '../../dev/null' }),
      await foreignKid({ kid: "' union select '1" }),
      await foreignKid({ jwk, kid: 'own' }),
      await foreignKid({ jku: 'http://127.0.0.1:1/keys', kid: 'own' }),
      await stack.services.tokens.sign({ ...claims, exp: now - 3600 }),
      await stack.services.tokens.sign({ ...claims, nbf: now + 3600 }),
    ]
    for (const token of forged) {
      const response = await fetch(`${stack.apiUrl}/rest/v1/organizations`, {
        headers: headers({ authorization: `Bearer ${token}` }),
      })
      expect(response.status, token).toBe(401)
    }
    const inAddress = ['access_token', 'token', 'jwt', 'authorization'].map((name) => `${name}=${ben?.token}`)
    for (const query of inAddress) {
      const response = await fetch(`${stack.apiUrl}/rest/v1/organizations?${query}`, {
        headers: { apikey: stack.secrets.keys.publishableKey },
      })
      expect(response.status, query).toBeGreaterThanOrEqual(400)
    }
  })

  it('[TST-19] sets headers that name another caller, and stays who they are', async () => {
    for (const more of [
      { 'x-actor-id': ben?.id ?? '', 'x-actor-ip': '1.2.3.4' },
      { 'request.jwt.claims': JSON.stringify({ sub: ben?.id, role: 'service_role' }) },
      { 'x-client-info': `'; set role postgres; --` },
      { role: 'service_role' },
      { 'x-forwarded-user': ben?.id ?? '' },
    ]) {
      const { text } = await ask('organizations?select=id', { headers: more })
      expect(text).not.toContain(bens)
    }
    await ask(`organizations?id=eq.${adas}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', 'x-actor-id': ben?.id ?? '', 'x-actor-ip': '1.2.3.4' },
      body: JSON.stringify({ name: 'Still Ours' }),
    })
    const { data } = await stack
      .adminClient()
      .from('audit_logs')
      .select('actor_id, ip_address')
      .eq('object_id', adas)
      .eq('action', 'update')
      .order('id', { ascending: false })
      .limit(1)
    expect(data?.[0]?.actor_id).toBe(ada?.id)
    expect(data?.[0]?.ip_address).not.toBe('1.2.3.4')
  })

  it('[TST-19] edits what a person may say about themselves, and gains no right by it', async () => {
    const claimed = {
      platform_admin: true,
      role: 'service_role',
      app_metadata: { platform_admin: true },
      organization_id: bens,
    }
    expect((await ada?.client.auth.updateUser({ data: claimed }))?.error).toBeNull()
    const raw = await fetch(`${stack.apiUrl}/auth/v1/user`, {
      method: 'PUT',
      headers: headers({ 'content-type': 'application/json' }),
      body: JSON.stringify({
        app_metadata: { platform_admin: true },
        role: 'service_role',
        is_super_admin: true,
        aud: 'x',
      }),
    })
    expect(raw.status).toBeLessThan(500)
    const { data } = (await ada?.client.auth.refreshSession()) ?? {}
    const payload: unknown = JSON.parse(
      Buffer.from(data?.session?.access_token.split('.')[1] ?? '', 'base64url').toString(),
    )
    expect(payload).toMatchObject({ role: 'authenticated', aud: 'authenticated' })
    expect(payload).not.toHaveProperty('app_metadata.platform_admin')
    expect((await ada?.client.rpc('get_job_queues'))?.error).toMatchObject({
      code: expect.stringMatching(/admin|permission|factor/),
    })
    const signUp = await fetch(`${stack.apiUrl}/auth/v1/signup`, {
      method: 'POST',
      headers: { apikey: stack.secrets.keys.publishableKey, 'content-type': 'application/json' },
      body: JSON.stringify({
        email: `${crypto.randomUUID()}@example.com`,
        password: 'Correct-horse-1',
        app_metadata: { platform_admin: true },
        role: 'service_role',
        data: claimed,
      }),
    })
    const { data: users } = await stack.adminClient().auth.admin.listUsers()
    expect(signUp.status).toBeLessThan(500)
    expect(
      users.users.filter(({ app_metadata, role }) => app_metadata.platform_admin || role === 'service_role'),
    ).toEqual([])
  })

  it('[TST-19] asks for an account that exists and for one that does not, and hears the same', async () => {
    const call = async (path: string, body: object) => {
      const response = await fetch(`${stack.apiUrl}/auth/v1/${path}`, {
        method: 'POST',
        headers: { apikey: stack.secrets.keys.publishableKey, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return { status: response.status, text: await response.text() }
    }
    const stranger = `${crypto.randomUUID()}@example.com`
    expect(await call('recover', { email: ben?.email })).toEqual(await call('recover', { email: stranger }))
    const wrong = (email: string | undefined) => call('token?grant_type=password', { email, password: 'Wrong-horse-1' })
    expect(await wrong(ben?.email)).toEqual(await wrong(stranger))
  })
})
