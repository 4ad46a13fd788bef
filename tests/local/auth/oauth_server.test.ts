import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { OAuthClient, SupabaseClient } from '@supabase/supabase-js'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readProject } from '../../../local/config.ts'
import { type AuthStack, confirmedPerson, errorOf, ourConfig, sessionOf, startAuthStack } from './auth_stack.ts'

const callback = 'https://app.partner.test/callback'
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')

const tokenAnswer = z.object({
  access_token: z.string().optional(),
  refresh_token: z.string().optional(),
  id_token: z.string().optional(),
  error: z.string().optional(),
  error_code: z.string().optional(),
})

describe('the OAuth 2.1 server', () => {
  let stack: AuthStack
  let client: OAuthClient
  beforeAll(async () => {
    stack = await startAuthStack({
      config: {
        ...ourConfig,
        oauth_server: { enabled: true, authorization_url_path: '/oauth/consent', allow_dynamic_registration: true },
      },
    })
    client = await registered()
  })
  afterEach(() => stack.shiftClock(0))
  afterAll(() => stack[Symbol.asyncDispose]())

  const registered = async (options: { isPublic?: boolean; redirectUris?: string[] } = {}): Promise<OAuthClient> => {
    const { data, error } = await stack.admin().auth.admin.oauth.createClient({
      client_name: 'Partner',
      redirect_uris: options.redirectUris ?? [callback],
      token_endpoint_auth_method: options.isPublic ? 'none' : 'client_secret_basic',
    })
    if (error) throw error
    return data
  }
  const authorize = (parameters: Record<string, string> = {}, verifier = 'v'.repeat(43)) => {
    const query = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: callback,
      response_type: 'code',
      scope: 'openid email',
      state: 'st4te',
      code_challenge: challengeOf(verifier),
      code_challenge_method: 'S256',
      ...parameters,
    })
    return fetch(`${stack.url}/auth/v1/oauth/authorize?${query}`, { redirect: 'manual' })
  }
  const begun = async (parameters: Record<string, string> = {}, verifier?: string) => {
    const { headers } = await authorize(parameters, verifier)
    return new URL(headers.get('location') ?? '').searchParams.get('authorization_id') ?? ''
  }
  const approved = async (person: SupabaseClient, parameters: Record<string, string> = {}, verifier?: string) => {
    const id = await begun(parameters, verifier)
    const seen = await person.auth.oauth.getAuthorizationDetails(id)
    if (seen.error) throw seen.error
    if ('redirect_url' in seen.data) return new URL(seen.data.redirect_url)
    const { data, error } = await person.auth.oauth.approveAuthorization(id)
    if (error) throw error
    return new URL(data.redirect_url)
  }
  const exchange = async (body: Record<string, string>, of: OAuthClient = client, secret = of.client_secret) => {
    const isBasic = secret !== undefined
    const response = await fetch(`${stack.url}/auth/v1/oauth/token`, {
      method: 'POST',
      headers: isBasic ? { authorization: `Basic ${btoa(`${of.client_id}:${secret}`)}` } : {},
      body: new URLSearchParams(isBasic ? body : { client_id: of.client_id, ...body }),
    })
    return { status: response.status, ...tokenAnswer.parse(await response.json()) }
  }
  const withCode = (code: string | null, more: Record<string, string> = {}) => ({
    grant_type: 'authorization_code',
    code: code ?? '',
    code_verifier: 'v'.repeat(43),
    ...more,
  })
  const connected = async (scope?: string) => {
    const { client: person } = await confirmedPerson(stack)
    const target = await approved(person, scope === undefined ? {} : { scope })
    const tokens = await exchange(withCode(target.searchParams.get('code')))
    return { person, tokens }
  }
  const called = (path: string, token = '', init: RequestInit = {}) =>
    stack.request(path, { ...init, headers: { authorization: `Bearer ${token}` } })

  it('[IDN-26] leads through consent to tokens that name the app and its scopes', async () => {
    const { client: person, email } = await confirmedPerson(stack)
    const verifier = randomBytes(40).toString('base64url')
    const sent = await authorize({ nonce: 'n0nce' }, verifier)
    expect(sent.status).toBe(302)
    const page = new URL(sent.headers.get('location') ?? '')
    expect(`${page.origin}${page.pathname}`).toBe('http://127.0.0.1:3000/oauth/consent')
    const id = page.searchParams.get('authorization_id') ?? ''
    const user = { id: (await sessionOf(person)).user.id, email }
    expect((await person.auth.oauth.getAuthorizationDetails(id)).data).toEqual({
      authorization_id: id,
      redirect_uri: callback,
      client: { id: client.client_id, name: 'Partner' },
      user,
      scope: 'openid email',
    })
    const answer = await person.auth.oauth.approveAuthorization(id)
    const target = new URL(answer.data?.redirect_url ?? '')
    expect(`${target.origin}${target.pathname}`).toBe(callback)
    expect(target.searchParams.get('state')).toBe('st4te')

    const tokens = await exchange(withCode(target.searchParams.get('code'), { code_verifier: verifier }))
    expect(tokens.status).toBe(200)
    expect(await stack.tokens.verify(tokens.access_token ?? '')).toMatchObject({
      sub: user.id,
      role: 'authenticated',
      aal: 'aal1',
      client_id: client.client_id,
      scope: 'openid email',
      amr: [{ method: 'oauth_provider/authorization_code', timestamp: expect.any(Number) }],
    })
    const keys = createRemoteJWKSet(new URL(`${stack.url}/auth/v1/.well-known/jwks.json`))
    const { payload } = await jwtVerify(tokens.id_token ?? '', keys, { audience: client.client_id })
    expect(payload).toMatchObject({ sub: user.id, nonce: 'n0nce', email, email_verified: true })
    expect(payload).not.toHaveProperty('name')
    expect(await (await called('/oauth/userinfo', tokens.access_token)).json()).toEqual({
      sub: user.id,
      email,
      email_verified: true,
    })
  })

  it('[IDN-26] describes itself where OAuth and OpenID look', async () => {
    for (const name of ['oauth-authorization-server', 'openid-configuration']) {
      const response = await fetch(`${stack.url}/auth/v1/.well-known/${name}`)
      expect(await response.json()).toMatchObject({
        issuer: 'http://127.0.0.1:54321/auth/v1',
        authorization_endpoint: 'http://127.0.0.1:54321/auth/v1/oauth/authorize',
        token_endpoint: 'http://127.0.0.1:54321/auth/v1/oauth/token',
        registration_endpoint: 'http://127.0.0.1:54321/auth/v1/oauth/clients/register',
        scopes_supported: ['openid', 'profile', 'email', 'phone'],
      })
    }
  })

  it('tells an app that the person said no', async () => {
    const { client: person } = await confirmedPerson(stack)
    const id = await begun()
    await person.auth.oauth.getAuthorizationDetails(id)
    const { data } = await person.auth.oauth.denyAuthorization(id)
    const target = new URL(data?.redirect_url ?? '')
    expect(Object.fromEntries(target.searchParams)).toEqual({
      error: 'access_denied',
      error_description: 'User denied the request',
      state: 'st4te',
    })
    expect((await person.auth.oauth.approveAuthorization(id)).error?.status).toBe(400)
  })

  it('asks once: who allowed the scopes is not asked again, who is asked for more is', async () => {
    const { client: person } = await confirmedPerson(stack)
    await approved(person)
    const again = await person.auth.oauth.getAuthorizationDetails(await begun({ scope: 'email' }))
    expect(again.data).toEqual({
      redirect_url: expect.stringMatching(/^https:\/\/app\.partner\.test\/callback\?code=/),
    })
    const more = await person.auth.oauth.getAuthorizationDetails(await begun({ scope: 'email phone' }))
    expect(more.data).toMatchObject({ scope: 'email phone' })
  })

  it.each([
    ['a longer path', `${callback}/more`],
    ['a prefix', 'https://app.partner.test/'],
    ['a fragment', `${callback}#x`],
    ['a query', `${callback}?next=https://evil.test`],
    ['a subdomain', 'https://evil.app.partner.test/callback'],
    ['a name before the host', 'https://app.partner.test@evil.test/callback'],
    ['another scheme', 'http://app.partner.test/callback'],
    ['another port', 'https://app.partner.test:8443/callback'],
    ['dots in the path', 'https://app.partner.test/x/../callback'],
    ['another case', 'https://APP.partner.test/callback'],
    ['a script', 'javascript:alert(1)'],
  ])('[IDN-26] sends nobody to %s of a registered address', async (_trick, redirectUri) => {
    const response = await authorize({ redirect_uri: redirectUri })
    expect(response.headers.get('location')).toBeNull()
    expect(await errorOf(response)).toBe('400 validation_failed')
  })

  it.each([
    ['without a challenge', { code_challenge: '' }],
    ['with a short challenge', { code_challenge: 'short' }],
    ['with an unknown way to challenge', { code_challenge_method: 'MD5' }],
    ['for a token at once', { response_type: 'token' }],
    ['for a permission of ours as scope', { scope: 'openid organization.read' }],
  ])('tells an app that its request %s is none', async (_what, parameters) => {
    const target = new URL((await authorize(parameters)).headers.get('location') ?? '')
    expect(`${target.origin}${target.pathname}`).toBe(callback)
    expect(target.searchParams.get('error')).toBe('invalid_request')
    expect(target.searchParams.get('state')).toBe('st4te')
  })

  it('knows no app that was not registered', async () => {
    expect(await errorOf(await authorize({ client_id: 'app' }))).toBe('400 oauth_client_not_found')
    expect(await errorOf(await authorize({ client_id: crypto.randomUUID() }))).toBe('400 oauth_client_not_found')
  })

  it('[IDN-26] takes a code once, of ten exchanges at the same time too', async () => {
    const { client: person } = await confirmedPerson(stack)
    const code = (await approved(person)).searchParams.get('code')
    const answers = await Promise.all(Array.from({ length: 10 }, () => exchange(withCode(code))))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ error }) => error === 'invalid_grant')).toHaveLength(9)
  })

  it('[IDN-26] gives no token for a code with a wrong verifier, of another app, or that is too old', async () => {
    const { client: person } = await confirmedPerson(stack)
    const code = (await approved(person)).searchParams.get('code')
    const refused = { status: 400, error: 'invalid_grant' }
    expect(await exchange(withCode(code, { code_verifier: 'w'.repeat(43) }))).toMatchObject(refused)
    expect(await exchange(withCode(code, { code_verifier: '' }))).toMatchObject(refused)
    // The challenge itself is no verifier, although a request that says "plain" could be made with it.
    expect(await exchange(withCode(code, { code_verifier: challengeOf('v'.repeat(43)) }))).toMatchObject(refused)
    expect(await exchange(withCode(code, { redirect_uri: 'https://evil.test/' }))).toMatchObject(refused)
    expect(await exchange(withCode(code), await registered())).toMatchObject(refused)
    stack.shiftClock(11 * 60_000)
    expect(await exchange(withCode(code))).toMatchObject(refused)
    stack.shiftClock(0)
    expect(await exchange(withCode(code, { redirect_uri: callback }))).toMatchObject({ status: 200 })
  })

  it('[IDN-26] lets nobody answer a request that somebody else was shown, nor another page, nor a program', async () => {
    const [{ client: person }, { client: stranger }] = [await confirmedPerson(stack), await confirmedPerson(stack)]
    const id = await begun()
    const session = await sessionOf(person)
    const answer = (headers: Record<string, string>) =>
      stack.request(`/oauth/authorizations/${id}/consent`, {
        json: { action: 'approve' },
        headers,
      })
    // Not even seen: a link that leads straight to the answer does nothing.
    const bearer = { authorization: `Bearer ${session.access_token}` }
    expect(await errorOf(await answer(bearer))).toBe('404 oauth_authorization_not_found')
    await person.auth.oauth.getAuthorizationDetails(id)
    expect((await stranger.auth.oauth.getAuthorizationDetails(id)).error?.code).toBe('oauth_authorization_not_found')
    expect((await stranger.auth.oauth.approveAuthorization(id)).error?.code).toBe('oauth_authorization_not_found')
    expect(await errorOf(await answer({ ...bearer, origin: 'https://evil.test' }))).toBe('400 validation_failed')
    expect(await errorOf(await answer({}))).toMatch(/^40[13] /)
    expect((await answer({ ...bearer, origin: 'http://127.0.0.1:3000' })).status).toBe(200)
  })

  it('forgets requests that nobody answered', async () => {
    const { client: person } = await confirmedPerson(stack)
    const id = await begun()
    stack.shiftClock(11 * 60_000)
    expect((await person.auth.oauth.getAuthorizationDetails(id)).error?.code).toBe('oauth_authorization_not_found')
    stack.shiftClock(0)
    expect((await person.auth.oauth.getAuthorizationDetails(id)).error?.status).toBe(400)
  })

  it('[IDN-26] renews tokens for the app they were given to, with the scopes they had', async () => {
    const { tokens } = await connected('email')
    const refresh = (token = '', more = {}) => ({ grant_type: 'refresh_token', refresh_token: token, ...more })
    const other = await registered()
    expect(await exchange(refresh(tokens.refresh_token), other)).toMatchObject({ error: 'invalid_client' })
    const direct = await stack.request('/token?grant_type=refresh_token', {
      json: { refresh_token: tokens.refresh_token },
    })
    expect(tokenAnswer.parse(await direct.json()).error).toBe('invalid_client')
    const next = await exchange(refresh(tokens.refresh_token, { scope: 'openid email phone profile' }))
    expect(await stack.tokens.verify(next.access_token ?? '')).toMatchObject({
      client_id: client.client_id,
      scope: 'email',
    })
    expect(next.refresh_token).not.toBe(tokens.refresh_token)
    const third = await exchange(refresh(next.refresh_token))
    stack.shiftClock(60_000)
    // A copy of a spent token ends the family, and the app asks the person again.
    expect(await exchange(refresh(tokens.refresh_token))).toMatchObject({ error: 'invalid_grant' })
    expect(await exchange(refresh(third.refresh_token))).toMatchObject({ error: 'invalid_grant' })
  })

  it("keeps a person's own sessions out of the token endpoint of apps", async () => {
    const { client: person } = await confirmedPerson(stack)
    const { refresh_token } = await sessionOf(person)
    expect(await exchange({ grant_type: 'refresh_token', refresh_token })).toMatchObject({ error: 'invalid_client' })
  })

  it('asks an app for its secret in the way that it was registered with', async () => {
    const { client: person } = await confirmedPerson(stack)
    const code = (await approved(person)).searchParams.get('code')
    const refused = { status: 400, error_code: 'invalid_credentials' }
    expect(await exchange(withCode(code), client, 'wrong')).toMatchObject(refused)
    const { client_secret: secret = '', ...inBody } = client
    expect(await exchange(withCode(code, { client_secret: secret }), inBody)).toMatchObject(refused)
    expect(await exchange(withCode(code), inBody)).toMatchObject(refused)
    const anonymous = await fetch(`${stack.url}/auth/v1/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(withCode(code)),
    })
    expect(tokenAnswer.parse(await anonymous.json()).error).toBe('invalid_client')
    expect(await exchange({ grant_type: 'password' })).toMatchObject({ error: 'unsupported_grant_type' })
    expect(await exchange(withCode(code))).toMatchObject({ status: 200 })
  })

  it('[IDN-26] gives apps without a secret their tokens for the verifier alone, and a secret is none of theirs', async () => {
    const app = await registered({ isPublic: true })
    expect(app).toMatchObject({ client_type: 'public', token_endpoint_auth_method: 'none' })
    expect(app.client_secret).toBeUndefined()
    const { client: person } = await confirmedPerson(stack)
    const target = await approved(person, { client_id: app.client_id })
    const code = target.searchParams.get('code')
    expect(await exchange(withCode(code), app, 'secret')).toMatchObject({ error_code: 'invalid_credentials' })
    expect(await exchange(withCode(code), app)).toMatchObject({ status: 200 })
  })

  it('[IDN-26] ends the sessions of an app whose consent the person takes back', async () => {
    const { person, tokens } = await connected()
    const { data: grants } = await person.auth.oauth.listGrants()
    expect(grants).toMatchObject([{ client: { id: client.client_id, name: 'Partner' }, scopes: ['openid', 'email'] }])
    expect((await person.auth.oauth.revokeGrant({ clientId: client.client_id })).error).toBeNull()
    expect((await person.auth.oauth.listGrants()).data).toEqual([])
    const refused = await exchange({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' })
    expect(refused.error).toBe('invalid_grant')
    expect(await errorOf(await called('/oauth/userinfo', tokens.access_token))).toBe('403 session_not_found')
    const again = await person.auth.oauth.revokeGrant({ clientId: client.client_id })
    expect(again.error?.code).toBe('oauth_consent_not_found')
    expect((await person.auth.getUser()).data.user).not.toBeNull()
  })

  it('gives banned people no tokens', async () => {
    const { client: person } = await confirmedPerson(stack)
    const code = (await approved(person)).searchParams.get('code')
    const { id } = (await sessionOf(person)).user
    await stack.admin().auth.admin.updateUserById(id, { ban_duration: '1h' })
    expect(await exchange(withCode(code))).toMatchObject({ status: 400, error: 'access_denied' })
  })

  it('lets admins list, read, change and delete apps, and renew their secret', async () => {
    const { oauth } = stack.admin().auth.admin
    const app = await registered()
    expect((await oauth.listClients({ page: 1, perPage: 1 })).data).toMatchObject({
      clients: [{ client_id: app.client_id }],
      nextPage: 2,
    })
    expect((await oauth.getClient(app.client_id)).data).not.toHaveProperty('client_secret')
    const changed = await oauth.updateClient(app.client_id, {
      client_name: 'Renamed',
      redirect_uris: [`${callback}/2`],
    })
    expect(changed.data).toMatchObject({ client_name: 'Renamed', redirect_uris: [`${callback}/2`] })
    expect((await oauth.updateClient(app.client_id, {})).error?.code).toBe('validation_failed')
    expect((await oauth.updateClient(app.client_id, { token_endpoint_auth_method: 'none' })).error?.status).toBe(400)
    const { data: renewed } = await oauth.regenerateClientSecret(app.client_id)
    const grant = { grant_type: 'refresh_token', refresh_token: 'x' }
    expect(await exchange(grant, app)).toMatchObject({ error_code: 'invalid_credentials' })
    expect(await exchange(grant, app, renewed?.client_secret)).toMatchObject({ error: 'invalid_grant' })
    expect((await oauth.deleteClient(app.client_id)).error).toBeNull()
    expect((await oauth.getClient(app.client_id)).error?.code).toBe('oauth_client_not_found')
    expect(await errorOf(await authorize({ client_id: app.client_id }))).toBe('400 oauth_client_not_found')
    const { client: person } = await confirmedPerson(stack)
    expect((await person.auth.admin.oauth.listClients()).error?.code).toBe('not_admin')
  })

  it.each([
    ['https://app.partner.test/#fragment'],
    ['http://app.partner.test/'],
    ['javascript:alert(1)'],
    ['/callback'],
    ['https://app.partner.test/a,https://evil.test/'],
  ])('registers no app that wants its people at %s', async (redirectUri) => {
    await expect(registered({ redirectUris: [redirectUri] })).rejects.toMatchObject({ code: 'validation_failed' })
  })

  it('lets apps register themselves', async () => {
    const body = { client_name: 'Agent', redirect_uris: ['http://127.0.0.1:7777/callback'] }
    const response = await fetch(`${stack.url}/auth/v1/oauth/clients/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, token_endpoint_auth_method: 'none' }),
    })
    expect(response.status).toBe(201)
    expect(await response.json()).toMatchObject({ ...body, registration_type: 'dynamic', client_type: 'public' })
  })
})

