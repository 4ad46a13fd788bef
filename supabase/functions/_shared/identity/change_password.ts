import { AppError } from '../http/mod.ts'
import { type AuditRequest, type RpcClient, recordAuditEvent } from '../platform/mod.ts'
import { fromAuth } from './auth_errors.ts'
import { type LogInDeps, logIn } from './log_in.ts'

/**
 * Gives a person another password, who shows the present one again: a session that somebody else got hold of is not
 * enough. All other sessions end, and the audit log tells of it.
 *
 * @param input.accessToken of the session that stays
 * @throws {AppError} 403 `current_password_wrong`, `second_factor_required`, 401 `session_invalid`, 422 `password_weak`,
 * `password_unchanged`, 409 `impersonation_exists`, 429 `account_locked`
 */
export async function changePassword(
  deps: LogInDeps & { audit: RpcClient },
  input: { accessToken: string; current: string; next: string; captchaToken?: string | undefined },
  request: AuditRequest,
): Promise<void> {
  const { accessToken, current, next, captchaToken } = input
  const user = await deps.auth.readUser(accessToken).catch((error: unknown) => {
    throw fromAuth(error)
  })
  if (user.email === null) throw wrong()
  const proof = await logIn(deps, { email: user.email, password: current, captchaToken }).catch((error: unknown) => {
    throw error instanceof AppError && error.code === 'sign_in_failed' ? wrong(error) : error
  })
  try {
    await deps.auth.changePassword(accessToken, { current, next })
  } catch (error) {
    // The session that proved the password has done its work.
    await deps.auth.signOut(proof.access_token, 'local').catch(() => {})
    throw fromAuth(error)
  }
  // Auth has ended them with the password; not every version does.
  await deps.auth.signOut(accessToken, 'others').catch((error: unknown) => {
    throw fromAuth(error)
  })
  await recordAuditEvent(deps.audit, {
    action: 'password_changed',
    organizationId: null,
    objectType: 'profiles',
    objectId: user.id,
    actor: { kind: 'user', id: user.id },
    request,
  })
}

const wrong = (cause?: unknown) =>
  new AppError(403, 'current_password_wrong', 'Cannot change the password: the present one is wrong', { cause })
