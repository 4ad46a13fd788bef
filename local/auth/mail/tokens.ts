import { requireMailPause } from '../addresses.ts'
import type { Auth } from '../auth.ts'
import { type Db, orFail } from '../database.ts'
import type { AuthRequest } from '../http.ts'
import { createCode, hashCode, pkcePrefix, saveOneTimeToken } from '../models/one_time_token.ts'
import { type User, updateUser } from '../models/user.ts'
import { type EmailAction, sendMail } from './send.ts'

/** How a link ends: with a session in the fragment, or with a code for PKCE. */
export interface LinkForm {
  readonly isPkce: boolean
}

/** Sends the mail that confirms an address after sign-up. */
export function sendConfirmation(auth: Auth, db: Db, request: AuthRequest, user: User, form: LinkForm): Promise<User> {
  requireMailPause(user.confirmation_sent_at, auth.config.email.max_frequency, auth.now())
  return sendConfirmationToken(auth, db, request, user, { ...form, action: 'signup' })
}

/** Sends an invitation; accepting it confirms the address. */
export function sendInvite(auth: Auth, db: Db, request: AuthRequest, user: User): Promise<User> {
  return sendConfirmationToken(auth, db, request, user, { isPkce: false, action: 'invite' })
}

async function sendConfirmationToken(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  user: User,
  mail: LinkForm & { action: 'signup' | 'invite' },
): Promise<User> {
  const now = auth.now()
  const failure = mail.action === 'signup' ? 'Error sending confirmation email' : 'Error sending invite email'
  const { code, tokenHash } = createToken(auth, user.email ?? '', mail)
  return orFail(failure, async () => {
    const invited = mail.action === 'invite' ? { invited_at: now } : {}
    const columns = { confirmation_token: tokenHash, confirmation_sent_at: now, ...invited }
    const updated = await updateUser(db, user.id, columns, now)
    await saveOneTimeToken(db, {
      userId: user.id,
      type: 'confirmation_token',
      hash: tokenHash,
      relatesTo: user.email ?? '',
    })
    await sendMail(auth, db, request, { action: mail.action, user: updated, code, tokenHash }, failure)
    return updated
  })
}

/** Sends a link to sign in with, either to log in or to set a new password. */
export async function sendRecovery(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  user: User,
  mail: LinkForm & { action: Extract<EmailAction, 'magiclink' | 'recovery'> },
): Promise<User> {
  const now = auth.now()
  // Both kinds share the timer: a link to log in is as good as one to recover.
  requireMailPause(user.recovery_sent_at, auth.config.email.max_frequency, now)
  const failure = mail.action === 'recovery' ? 'Error sending recovery email' : 'Error sending magic link email'
  const { code, tokenHash } = createToken(auth, user.email ?? '', mail)
  return orFail(failure, async () => {
    const updated = await updateUser(db, user.id, { recovery_token: tokenHash, recovery_sent_at: now }, now)
    await saveOneTimeToken(db, {
      userId: user.id,
      type: 'recovery_token',
      hash: tokenHash,
      relatesTo: user.email ?? '',
    })
    await sendMail(auth, db, request, { action: mail.action, user: updated, code, tokenHash }, failure)
    return updated
  })
}

/** Sends the code that a change of password asks for when the sign-in is long ago. */
export async function sendReauthentication(auth: Auth, db: Db, request: AuthRequest, user: User): Promise<User> {
  const now = auth.now()
  requireMailPause(user.reauthentication_sent_at, auth.config.email.max_frequency, now)
  const { code, tokenHash } = createToken(auth, user.email ?? '', { isPkce: false })
  const failure = 'Error sending reauthentication email'
  return orFail(failure, async () => {
    const columns = { reauthentication_token: tokenHash, reauthentication_sent_at: now }
    const updated = await updateUser(db, user.id, columns, now)
    await saveOneTimeToken(db, {
      userId: user.id,
      type: 'reauthentication_token',
      hash: tokenHash,
      relatesTo: user.email ?? '',
    })
    await sendMail(auth, db, request, { action: 'reauthentication', user: updated, code, tokenHash }, failure)
    return updated
  })
}

/** Asks the new address, and with `double_confirm_changes` the current one too, to confirm a change. */
export async function sendEmailChange(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  user: User,
  change: LinkForm & { email: string },
): Promise<User> {
  const now = auth.now()
  requireMailPause(user.email_change_sent_at, auth.config.email.max_frequency, now)
  const isDouble = auth.config.email.double_confirm_changes && Boolean(user.email)
  const toNew = createToken(auth, change.email, change)
  const toCurrent = isDouble ? createToken(auth, user.email ?? '', change) : { code: '', tokenHash: '' }
  const failure = 'Error sending email change email'
  return orFail(failure, async () => {
    const columns = {
      email_change: change.email,
      email_change_token_new: toNew.tokenHash,
      email_change_token_current: toCurrent.tokenHash,
      email_change_sent_at: now,
      email_change_confirm_status: 0,
    }
    const updated = await updateUser(db, user.id, columns, now)
    const save = (type: 'email_change_token_new' | 'email_change_token_current', hash: string, relatesTo: string) =>
      saveOneTimeToken(db, { userId: user.id, type, hash, relatesTo })
    await save('email_change_token_new', toNew.tokenHash, change.email)
    if (isDouble) await save('email_change_token_current', toCurrent.tokenHash, user.email ?? '')
    const pair = {
      action: 'email_change',
      user: updated,
      ...toCurrent,
      change: { email: change.email, ...toNew },
    } as const
    await sendMail(auth, db, request, pair, failure)
    return updated
  })
}

function createToken(auth: Auth, address: string, form: LinkForm): { code: string; tokenHash: string } {
  const code = createCode(auth.config.email.otp_length)
  const hash = hashCode(address, code)
  return { code, tokenHash: form.isPkce ? `${pkcePrefix}${hash}` : hash }
}
