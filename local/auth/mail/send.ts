import { z } from 'zod'
import type { Auth } from '../auth.ts'
import type { Db } from '../database.ts'
import { AuthError, unexpectedFailure } from '../errors.ts'
import type { AuthRequest } from '../http.ts'
import type { User } from '../models/user.ts'
import { userJson } from '../models/user_json.ts'
import type { MailKind } from './built_in.ts'

/** What a mail asks its reader to do, as links and the hook name it. */
export type EmailAction = 'signup' | 'invite' | 'magiclink' | 'recovery' | 'email_change' | 'reauthentication'

/** One mail, or the pair of an address change. */
export interface OutgoingMail {
  readonly action: EmailAction
  readonly user: User
  /** Code for the user's address; empty when an address change asks only the new one. */
  readonly code: string
  readonly tokenHash: string
  /** The new address' half of a change. */
  readonly change?: { readonly email: string; readonly code: string; readonly tokenHash: string }
}

const kinds: Readonly<Record<EmailAction, MailKind>> = {
  signup: 'confirmation',
  invite: 'invite',
  magiclink: 'magic_link',
  recovery: 'recovery',
  email_change: 'email_change',
  reauthentication: 'reauthentication',
}

/**
 * Hands a mail to the send-email hook or to the mail server.
 *
 * @throws {AuthError} `over_email_send_rate_limit`, the hook's own error, or 500 with `failure` as its message
 */
export async function sendMail(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  mail: OutgoingMail,
  failure: string,
): Promise<void> {
  // The limit protects a real mail server; the sandbox needs none.
  if (auth.config.email.smtp?.enabled && !auth.limits.take('email_sent', 'all')) {
    throw new AuthError(429, 'over_email_send_rate_limit', 'email rate limit exceeded')
  }
  const redirectTo = auth.redirects.choose(request.redirectTo, request.referrer)
  try {
    if (auth.hooks.isEnabled('send_email')) await callHook(auth, db, mail, redirectTo)
    else await sendBySmtp(auth, mail, redirectTo)
  } catch (cause) {
    if (cause instanceof AuthError) throw cause
    throw unexpectedFailure(failure, cause)
  }
}

async function callHook(auth: Auth, db: Db, mail: OutgoingMail, redirectTo: string): Promise<void> {
  const { change } = mail
  // The hashes of a double change are crossed, which is how the hosted service has always sent them: `token_hash`
  // belongs to `token_new` and the new address, `token_hash_new` to `token` and the current one.
  const isDouble = change !== undefined && mail.code !== ''
  const data = {
    token: isDouble || !change ? mail.code : change.code,
    token_hash: change ? change.tokenHash : mail.tokenHash,
    redirect_to: redirectTo,
    email_action_type: mail.action,
    site_url: auth.externalUrl,
    token_new: isDouble ? change.code : '',
    token_hash_new: isDouble ? mail.tokenHash : '',
  }
  const user = { ...userJson(mail.user), ...(change ? { new_email: change.email } : {}) }
  await auth.hooks.call(db, 'send_email', { user, email_data: data }, z.unknown())
}

async function sendBySmtp(auth: Auth, mail: OutgoingMail, redirectTo: string): Promise<void> {
  const { user, change } = mail
  const shared = {
    SiteURL: auth.config.site_url,
    RedirectTo: redirectTo,
    Email: user.email ?? '',
    NewEmail: change?.email ?? '',
    Data: user.raw_user_meta_data,
  }
  const deliver = (to: string, code: string, tokenHash: string) =>
    auth.mailer.send(kinds[mail.action], to, {
      ...shared,
      SendingTo: to,
      Token: code,
      TokenHash: tokenHash,
      ConfirmationURL: verificationLink(auth, { tokenHash, type: mail.action, redirectTo }),
    })
  if (mail.code !== '') await deliver(user.email ?? '', mail.code, mail.tokenHash)
  if (change) await deliver(change.email, change.code, change.tokenHash)
}

/** The link that verifies a token when it is opened. */
export function verificationLink(auth: Auth, link: { tokenHash: string; type: string; redirectTo: string }): string {
  const query = new URLSearchParams({ token: link.tokenHash, type: link.type, redirect_to: link.redirectTo })
  return `${auth.externalUrl}/verify?${query}`
}
