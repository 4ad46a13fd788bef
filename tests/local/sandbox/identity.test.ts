import { createHash } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { peopleAnswerSchema } from '../../../local/sandbox/identity/people.ts'
import { readTokens, startTestSandbox, type TestSandbox } from './sandbox_support.ts'

const callback = 'http://127.0.0.1:9/auth/v1/callback'
const client = { client_id: 'atrium', client_secret: 'secret' }
const ana = {
  sub: 'ana-1',
  name: 'Ana Maria Okafor',
  email: 'ana@example.test',
  company: 'Northwind',
  position: 'CFO',
  picture: 'https://pictures.test/ana.png',
}
const verifier = 'v'.repeat(43)
const challenge = createHash('sha256').update(verifier).digest('base64url')

const discoverySchema = z.looseObject({ jwks_uri: z.string(), userinfo_endpoint: z.string() })

let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await startTestSandbox()
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  const nobody = { sub: 'ben-2', name: 'Ben', email: null }
  await sandbox.client.setPeople({ people: [ana, nobody], auto: true })
  for (const name of ['linkedin', 'google', 'github', 'apple']) await sandbox.client.resetProvider(name)
})

const endpoints = {
  linkedin: { authorize: '/oauth/v2/authorization', token: '/oauth/v2/accessToken', userinfo: '/v2/userinfo' },
  google: { authorize: '/o/oauth2/v2/auth', token: '/token', userinfo: '/v1/userinfo' },
  apple: { authorize: '/auth/authorize', token: '/auth/token', userinfo: null },
  github: { authorize: '/login/oauth/authorize', token: '/login/oauth/access_token', userinfo: null },
}
type Name = keyof typeof endpoints

function authorize(name: Name, query: Record<string, string> = {}): Promise<Response> {
  const parameters = {
    ...{
      client_id: client.client_id,
      redirect_uri: callback,
      response_type: 'code',
      state: 's&1',
      login_hint: 'ana-1',
    },
    ...{ scope: 'openid profile email', nonce: 'n-1', ...query },
  }
  const path = `/identity/${name}${endpoints[name].authorize}?${new URLSearchParams(parameters)}`
  return sandbox.get(path, { redirect: 'manual' })
}

/** Where the answer leads, with its fields. */
async function answered(response: Promise<Response>): Promise<Record<string, string>> {
  const target = new URL((await response).headers.get('location') ?? '')
  expect(target.origin + target.pathname).toBe(callback)
  return Object.fromEntries(target.searchParams)
}

async function exchange(name: Name, form: Record<string, string>, headers: Record<string, string> = {}) {
  const body = new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: callback, ...client, ...form })
  return sandbox.get(`/identity/${name}${endpoints[name].token}`, { method: 'POST', body, headers })
}

async function codeFrom(name: Name, query: Record<string, string> = {}): Promise<string> {
  return (await answered(authorize(name, query))).code ?? ''
}

/** The fields of a page that posts itself. */
async function postedFields(response: Response): Promise<Record<string, string>> {
  const page = await response.text()
  expect(page).toContain(`action="${callback}"`)
  const decode = (text = '') => text.replaceAll('&quot;', '"').replaceAll('&amp;', '&')
  const fields = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
  return Object.fromEntries(fields.map(([, field = '', value]) => [field, decode(value)]))
}

