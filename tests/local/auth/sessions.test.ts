import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  type AuthStack,
  bodyOf,
  confirmedPerson,
  errorOf,
  newEmail,
  ourConfig,
  password,
  sessionOf,
  startAuthStack,
} from './auth_stack.ts'

const day = 86_400_000

describe('sessions', () => {
  let stack: AuthStack
  beforeAll(async () => {
    stack = await startAuthStack()
  })
  afterEach(() => stack.shiftClock(0))
  afterAll(() => stack[Symbol.asyncDispose]())

  const refresh = (token: string) =>
    stack.request('/token?grant_type=refresh_token', { json: { refresh_token: token } })
  const refreshed = async (token: string): Promise<string> => {
    const response = await refresh(token)
    expect(response.status).toBe(200)
    return (await bodyOf(response)).refresh_token ?? ''
  }

  it('[SEC-22] signs access tokens with ES256; they verify with the published keys alone', async () => {
    const { client, email } = await confirmedPerson(stack)
    const session = await sessionOf(client)
    const url = `${stack.url}/auth/v1/.well-known/jwks.json`
    const response = await fetch(url)
    expect(response.headers.get('cache-control')).toBe('public, max-age=600')
    const { keys = [] } = await bodyOf(response)
    expect(keys).toHaveLength(1)
    expect(keys[0]).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256' })
    expect(keys[0]?.d).toBeUndefined()
    expect(decodeProtectedHeader(session.access_token)).toEqual({ alg: 'ES256', typ: 'JWT', kid: keys[0]?.kid })
    const { payload } = await jwtVerify(session.access_token, createRemoteJWKSet(new URL(url)), {
      issuer: 'http://127.0.0.1:54321/auth/v1',
      audience: 'authenticated',
    })
    expect(payload).toEqual({
      iss: 'http://127.0.0.1:54321/auth/v1',
      sub: session.user.id,
      aud: 'authenticated',
      exp: payload.exp,
      iat: payload.iat,
      email,
      phone: '',
      app_metadata: { provider: 'email', providers: ['email'] },
      user_metadata: session.user.user_metadata,
      role: 'authenticated',
      aal: 'aal1',
      amr: [{ method: 'otp', timestamp: expect.any(Number) }],
      session_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      is_anonymous: false,
    })
    const checked = await client.auth.getClaims()
    expect(checked.data?.claims.sub).toBe(session.user.id)
  })

  it('[IDN-05] gives access tokens a life of 24 hours', async () => {
    const { client } = await confirmedPerson(stack)
    const session = await sessionOf(client)
    expect(session.expires_in).toBe(86_400)
    const claims = await stack.tokens.verify(session.access_token)
    expect(Number(claims.exp) - Number(claims.iat)).toBe(86_400)
    expect(session.expires_at).toBe(claims.exp)
  })

  it('signs in by password and records how', async () => {
    const { email } = await confirmedPerson(stack)
    const { data } = await stack.client().auth.signInWithPassword({ email, password })
    const claims = await stack.tokens.verify(data.session?.access_token ?? '')
    expect(claims).toMatchObject({ amr: [{ method: 'password' }], aal: 'aal1' })
    expect(data.user?.last_sign_in_at).toBeTruthy()
    const [row] =
      await stack.sql`select user_agent, host(ip) as ip from auth.sessions where id = ${String(claims.session_id)}`
    expect(row).toMatchObject({ ip: '127.0.0.1', user_agent: expect.any(String) })
  })

  it('answers a wrong password and an unknown address alike', async () => {
    const { email } = await confirmedPerson(stack)
    const wrong = await stack.client().auth.signInWithPassword({ email, password: 'wrong password' })
    const unknown = await stack.client().auth.signInWithPassword({ email: newEmail(), password })
    expect(wrong.error).toMatchObject({
      code: 'invalid_credentials',
      message: 'Invalid login credentials',
      status: 400,
    })
    expect(unknown.error).toEqual(wrong.error)
  })

  it.each([
    ['password', { password }, '400 validation_failed'],
    ['password', { email: 'a@example.com', phone: '+14155552671', password }, '400 validation_failed'],
    ['nonsense', {}, '400 invalid_credentials'],
    ['pkce', { auth_code: '', code_verifier: '' }, '400 validation_failed'],
    ['pkce', { auth_code: 'unknown', code_verifier: 'x' }, '404 flow_state_not_found'],
    ['refresh_token', { refresh_token: 'unknown' }, '400 refresh_token_not_found'],
  ])('refuses a %s grant of %j', async (grant, json, expected) => {
    expect(await errorOf(await stack.request(`/token?grant_type=${grant}`, { json }))).toBe(expected)
  })

  it('asks for the refresh token in the words of OAuth', async () => {
    const response = await refresh('')
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ error: 'invalid_request', error_description: 'refresh_token required' })
  })

  it('[IDN-04] refreshes a session with the official client', async () => {
    const { client } = await confirmedPerson(stack)
    const before = await sessionOf(client)
    const { data, error } = await client.auth.refreshSession()
    expect(error).toBeNull()
    expect(data.session?.refresh_token).not.toBe(before.refresh_token)
    expect(data.user?.id).toBe(before.user.id)
    const [old, renewed] = await Promise.all(
      [before.access_token, data.session?.access_token ?? ''].map((token) => stack.tokens.verify(token)),
    )
    expect(renewed?.session_id).toBe(old?.session_id)
    expect(renewed?.amr).toEqual(old?.amr)
  })

  it('[IDN-07] rotates the refresh token on every use', async () => {
    const { client } = await confirmedPerson(stack)
    const first = (await sessionOf(client)).refresh_token
    const second = await refreshed(first)
    const third = await refreshed(second)
    expect(new Set([first, second, third]).size).toBe(3)
    const chain = await stack.sql`
      select token, parent, revoked from auth.refresh_tokens where token in (${first}, ${second}, ${third}) order by id`
    expect(chain).toMatchObject([
      { parent: null, revoked: true },
      { parent: first, revoked: true },
      { parent: second, revoked: false },
    ])
  })

  it('[IDN-07] gives the token in force to a client that lost the answer', async () => {
    const { client } = await confirmedPerson(stack)
    const first = (await sessionOf(client)).refresh_token
    const second = await refreshed(first)
    expect(await refreshed(first)).toBe(second)
    expect(await refreshed(await refreshed(second))).toBeTruthy()
  })

  it('[IDN-07] ends the whole family when a spent token comes back after the interval', async () => {
    const { client } = await confirmedPerson(stack)
    const first = (await sessionOf(client)).refresh_token
    const third = await refreshed(await refreshed(first))
    stack.shiftClock(11_000)
    expect(await errorOf(await refresh(first))).toBe('400 refresh_token_already_used')
    expect(await errorOf(await refresh(third))).toBe('400 refresh_token_already_used')
  })

  it('lets a spent token within the interval go on without ending the family', async () => {
    const { client } = await confirmedPerson(stack)
    const first = (await sessionOf(client)).refresh_token
    const third = await refreshed(await refreshed(first))
    stack.shiftClock(5_000)
    expect(await refreshed(first)).not.toBe(third)
    expect(await refreshed(third)).toBeTruthy()
  })

  it('[IDN-07] issues one successor to many requests with one token at once', async () => {
    const { client } = await confirmedPerson(stack)
    const first = (await sessionOf(client)).refresh_token
    const answers = await Promise.all(Array.from({ length: 12 }, () => refreshed(first)))
    expect(new Set(answers).size).toBe(1)
    const [count] = await stack.sql`
      select count(*)::int as total from auth.refresh_tokens where parent = ${first}`
    expect(count?.total).toBe(1)
  })

  it('[IDN-06] ends a session 30 days after sign-in, however often it was refreshed', async () => {
    const { client } = await confirmedPerson(stack)
    let token = (await sessionOf(client)).refresh_token
    for (const days of [10, 20, 29.9]) {
      stack.shiftClock(days * day)
      token = await refreshed(token)
    }
    stack.shiftClock(30 * day + 1000)
    expect(await errorOf(await refresh(token))).toBe('400 session_expired')
  })

  it('signs out here, elsewhere or everywhere', async () => {
    const { email, client: first } = await confirmedPerson(stack)
    const others = [stack.client(), stack.client(), stack.client()]
    for (const client of others) await client.auth.signInWithPassword({ email, password })
    const [second, third, fourth] = await Promise.all(others.map(sessionOf))
    const tokenOf = (session: { access_token: string } | undefined) => session?.access_token ?? ''
    const isIn = async (token: string) => (await stack.client().auth.getUser(token)).error === null

    await others[0]?.auth.signOut({ scope: 'local' })
    expect(await isIn(tokenOf(second))).toBe(false)
    expect(await isIn(tokenOf(third))).toBe(true)
    await others[1]?.auth.signOut({ scope: 'others' })
    expect(await isIn(tokenOf(third))).toBe(true)
    expect(await isIn(tokenOf(fourth))).toBe(false)
    expect((await first.auth.getUser()).error?.name).toBe('AuthSessionMissingError')
    await others[1]?.auth.signOut()
    expect(await isIn(tokenOf(third))).toBe(false)
    expect(await errorOf(await refresh(third?.refresh_token ?? ''))).toBe('400 refresh_token_not_found')
  })

  it.each([
    ['no token', undefined, 403, 'bad_jwt'],
    ['a foreign token', 'Bearer eyJhbGciOiJFUzI1NiJ9.e30.AAAA', 403, 'bad_jwt'],
  ])('refuses %s', async (_name, authorization, status, code) => {
    const headers = { 'x-supabase-api-version': '2024-01-01', ...(authorization ? { authorization } : {}) }
    const response = await stack.request('/user', { headers })
    expect([response.status, (await bodyOf(response)).code]).toEqual([status, code])
  })

  it('refuses a token whose user or session is gone, and one that is too old', async () => {
    const { client } = await confirmedPerson(stack)
    const { access_token: token, user } = await sessionOf(client)
    const now = Math.floor(Date.now() / 1000)
    const base = { aud: 'authenticated', role: 'authenticated', iat: now - 20, exp: now + 60 }
    const strange = await stack.tokens.sign({ ...base, sub: '6f0b8e4c-3f3e-4f2e-9a11-1d2f3a4b5c6d' })
    const old = await stack.tokens.sign({ ...base, sub: user.id, exp: now - 10 })
    const ask = async (bearer: string) =>
      errorOf(await stack.request('/user', { headers: { authorization: `Bearer ${bearer}` } }))
    expect(await ask(strange)).toBe('403 user_not_found')
    expect(await ask(old)).toBe('403 bad_jwt')
    await stack.sql`delete from auth.sessions where user_id = ${user.id}`
    expect(await ask(token)).toBe('403 session_not_found')
  })

  it('ends no session for an unknown scope, route or method', async () => {
    const { client } = await confirmedPerson(stack)
    const headers = { authorization: `Bearer ${(await sessionOf(client)).access_token}` }
    const ask = async (path: string, method: string) => errorOf(await stack.request(path, { method, headers }))
    expect(await ask('/logout?scope=mine', 'POST')).toBe('400 validation_failed')
    expect((await stack.request('/nowhere', { headers })).status).toBe(404)
    expect((await stack.request('/logout', { headers })).status).toBe(405)
    expect((await client.auth.getUser()).error).toBeNull()
  })
})

