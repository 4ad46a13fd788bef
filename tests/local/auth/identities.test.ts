import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  type AuthStack,
  bodyOf,
  confirmedPerson,
  errorOf,
  newEmail,
  ourConfig,
  sessionOf,
  startAuthStack,
} from './auth_stack.ts'
import { externalConfig, startTestProvider, type TestProvider } from './oidc_provider.ts'

describe('identities of a person', () => {
  let provider: TestProvider
  let stack: AuthStack
  beforeAll(async () => {
    provider = await startTestProvider()
    const external = externalConfig(provider, { linkedin_oidc: { email_optional: true }, github: { enabled: false } })
    stack = await startAuthStack({
      config: { ...ourConfig, enable_manual_linking: true, enable_anonymous_sign_ins: true, external },
    })
  })
  afterEach(() => provider.signWithForeignKey(false))
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
    await provider[Symbol.asyncDispose]()
  })

  let accounts = 0
  const account = (claims: Record<string, unknown> = {}) => {
    accounts += 1
    return { sub: `account-${accounts}`, email: newEmail(), email_verified: true, ...claims }
  }
  const visit = async (url: URL): Promise<URL> => {
    const response = await fetch(`${stack.url}${url.pathname}${url.search}`, { redirect: 'manual' })
    return new URL(response.headers.get('location') ?? '')
  }
  const link = async (client: ReturnType<AuthStack['client']>, who: ReturnType<typeof account>) => {
    const { data, error } = await client.auth.linkIdentity({
      provider: 'linkedin_oidc',
      options: { skipBrowserRedirect: true, redirectTo: 'https://app.example.com/linked' },
    })
    if (error || !data.url) throw error ?? new Error('no address')
    return visit(provider.consent(data.url, who))
  }
  const providersOf = async (client: ReturnType<AuthStack['client']>) =>
    (await client.auth.getUserIdentities()).data?.identities.map((identity) => identity.provider)

  it('[IDN-20] links LinkedIn to the person who is signed in, whatever its address', async () => {
    const { client, email } = await confirmedPerson(stack)
    const who = account({ name: 'Ada at LinkedIn' })
    const target = await link(client, who)
    expect(target.href.split('#')[0]).toBe('https://app.example.com/linked')
    expect(new URLSearchParams(target.hash.slice(1)).get('access_token')).toEqual(expect.any(String))
    expect(await providersOf(client)).toEqual(['email', 'linkedin_oidc'])
    const { data } = await client.auth.getUser()
    expect(data.user).toMatchObject({ email, app_metadata: { providers: ['email', 'linkedin_oidc'] } })
    const again = await link(client, who)
    expect(again.searchParams.get('error_code')).toBe('identity_already_exists')
    const other = await confirmedPerson(stack)
    const taken = await link(other.client, who)
    expect(taken.searchParams.get('error_description')).toBe('Identity is already linked to another user')
  })

  it('[IDN-21] unlinks LinkedIn, but never the last way to sign in', async () => {
    const { client, email } = await confirmedPerson(stack)
    await link(client, account())
    const identities = (await client.auth.getUserIdentities()).data?.identities ?? []
    const linkedin = identities.find((identity) => identity.provider === 'linkedin_oidc')
    const own = identities.find((identity) => identity.provider === 'email')
    if (!linkedin || !own) throw new Error('An identity is missing')
    expect((await client.auth.unlinkIdentity(linkedin)).error).toBeNull()
    expect(await providersOf(client)).toEqual(['email'])
    const { data } = await client.auth.getUser()
    expect(data.user).toMatchObject({ email, app_metadata: { provider: 'email', providers: ['email'] } })
    expect((await client.auth.unlinkIdentity(own)).error?.code).toBe('single_identity_not_deletable')
    const stranger = await confirmedPerson(stack)
    await link(stranger.client, account())
    expect((await stranger.client.auth.unlinkIdentity(own)).error?.code).toBe('identity_not_found')
  })

  it('[IDN-21] takes the next address when the one that signed up is unlinked', async () => {
    const { client } = await confirmedPerson(stack)
    const who = account()
    await link(client, who)
    const own = (await client.auth.getUserIdentities()).data?.identities.find(({ provider }) => provider === 'email')
    if (!own) throw new Error('An identity is missing')
    expect((await client.auth.unlinkIdentity(own)).error).toBeNull()
    expect((await client.auth.getUser()).data.user?.email).toBe(who.email)
  })

  it('[IDN-21] leaves one way to sign in when two are unlinked at once', async () => {
    const { client } = await confirmedPerson(stack)
    await link(client, account())
    const identities = (await client.auth.getUserIdentities()).data?.identities ?? []
    const outcomes = await Promise.all(identities.map((identity) => client.auth.unlinkIdentity(identity)))
    expect(outcomes.map(({ error }) => error?.code ?? 'done').sort()).toEqual(['done', 'single_identity_not_deletable'])
  })

  it('[IDN-19] [IDN-20] lets people in without an address where config.toml says it is optional', async () => {
    const { data } = await stack.client().auth.signInWithOAuth({
      provider: 'linkedin_oidc',
      options: { skipBrowserRedirect: true },
    })
    const path = new URL(data.url ?? '')
    const consent = await visit(new URL(`${stack.url}${path.pathname}${path.search}`))
    const target = await visit(provider.consent(consent.href, { sub: 'nobody', name: 'No Mail' }))
    const { data: found } = await stack
      .client()
      .auth.getUser(new URLSearchParams(target.hash.slice(1)).get('access_token') ?? '')
    expect(found.user).toMatchObject({ email: '', user_metadata: { name: 'No Mail', email_verified: false } })
  })

  it('[IDN-20] makes a permanent person of an anonymous one', async () => {
    const client = stack.client()
    const { data: before } = await client.auth.signInAnonymously()
    const who = account()
    await link(client, who)
    const { data } = await client.auth.getUser()
    expect(data.user).toMatchObject({ id: before.user?.id, email: who.email, is_anonymous: false })
    expect(data.user?.email_confirmed_at).toEqual(expect.any(String))
  })

  it('refuses linking where config.toml does not allow it', async () => {
    await using closed = await startAuthStack({ config: { ...ourConfig, external: externalConfig(provider) } })
    const { client } = await confirmedPerson(closed)
    const { error } = await client.auth.linkIdentity({ provider: 'google', options: { skipBrowserRedirect: true } })
    expect(error).toMatchObject({ code: 'manual_linking_disabled', status: 404 })
    const [own] = (await client.auth.getUserIdentities()).data?.identities ?? []
    if (!own) throw new Error('An identity is missing')
    expect((await client.auth.unlinkIdentity(own)).error?.code).toBe('manual_linking_disabled')
  })

  describe('by an ID token that an app got itself', () => {
    const nonce = 'once only'
    const hashed = createHash('sha256').update(nonce).digest('hex')

    it('[IDN-23] [IDN-25] signs in with Google and Apple, and checks the nonce', async () => {
      for (const name of ['google', 'apple'] as const) {
        const who = account({ name: 'Token Person', nonce: hashed })
        const token = await provider.idToken(name, who)
        const { data, error } = await stack.client().auth.signInWithIdToken({ provider: name, token, nonce })
        expect(error).toBeNull()
        expect(data.user).toMatchObject({ email: who.email, app_metadata: { provider: name } })
        const replayed = await stack.client().auth.signInWithIdToken({ provider: name, token })
        expect(replayed.error?.message).toMatch(/nonce/i)
        const wrong = await stack.client().auth.signInWithIdToken({ provider: name, token, nonce: 'another' })
        expect(wrong.error?.message).toBe('Nonces mismatch')
      }
    })

    it('[TST-07] refuses tokens for others, from others, expired or forged', async () => {
      const attempt = async (name: string, token: string) => {
        const response = await stack.request('/token?grant_type=id_token', {
          json: { provider: name, id_token: token },
        })
        return response.status === 200 ? 'accepted' : String((await bodyOf(response)).error_description)
      }
      const who = account()
      expect(await attempt('google', await provider.idToken('google', who))).toBe('accepted')
      const elsewhere = await provider.idToken('google', { ...who, aud: 'another-app' })
      expect(await attempt('google', elsewhere)).toBe('Unacceptable audience in id_token')
      expect(await attempt('google', await provider.idToken('apple', who))).toBe('Bad ID token')
      const old = await provider.idToken('google', { ...who, exp: Math.floor(Date.now() / 1000) - 60 })
      expect(await attempt('google', old)).toBe('Bad ID token')
      const bound = await provider.idToken('google', { ...who, at_hash: 'x' })
      const json = { provider: 'google', id_token: bound, access_token: 'not the one' }
      expect((await stack.request('/token?grant_type=id_token', { json })).status).toBe(400)
      provider.signWithForeignKey(true)
      expect(await attempt('google', await provider.idToken('google', who))).toBe('Bad ID token')
    })

    it('refuses providers that are switched off or unknown', async () => {
      const attempt = (name: string) =>
        stack.request('/token?grant_type=id_token', { json: { provider: name, id_token: 'x' } })
      expect(await errorOf(await attempt('github'))).toBe('400 provider_disabled')
      expect(await errorOf(await attempt('myspace'))).toBe('400 validation_failed')
      const empty = await stack.request('/token?grant_type=id_token', { json: { provider: 'google' } })
      expect(await bodyOf(empty)).toMatchObject({ error: 'invalid request' })
    })

    it('[IDN-20] links the account of the token to the person who is signed in', async () => {
      const { client, email } = await confirmedPerson(stack)
      const token = await provider.idToken('google', account())
      const { error } = await client.auth.linkIdentity({ provider: 'google', token })
      expect(error).toBeNull()
      expect(await providersOf(client)).toEqual(['email', 'google'])
      expect((await sessionOf(client)).user.email).toBe(email)
    })
  })
})