it('[IDN-26] is on in config.toml with the hook that keeps tokens of apps out of Auth itself, or not at all', async () => {
  const { config } = await readProject(join(import.meta.dirname, '..', '..', '..'), {
    defaults: {},
    apiUrl: 'http://127.0.0.1:54321',
  })
  const { oauth_server: server, hook } = config.auth
  expect(server).toMatchObject({ enabled: true, authorization_url_path: '/oauth/consent' })
  expect(hook.custom_access_token).toMatchObject({
    enabled: true,
    uri: 'pg-functions://postgres/private/add_token_claims',
  })
})

describe('without [auth.oauth_server]', () => {
  it('there is no OAuth 2.1 server', async () => {
    await using stack = await startAuthStack()
    expect(await errorOf(await stack.request('/oauth/authorize'))).toBe('404 feature_disabled')
    expect((await stack.admin().auth.admin.oauth.listClients()).error?.code).toBe('feature_disabled')
  })

  it('or with it alone, apps do not register themselves', async () => {
    await using stack = await startAuthStack({ config: { ...ourConfig, oauth_server: { enabled: true } } })
    const response = await stack.request('/oauth/clients/register', { json: {} })
    expect(await errorOf(response)).toBe('403 oauth_dynamic_client_registration_disabled')
  })
})
