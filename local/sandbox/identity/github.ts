import { type Context, Hono } from 'hono'
import type { CreateProvider, Provider } from '../providers/provider.ts'
import { authorizeRoutes } from './authorize.ts'
import { readClient } from './client_authentication.ts'
import { createGrants, type ExchangeFailure } from './grants.ts'
import { bearerOf, pictureUrl } from './oidc_provider.ts'
import { numberOf, type People, type Person } from './people.ts'

const docs = 'https://docs.github.com/rest'

/** GitHub: OAuth without OpenID; who it was is asked at the API, as at a GitHub Enterprise server. */
export const createGithub =
  (people: People): CreateProvider =>
  (): Provider => {
    const grants = createGrants()
    const routes = new Hono()

    routes.route(
      '/login/oauth/authorize',
      authorizeRoutes(grants, people, {
        title: 'GitHub',
        hasCompany: true,
        hasPosition: false,
        hintParameter: 'login',
        denied: { error: 'access_denied', description: 'The user has denied your application access.' },
      }),
    )

    routes.post('/login/oauth/access_token', async (c) => {
      const form = new URLSearchParams(await c.req.text())
      const code = form.get('code') ?? ''
      const client = readClient(c, form)
      if (client === null) return answer(c, failures.client)
      // GitHub does not insist on repeating the address, but holds it against the first one when it is there.
      const claim = { redirectUri: form.get('redirect_uri'), verifier: form.get('code_verifier') }
      const grant = grants.exchange(code, { clientId: client, ...claim })
      if (typeof grant === 'string') return answer(c, failures[grant])
      const token = grants.issueToken(grant, { kind: 'access', seconds: 8 * 3600, code })
      return answer(c, { access_token: token, token_type: 'bearer', scope: grant.scopes.join(',') })
    })

    routes.get('/api/v3/user', (c) => {
      const grant = grants.read(bearerOf(c), 'access')
      if (!grant) return c.json({ message: 'Bad credentials', documentation_url: docs, status: '401' }, 401)
      return c.json(toGithub(grant.person, new URL(c.req.url).origin), 200, {
        'x-oauth-scopes': grant.scopes.join(', '),
      })
    })

    routes.get('/api/v3/user/emails', (c) => {
      const grant = grants.read(bearerOf(c), 'access')
      if (!grant) return c.json({ message: 'Bad credentials', documentation_url: docs, status: '401' }, 401)
      if (!grant.scopes.some((scope) => scope === 'user' || scope === 'user:email')) {
        return c.json({ message: 'Not Found', documentation_url: docs, status: '404' }, 404)
      }
      const { email, emailVerified } = grant.person
      return c.json(email === null ? [] : [{ email, primary: true, verified: emailVerified, visibility: 'private' }])
    })

    return {
      name: 'github',
      title: 'GitHub',
      description: 'Sign-in with OAuth; the profile and its addresses are read at /api/v3/user.',
      path: '/identity/github',
      routes,
      actions: [],
      fail: (status) =>
        Response.json(
          { message: status === 429 ? 'API rate limit exceeded' : 'Server Error', documentation_url: docs },
          { status, ...(status === 429 ? { headers: { 'retry-after': '1', 'x-ratelimit-remaining': '0' } } : {}) },
        ),
      reset: () => grants.clear(),
    }
  }

const badCode = {
  error: 'bad_verification_code',
  error_description: 'The code passed is incorrect or expired.',
  error_uri: 'https://docs.github.com/apps/oauth#bad-verification-code',
}

/** GitHub answers all of these with 200. */
const failures: Record<ExchangeFailure, Record<string, string>> = {
  unknown: badCode,
  used: badCode,
  expired: badCode,
  verifier: badCode,
  client: {
    error: 'incorrect_client_credentials',
    error_description: 'The client_id and/or client_secret passed are incorrect.',
    error_uri: 'https://docs.github.com/apps/oauth#incorrect-client-credentials',
  },
  redirect: {
    error: 'redirect_uri_mismatch',
    error_description: 'The redirect_uri MUST match the registered callback URL for this application.',
    error_uri: 'https://docs.github.com/apps/oauth#redirect-uri-mismatch',
  },
}

/** A form unless JSON is asked for. */
function answer(c: Context, fields: Record<string, string>): Response {
  if (/\bjson\b/.test(c.req.header('accept') ?? '')) return c.json(fields)
  const form = new URLSearchParams(fields).toString()
  return c.body(form, 200, { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' })
}

/** A profile as GitHub's API writes it. An address is public only where the person says so, and mostly nobody does. */
function toGithub(person: Person, origin: string): Record<string, unknown> {
  const login = person.sub.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  const url = `${origin}/identity/github`
  return {
    login,
    id: numberOf(person.sub),
    node_id: Buffer.from(`04:User${numberOf(person.sub)}`).toString('base64'),
    avatar_url: pictureUrl(person, origin) ?? `${origin}/identity/pictures/${login}.svg`,
    html_url: `${url}/${login}`,
    url: `${url}/api/v3/users/${login}`,
    type: 'User',
    site_admin: false,
    name: person.name,
    company: person.company,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
  }
}