describe.each(['linkedin', 'google'] as const)('%s by OpenID Connect', (name) => {
  it('is discovered, and signs an id token for client, nonce and person', async () => {
    const issuer = `${sandbox.url}/identity/${name}`
    const discovery = discoverySchema.parse(await (await fetch(`${issuer}/.well-known/openid-configuration`)).json())
    expect(discovery).toMatchObject({
      issuer,
      authorization_endpoint: issuer + endpoints[name].authorize,
      token_endpoint: issuer + endpoints[name].token,
      userinfo_endpoint: issuer + endpoints[name].userinfo,
    })

    const back = await answered(authorize(name))
    expect(back.state).toBe('s&1')
    const response = await exchange(name, { code: back.code ?? '' })
    expect(response.status).toBe(200)
    const tokens = await readTokens(response)
    const keys = createRemoteJWKSet(new URL(discovery.jwks_uri))
    const { payload } = await jwtVerify(tokens.id_token, keys, { issuer, audience: 'atrium' })
    const claims = {
      sub: 'ana-1',
      name: 'Ana Maria Okafor',
      given_name: 'Ana',
      family_name: 'Maria Okafor',
      email: 'ana@example.test',
      email_verified: true,
      picture: 'https://pictures.test/ana.png',
    }
    expect(payload).toMatchObject({ ...claims, nonce: 'n-1' })
    const userinfo = await fetch(discovery.userinfo_endpoint, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    expect(await userinfo.json()).toMatchObject(claims)
  })

  it('takes the client’s name and secret as Basic credentials too, but not without a secret', async () => {
    const basic = { authorization: `Basic ${Buffer.from('atrium:secret').toString('base64')}` }
    const form = { client_id: '', client_secret: '' }
    const code = await codeFrom(name)
    expect((await exchange(name, { ...form, code }, {})).status).toBe(401)
    const body = new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: callback, code })
    const path = `/identity/${name}${endpoints[name].token}`
    expect((await sandbox.get(path, { method: 'POST', body, headers: basic })).status).toBe(200)
  })

  it('shares no e-mail when the person has none, or when it is not asked for', async () => {
    for (const query of [{ login_hint: 'ben-2' }, { scope: 'openid profile' }]) {
      const { access_token } = await readTokens(exchange(name, { code: await codeFrom(name, query) }))
      const path = `/identity/${name}${endpoints[name].userinfo}`
      const claims = await (await sandbox.get(path, { headers: { authorization: `Bearer ${access_token}` } })).json()
      expect(claims).not.toHaveProperty('email')
      expect(claims).not.toHaveProperty('email_verified')
    }
  })

  it('refuses userinfo without a token', async () => {
    const response = await sandbox.get(`/identity/${name}${endpoints[name].userinfo}`)

    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toContain('invalid_token')
  })
})

describe.each(['linkedin', 'google', 'apple', 'github'] as const)('the code of %s', (name) => {
  const query = { response_mode: 'query', scope: name === 'apple' ? 'openid' : 'openid email' }
  const accept = { accept: 'application/json' }
  const errorSchema = z.looseObject({ error: z.string() })
  const failed = async (form: Record<string, string>) => {
    const response = await exchange(name, form, accept)
    expect(response.status).toBe(name === 'github' ? 200 : 400)
    const body = errorSchema.parse(await response.json())
    expect(body).not.toHaveProperty('access_token')
    return body.error
  }

  it('is exchanged with the verifier of its challenge alone', async () => {
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' }
    const code = await codeFrom(name, { ...query, ...pkce })

    expect(await failed({ code })).toBeTypeOf('string')
    expect(await failed({ code, code_verifier: 'w'.repeat(43) })).toBeTypeOf('string')
    expect(await (await exchange(name, { code, code_verifier: verifier }, accept)).json()).toHaveProperty(
      'access_token',
    )
  })

  it('is not exchanged with a verifier when no challenge was given', async () => {
    expect(await failed({ code: await codeFrom(name, query), code_verifier: verifier })).toBeTypeOf('string')
  })

  it('is exchanged at its own address and by its own client alone', async () => {
    const code = await codeFrom(name, query)
    const mismatch = { linkedin: 'invalid_request', apple: 'invalid_grant' }
    const elsewhere = Object.entries(mismatch).find(([key]) => key === name)?.[1] ?? 'redirect_uri_mismatch'

    expect(await failed({ code, redirect_uri: 'http://127.0.0.1:9/other' })).toBe(elsewhere)
    const stranger = name === 'github' ? 'incorrect_client_credentials' : 'invalid_client'
    expect(await failed({ code, client_id: 'other' })).toBe(stranger)
    expect(await (await exchange(name, { code }, accept)).json()).toHaveProperty('access_token')
  })

  it('is exchanged once; a second try takes back what the first one got', async () => {
    const code = await codeFrom(name, query)
    const { access_token } = await readTokens(exchange(name, { code }, accept))
    const path = name === 'github' ? '/api/v3/user' : endpoints[name].userinfo
    const read = async () => {
      const headers = { authorization: `Bearer ${access_token}` }
      return (await sandbox.get(`/identity/${name}${path}`, { headers })).status
    }
    if (path !== null) expect(await read()).toBe(200)
    expect(await failed({ code })).toBeTypeOf('string')
    if (path !== null) expect(await read()).toBe(401)
  })

  it('is not given when the person says no', async () => {
    const back = await answered(authorize(name, { ...query, login_hint: 'deny' }))

    const isOwnWord = name === 'linkedin' || name === 'apple'
    expect(back).toMatchObject({ error: isOwnWord ? 'user_cancelled_authorize' : 'access_denied', state: 's&1' })
    expect(back).not.toHaveProperty('code')
  })
})

