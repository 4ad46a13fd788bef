import type { Flow } from '../auth.ts'
import { ok } from '../http.ts'
import { knownScopes } from './oauth_authorize.ts'

/** Providers that `GET /settings` lists whether or not config.toml has a block for them. */
const knownProviders = [
  'apple',
  'azure',
  'bitbucket',
  'discord',
  'facebook',
  'figma',
  'fly',
  'github',
  'gitlab',
  'google',
  'kakao',
  'keycloak',
  'linkedin',
  'linkedin_oidc',
  'notion',
  'slack',
  'slack_oidc',
  'snapchat',
  'spotify',
  'twitch',
  'twitter',
  'workos',
  'x',
  'zoom',
]

/** GET /health. */
export const health: Flow = async () =>
  ok({
    version: 'local',
    name: 'GoTrue',
    description: 'GoTrue is a user registration and authentication API',
  })

/** GET /settings: what clients may offer. */
export const settings: Flow = async ({ config }) => {
  const external = Object.fromEntries(knownProviders.map((name) => [name, config.external[name]?.enabled ?? false]))
  return ok({
    external: {
      anonymous_users: config.enable_anonymous_sign_ins,
      ...external,
      email: config.email.enabled,
      phone: config.sms.enable_signup,
    },
    disable_signup: !config.enable_signup,
    mailer_autoconfirm: !config.email.enable_confirmations,
    phone_autoconfirm: !config.sms.enable_confirmations,
    sms_provider: 'twilio',
    saml_enabled: false,
    passkeys_enabled: false,
  })
}

/** GET /.well-known/jwks.json: the public keys that access tokens are verified with. */
export const jwks: Flow = async ({ tokens }) => ({
  status: 200,
  body: tokens.jwks,
  headers: { 'cache-control': 'public, max-age=600' },
})

/** GET /.well-known/openid-configuration, and the same for OAuth without OpenID. */
export const openidConfiguration: Flow = async ({ issuer, externalUrl, config }) => ({
  status: 200,
  headers: { 'cache-control': 'public, max-age=600' },
  body: {
    issuer,
    authorization_endpoint: `${externalUrl}/oauth/authorize`,
    token_endpoint: `${externalUrl}/oauth/token`,
    jwks_uri: `${externalUrl}/.well-known/jwks.json`,
    userinfo_endpoint: `${externalUrl}/oauth/userinfo`,
    ...(config.oauth_server.allow_dynamic_registration
      ? { registration_endpoint: `${externalUrl}/oauth/clients/register` }
      : {}),
    scopes_supported: knownScopes,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'HS256', 'ES256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    claims_supported: ['sub', 'aud', 'iss', 'exp', 'iat', 'email', 'email_verified', 'phone_number', 'name'],
    code_challenge_methods_supported: ['S256', 'plain'],
  },
})
