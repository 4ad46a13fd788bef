import type { Auth, Flow } from '../auth.ts'
import { isUuid, requireUser } from '../caller.ts'
import { type Db, inTransaction, isDuplicate, orFail } from '../database.ts'
import { AuthError } from '../errors.ts'
import { ok } from '../http.ts'
import { notify } from '../mail/notify.ts'
import { writeAudit } from '../models/audit_log.ts'
import { deleteIdentity } from '../models/identity.ts'
import { findUser, mergeMetadata, reload, type User, updateUser } from '../models/user.ts'
import { requireManualLinking } from './authorize.ts'

/** DELETE /user/identities/:id: takes a way to sign in from the caller; the last one stays. */
export const unlinkIdentity: Flow = async (auth, request) => {
  requireManualLinking(auth)
  const { user: caller } = await requireUser(auth, request)
  const id = request.params.id
  if (!isUuid(id)) throw new AuthError(404, 'validation_failed', 'identity_id must be an UUID')
  const { user, provider } = await inTransaction(auth.pool, async (db) => {
    // Locked: two requests at once must not take the last two away.
    const user = (await findUser(db, { id: caller.id }, { lock: true })) ?? caller
    if (user.identities.length <= 1) {
      const message = 'User must have at least 1 identity after unlinking'
      throw new AuthError(422, 'single_identity_not_deletable', message)
    }
    const identity = user.identities.find(({ identity_id: identityId }) => identityId === id)
    if (!identity) throw new AuthError(422, 'identity_not_found', "Identity doesn't exist")
    const traits = { identity_id: id, provider: identity.provider, provider_id: identity.id }
    await writeAudit(db, { action: 'identity_unlinked', actor: user, ip: request.clientIp, traits }, auth.now())
    await deleteIdentity(db, id)
    await forgetAddress(auth, db, await reload(db, user.id), identity.provider)
    return { user, provider: identity.provider }
  })
  await notify(auth, { kind: 'identity_unlinked', user, details: { provider } })
  return ok({})
}

/** A user keeps no address that none of their identities holds. */
async function forgetAddress(auth: Auth, db: Db, user: User, provider: string): Promise<void> {
  const providers = [...new Set(user.identities.map((identity) => identity.provider))]
  const first = providers.includes(String(user.raw_app_meta_data.provider))
    ? user.raw_app_meta_data.provider
    : providers[0]
  const columns = { raw_app_meta_data: mergeMetadata(user.raw_app_meta_data, { providers, provider: first }) }
  try {
    await orFail('Database error updating user email', () =>
      updateUser(db, user.id, { ...columns, ...addressAfter(user, provider, auth.now()) }, auth.now()),
    )
  } catch (error) {
    if (error instanceof AuthError && isDuplicate(error.cause, 'users_email_partial_key')) {
      const message = 'Unable to unlink identity due to email conflict'
      throw new AuthError(422, 'email_conflict_identity_not_deletable', message, { cause: error })
    }
    throw error
  }
}

function addressAfter(user: User, provider: string, now: Date) {
  if (provider === 'phone') return { phone: null, phone_confirmed_at: null }
  const emails = user.identities.flatMap((identity) => (identity.email ? [identity] : []))
  if (emails.some(({ email }) => email === user.email)) return {}
  const next = emails[0]
  if (!next) return { email: null, email_confirmed_at: null }
  const isVerified = next.identity_data.email_verified === true
  return { email: next.email, email_confirmed_at: isVerified ? (user.email_confirmed_at ?? now) : null }
}
