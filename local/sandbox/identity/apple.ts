import type { Grant } from './grants.ts'
import type { OidcKind } from './oidc_provider.ts'
import { splitName } from './people.ts'

/** Apple: it posts its answer, tells the name only the first time, and has no userinfo. */
export function createApple(): OidcKind {
  /** Whom a client has seen before. */
  const known = new Set<string>()
  return {
    name: 'apple',
    title: 'Apple',
    description:
      'Sign-in that posts its answer and tells the name only the first time; "Reset" makes it the first again.',
    paths: { authorize: '/auth/authorize', token: '/auth/token', jwks: '/auth/keys', userinfo: null },
    scopes: ['openid', 'name', 'email'],
    accessTokenSeconds: 3600,
    authorize: {
      hasCompany: false,
      hasPosition: false,
      formPostScopes: ['name', 'email'],
      denied: { error: 'user_cancelled_authorize', description: '' },
    },
    claims: (person, scopes) => ({
      ...(scopes.includes('email') &&
        person.email !== null && {
          email: person.email,
          email_verified: person.emailVerified,
          ...(person.email.endsWith('@privaterelay.appleid.com') && { is_private_email: true }),
        }),
      auth_time: Math.floor(Date.now() / 1000),
      nonce_supported: true,
    }),
    givesRefreshToken: () => true,
    exchangeError: (reason) => ({
      error: reason === 'client' ? 'invalid_client' : 'invalid_grant',
      error_description:
        reason === 'redirect'
          ? 'The redirect_uri does not match the one used in the authorization request.'
          : 'The code has expired or has been revoked.',
    }),
    failure: () => ({ error: 'server_error' }),
    extraAnswer({ clientId, person, scopes }: Grant) {
      const pair = JSON.stringify([clientId, person.sub])
      if (known.has(pair)) return {}
      known.add(pair)
      if (!scopes.some((scope) => scope === 'name' || scope === 'email')) return {}
      const { given, family } = splitName(person.name)
      const user = {
        ...(scopes.includes('name') && { name: { firstName: given, lastName: family } }),
        ...(scopes.includes('email') && person.email !== null && { email: person.email }),
      }
      return { user: JSON.stringify(user) }
    },
    reset: () => known.clear(),
  }
}
