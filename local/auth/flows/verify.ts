import { z } from 'zod'
import { openSession, type SessionJson, withSessionFragment } from '../access_token.ts'
import { readEmail, readPhone } from '../addresses.ts'
import type { Auth, Flow } from '../auth.ts'
import { inTransaction } from '../database.ts'
import { AuthError, validationFailed } from '../errors.ts'
import { type AuthRequest, ok, redirect, text } from '../http.ts'
import { withCode, withError, withMessage } from '../landing.ts'
import { notify } from '../mail/notify.ts'
import { issueAuthCode } from '../models/flow_state.ts'
import { pkcePrefix } from '../models/one_time_token.ts'
import type { User } from '../models/user.ts'
import { notifyNewPhone, verifyPhoneCode } from './phone.ts'
import { applyVerification, singleConfirmationAccepted } from './verify_effect.ts'
import { type VerificationType, verifyCode, verifyTokenHash } from './verify_token.ts'

const parameters = z.object({ type: text, token: text, token_hash: text, email: text, phone: text, redirect_to: text })

/** POST /verify: exchanges a code, or the hash of a link, for a session. */
export const verify: Flow = async (auth, request) => {
  const body = await request.json(parameters)
  if (body.type === '') throw validationFailed('Verify requires a verification type')
  if ((body.token === '') === (body.token_hash === '')) {
    throw validationFailed('Verify requires either a token or a token hash')
  }
  if (body.token_hash !== '' && (body.email !== '' || body.phone !== '')) {
    throw validationFailed('Only the token_hash and type should be provided')
  }
  if (body.token !== '' && (body.email === '') === (body.phone === '')) {
    throw validationFailed('Only an email address or phone number should be provided on verify')
  }
  const isPhone = body.phone !== ''
  if (isPhone && body.type !== 'sms' && body.type !== 'phone_change') {
    throw validationFailed('Invalid sms verification type')
  }
  const email = body.token === '' || isPhone ? '' : readEmail(body.email)
  const outcome = await inTransaction(auth.pool, async (db): Promise<Verified> => {
    const code = body.token.replaceAll('-', '')
    if (isPhone) {
      const verified = await verifyPhoneCode(auth, db, request, { type: body.type, phone: readPhone(body.phone), code })
      return { ...verified, session: await openSession(auth, db, request, verified.user, 'otp') }
    }
    const verified =
      body.token === ''
        ? await verifyTokenHash(auth, db, body.type, body.token_hash)
        : await verifyCode(auth, db, { type: body.type, email, code })
    const user = await applyVerification(auth, db, request, verified)
    const session = user && (await openSession(auth, db, request, user, 'otp'))
    return { user, before: verified.user, session }
  })
  await notifyOwner(auth, outcome)
  return ok(outcome.session ?? { msg: singleConfirmationAccepted, code: '200' })
}

/** What an accepted code changed. */
interface Verified {
  /** Null while a change of address waits for the other one. */
  readonly user: User | null
  readonly before: User
  readonly session: SessionJson | null
}

/** Tells the address that was, and by mail of a number that was, that another one took its place. */
async function notifyOwner(auth: Auth, { user, before }: Pick<Verified, 'user' | 'before'>): Promise<void> {
  if (!user) return
  if (before.email && user.email !== before.email) {
    await notify(auth, { kind: 'email_changed', user, to: before.email, details: { old_email: before.email } })
  }
  if (user.phone !== before.phone) await notifyNewPhone(auth, before, user)
}

/** GET /verify: the link of a mail. Sends the browser on with a session, a code for PKCE, or an error. */
export const verifyLink: Flow = async (auth, request) => {
  const tokenHash = request.query.get('token') ?? ''
  const type = request.query.get('type') ?? ''
  if (type === '') throw validationFailed('Verify requires a verification type')
  if (tokenHash === '') throw validationFailed('Verify requires a token or a token hash')
  const target = auth.redirects.choose(request.redirectTo, request.referrer)
  const isPkce = tokenHash.startsWith(pkcePrefix)
  try {
    const { location, ...outcome } = await openLink(auth, request, { tokenHash, type, target, isPkce })
    await notifyOwner(auth, outcome)
    return redirect(location)
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    return redirect(withError(target, error, { inQuery: isPkce }))
  }
}

function openLink(
  auth: Auth,
  request: AuthRequest,
  link: { tokenHash: string; type: string; target: string; isPkce: boolean },
): Promise<{ location: string; user: User | null; before: User }> {
  return inTransaction(auth.pool, async (db) => {
    const verified = await verifyTokenHash(auth, db, link.type, link.tokenHash)
    const user = await applyVerification(auth, db, request, verified)
    const changed = { user, before: verified.user }
    if (!user) return { ...changed, location: withMessage(link.target, singleConfirmationAccepted, link.isPkce) }
    if (!link.isPkce) {
      const session = await openSession(auth, db, request, user, 'otp')
      return { ...changed, location: withSessionFragment(link.target, session, { type: link.type }) }
    }
    const code = await issueAuthCode(db, user.id, methodOf(verified.type), auth.now())
    if (!code) throw new AuthError(400, 'flow_state_not_found', 'No associated flow state found.')
    return { ...changed, location: withCode(link.target, code) }
  })
}

/** Name under which a flow with PKCE was remembered. */
function methodOf(type: VerificationType): string {
  return type === 'signup' ? 'email/signup' : type
}
