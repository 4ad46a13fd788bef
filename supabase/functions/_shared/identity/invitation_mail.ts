import { fill, type MailLook, mailInstant, mailLocale, renderMail } from '../mail/mod.ts'
import type { MailMessage } from '../providers/mail/mod.ts'
import { unlinkedLine } from '../text/mod.ts'
import { invitationMailTexts } from './invitation_mail_texts.ts'

/** What the mail of an invitation says. */
export interface InvitationMail {
  readonly email: string
  readonly organization: NonNullable<MailLook['organization']>
  /** Null when that account is gone. */
  readonly inviterName: string | null
  /** A fixed role, or the name of one of the organization's own. */
  readonly role: string
  /** BCP 47 tag of whom it goes to, as far as known. */
  readonly locale: string
  readonly timeZone: string
  readonly expiresAt: Date
  /** What the product calls itself. */
  readonly productName: string
  readonly link: string
}

/**
 * Writes the mail of an invitation in the look of the organization. Names are chosen by whoever invites and read by
 * strangers, so nothing in them becomes a link.
 */
export function composeInvitationMail(mail: InvitationMail): MailMessage {
  const { organization, timeZone } = mail
  const locale = mailLocale(mail.locale)
  const text = invitationMailTexts[locale]
  const brand = unlinkedLine(mail.productName)
  const values = {
    brand,
    organization: organization.name,
    inviter: mail.inviterName === null ? text.somebody : unlinkedLine(mail.inviterName),
    role: text.roles[mail.role] ?? unlinkedLine(mail.role),
    expires_at: mailInstant(mail.expiresAt, { tag: mail.locale, timeZone }),
  }
  const content = {
    subject: fill(text.subject, values),
    heading: fill(text.heading, values),
    paragraphs: text.paragraphs.map((paragraph) => fill(paragraph, values)),
    action: { label: text.label, url: mail.link },
    footnote: text.footnote,
  }
  return { to: { email: mail.email }, ...renderMail(content, { brand, locale, organization }), tag: 'invitation' }
}
