import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { openSession } from '../access_token.ts'
import { readChallenge, readEmail, readPhone } from '../addresses.ts'
import type { Auth, Flow } from '../auth.ts'
import { type Db, inTransaction, isDuplicate } from '../database.ts'
import { AuthError, validationFailed } from '../errors.ts'
import { type AuthRequest, object, ok, type Reply, text } from '../http.ts'
import { sendConfirmation } from '../mail/tokens.ts'
import { writeAudit } from '../models/audit_log.ts'
import { insertFlowState } from '../models/flow_state.ts'
import { emailIdentityData } from '../models/identity.ts'
import { defaultAudience, findUser, type JsonObject, type User } from '../models/user.ts'
import { userJson } from '../models/user_json.ts'
import { hashPassword, requireStrongPassword } from '../passwords.ts'
import { readChannel } from '../sms/send.ts'
import { confirmUser } from './confirm.ts'
import { createSignUp, createUser } from './new_user.ts'
import { obfuscatedPhoneUser, requirePhoneProvider, signUpWithPhone } from './phone.ts'

const parameters = z.object({
  email: text,
  phone: text,
  password: text,
  data: object,
  channel: text,
  code_challenge: text,
  code_challenge_method: text,
})

/** What a sign-up by e-mail needs. */
export interface EmailSignUp {
  readonly email: string
  readonly encryptedPassword: string
  readonly data: JsonObject
  readonly challenge: { challenge: string; challengeMethod: string } | null
}

/** POST /signup: registers with e-mail and password, or anonymously when neither address is given. */
export const signUp: Flow = async (auth, request) => {
  const body = await request.json(parameters)
  requireOpenSignUp(auth)
  if (body.email === '' && body.phone === '') return signInAnonymously(auth, request, body.data ?? {})
  auth.limits.require('sign_in_sign_ups', request)
  if (body.password === '') throw validationFailed('Signup requires a valid password')
  requireStrongPassword(auth.config, body.password)
  if (body.email !== '' && body.phone !== '') {
    throw validationFailed('Only an email address or phone number should be provided on signup.')
  }
  if (body.phone !== '') return signUpByPhone(auth, request, body)
  requireEmailSignUp(auth)
  const challenge = readChallenge(body.code_challenge, body.code_challenge_method)
  const email = readEmail(body.email)
  const encryptedPassword = await hashPassword(body.password)
  const signUpData = { email, encryptedPassword, data: body.data ?? {}, challenge }
  const outcome = await auth.decoys.learn('confirmation', signUpWithEmail(auth, request, signUpData), sentSomething)
  if (outcome.kind !== 'exists') return ok(outcome.body)
  if (!auth.config.email.enable_confirmations) {
    throw new AuthError(422, 'user_already_exists', 'User already registered')
  }
  await auth.decoys.pretend('confirmation', email, auth.config.email.max_frequency)
  return ok(obfuscatedUser(auth, email, body.data ?? {}))
}

const sentSomething = ({ kind }: { kind: string }) => kind === 'pending'

async function signUpByPhone(auth: Auth, request: AuthRequest, body: z.infer<typeof parameters>): Promise<Reply> {
  requirePhoneProvider(auth, 'Phone signups are disabled')
  const phone = readPhone(body.phone)
  const data = body.data ?? {}
  const channel = readChannel(body.channel)
  const encryptedPassword = await hashPassword(body.password)
  const signUpData = { phone, encryptedPassword, data, channel }
  const outcome = await auth.decoys.learn('sms', signUpWithPhone(auth, request, signUpData), sentSomething)
  if (outcome.kind !== 'exists') return ok(outcome.body)
  if (!auth.config.sms.enable_confirmations) {
    throw new AuthError(422, 'user_already_exists', 'User already registered')
  }
  await auth.decoys.pretend('sms', phone, auth.config.sms.max_frequency)
  return ok(obfuscatedPhoneUser(auth, phone, data))
}

