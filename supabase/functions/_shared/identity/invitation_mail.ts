import { renderMail } from '../mail/mod.ts'
import type { MailMessage } from '../providers/mail/mod.ts'
import { cleanLine } from '../text/mod.ts'

/** What the mail of an invitation says. */
export interface InvitationMail {
  readonly email: string
  readonly organizationName: string
  /** Null when that account is gone. */
  readonly inviterName: string | null
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
 * Writes the mail of an invitation. Names are chosen by whoever invites and read by strangers, so nothing in them becomes
 * a link.
 */
export function composeInvitationMail(mail: InvitationMail): MailMessage {
  const organization = harmlessName(mail.organizationName)
  const product = harmlessName(mail.productName)
  const inviter = mail.inviterName === null ? 'Somebody' : harmlessName(mail.inviterName)
  const role = harmlessName(mail.role.replaceAll('_', ' '))
  const content = renderMail({
    subject: `${organization} invites you to ${product}`,
    heading: `${organization} invites you`,
    paragraphs: [
      `${inviter} invites you to work with ${organization} on ${product} as ${role}.`,
      `Use the button to answer, signed in with this address or after signing up with it. The invitation is valid until ${instant(mail)}.`,
    ],
    action: { label: 'View invitation', url: mail.link },
    footnote:
      'You get this mail because someone entered your address. If you do not want to join, decline or ignore it; nothing happens then.',
  })
  return { to: { email: mail.email }, ...content, tag: 'invitation' }
}

/** A name on one line in which no mail program finds an address to link to. */
function harmlessName(name: string): string {
  return cleanLine(name)
    .replaceAll('://', ': ')
    .replace(/\.(?=[\p{L}\p{N}])/gu, '. ')
}

/** Dates in the reader's order and time, words in the language of the mail. */
function instant({ locale, timeZone, expiresAt }: InvitationMail): string {
  const language = locale.split('-')[0] === 'en' ? locale : 'en-GB'
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone }).format(expiresAt)
}
