/** Languages that mails are written in; English stands for every other. */
export const mailLocales = ['en', 'fr'] as const
export type MailLocale = (typeof mailLocales)[number]

/** In whose name and which language a mail is rendered. */
export interface MailLook {
  /** What the product calls itself. */
  readonly brand: string
  readonly locale: MailLocale
}

/** How mails look where nothing else is known. */
export const defaultLook: MailLook = { brand: 'Atrium', locale: 'en' }

/** The language of mails nearest to what a person asked for. @param tag BCP 47, such as `fr-CA`; null when unknown */
export function mailLocale(tag: string | null | undefined): MailLocale {
  const language = tag?.split(/[-_]/)[0]?.toLowerCase()
  return mailLocales.find((locale) => locale === language) ?? defaultLook.locale
}

/** Words of the layout itself. */
export const layoutWords: Readonly<Record<MailLocale, { orCode: string; code: string; fallback: string }>> = {
  en: {
    orCode: 'Or enter this code',
    code: 'Enter this code',
    fallback: 'If the button does not work, open this address',
  },
  fr: {
    orCode: 'Ou saisissez ce code',
    code: 'Saisissez ce code',
    fallback: 'Si le bouton ne fonctionne pas, ouvrez cette adresse',
  },
}

/** Puts values into the `{...}` of a text; one that is not given stays as it stands. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}
