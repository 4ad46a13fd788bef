import { type OidcKind, pictureUrl } from './oidc_provider.ts'
import { splitName } from './people.ts'

/** Google: the plainest OpenID provider. */
export const google: OidcKind = {
  name: 'google',
  title: 'Google',
  description: 'Sign-in with OpenID Connect: name, picture and e-mail.',
  paths: {
    authorize: '/o/oauth2/v2/auth',
    token: '/token',
    jwks: '/oauth2/v3/certs',
    userinfo: '/v1/userinfo',
  },
  scopes: ['openid', 'profile', 'email'],
  accessTokenSeconds: 3599,
  authorize: {
    hasCompany: false,
    hasPosition: false,
    denied: { error: 'access_denied', description: '' },
  },
  claims(person, scopes, origin) {
    const { given, family } = splitName(person.name)
    const picture = pictureUrl(person, origin)
    const has = (scope: string) => scopes.some((asked) => asked === scope || asked.endsWith(`userinfo.${scope}`))
    return {
      ...(has('profile') && {
        name: person.name,
        given_name: given,
        ...(family && { family_name: family }),
        ...(picture && { picture }),
      }),
      ...(has('email') && person.email !== null && { email: person.email, email_verified: person.emailVerified }),
    }
  },
  givesRefreshToken: ({ scopes }) => scopes.includes('offline_access'),
  exchangeError: (reason) =>
    reason === 'client'
      ? { error: 'invalid_client', error_description: 'Unauthorized' }
      : reason === 'redirect'
        ? { error: 'redirect_uri_mismatch', error_description: 'Bad Request' }
        : {
            error: 'invalid_grant',
            error_description:
              reason === 'verifier' ? 'Missing code verifier or Invalid code verifier.' : 'Malformed auth code.',
          },
  failure: (status) =>
    status === 429
      ? { error: 'rate_limit_exceeded', error_description: 'Rate Limit Exceeded' }
      : { error: 'internal_failure', error_description: 'Backend Error' },
}
