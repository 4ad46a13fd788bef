import { createHash } from 'node:crypto'
import { defaultLook, findMailStyle, type MailLook, mailLocale, organizationLook } from '../mail/mod.ts'
import type { RpcClient } from '../platform/mod.ts'
import type { MailSender } from '../providers/mail/mod.ts'
import type { Logger } from '../runtime/mod.ts'
import { composeAuthMails } from './compose_auth_mails.ts'
import type { SendEmailInput } from './schemas.ts'

/** What sending needs. */
export interface SendAuthMailDeps {
  readonly mail: MailSender
  /** Address of the platform, for links. */
  readonly publicUrl: string
  readonly signal: AbortSignal
  /** Asked for language and name. */
  readonly db: RpcClient
  readonly logger: Logger
}

/** Far below what Auth waits. */
const longestLookMs = 1500

/**
 * Sends the mails of one call of Auth's send-e-mail hook.
 *
 * @param callId id of the call, which names mails without a code or link
 * @returns how many mails were sent
 * @throws {HookPayloadError} when the call asks for no mail that we know
 * @throws {ProviderError} when the provider did not take a mail
 */
export async function sendAuthMail(deps: SendAuthMailDeps, callId: string, input: SendEmailInput): Promise<number> {
  const messages = composeAuthMails(input, deps.publicUrl, await lookOf(deps, input))
  const key = mailKey(callId, input)
  // All of them or an error: Auth repeats the whole call.
  await Promise.all(
    messages.map((message, index) =>
      deps.mail.send(message, { idempotencyKey: `auth-hook:${key}:${index}`, signal: deps.signal }),
    ),
  )
  return messages.length
}

/** A mail in English under our own name is better than none. */
async function lookOf({ db, logger, publicUrl }: SendAuthMailDeps, { user }: SendEmailInput): Promise<MailLook> {
  const expired = Promise.withResolvers<never>()
  const timer = setTimeout(() => expired.reject(new Error(`No answer in ${longestLookMs} ms`)), longestLookMs)
  try {
    const style = await Promise.race([findMailStyle(db, user.id, user.email), expired.promise])
    // Its own words stay out: what a mail about the account says and whom it names for help is ours alone.
    const organization = style.organization && organizationLook({ ...style.organization, mail_footer: null }, publicUrl)
    return { brand: style.brand, locale: mailLocale(style.locale ?? user.user_metadata.locale), organization }
  } catch (cause) {
    logger.warn('mail_style_unknown', { reason: cause instanceof Error ? cause.message : 'unknown' })
    return { ...defaultLook, locale: mailLocale(user.user_metadata.locale) }
  } finally {
    clearTimeout(timer)
  }
}

/** Auth gives every attempt an id of its own, but its codes stay the same. Hashed, because providers show the key. */
function mailKey(callId: string, { user, email_data: data }: SendEmailInput): string {
  const secrets = [data.token_hash, data.token_hash_new, data.token].filter((text) => text !== null)
  if (secrets.length === 0) return callId
  return createHash('sha256')
    .update([user.id, data.email_action_type, ...secrets].join('\n'))
    .digest('hex')
}
