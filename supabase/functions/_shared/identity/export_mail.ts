import { fill, type MailRecipient, mailInstant, mailLocale, renderMail } from '../mail/mod.ts'
import type { MailMessage } from '../providers/mail/mod.ts'

const texts = {
  en: {
    subject: 'Your data from {brand} is ready',
    heading: 'Your data is ready',
    paragraphs: [
      'You asked for everything that {brand} keeps about you. It is one zip file.',
      'The link works for seven days, until {expires_at}. Whoever has it can read your data: do not pass this mail on.',
    ],
    label: 'Download my data',
    footnote: 'If you did not ask for it, change your password and write to {support_address}.',
  },
  fr: {
    subject: 'Vos données {brand} sont prêtes',
    heading: 'Vos données sont prêtes',
    paragraphs: [
      'Vous avez demandé tout ce que {brand} conserve à votre sujet. Il s’agit d’un seul fichier zip.',
      'Le lien fonctionne pendant sept jours, jusqu’au {expires_at}. Qui le possède peut lire vos données : ne transférez pas ce message.',
    ],
    label: 'Télécharger mes données',
    footnote: 'Si vous n’avez rien demandé, changez votre mot de passe et écrivez à {support_address}.',
  },
} as const

/** Writes the mail with the link to an export. @param expiresAt when the link ends */
export function composeExportMail(recipient: MailRecipient, link: string, expiresAt: Date): MailMessage {
  const locale = mailLocale(recipient.locale)
  const { brand, support_address, time_zone: timeZone } = recipient
  const values = { brand, support_address, expires_at: mailInstant(expiresAt, { tag: recipient.locale, timeZone }) }
  const text = texts[locale]
  const content = {
    subject: fill(text.subject, values),
    heading: text.heading,
    paragraphs: text.paragraphs.map((paragraph) => fill(paragraph, values)),
    action: { label: text.label, url: link },
    footnote: fill(text.footnote, values),
  }
  return { to: { email: recipient.email }, ...renderMail(content, { brand, locale }), tag: 'personal_export' }
}
