import type { Provider } from '@supabase/supabase-js'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type AuthStack, confirmedPerson, newEmail, ourConfig, startAuthStack } from './auth_stack.ts'
import { type Account, externalConfig, startTestProvider, type TestProvider } from './oidc_provider.ts'

describe('sign-in with a provider', () => {
  let provider: TestProvider
  let stack: AuthStack
  beforeAll(async () => {
    provider = await startTestProvider()
    stack = await startAuthStack({ config: { ...ourConfig, external: externalConfig(provider) } })
  })
  afterEach(() => {
    stack.shiftClock(0)
    provider.signWithForeignKey(false)
  })
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
    await provider[Symbol.asyncDispose]()
  })

  let accounts = 1000
  const account = (claims: Record<string, unknown> = {}): Account => {
    accounts += 1
    return { sub: String(accounts), email: newEmail(), email_verified: true, ...claims }
  }
  const memory = () => {
    const values = new Map<string, string>()
    return {
      getItem: (key: string) => values.get(key) ?? null,
      setItem: (key: string, value: string) => void values.set(key, value),
      removeItem: (key: string) => void values.delete(key),
    }
  }
  const pkceClient = () => stack.client({ flowType: 'pkce', storage: memory(), persistSession: true })
  /** What the browser does with an address of the service. */
  const visit = async (url: string | URL, init?: RequestInit): Promise<URL> => {
    const { pathname, search } = new URL(url)
    const response = await fetch(`${stack.url}${pathname}${search}`, { redirect: 'manual', ...init })
    const location = response.headers.get('location')
    if (!location) throw new Error(`${response.status} ${await response.text()}`)
    return new URL(location)
  }
  const redirectTo = 'https://app.example.com/in'
  /** The address of the provider's consent page. */
  const begin = async (client: ReturnType<AuthStack['client']>, name: string, options: object = {}) => {
    const { data, error } = await client.auth.signInWithOAuth({
      provider: name as Provider,
      options: { redirectTo, skipBrowserRedirect: true, ...options },
    })
    if (error || !data.url) throw error ?? new Error('no address')
    return visit(data.url)
  }
  const signIn = async (name: string, who: Account) => {
    const client = pkceClient()
    const consent = await begin(client, name)
    const target = await visit(provider.consent(consent.href, who))
    const { data, error } = await client.auth.exchangeCodeForSession(target.searchParams.get('code') ?? '')
    if (error) throw error
    return { client, ...data }
  }
  const implicit = async (name: string, who: Account) => {
    const consent = await begin(stack.client(), name)
    return visit(provider.consent(consent.href, who))
  }
  const errorIn = (target: URL) => target.searchParams.get('error_code') ?? target.searchParams.get('error')

  it('[IDN-17] [TST-01] sends the browser to LinkedIn with our client, scopes, state and the parameters of the caller', async () => {
    const consent = await begin(pkceClient(), 'linkedin_oidc', {
      scopes: 'r_basicprofile',
      queryParams: { prompt: 'login' },
    })
    expect(`${consent.origin}${consent.pathname}`).toBe(`${provider.urlOf('linkedin_oidc')}/authorize`)
    expect(Object.fromEntries(consent.searchParams)).toMatchObject({
      client_id: 'linkedin_oidc-client',
      redirect_uri: 'http://127.0.0.1:54321/auth/v1/callback',
      response_type: 'code',
      scope: 'openid profile email r_basicprofile',
      prompt: 'login',
      state: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(consent.searchParams.has('code_challenge')).toBe(false)
  })

  it('[IDN-17] lets no caller replace what the flow depends on', async () => {
    const queryParams = { client_id: 'evil', redirect_uri: 'https://evil.example', state: 'evil' }
    const consent = await begin(pkceClient(), 'linkedin_oidc', { queryParams })
    expect(consent.searchParams.get('client_id')).toBe('linkedin_oidc-client')
    expect(consent.searchParams.get('redirect_uri')).toBe('http://127.0.0.1:54321/auth/v1/callback')
    expect(consent.searchParams.get('state')).not.toBe('evil')
  })

  it('[IDN-18] [IDN-19] [TST-01] [TST-07] signs in with LinkedIn by PKCE and keeps what it tells of the person', async () => {
    const who = account({
      given_name: 'Ada',
      family_name: 'Lovelace',
      picture: 'https://media.example.com/ada.png',
      locale: { language: 'en', country: 'GB' },
      email_verified: 'true',
    })
    const { user, session } = await signIn('linkedin_oidc', who)
    expect(user.email).toBe(who.email)
    expect(user.email_confirmed_at).toEqual(expect.any(String))
    expect(user.app_metadata).toEqual({ provider: 'linkedin_oidc', providers: ['linkedin_oidc'] })
    expect(user.user_metadata).toMatchObject({
      iss: provider.urlOf('linkedin_oidc'),
      sub: who.sub,
      name: 'Ada Lovelace',
      picture: 'https://media.example.com/ada.png',
      locale: 'en_GB',
      email: who.email,
      email_verified: true,
    })
    expect(user.identities).toMatchObject([{ provider: 'linkedin_oidc', id: who.sub, email: who.email }])
    expect(session.provider_token).toEqual(expect.any(String))
    expect(session.provider_refresh_token).toBe('linkedin_oidc-refresh')
    const claims = await stack.tokens.verify(session.access_token)
    expect(claims).toMatchObject({ aal: 'aal1', amr: [{ method: 'oauth' }], email: who.email })
    const again = await signIn('linkedin_oidc', { ...who, given_name: 'Augusta' })
    expect(again.user.id).toBe(user.id)
    expect(again.user.user_metadata.given_name).toBe('Augusta')
    expect(again.user.identities).toHaveLength(1)
  })

  it('[IDN-19] takes the address from userinfo when the ID token has none', async () => {
    const who = account({ name: 'Only Userinfo', isUserinfoOnly: true })
    const { user } = await signIn('linkedin_oidc', who)
    expect(user).toMatchObject({ email: who.email, user_metadata: { name: 'Only Userinfo' } })
  })

  it('[IDN-19] [TST-01] says that LinkedIn told no address, and leaves no user behind', async () => {
    const { email: _email, email_verified: _verified, ...who } = account({ name: 'No Mail' })
    const target = await implicit('linkedin_oidc', who)
    expect(target.searchParams.get('error')).toBe('server_error')
    expect(target.searchParams.get('error_description')).toBe('Error getting user email from external provider')
    const [count] = await stack.sql`select count(*)::int as n from auth.identities where provider_id = ${who.sub}`
    expect(count?.n).toBe(0)
  })

  it('[IDN-22] [TST-01] waits as long as LinkedIn asks when it limits our rate, and gives up in words when it goes on', async () => {
    const limit = { status: 429, headers: { 'retry-after': '0' } }
    provider.failWith(limit)
    const who = account()
    expect((await signIn('linkedin_oidc', who)).user.email).toBe(who.email)
    provider.failWith(limit, limit)
    const target = await implicit('linkedin_oidc', account())
    expect(target.searchParams.get('error')).toBe('temporarily_unavailable')
    expect(errorIn(target)).toBe('over_request_rate_limit')
    provider.failWith({ status: 429, headers: { 'retry-after': '3600' } })
    expect(errorIn(await implicit('linkedin_oidc', account()))).toBe('over_request_rate_limit')
  })

  it('[IDN-23] signs in with Google without PKCE, with the session where only the page can read it', async () => {
    const who = account({ name: 'Grace Hopper', picture: 'https://lh3.example.com/g', hd: 'navy.example' })
    const target = await implicit('google', who)
    expect(`${target.origin}${target.pathname}${target.search}`).toBe(redirectTo)
    const fragment = new URLSearchParams(target.hash.slice(1))
    expect(fragment.get('provider_token')).toEqual(expect.any(String))
    const client = stack.client()
    const set = await client.auth.setSession({
      access_token: fragment.get('access_token') ?? '',
      refresh_token: fragment.get('refresh_token') ?? '',
    })
    expect(set.data.user).toMatchObject({
      email: who.email,
      app_metadata: { provider: 'google', providers: ['google'] },
      user_metadata: { full_name: 'Grace Hopper', avatar_url: who.picture, custom_claims: { hd: 'navy.example' } },
    })
  })

  it('[IDN-24] signs in with GitHub by its primary address', async () => {
    const [primary, other] = [newEmail(), newEmail()]
    const emails = [
      { email: other, primary: false, verified: true },
      { email: primary, primary: true, verified: true },
    ]
    const who = { sub: '583231', login: 'octocat', name: 'The Octocat', avatar_url: 'https://a.example/o', emails }
    const { user, session } = await signIn('github', who)
    expect(user).toMatchObject({
      email: primary,
      app_metadata: { provider: 'github' },
      user_metadata: { user_name: 'octocat', preferred_username: 'octocat', full_name: 'The Octocat', sub: '583231' },
    })
    expect(session.provider_refresh_token).toBeFalsy()
  })

  it('[IDN-25] signs in with Apple, which posts its answer and tells the name once', async () => {
    const who = account({ is_private_email: 'true', email_verified: undefined })
    const client = pkceClient()
    const consent = await begin(client, 'apple')
    expect(consent.searchParams.get('response_mode')).toBe('form_post')
    const back = provider.consent(consent.href, who)
    const body = new URLSearchParams(back.search)
    body.set('user', JSON.stringify({ name: { firstName: 'Tim', lastName: 'Apple' }, email: who.email }))
    const target = await visit(`${back.origin}${back.pathname}`, { method: 'POST', body })
    const { data, error } = await client.auth.exchangeCodeForSession(target.searchParams.get('code') ?? '')
    expect(error).toBeNull()
    expect(data.user).toMatchObject({
      email: who.email,
      user_metadata: { full_name: 'Tim Apple', custom_claims: { is_private_email: true } },
    })
  })

  it('[IDN-18] tells the page what the provider refused', async () => {
    const consent = await begin(pkceClient(), 'linkedin_oidc')
    const query = new URLSearchParams({
      error: 'user_cancelled_login',
      error_description: 'The member declined',
      state: consent.searchParams.get('state') ?? '',
    })
    const target = await visit(`http://x/auth/v1/callback?${query}`)
    expect(`${target.origin}${target.pathname}`).toBe(redirectTo)
    expect(target.searchParams.get('error')).toBe('user_cancelled_login')
    expect(target.searchParams.get('error_description')).toBe('The member declined')
    expect(new URLSearchParams(target.hash.slice(1)).get('error')).toBe('user_cancelled_login')
  })

  it('[IDN-18] [TST-07] refuses a state that is missing, made up, used twice or too old', async () => {
    const codeOf = async (url: string) => errorIn(await visit(url))
    expect(await codeOf('http://x/auth/v1/callback?code=1')).toBe('bad_oauth_callback')
    expect(await codeOf('http://x/auth/v1/callback?code=1&state=made-up')).toBe('bad_oauth_state')
    const madeUp = crypto.randomUUID()
    expect(await codeOf(`http://x/auth/v1/callback?code=1&state=${madeUp}`)).toBe('bad_oauth_state')
    const consent = await begin(pkceClient(), 'google')
    const back = provider.consent(consent.href, account())
    await visit(back)
    expect(await codeOf(back.href)).toBe('bad_oauth_state')
    const late = provider.consent((await begin(pkceClient(), 'google')).href, account())
    stack.shiftClock(6 * 60_000)
    expect(await codeOf(late.href)).toBe('bad_oauth_state')
  })

  it('[TST-07] refuses mix-ups: a code of another provider, a foreign issuer, a foreign verifier, a foreign key', async () => {
    const google = await begin(pkceClient(), 'google')
    const linkedin = provider.consent((await begin(pkceClient(), 'linkedin_oidc')).href, account())
    const crossed = new URL(linkedin)
    crossed.searchParams.set('state', google.searchParams.get('state') ?? '')
    const refused = await visit(crossed)
    expect(refused.searchParams.get('error')).toBe('server_error')
    expect(refused.searchParams.get('error_description')).toBe('Unable to exchange external code')

    const named = provider.consent((await begin(pkceClient(), 'google')).href, account())
    named.searchParams.set('iss', provider.urlOf('linkedin_oidc'))
    expect(errorIn(await visit(named))).toBe('bad_oauth_callback')

    const mine = pkceClient()
    await begin(mine, 'google')
    const theirs = await visit(provider.consent((await begin(pkceClient(), 'google')).href, account()))
    const stolen = await mine.auth.exchangeCodeForSession(theirs.searchParams.get('code') ?? '')
    expect(stolen.error?.code).toBe('bad_code_verifier')

    provider.signWithForeignKey(true)
    const forged = await implicit('google', account())
    expect(forged.searchParams.get('error_description')).toBe('Error getting user profile from external provider')
  })

  it('sends the browser only to allowed addresses', async () => {
    const consent = await begin(stack.client(), 'google', { redirectTo: 'https://evil.example/in' })
    const target = await visit(provider.consent(consent.href, account()))
    expect(target.origin).toBe('http://127.0.0.1:3000')
  })

  it('refuses a provider that is not enabled', async () => {
    const response = await stack.request('/authorize?provider=facebook')
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error_code: 'validation_failed' })
  })

  it('[IDN-20] links a verified address to the person who holds it, and never an unverified one', async () => {
    const { email, client } = await confirmedPerson(stack)
    const { data: before } = await client.auth.getUser()
    const { user } = await signIn('linkedin_oidc', account({ email: email.toUpperCase() }))
    expect(user.id).toBe(before.user?.id)
    expect(user.app_metadata).toEqual({ provider: 'email', providers: ['email', 'linkedin_oidc'] })
    const victim = await confirmedPerson(stack)
    const target = await implicit('google', account({ email: victim.email, email_verified: false }))
    expect(errorIn(target)).toBe('provider_email_needs_verification')
    const identities = await stack.sql`
      select provider from auth.identities join auth.users on users.id = user_id where users.email = ${victim.email}`
    expect(identities).toEqual([{ provider: 'email' }])
  })

  it('drops the password of somebody who registered the address first without confirming it', async () => {
    const email = newEmail()
    const password = 'the attacker knows 1'
    await stack.client().auth.signUp({ email, password })
    const { user } = await signIn('google', account({ email }))
    expect(user.identities?.map((identity) => identity.provider)).toEqual(['google'])
    const attempt = await stack.client().auth.signInWithPassword({ email, password })
    expect(attempt.error?.code).toBe('invalid_credentials')
  })

  it('makes one user of two callbacks at once', async () => {
    const who = account()
    const [one, two] = await Promise.all([signIn('google', who), signIn('google', who)])
    expect(one.user.id).toBe(two.user.id)
  })
})