describe('sessions with other settings', () => {
  it('ends a session that nobody used for the inactivity timeout', async () => {
    await using stack = await startAuthStack({
      config: { ...ourConfig, sessions: { timebox: '720h', inactivity_timeout: '8h' } },
    })
    const { client } = await confirmedPerson(stack)
    const { refresh_token: token } = await sessionOf(client)
    stack.shiftClock(9 * 3_600_000)
    const { error } = await client.auth.refreshSession({ refresh_token: token })
    expect(error).toMatchObject({ code: 'session_expired', message: expect.stringContaining('Inactivity') })
  })

  it('limits sign-ins from one address when told to', async () => {
    await using stack = await startAuthStack({
      config: { ...ourConfig, rate_limit: { sign_in_sign_ups: 3 } },
      limitsRates: true,
    })
    const attempt = () => stack.client().auth.signInWithPassword({ email: 'nobody@example.com', password })
    const codes = []
    for (let count = 0; count < 4; count += 1) codes.push((await attempt()).error?.code)
    expect(codes).toEqual([...Array(3).fill('invalid_credentials'), 'over_request_rate_limit'])
    stack.shiftClock(100_000)
    expect((await attempt()).error?.code).toBe('invalid_credentials')
  })

  it('says what clients may offer', async () => {
    await using stack = await startAuthStack({
      config: { ...ourConfig, external: { linkedin_oidc: { enabled: true, client_id: 'id' } } },
    })
    const answer = await bodyOf(await stack.request('/settings'))
    expect(answer).toMatchObject({ disable_signup: false, mailer_autoconfirm: false })
    expect(answer.external).toMatchObject({ email: true, phone: false, linkedin_oidc: true, google: false })
    expect(await (await stack.request('/health')).json()).toMatchObject({ name: 'GoTrue' })
  })
})
