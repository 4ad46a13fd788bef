import { z } from 'zod'
import { fill, type MailRecipient, mailInstant, mailLocale, mailRecipientSchema, renderMail } from '../mail/mod.ts'
import { defineJob, type JobHandler, type RpcClient } from '../platform/mod.ts'
import { type MailMessage, type MailSender, mailSender } from '../providers/mail/mod.ts'
import { readEnv } from '../runtime/mod.ts'
import { securityEvents, securityMailTexts } from './security_mail_texts.ts'

/** What `private.tell_of_security` writes. */
const payloadSchema = z.object({
  user_id: z.uuid(),
  event: z.enum(securityEvents),
  occurred_at: z.iso.datetime({ offset: true }),
  details: z.record(z.string(), z.union([z.string(), z.number()]).nullable()),
})
type SecurityMail = z.infer<typeof payloadSchema>

/**
 * Makes the handler that tells a person of something that happened to their account.
 *
 * @param sender what mail is sent with
 */
export function sendSecurityMailJobWith(sender: () => MailSender): JobHandler {
  return defineJob('identity.security_mail', payloadSchema, async ({ db, signal }, payload, job) => {
    const recipient = await findRecipient(db, payload)
    if (!recipient) return { result: { is_sent: false } }
    await sender().send(composeSecurityMail(recipient, payload), { idempotencyKey: `security:${job.id}`, signal })
    return { result: { is_sent: true } }
  })
}

/** Tells a person of something that happened to their account, with the sender of the settings. */
export const sendSecurityMailJob = sendSecurityMailJobWith(() => mailSender(readEnv()))

async function findRecipient(db: RpcClient, { user_id, details }: SecurityMail): Promise<MailRecipient | null> {
  const { data, error } = await db.rpc('get_security_mail_recipient', {
    user_id,
    session_id: details.session_id ?? null,
  })
  if (error) throw new Error(`Cannot read whom to tell: ${error.message}`)
  return mailRecipientSchema.nullable().parse(data)
}

function composeSecurityMail(recipient: MailRecipient, { event, occurred_at, details }: SecurityMail): MailMessage {
  const locale = mailLocale(recipient.locale)
  const reader = { tag: recipient.locale, timeZone: recipient.time_zone, timeStyle: 'long' } as const
  const shown = ([name, value]: [string, string | number | null]) => {
    const isInstant = name.endsWith('_at') && value !== null
    return [name, isInstant ? mailInstant(new Date(value), reader) : String(value ?? '–')]
  }
  const values = {
    ...Object.fromEntries(Object.entries(details).map(shown)),
    brand: recipient.brand,
    support_address: recipient.support_address,
    occurred_at: mailInstant(new Date(occurred_at), reader),
  }
  const text = securityMailTexts[locale][event]
  const content = {
    subject: fill(text.subject, values),
    heading: fill(text.heading, values),
    paragraphs: text.paragraphs.map((paragraph) => fill(paragraph, values)),
    footnote: fill(text.footnote, values),
  }
  return { to: { email: recipient.email }, ...renderMail(content, { brand: recipient.brand, locale }), tag: event }
}
