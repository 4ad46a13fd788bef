/**
 * Codes of six digits that stand alone, each once, in order of appearance: no part of a longer number, a decimal, a
 * colour or a web address.
 */
export function findCodes(text: string): string[] {
  const withoutLinks = text.replace(/\bhttps?:\/\/[^\s<>"']+/gi, ' ')
  return [...new Set([...withoutLinks.matchAll(/(?<![\w#.,/-])\d{6}(?![\w/-]|[.,]\d)/g)].map(([code]) => code))]
}
