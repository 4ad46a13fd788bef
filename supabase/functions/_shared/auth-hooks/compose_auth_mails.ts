import { fill, type MailContent, type MailLocale, type MailLook, renderMail } from '../mail/mod.ts'
import type { MailMessage } from '../providers/mail/mod.ts'
import { type AuthMailText, type AuthMailTexts, englishTexts } from './auth_mail_texts.ts'
import { frenchTexts } from './auth_mail_texts_fr.ts'
import type { SendEmailInput } from './schemas.ts'

/** A call that no mail can be made from. */
export class HookPayloadError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'HookPayloadError'
  }
}

const textsByLocale: Readonly<Record<MailLocale, AuthMailTexts>> = { en: englishTexts, fr: frenchTexts }

interface Plan {
  readonly to: string | null
  readonly text: AuthMailText
  readonly code?: string | null
  readonly tokenHash?: string | null
  /** Type of the link, as `/auth/v1/verify` knows it. */
  readonly linkType?: string
}

/**
 * Makes the mails that one call of Auth's hook asks for: one, two for a change of address that both addresses confirm,
 * none for a kind of notice that is newer than this code.
 *
 * @param publicUrl address of the platform, for calls without `site_url`
 * @param look in whose name and which language
 * @throws {HookPayloadError} when the kind is unknown or a value it needs is missing
 */
export function composeAuthMails(input: SendEmailInput, publicUrl: string, look: MailLook): MailMessage[] {
  const texts = textsByLocale[look.locale]
  return planMails(input, texts).map((plan) => {
    if (!plan.to) throw new HookPayloadError('Cannot send mail: the call names no address to send to')
    const content = toContent(plan, input, publicUrl, valuesOf(input, texts, look))
    return { to: { email: plan.to }, ...renderMail(content, look), tag: input.email_data.email_action_type }
  })
}

function planMails({ user, email_data: data }: SendEmailInput, { requests, notices }: AuthMailTexts): Plan[] {
  const one = (text: AuthMailText, linkType: string): Plan[] => [
    { to: user.email, text, code: data.token, tokenHash: data.token_hash, linkType },
  ]
  const kind = data.email_action_type
  switch (kind) {
    case 'signup':
      return one(requests.signup, kind)
    case 'login':
    case 'magiclink':
      return one(requests.magiclink, 'magiclink')
    case 'email':
      return one(requests.magiclink, kind)
    case 'recovery':
      return one(requests.recovery, kind)
    case 'invite':
      return one(requests.invite, kind)
    case 'reauthentication':
      return [{ to: user.email, text: requests.reauthentication, code: data.token }]
    case 'email_change':
      return planEmailChange(user, data, requests)
  }
  const notice = notices[kind]
  // The old address is told of its own removal: whoever took the account over reads the new one.
  if (notice)
    return [{ to: kind.startsWith('email_changed') ? (data.old_email ?? user.email) : user.email, text: notice }]
  if (kind.endsWith('_notification')) return []
  throw new HookPayloadError(`Cannot send mail: unknown kind "${kind}"`)
}

/**
 * The names of the fields are crossed, and Auth keeps them so: `token_hash_new` belongs to `token` and the current
 * address, `token_hash` to `token_new` and the new one. With a single pair, `token_hash` confirms the new address.
 */
function planEmailChange(
  user: SendEmailInput['user'],
  data: SendEmailInput['email_data'],
  requests: AuthMailTexts['requests'],
): Plan[] {
  const next = user.new_email ?? user.email_new
  const common = { linkType: 'email_change' }
  if (!data.token_hash_new) {
    const code = data.token ?? data.token_new
    return [{ ...common, to: next ?? user.email, text: requests.email_change_new, code, tokenHash: data.token_hash }]
  }
  return [
    {
      ...common,
      to: user.email,
      text: requests.email_change_current,
      code: data.token,
      tokenHash: data.token_hash_new,
    },
    { ...common, to: next, text: requests.email_change_new, code: data.token_new, tokenHash: data.token_hash },
  ]
}

function toContent(plan: Plan, input: SendEmailInput, publicUrl: string, values: Values): MailContent {
  const { text, code, tokenHash, linkType } = plan
  if (linkType && !tokenHash) throw new HookPayloadError('Cannot send mail: the call holds no token_hash for its link')
  if (!linkType && 'code' in plan && !code) throw new HookPayloadError('Cannot send mail: the call holds no token')
  const label = text.action
  return {
    subject: fill(text.subject, values),
    heading: fill(text.heading, values),
    paragraphs: text.paragraphs.map((paragraph) => fill(paragraph, values)),
    footnote: fill(text.footnote, values),
    ...(label && linkType && tokenHash
      ? { action: { label, url: verifyUrl(input, publicUrl, linkType, tokenHash) } }
      : {}),
    ...(code ? { code } : {}),
  }
}

function verifyUrl({ email_data: data }: SendEmailInput, publicUrl: string, type: string, tokenHash: string): string {
  // Some versions of Auth name their own base here, others that of the project.
  const base = (data.site_url ?? publicUrl).replace(/\/+$/, '').replace(/\/auth\/v1$/, '')
  const url = new URL(`${base}/auth/v1/verify`)
  url.searchParams.set('token', tokenHash)
  url.searchParams.set('type', type)
  if (data.redirect_to) url.searchParams.set('redirect_to', data.redirect_to)
  return url.href
}

type Values = Readonly<Record<string, string>>

function valuesOf({ user, email_data: data }: SendEmailInput, texts: AuthMailTexts, { brand }: MailLook): Values {
  const { names, unknown } = texts
  return {
    brand,
    // Told of its own removal, the old address may stand in for the account's: then the call does not say the new one.
    email: user.email !== null && user.email === data.old_email ? unknown.new_email : (user.email ?? unknown.email),
    new_email: user.new_email ?? user.email_new ?? unknown.new_email,
    old_email: data.old_email ?? unknown.old_email,
    provider: names[data.provider ?? ''] ?? data.provider ?? unknown.provider,
    factor_type: names[data.factor_type ?? ''] ?? data.factor_type ?? unknown.factor_type,
  }
}
