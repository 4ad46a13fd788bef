import type { Flow } from './auth.ts'
import { deleteAnyFactor, listAnyFactors, updateAnyFactor } from './flows/admin_factors.ts'
import { generateLink, invite } from './flows/admin_links.ts'
import { asAdmin, createAnyUser, deleteAnyUser, getAnyUser, listAllUsers, updateAnyUser } from './flows/admin_users.ts'
import { authorize, authorizeLinking } from './flows/authorize.ts'
import { callback } from './flows/callback.ts'
import { challengeFactor, verifyFactorCode } from './flows/factor_codes.ts'
import { enrollFactor, unenrollFactor } from './flows/factors.ts'
import { health, jwks, openidConfiguration, settings } from './flows/info.ts'
import { logout } from './flows/logout.ts'
import { answerAuthorization, authorizeApp, getAuthorization } from './flows/oauth_authorize.ts'
import {
  deleteClient,
  getClient,
  listClients,
  regenerateClientSecret,
  registerClient,
  registerClientDynamically,
  updateClient,
  whereEnabled,
} from './flows/oauth_clients.ts'
import { listGrants, revokeGrant, userInfo } from './flows/oauth_grants.ts'
import { appToken } from './flows/oauth_token.ts'
import { magicLink, otp } from './flows/otp.ts'
import { recover, resend } from './flows/recover.ts'
import { signUp } from './flows/sign_up.ts'
import { token } from './flows/token.ts'
import { unlinkIdentity } from './flows/unlink.ts'
import { getUser, putUser, reauthenticate } from './flows/user.ts'
import { verify, verifyLink } from './flows/verify.ts'
import type { RateLimitName } from './rate_limits.ts'

/** One path and what answers each of its methods. */
interface Route {
  readonly path: string
  readonly flows: Readonly<Partial<Record<string, Flow>>>
  /** Limit that every request of the route counts against, by client address. */
  readonly limit?: RateLimitName
  /** Whether people have to solve a captcha first, where config.toml asks for one. */
  readonly hasCaptcha?: true
}

const routes: readonly Route[] = [
  { path: '/health', flows: { GET: health } },
  { path: '/settings', flows: { GET: settings } },
  { path: '/.well-known/jwks.json', flows: { GET: jwks } },
  { path: '/.well-known/openid-configuration', flows: { GET: openidConfiguration } },
  { path: '/.well-known/oauth-authorization-server', flows: { GET: openidConfiguration } },
  { path: '/signup', flows: { POST: signUp }, hasCaptcha: true },
  { path: '/token', flows: { POST: token }, hasCaptcha: true },
  { path: '/otp', flows: { POST: otp }, limit: 'sign_in_sign_ups', hasCaptcha: true },
  { path: '/magiclink', flows: { POST: magicLink }, limit: 'sign_in_sign_ups', hasCaptcha: true },
  { path: '/recover', flows: { POST: recover }, limit: 'sign_in_sign_ups', hasCaptcha: true },
  { path: '/resend', flows: { POST: resend }, limit: 'sign_in_sign_ups', hasCaptcha: true },
  { path: '/verify', flows: { GET: verifyLink, POST: verify }, limit: 'token_verifications' },
  { path: '/authorize', flows: { GET: authorize } },
  { path: '/callback', flows: { GET: callback, POST: callback } },
  { path: '/user/identities/authorize', flows: { GET: authorizeLinking } },
  { path: '/user/identities/:id', flows: { DELETE: unlinkIdentity } },
  { path: '/user', flows: { GET: getUser, PUT: putUser } },
  { path: '/factors', flows: { POST: enrollFactor } },
  { path: '/factors/:factor', flows: { DELETE: unenrollFactor } },
  { path: '/factors/:factor/challenge', flows: { POST: challengeFactor }, limit: 'mfa_challenges' },
  { path: '/factors/:factor/verify', flows: { POST: verifyFactorCode }, limit: 'mfa_verifications' },
  { path: '/reauthenticate', flows: { GET: reauthenticate }, limit: 'sign_in_sign_ups' },
  { path: '/logout', flows: { POST: logout } },
  { path: '/invite', flows: { POST: asAdmin(invite) } },
  { path: '/admin/generate_link', flows: { POST: asAdmin(generateLink) } },
  { path: '/admin/users', flows: { GET: asAdmin(listAllUsers), POST: asAdmin(createAnyUser) } },
  { path: '/admin/users/:id/factors', flows: { GET: asAdmin(listAnyFactors) } },
  {
    path: '/admin/users/:id/factors/:factor',
    flows: { PUT: asAdmin(updateAnyFactor), DELETE: asAdmin(deleteAnyFactor) },
  },
  {
    path: '/admin/users/:id',
    flows: { GET: asAdmin(getAnyUser), PUT: asAdmin(updateAnyUser), DELETE: asAdmin(deleteAnyUser) },
  },
  ...oauthRoutes(),
]

/** Paths of the OAuth 2.1 server, which answer where config.toml switches it on. */
function oauthRoutes(): Route[] {
  const admin = (flow: Flow) => whereEnabled(asAdmin(flow))
  return [
    { path: '/oauth/authorize', flows: { GET: whereEnabled(authorizeApp) } },
    { path: '/oauth/authorizations/:id', flows: { GET: whereEnabled(getAuthorization) } },
    { path: '/oauth/authorizations/:id/consent', flows: { POST: whereEnabled(answerAuthorization) } },
    { path: '/oauth/token', flows: { POST: whereEnabled(appToken) } },
    { path: '/oauth/userinfo', flows: { GET: whereEnabled(userInfo) } },
    { path: '/oauth/clients/register', flows: { POST: whereEnabled(registerClientDynamically) } },
    { path: '/user/oauth/grants', flows: { GET: whereEnabled(listGrants), DELETE: whereEnabled(revokeGrant) } },
    { path: '/admin/oauth/clients', flows: { GET: admin(listClients), POST: admin(registerClient) } },
    {
      path: '/admin/oauth/clients/:client',
      flows: { GET: admin(getClient), PUT: admin(updateClient), DELETE: admin(deleteClient) },
    },
    { path: '/admin/oauth/clients/:client/regenerate_secret', flows: { POST: admin(regenerateClientSecret) } },
  ]
}

const compiled = routes.map((route) => ({
  ...route,
  pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replace(/:(\w+)/g, '(?<$1>[^/]+)')}/?$`),
}))

/** A route that a request met. */
export interface Match {
  readonly flow: Flow
  readonly params: Readonly<Record<string, string>>
  readonly limit: RateLimitName | null
  readonly hasCaptcha: boolean
}

/** Finds what answers a request. @returns the status of the refusal when nothing does */
export function matchRoute(method: string, path: string): Match | 404 | 405 {
  for (const route of compiled) {
    const found = route.pattern.exec(path)
    if (!found) continue
    const flow = route.flows[method === 'HEAD' ? 'GET' : method]
    if (!flow) return 405
    return { flow, params: { ...found.groups }, limit: route.limit ?? null, hasCaptcha: route.hasCaptcha ?? false }
  }
  return 404
}
