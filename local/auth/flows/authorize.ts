import { readChallenge } from '../addresses.ts'
import type { Auth, Flow } from '../auth.ts'
import { requireUser } from '../caller.ts'
import { AuthError, validationFailed } from '../errors.ts'
import type { OAuthProvider } from '../external/provider.ts'
import { type AuthRequest, ok, redirectToProvider } from '../http.ts'
import { insertProviderFlow } from '../models/flow_state.ts'
import { findUser } from '../models/user.ts'

/** Parameters that are ours; all others are the provider's. */
const ownParameters = [
  'provider',
  'scopes',
  'code_challenge',
  'code_challenge_method',
  'invite_token',
  'skip_http_redirect',
  // What the flow depends on, which a link made by somebody else must not change.
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
]

/** GET /authorize: sends the browser to a provider. */
export const authorize: Flow = async (auth, request) => redirectToProvider(await beginVisit(auth, request, null))

/** GET /user/identities/authorize: begins to link a provider's account to the caller. */
export const authorizeLinking: Flow = async (auth, request) => {
  requireManualLinking(auth)
  const { user } = await requireUser(auth, request)
  const url = await beginVisit(auth, request, user.id)
  return request.query.get('skip_http_redirect') === 'true' ? ok({ url }) : redirectToProvider(url)
}

/** @throws {AuthError} `manual_linking_disabled` */
export function requireManualLinking(auth: Auth): void {
  if (!auth.config.enable_manual_linking) {
    throw new AuthError(404, 'manual_linking_disabled', 'Manual linking is disabled')
  }
}

/** Address that providers send the browser back to. */
export function callbackUrl(auth: Auth, provider: OAuthProvider): string {
  return provider.config.redirect_uri || `${auth.externalUrl}/callback`
}

async function beginVisit(auth: Auth, request: AuthRequest, linkingTargetId: string | null): Promise<string> {
  const { query } = request
  const provider = auth.providers.get(query.get('provider') ?? '')
  if (!provider) throw validationFailed('Unsupported provider: provider is not enabled')
  const challenge = readChallenge(query.get('code_challenge') ?? '', query.get('code_challenge_method') ?? '')
  const inviteToken = query.get('invite_token')
  if (inviteToken && !(await findUser(auth.pool, { confirmationToken: inviteToken }))) {
    throw new AuthError(404, 'user_not_found', 'User identified by token not found')
  }
  const referrer = auth.redirects.choose(request.redirectTo, request.referrer)
  const flow = { provider: provider.name, challenge, referrer, inviteToken, linkingTargetId }
  const state = await insertProviderFlow(auth.pool, flow, auth.now())
  const scopes = (query.get('scopes') ?? '').split(/[\s,]+/).filter((scope) => scope !== '')
  const extra = Object.fromEntries([...query].filter(([name]) => !ownParameters.includes(name)))
  return provider.authorizationUrl({ state, redirectUri: callbackUrl(auth, provider), scopes, extra })
}