describe('LinkedIn', () => {
  const profile = async (scope: string, sub = 'ana-1') => {
    const code = await codeFrom('linkedin', { scope, login_hint: sub })
    const { access_token } = await readTokens(exchange('linkedin', { code }))
    const headers = { authorization: `Bearer ${access_token}` }
    const read = (path: string) => sandbox.get(`/identity/linkedin${path}`, { headers })
    const userinfo = z.record(z.string(), z.unknown()).parse(await (await read('/v2/userinfo')).json())
    return { userinfo, me: await read('/v2/me') }
  }

  it('tells company and position only with the permission for it', async () => {
    const without = await profile('openid profile email')
    expect(without.userinfo).not.toHaveProperty('company')
    expect(without.me.status).toBe(403)
    expect(await without.me.json()).toMatchObject({ serviceErrorCode: 100 })

    const granted = await profile('openid profile email r_basicprofile')
    expect(granted.userinfo).toMatchObject({ company: 'Northwind', position: 'CFO' })
    expect(await granted.me.json()).toMatchObject({ id: 'ana-1', localizedHeadline: 'CFO at Northwind' })
  })

  it('leaves out what a profile does not have', async () => {
    const { userinfo, me } = await profile('openid profile email r_basicprofile', 'ben-2')

    expect(Object.keys(userinfo).sort()).toEqual(['family_name', 'given_name', 'locale', 'name', 'sub'])
    expect(await me.json()).not.toHaveProperty('localizedHeadline')
  })

  it('throttles in its own words when a dial says so', async () => {
    await sandbox.client.setDials('linkedin', { failNext: 1, failStatus: 429, only: '/v2/userinfo' })
    const throttled = await sandbox.get('/identity/linkedin/v2/userinfo')

    expect(throttled.status).toBe(429)
    expect(throttled.headers.get('retry-after')).toBe('1')
    expect(await throttled.json()).toMatchObject({ serviceErrorCode: 101, status: 429 })
  })
})

describe('Apple', () => {
  const query = { scope: 'name email', response_mode: 'form_post' }

  it('posts its answer, with the name the first time only', async () => {
    const first = await authorize('apple', query)
    expect(first.headers.get('content-security-policy')).toContain("script-src 'self'")
    const fields = await postedFields(first)
    expect(fields.state).toBe('s&1')
    expect(JSON.parse(fields.user ?? '')).toEqual({
      name: { firstName: 'Ana', lastName: 'Maria Okafor' },
      email: 'ana@example.test',
    })
    const second = await postedFields(await authorize('apple', query))
    expect(Object.keys(second).sort()).toEqual(['code', 'state'])

    const tokens = await readTokens(exchange('apple', { code: fields.code ?? '' }))
    const keys = createRemoteJWKSet(new URL(`${sandbox.url}/identity/apple/auth/keys`))
    const { payload } = await jwtVerify(tokens.id_token, keys, { audience: 'atrium' })
    expect(payload).toMatchObject({ sub: 'ana-1', email: 'ana@example.test', nonce: 'n-1', email_verified: true })
    expect(payload).not.toHaveProperty('name')
  })

  it('insists on posting when name or e-mail are asked for', async () => {
    expect(await answered(authorize('apple', { scope: 'email' }))).toMatchObject({
      error: 'invalid_request',
      error_description: expect.stringContaining('form_post'),
    })
  })

  it('renews tokens', async () => {
    const { code = '' } = await postedFields(await authorize('apple', query))
    const { refresh_token } = await readTokens(exchange('apple', { code }))

    const renewed = await exchange('apple', { grant_type: 'refresh_token', refresh_token })
    expect(await renewed.json()).toMatchObject({ id_token: expect.any(String) })
    const foreign = await exchange('apple', { grant_type: 'refresh_token', refresh_token, client_id: 'other' })
    expect(foreign.status).toBe(400)
  })
})

