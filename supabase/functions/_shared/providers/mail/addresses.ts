import type { MailAddress, MailMessage } from './port.ts'

/** A line break would let a name or subject add headers of its own. */
const oneLine = (text: string) => text.replace(/[\r\n\u2028\u2029]+/g, ' ').trim()

/** Reads `Name <address>` or a bare address. */
export function parseAddress(text: string): MailAddress {
  const match = /^\s*"?([^"<>]*?)"?\s*<([^<>]+)>\s*$/.exec(text)
  if (!match) return { email: text.trim() }
  const [, name = '', email = ''] = match
  return name ? { email, name } : { email }
}

/** The header form of an address, with the name quoted. */
export function formatAddress({ email, name }: MailAddress): string {
  return name ? `"${oneLine(name).replace(/["\\]/g, '')}" <${oneLine(email)}>` : oneLine(email)
}

/** The message with every header value on one line. */
export function withSafeHeaders(message: MailMessage): MailMessage {
  const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [oneLine(name), oneLine(value)])
  return { ...message, subject: oneLine(message.subject), headers: Object.fromEntries(headers) }
}
