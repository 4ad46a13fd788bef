/** Languages that mails are written in; English stands for every other. */
export const mailLocales = ['en', 'fr'] as const
export type MailLocale = (typeof mailLocales)[number]

/** In whose name and which language a mail is rendered. */
export interface MailLook {
  /** What the product calls itself. */
  readonly brand: string
  readonly locale: MailLocale
  /** The organization that the mail is sent for; the product's own look without one. */
  readonly organization?: MailOrganization | null
}

/** How an organization shows itself in mails. */
export interface MailOrganization {
  readonly name: string
  /** Address of the picture for everybody; null for the name alone. */
  readonly logoUrl: string | null
  /** Hexadecimal, such as `#1a2b3c`; null for ours. Used only where it can be read, see `mail_colors.ts`. */
  readonly primaryColor: string | null
  readonly secondaryColor: string | null
  /** Lines of plain text; null for none. */
  readonly footer: string | null
}

/** How mails look where nothing else is known. */
export const defaultLook: MailLook = { brand: 'Atrium', locale: 'en' }

/** The language of mails nearest to what a person asked for. @param tag BCP 47, such as `fr-CA`; null when unknown */
export function mailLocale(tag: string | null | undefined): MailLocale {
  const language = tag?.split(/[-_]/)[0]?.toLowerCase()
  return mailLocales.find((locale) => locale === language) ?? defaultLook.locale
}

/**
 * A moment in the words of the mail, in the order and time of its reader.
 *
 * @param tag BCP 47 of the reader; null when unknown
 * @param timeStyle `long` tells seconds and time zone as well
 */
export function mailInstant(
  at: Date,
  { tag, timeZone, timeStyle = 'short' }: { tag: string | null; timeZone: string; timeStyle?: 'short' | 'long' },
): string {
  const locale = mailLocale(tag)
  // A reader of another language gets the date in the order that most of the world writes it.
  const others = locale === 'en' ? 'en-GB' : locale
  const language = tag?.split('-')[0] === locale ? tag : others
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle, timeZone }).format(at)
}

/** Words of the layout itself. */
export const layoutWords: Readonly<Record<MailLocale, Record<'orCode' | 'code' | 'fallback' | 'sentFor', string>>> = {
  en: {
    orCode: 'Or enter this code:',
    code: 'Enter this code:',
    fallback: 'If the button does not work, open this address:',
    sentFor: 'Sent by {brand} for {organization}',
  },
  fr: {
    orCode: 'Ou saisissez ce code\u00A0:',
    code: 'Saisissez ce code\u00A0:',
    fallback: 'Si le bouton ne fonctionne pas, ouvrez cette adresse\u00A0:',
    sentFor: 'Envoyé par {brand} pour {organization}',
  },
}

/** Puts values into the `{...}` of a text; one that is not given stays as it stands. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}
