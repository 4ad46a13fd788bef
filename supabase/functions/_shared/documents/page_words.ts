/** Words of the page itself, by language; English stands for every other. */
const words = {
  en: { page: (page: number, count: number) => `Page ${page} of ${count}` },
  fr: { page: (page: number, count: number) => `Page ${page} sur ${count}` },
  hi: { page: (page: number, count: number) => `पृष्ठ ${page} / ${count}` },
} as const

/** Words of the page in the language of a document. @param locale BCP 47 */
export function pageWords(locale: string): { page(page: number, count: number): string } {
  const language = locale.split('-')[0]?.toLowerCase()
  return language === 'fr' || language === 'hi' ? words[language] : words.en
}