describe('GitHub', () => {
  const signIn = async (query: Record<string, string>) => {
    const code = await codeFrom('github', query)
    const { access_token } = await readTokens(exchange('github', { code }, { accept: 'application/json' }))
    const headers = { authorization: `token ${access_token}` }
    return (path: string) => sandbox.get(`/identity/github/api/v3${path}`, { headers })
  }

  it('answers a form unless JSON is asked for', async () => {
    const form = new URLSearchParams(await (await exchange('github', { code: await codeFrom('github') })).text())

    expect(form.get('token_type')).toBe('bearer')
    expect(form.get('access_token')).toBeTruthy()
  })

  it('tells the profile, and the addresses with the scope for them', async () => {
    const read = await signIn({ scope: 'user:email' })

    expect(await (await read('/user')).json()).toMatchObject({
      login: 'ana-1',
      id: expect.any(Number),
      name: 'Ana Maria Okafor',
      company: 'Northwind',
      email: null,
    })
    expect(await (await read('/user/emails')).json()).toEqual([
      { email: 'ana@example.test', primary: true, verified: true, visibility: 'private' },
    ])
    expect((await (await signIn({ scope: '' }))('/user/emails')).status).toBe(404)
    const without = await signIn({ scope: 'user:email', login_hint: 'ben-2' })
    expect(await (await without('/user/emails')).json()).toEqual([])
  })

  it('refuses its API without a token', async () => {
    const response = await sandbox.get('/identity/github/api/v3/user')

    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ message: 'Bad credentials' })
  })
})

describe('the authorization endpoint', () => {
  it('shows the page when nobody is named, or nobody is to be taken at once', async () => {
    expect((await authorize('google', { login_hint: 'stranger' })).status).toBe(200)
    await sandbox.client.setPeople({ auto: false })
    const page = await authorize('google')

    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
    expect(await page.text()).toContain('Continue as Ana Maria Okafor')
  })

  it.each([
    [{ redirect_uri: 'javascript:alert(1)' }],
    [{ redirect_uri: 'data:text/html,x' }],
    [{ redirect_uri: '/relative' }],
    [{ redirect_uri: `${callback}#fragment` }],
    [{ client_id: '' }],
  ])('shows what is wrong and leads nowhere when it gets %o', async (query) => {
    const response = await authorize('google', query)

    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
  })

  it('tells the client what else is wrong', async () => {
    expect(await answered(authorize('google', { response_type: 'token' }))).toMatchObject({
      error: 'unsupported_response_type',
      state: 's&1',
    })
  })

  it('keeps the query of the address and shows no request as markup', async () => {
    const response = await authorize('google', { redirect_uri: `${callback}?a=1` })
    expect(response.headers.get('location')).toMatch(/\?a=1&code=.+&state=/)
    await sandbox.client.setPeople({ auto: false })
    const page = await (await authorize('google', { client_id: '<b>x</b>', scope: '"><img>' })).text()

    expect(page).not.toContain('<b>x')
    expect(page).not.toContain('"><img>')
  })
})

describe('the list of people', () => {
  it('begins with a full profile, one without e-mail and one without position', async () => {
    const fresh = peopleAnswerSchema.parse(
      await (await sandbox.get('/api/identity/people', { method: 'DELETE' })).json(),
    )

    expect(fresh).toMatchObject({
      auto: false,
      people: [{ emailVerified: true, position: 'CFO' }, { email: null }, { emailVerified: false, position: null }],
    })
    const picture = await sandbox.get(fresh.people[0]?.picture ?? '')
    expect(picture.headers.get('content-type')).toBe('image/svg+xml')
  })

  it('refuses people that cannot be', async () => {
    const wrong = [
      { sub: '<script>', name: 'x' },
      { sub: 'a', name: '' },
      { sub: 'a', name: 'x', email: 'nothing' },
    ]
    for (const person of wrong) {
      await expect(sandbox.client.setPeople({ people: [person] })).rejects.toMatchObject({ code: 'invalid_body' })
    }
    await expect(
      sandbox.get('/api/identity/people', { method: 'PUT', body: '{}' }).then((response) => response.status),
    ).resolves.toBe(415)
  })
})