/** @throws {AuthError} `signup_disabled` */
export function requireOpenSignUp(auth: Auth): void {
  if (!auth.config.enable_signup) {
    throw new AuthError(422, 'signup_disabled', 'Signups not allowed for this instance')
  }
}

function requireEmailSignUp(auth: Auth): void {
  if (!auth.config.email.enabled || !auth.config.email.enable_signup) {
    throw new AuthError(400, 'email_provider_disabled', 'Email signups are disabled')
  }
}

/** Registers an address, or sends the confirmation again to one that is not confirmed yet. */
export async function signUpWithEmail(
  auth: Auth,
  request: AuthRequest,
  signUpData: EmailSignUp,
): Promise<{ kind: 'exists' } | { kind: 'pending' | 'signed-in'; body: JsonObject }> {
  const attempt = () => inTransaction(auth.pool, (db) => registerEmail(auth, db, request, signUpData))
  try {
    return await attempt()
  } catch (error) {
    // Two sign-ups of one address at once: the later one finds the user that the first has made.
    if (error instanceof AuthError && isDuplicate(error.cause, 'users_email_partial_key')) return attempt()
    throw error
  }
}

async function registerEmail(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  { email, encryptedPassword, data, challenge }: EmailSignUp,
): Promise<{ kind: 'exists' } | { kind: 'pending' | 'signed-in'; body: JsonObject }> {
  const now = auth.now()
  const audit = { ip: request.clientIp, traits: { provider: 'email' } }
  const existing = await findUser(db, { email }, { lock: true })
  if (existing?.email_confirmed_at) {
    await writeAudit(db, { ...audit, action: 'user_repeated_signup', actor: existing }, now)
    return { kind: 'exists' }
  }
  // An unconfirmed user keeps password and metadata: whoever signs up now may not be who did the first time.
  let user = existing ?? (await createSignUp(auth, db, request, { email, encryptedPassword, data }))
  if (!auth.config.email.enable_confirmations) {
    await writeAudit(db, { ...audit, action: 'user_signedup', actor: user }, now)
    user = await confirmUser(auth, db, user)
    await writeAudit(db, { ...audit, action: 'login', actor: user }, now)
    return { kind: 'signed-in', body: await openSession(auth, db, request, user, 'password') }
  }
  await writeAudit(db, { ...audit, action: 'user_confirmation_requested', actor: user }, now)
  if (challenge) {
    await insertFlowState(db, { userId: user.id, provider: 'email', method: 'email/signup', ...challenge }, now)
  }
  user = await sendConfirmation(auth, db, request, user, { isPkce: challenge !== null })
  return { kind: 'pending', body: userJson(user) }
}

/** Looks like a new user but for the empty list of identities, so that nobody learns who is registered. */
function obfuscatedUser(auth: Auth, email: string, data: JsonObject): JsonObject {
  const now = auth.now().toISOString()
  const id = randomUUID()
  return {
    id,
    aud: defaultAudience,
    role: 'authenticated',
    email,
    phone: '',
    confirmation_sent_at: now,
    app_metadata: { provider: 'email', providers: ['email'] },
    user_metadata: { ...data, ...emailIdentityData(id, email) },
    identities: [],
    created_at: now,
    updated_at: now,
    is_anonymous: false,
  }
}

async function signInAnonymously(auth: Auth, request: AuthRequest, data: JsonObject): Promise<Reply> {
  if (!auth.config.enable_anonymous_sign_ins) {
    throw new AuthError(422, 'anonymous_provider_disabled', 'Anonymous sign-ins are disabled')
  }
  auth.limits.require('anonymous_users', request)
  const session = await inTransaction(auth.pool, async (db) => {
    const user: User = await createUser(auth, db, request, { encryptedPassword: null, data, isAnonymous: true })
    return openSession(auth, db, request, user, 'anonymous')
  })
  return ok(session)
}
