import { request as httpRequest } from 'node:http'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import openApi from '../../../docs/api/openapi.json' with { type: 'json' }
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { addAuthenticator, authPerson, signIn } from '../../support/auth_person.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const withId = z.looseObject({ id: z.string() })
/** Routes of the REST face, with what stands in for the ids of their paths. */
const routes = Object.entries(openApi.paths)
  .filter(([path]) => path.startsWith('/api/') && !path.startsWith('/api/v1/auth/'))
  .flatMap(([path, item]) =>
    ['get', 'post', 'put', 'patch', 'delete'].filter((method) => method in item).map((method) => ({ method, path })),
  )

describe('an attacker at every face of the product', { timeout: 120_000 }, () => {
  let stack: TestStack
  let [ada, ben]: ApiPerson[] = []
  let [adas, bens, account, bensMembership] = ['', '', '', '']

  const json = { 'content-type': 'application/json' }
  const send = (path: string, token: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
    fetch(stack.apiUrl + path, {
      ...init,
      headers: { apikey: stack.secrets.keys.publishableKey, authorization: `Bearer ${token}`, ...init.headers },
    })
  const face = (method: string, path: string, token: string, body?: unknown, headers: Record<string, string> = {}) =>
    send(`/functions/v1${path}`, token, {
      method: method.toUpperCase(),
      headers: { ...json, ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  const sql = async <T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> => {
    const connection = postgres(stack.database.url, { max: 1 })
    return work(connection).finally(() => connection.end())
  }
  const makeKey = async (scopes: string[], more: { allowed_ips?: string[]; service_account_id?: string } = {}) => {
    const made = await ada?.client
      .rpc('create_api_key', {
        service_account_id: account,
        name: 'Nightly',
        scopes,
        ...more,
      })
      .single()
    expect(made?.error).toBeNull()
    return { id: made?.data?.key_id ?? '', secret: made?.data?.secret ?? '' }
  }
  /** All that an attack may have changed. */
  const state = () =>
    sql(
      (db) => db`
        select
          (select json_agg(o order by o.id) from public.organizations o) as organizations,
          (select json_agg(m order by m.id) from public.memberships m) as memberships,
          (select json_agg(p order by p.id) from public.profiles p) as profiles,
          (select json_agg(a.id order by a.id) from public.service_accounts a) as accounts,
          (select json_agg(k.id order by k.id) from public.api_keys k where k.revoked_at is null) as keys,
          (select json_agg(i.id order by i.id) from public.invitations i) as invitations,
          (select json_agg(f.name order by f.name) from storage.objects f) as files,
          (select json_agg(json_build_object('email', u.email, 'data', u.raw_user_meta_data, 'p', u.encrypted_password)
            order by u.id) from auth.users u) as people,
          (select count(*) from auth.mfa_factors) as factors`,
    )

  beforeAll(async () => {
    stack = await testStack()
    await sql(
      (db) => db`update private.rate_limit_rules set limit_count = 100000 where endpoint is distinct from 'auth.sign_in'
      and limit_count is not null`,
    )
    ;[ada, ben] = [await signedInPerson(stack, { isVerified: true }), await signedInPerson(stack)]
    const founded = async (person: ApiPerson, name: string) =>
      (await person.client.rpc('create_organization', { name })).data?.id ?? ''
    adas = await founded(ada, 'Open Works')
    bens = await founded(ben, 'Secret Works')
    account =
      (await ada.client.rpc('create_service_account', { organization_id: adas, name: 'Importer' })).data?.id ?? ''
    const own = await ben.client.from('memberships').select('id').eq('organization_id', bens).single()
    bensMembership = own.data?.id ?? ''
  }, 60_000)
  afterAll(() => stack[Symbol.asyncDispose]())

  /** A path with ids of Ben's in it, and a body that would do harm. */
  const aimed = (path: string) =>
    path
      .replace('{organization_id}', bens)
      .replace('{membership_id}', bensMembership)
      .replace('{user_id}', ben?.id ?? '')
      .replace('{id}', path.includes('/people/') ? (ben?.id ?? '') : bens)
      .replace(/\{\w+\}/g, crypto.randomUUID())

  const bodies: Readonly<Record<string, unknown>> = {
    '/api/v1/organizations/{organization_id}': { name: 'Taken' },
    '/api/v1/organizations/{organization_id}/members': { user_id: crypto.randomUUID(), role: 'viewer' },
    '/api/v1/organizations/{organization_id}/members/{membership_id}': { role: 'viewer' },
    '/api/v1/organizations/{organization_id}/invitations': { invitations: [{ email: 'eve@example.com' }] },
    '/api/v1/organizations/{organization_id}/service-accounts': { name: 'Spy' },
    '/api/v1/api-keys': { service_account_id: crypto.randomUUID(), name: 'Spy', scopes: ['organization.read'] },
    '/api/v1/invitations/accept': { token: 'x'.repeat(43) },
    '/api/v1/admin/people/{id}/ban': { reason: 'An attack by a stranger' },
    '/api/v1/admin/organizations/{id}/members/{user_id}': { role: null, reason: 'An attack by a stranger' },
  }

  it("[TST-19] [ORG-09] calls every route of the REST face with another tenant's ids, and none answers", async () => {
    const before = await state()
    const open: string[] = []
    for (const { method, path } of routes.filter((route) => route.path.includes('{'))) {
      const body = method === 'get' ? undefined : (bodies[path] ?? {})
      const response = await face(method, aimed(path), ada?.token ?? '', body)
      const text = await response.text()
      expect(response.status, `${method} ${path}: ${text}`).toBeLessThan(500)
      expect(text, `${method} ${path}`).not.toContain('Secret Works')
      if (response.ok) open.push(`${method} ${path}`)
    }
    expect(open).toEqual([])
    expect(await state()).toEqual(before)
  })

  it('[TST-19] [A1-13] takes a key with one scope to every route, and gets what the scope says alone', async () => {
    const { secret } = await makeKey(['jobs.read'])
    const before = await state()
    const open: string[] = []
    for (const { method, path } of routes) {
      // With its own organization's ids: it is the scope that must stop it.
      const own = path.replace('{organization_id}', adas).replace(/\{\w+\}/g, crypto.randomUUID())
      const response = await face(method, own, secret, method === 'get' ? undefined : (bodies[path] ?? { name: 'Own' }))
      expect(response.status, `${method} ${path}: ${await response.text()}`).toBeLessThan(500)
      if (response.ok) open.push(`${method} ${path}`)
    }
    // Price lists are for everybody.
    expect(open).toEqual(['get /api/v1/me', 'get /api/v1/billing/plans', 'get /api/v1/billing/credits/packs'])
    const elsewhere: readonly [string, RequestInit?][] = [
      ['/rest/v1/organizations'],
      ['/rest/v1/rpc/create_organization', { method: 'POST', headers: json, body: '{"name":"Own"}' }],
      ['/auth/v1/user'],
      ['/auth/v1/admin/users'],
      [`/storage/v1/object/documents/${adas}/x.txt`, { method: 'POST', body: 'x', headers: { 'x-upsert': 'true' } }],
      ['/storage/v1/bucket'],
      ['/functions/v1/identity/recovery', { method: 'POST', headers: json, body: '{"code":"aaaa-bbbb-cccc"}' }],
      ['/functions/v1/worker', { method: 'POST', headers: json, body: '{}' }],
    ]
    for (const [path, init] of elsewhere) {
      for (const headers of [{}, { 'x-api-key': secret }, { apikey: secret }]) {
        const answer = await send(path, secret, {
          ...init,
          headers: { ...z.record(z.string(), z.string()).parse(init?.headers ?? {}), ...headers },
        })
        expect([400, 401, 403, 404], `${path}: ${await answer.text()}`).toContain(answer.status)
      }
    }
    expect(await state()).toEqual(before)
  })

  it('[TST-19] [A1-13] [ORG-05] uses keys of a removed account and revoked ones, which are dead soon after', async () => {
    const other = await ada?.client.rpc('create_service_account', { organization_id: adas, name: 'Short-lived' })
    const orphan = await makeKey(['organization.read'], { service_account_id: other?.data?.id ?? '' })
    const revoked = await makeKey(['organization.read'])
    const ask = async ({ secret }: { secret: string }) => (await face('get', '/api/v1/organizations', secret)).status
    expect([await ask(orphan), await ask(revoked)]).toEqual([200, 200])
    await ada?.client.rpc('delete_service_account', { service_account_id: other?.data?.id ?? '' })
    await ada?.client.rpc('revoke_api_key', { api_key_id: revoked.id })
    for (const key of [orphan, revoked]) {
      await vi.waitFor(async () => expect(await ask(key)).toBe(401), { timeout: 30_000, interval: 250 })
    }
  })

  it('[TST-19] [SEC-20] names an address of the allow-list in headers, and is refused', async () => {
    await sql(
      (db) => db`insert into private.organization_limits (organization_id, key, value)
      values (${adas}, 'api_key_allowed_ips', 5)`,
    )
    const { secret } = await makeKey(['organization.read'], { allowed_ips: ['203.0.113.0/24'] })
    const named = '203.0.113.9'
    for (const headers of [
      {},
      { 'x-forwarded-for': named },
      { 'x-forwarded-for': `${named}, ${named}` },
      { 'cf-connecting-ip': named },
      { 'cf-connecting-ip': named, 'x-forwarded-for': named, 'x-real-ip': named, forwarded: `for=${named}` },
      { 'true-client-ip': named, 'x-client-ip': named },
    ]) {
      const answer = await face('get', '/api/v1/organizations', secret, undefined, headers)
      expect([answer.status, await answer.json()], JSON.stringify(headers)).toMatchObject([
        403,
        { code: 'api_key_address_refused' },
      ])
    }
  })

  it('[TST-19] [SEC-07] names another address with each guess, and gets no fresh window by it', async () => {
    const guess = (attempt: number) =>
      face(
        'post',
        '/api/v1/auth/login',
        stack.secrets.keys.publishableKey,
        { email: `${crypto.randomUUID()}@example.com`, password: 'Wrong-horse-1' },
        {
          'x-forwarded-for': `198.51.100.${attempt}`,
          'cf-connecting-ip': `198.51.100.${attempt}`,
          'x-real-ip': `198.51.100.${attempt}`,
        },
      )
    const statuses: number[] = []
    // Ten are allowed in a window, of which two may be met.
    for (let attempt = 1; attempt <= 21; attempt += 1) statuses.push((await guess(attempt)).status)
    expect(statuses).toContain(429)
  })

  it('[TST-19] sends parameters twice, lists for texts and names of prototypes, and is not believed', async () => {
    const before = await state()
    const token = ada?.token ?? ''
    const patch = (body: string) => face('patch', `/api/v1/organizations/${adas}`, token, body)
    for (const body of [
      `{"name":["a","b"]}`,
      `{"name":{"toString":"x"}}`,
      `{"__proto__":{"name":"Taken"}}`,
      `{"constructor":{"prototype":{"is_admin":true}}}`,
      `{"id":"${bens}"}`,
      `{"organization_id":"${bens}"}`,
      `{"owner_count":9}`,
      `{"created_by":"${ben?.id}"}`,
      `{"kind":"fund","status":"active"}`,
      `{"suspended_at":null}`,
      `{"topic_epoch":7}`,
      '[]',
      'null',
      '"name"',
      '{"name":',
    ]) {
      expect((await patch(body)).status, body).toBe(400)
    }
    for (const body of [
      `{"id":"${ben?.id}"}`,
      `{"deleted_at":null}`,
      `{"email":"x@example.com"}`,
      `{"role":"owner"}`,
      `{"__proto__":{"display_name":"x"}}`,
    ]) {
      expect((await face('put', '/api/v1/users/me', token, body)).status, body).toBe(400)
    }
    for (const query of [
      `kind=company&kind=personal`,
      `limit=1&limit=1000`,
      `sort=name&sort=-name`,
      `kind[]=company`,
      `kind[in][]=company`,
      `__proto__=x`,
      `constructor[prototype]=x`,
      `id=${bens}`,
      `limit=1e3`,
      `limit=-1`,
    ]) {
      const answer = await face('get', `/api/v1/organizations?${query}`, token)
      const text = await answer.text()
      expect(answer.status, `${query}: ${text}`).toBeLessThan(500)
      expect(text, query).not.toContain(bens)
    }
    // The last of equal keys counts, for the rules as for the row.
    const doubled = await face(
      'post',
      `/api/v1/organizations/${adas}/members`,
      token,
      `{"user_id":"${ben?.id}","role":"viewer","role":"superuser"}`,
    )
    expect(doubled.status).toBe(422)
    for (const query of [
      `id=eq.${adas}&id=eq.${bens}`,
      `id=eq.${bens}&id=eq.${adas}`,
      `or=(id.eq.${adas})&id=eq.${bens}`,
    ]) {
      const answer = await send(`/rest/v1/organizations?${query}`, token, {
        method: 'PATCH',
        headers: { ...json, prefer: 'return=representation' },
        body: `{"name":"Taken","name":"Taken"}`,
      })
      expect(await answer.json(), query).toEqual([])
    }
    const polluted = `{"organization_id":"${adas}","organization_id":"${bens}","user_id":"${ada?.id}","role":"owner"}`
    const joined = await send('/rest/v1/rpc/add_member', token, { method: 'POST', headers: json, body: polluted })
    expect(joined.status).toBe(404)
    expect(await state()).toEqual(before)
  })

  it('[TST-19] [ADM-02] writes at every face while seeing the product as somebody, and changes nothing', async () => {
    const target = { ...stack, publishableKey: stack.secrets.keys.publishableKey }
    const person = await authPerson(target, { isPlatformAdmin: true })
    const admin = await signIn(target, person)
    await addAuthenticator(admin)
    const adminToken = (await admin.auth.getSession()).data.session?.access_token ?? ''
    const reason = 'Reported by three members'
    const begun = await face('post', '/identity/impersonations', adminToken, { user_id: ben?.id, reason })
    expect(begun.status).toBe(201)
    const { access_token: token } = z.object({ access_token: z.string() }).parse(await begun.json())
    expect(
      z.array(withId).parse(await (await send(`/rest/v1/organizations?id=eq.${bens}`, token)).json()),
    ).toHaveLength(1)
    const before = await state()
    const refused: string[] = []
    const attempt = async (name: string, answer: Promise<Response>) => {
      const { status, ok } = await answer
      expect(status, name).toBeLessThan(500)
      if (!ok) refused.push(name)
    }
    for (const { method, path } of routes.filter((route) => route.method !== 'get')) {
      await attempt(
        `${method} ${path}`,
        face(method, aimed(path), token, bodies[path] ?? { name: 'Taken', display_name: 'Taken' }),
      )
    }
    // All of them say so; tables may answer that no row was changed.
    expect(refused).toHaveLength(routes.filter((route) => route.method !== 'get').length)
    for (const [method, path, body] of [
      ['PATCH', `organizations?id=eq.${bens}`, { name: 'Taken' }],
      ['PATCH', `profiles?id=eq.${ben?.id}`, { display_name: 'Taken' }],
      ['POST', 'memberships', { organization_id: bens, user_id: ada?.id, role: 'owner' }],
      ['DELETE', `organizations?id=eq.${bens}`, undefined],
      ['POST', 'rpc/create_organization', { name: 'Taken' }],
      ['POST', 'rpc/add_member', { organization_id: bens, user_id: ada?.id, role: 'owner' }],
      ['POST', 'rpc/create_service_account', { organization_id: bens, name: 'Spy' }],
      ['POST', 'rpc/delete_my_account', { confirmation: ben?.email }],
      ['POST', 'rpc/end_other_sessions', {}],
      ['POST', 'rpc/generate_recovery_codes', {}],
      ['POST', 'rpc/request_my_data_export', {}],
    ] as const) {
      await attempt(
        path,
        send(`/rest/v1/${path}`, token, { method, headers: json, ...(body && { body: JSON.stringify(body) }) }),
      )
    }
    const picture = { method: 'POST', body: 'x', headers: { 'content-type': 'image/png', 'x-upsert': 'true' } }
    for (const bucket of [`avatars/${ben?.id}`, `avatars/${bens}`, `documents/${bens}`]) {
      const answer = await send(`/storage/v1/object/${bucket}/spy.png`, token, picture)
      expect(answer.status, bucket).toBeGreaterThanOrEqual(400)
    }
    for (const [method, path, body] of [
      ['PUT', 'user', { password: 'Another-horse-2' }],
      ['PUT', 'user', { email: 'eve@example.com' }],
      ['PUT', 'user', { data: { display_name: 'Taken' } }],
      ['POST', 'factors', { factor_type: 'totp', friendly_name: 'Spy' }],
    ] as const) {
      await send(`/auth/v1/${path}`, token, { method, headers: json, body: JSON.stringify(body) })
    }
    expect(await state()).toEqual(before)
  })

  it('[TST-19] writes paths to files in many ways, and stays in the own folder', async () => {
    const token = ada?.token ?? ''
    const before = await state()
    /** As written: fetch would tidy the path up. */
    const raw = (method: string, path: string) =>
      new Promise<number>((resolve, reject) => {
        const { hostname, port } = new URL(stack.apiUrl)
        const headers = {
          apikey: stack.secrets.keys.publishableKey,
          authorization: `Bearer ${token}`,
          'content-type': 'image/png',
          'content-length': method === 'POST' ? 1 : 0,
        }
        const request = httpRequest({ hostname, port, path, method, headers }, (response) => {
          response.resume()
          response.once('end', () => resolve(response.statusCode ?? 0))
        })
        request.once('error', reject)
        request.end(method === 'POST' ? 'x' : undefined)
      })
    const up = ['..', '%2e%2e', '.%2e', '%252e%252e', '..%2f..', '..%5c..', '..\\..', '%00..', '..%00', '%c0%ae%c0%ae']
    for (const climb of up) {
      for (const path of [
        `avatars/${ada?.id}/${climb}/${ben?.id}/spy.png`,
        `avatars/${climb}/documents/${bens}/spy.png`,
        `avatars%2f${climb}/documents/${bens}/spy.png`,
        `documents/${climb}/${climb}/etc/passwd`,
      ]) {
        for (const method of ['POST', 'GET', 'DELETE']) {
          const status = await raw(method, `/storage/v1/object/${path}`)
          expect(status, `${method} ${path}`).toBeLessThan(500)
          expect(status, `${method} ${path}`).toBeGreaterThanOrEqual(400)
        }
      }
    }
    expect(await state()).toEqual(before)
  })
})
