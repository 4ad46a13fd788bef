import { openSession, withSessionFragment } from '../access_token.ts'
import type { Auth, Flow } from '../auth.ts'
import { isUuid } from '../caller.ts'
import { type Db, inTransaction, isDuplicate } from '../database.ts'
import { AuthError, OAuthError, unexpectedFailure } from '../errors.ts'
import type { ProviderAccount } from '../external/provider.ts'
import { type AuthRequest, type Reply, redirect, redirectToProvider } from '../http.ts'
import { withCode, withError } from '../landing.ts'
import { completeProviderFlow, type FlowState, isFlowExpired, takeProviderFlow } from '../models/flow_state.ts'
import { callbackUrl } from './authorize.ts'
import {
  acceptInvite,
  type ExternalAccount,
  type ExternalOutcome,
  linkExternally,
  notifyLinked,
  requireEmail,
  signInExternally,
} from './external_account.ts'

/** GET and POST /callback: where providers send the browser back to; Apple posts. */
export const callback: Flow = async (auth, request) => {
  const parameters = request.method === 'POST' ? await request.form() : request.query
  let target = auth.config.site_url
  try {
    const flow = await readState(auth, parameters.get('state') ?? '')
    target = flow.referrer ?? target
    return await finishVisit(auth, request, flow, parameters, target)
  } catch (error) {
    return landWithError(auth, target, error)
  }
}

async function readState(auth: Auth, state: string): Promise<FlowState> {
  if (state === '') throw new AuthError(400, 'bad_oauth_callback', 'OAuth state parameter missing')
  const now = auth.now()
  const flow = isUuid(state) ? await takeProviderFlow(auth.pool, state, now) : null
  if (!flow) throw new AuthError(400, 'bad_oauth_state', 'OAuth state is invalid: not found or already used')
  if (isFlowExpired({ ...flow, auth_code_issued_at: null }, now)) {
    throw new AuthError(400, 'bad_oauth_state', 'OAuth state has expired')
  }
  return flow
}

async function finishVisit(
  auth: Auth,
  request: AuthRequest,
  flow: FlowState,
  parameters: URLSearchParams,
  target: string,
): Promise<Reply> {
  const refusal = parameters.get('error')
  if (refusal) throw new OAuthError(refusal, parameters.get('error_description') ?? '')
  const account = await exchangeCode(auth, flow, parameters)
  const external: ExternalAccount = {
    provider: flow.provider_type,
    profile: account.profile,
    isEmailOptional: auth.providers.get(flow.provider_type)?.config.email_optional ?? false,
  }
  requireEmail(external)
  const outcome = await retryDuplicate(() =>
    inTransaction(auth.pool, async (db) => {
      const result = await applyAccount(auth, db, request, flow, external)
      return 'refusal' in result
        ? result
        : { ...result, location: await land(auth, db, request, { flow, account, target, result }) }
    }),
  )
  if ('refusal' in outcome) throw outcome.refusal
  await notifyLinked(auth, outcome, flow.provider_type)
  return redirectToProvider(outcome.location)
}

async function exchangeCode(auth: Auth, flow: FlowState, parameters: URLSearchParams): Promise<ProviderAccount> {
  const code = parameters.get('code') ?? ''
  if (code === '') throw new AuthError(400, 'bad_oauth_callback', 'OAuth callback with missing authorization code')
  const provider = auth.providers.get(flow.provider_type)
  if (!provider) throw new AuthError(400, 'oauth_provider_not_supported', 'Unsupported provider: not enabled')
  return provider.exchange({
    code,
    redirectUri: callbackUrl(auth, provider),
    issuer: parameters.get('iss') ?? '',
    appleUser: provider.name === 'apple' ? (parameters.get('user') ?? '') : '',
  })
}

function applyAccount(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  flow: FlowState,
  account: ExternalAccount,
): Promise<ExternalOutcome> {
  if (flow.linking_target_id) return linkExternally(auth, db, request, flow.linking_target_id, account)
  if (flow.invite_token) return acceptInvite(auth, db, request, flow.invite_token, account)
  return signInExternally(auth, db, request, account)
}

async function land(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  {
    flow,
    account,
    target,
    result,
  }: {
    flow: FlowState
    account: ProviderAccount
    target: string
    result: Extract<ExternalOutcome, { user: unknown }>
  },
): Promise<string> {
  const { accessToken, refreshToken } = account
  if (flow.code_challenge !== null) {
    const completion = { userId: result.user.id, accessToken, refreshToken }
    const code = await completeProviderFlow(db, flow.id, completion, auth.now())
    if (!code) throw new AuthError(422, 'flow_state_not_found', 'Flow state not found')
    return withCode(target, code)
  }
  const session = await openSession(auth, db, request, result.user, 'oauth')
  return withSessionFragment(target, session, {
    provider_token: accessToken,
    ...(refreshToken ? { provider_refresh_token: refreshToken } : {}),
  })
}

/** Two callbacks of one account at once: the later one finds the user that the first has made. */
export async function retryDuplicate<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const cause = error instanceof AuthError ? error.cause : error
    const isRace =
      isDuplicate(cause, 'users_email_partial_key') || isDuplicate(cause, 'identities_provider_id_provider_unique')
    if (isRace) return work()
    throw error
  }
}

function landWithError(auth: Auth, target: string, error: unknown): Reply {
  const known =
    error instanceof AuthError || error instanceof OAuthError
      ? error
      : unexpectedFailure('Unexpected failure, please check server logs for more information', error)
  if (known instanceof AuthError && known.status >= 500) {
    const reason = known.cause instanceof Error ? known.cause.message : undefined
    auth.logger.error(known.message, { reason })
  }
  return redirect(withError(target, known, { inQuery: true }))
}
