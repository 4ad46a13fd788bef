import { type OidcKind, pictureUrl } from './oidc_provider.ts'
import { splitName } from './people.ts'

const workScopes = ['r_basicprofile', 'r_fullprofile']

/** LinkedIn: work needs a scope that LinkedIn grants to few; without it a sign-in has name, picture and e-mail. */
export const linkedin: OidcKind = {
  name: 'linkedin',
  title: 'LinkedIn',
  description:
    'Sign-in with OpenID Connect. Company and position come only with the scope r_basicprofile, and at /v2/me.',
  paths: {
    authorize: '/oauth/v2/authorization',
    token: '/oauth/v2/accessToken',
    jwks: '/oauth/openid/jwks',
    userinfo: '/v2/userinfo',
  },
  scopes: ['openid', 'profile', 'email', ...workScopes],
  accessTokenSeconds: 60 * 86_400,
  authorize: {
    hasCompany: true,
    hasPosition: true,
    denied: { error: 'user_cancelled_authorize', description: 'The user cancelled the authorization request' },
  },
  claims(person, scopes, origin) {
    const { given, family } = splitName(person.name)
    const picture = pictureUrl(person, origin)
    const isWorkShared = scopes.some((scope) => workScopes.includes(scope))
    return {
      ...(scopes.includes('profile') && {
        name: person.name,
        given_name: given,
        family_name: family,
        locale: { country: 'US', language: 'en' },
        ...(picture && { picture }),
      }),
      ...(scopes.includes('email') &&
        person.email !== null && { email: person.email, email_verified: person.emailVerified }),
      ...(isWorkShared && person.company !== null && { company: person.company }),
      ...(isWorkShared && person.position !== null && { position: person.position }),
    }
  },
  givesRefreshToken: () => false,
  exchangeError: (reason) =>
    reason === 'client'
      ? { error: 'invalid_client', error_description: 'Client authentication failed' }
      : {
          error: 'invalid_request',
          error_description:
            'Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. Or authorization code expired. Or external member binding exists',
        },
  failure: (status) => ({
    serviceErrorCode: status === 429 ? 101 : 100,
    message: status === 429 ? 'Resource level throttle limit for calls to this resource is reached.' : 'Internal error',
    status,
  }),
  addRoutes(routes, granted) {
    routes.get('/v2/me', (c) => {
      const grant = granted(c)
      if (!grant) return c.json({ serviceErrorCode: 65600, message: 'Invalid access token', status: 401 }, 401)
      const { person, scopes } = grant
      if (!scopes.some((scope) => workScopes.includes(scope))) {
        const message = 'Not enough permissions to access: me.GET.NO_VERSION'
        return c.json({ serviceErrorCode: 100, message, status: 403 }, 403)
      }
      const { given, family } = splitName(person.name)
      const headline = [person.position, person.company].filter((part) => part !== null).join(' at ')
      return c.json({
        id: person.sub,
        localizedFirstName: given,
        localizedLastName: family,
        vanityName: person.sub,
        ...(headline && { localizedHeadline: headline }),
      })
    })
  },
}
