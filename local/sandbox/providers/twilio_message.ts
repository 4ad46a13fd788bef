/** An answer of Twilio that is not a success. */
export class TwilioError extends Error {
  readonly status: number
  readonly code: number

  constructor(status: number, code: number, message: string) {
    super(message)
    this.name = 'TwilioError'
    this.status = status
    this.code = code
  }

  /** The answer as Twilio writes it. */
  toResponse(): Response {
    const more_info = `https://www.twilio.com/docs/errors/${this.code}`
    const body = { code: this.code, message: this.message, more_info, status: this.status }
    const headers = this.status === 429 ? { 'retry-after': '1' } : undefined
    return Response.json(body, { status: this.status, ...(headers ? { headers } : {}) })
  }
}

/** What a caller of the Messages API asked for. */
export interface TwilioMessage {
  readonly to: string
  readonly from: string | null
  readonly service: string | null
  readonly body: string
  readonly statusCallback: string | null
}

/** Numbers that Twilio's test credentials refuse, each for its own reason. */
const magicNumbers = new Map<string, readonly [number, string]>([
  ['+15005550001', [21211, "Invalid 'To' Phone Number: +15005550001"]],
  ['+15005550004', [21610, 'Attempt to send to unsubscribed recipient']],
  ['+15005550009', [21614, "'To' number is not a valid mobile number: +15005550009"]],
])

/**
 * Reads the form of a new message.
 *
 * @throws {TwilioError}
 */
export function readMessage(form: URLSearchParams): TwilioMessage {
  const to = form.get('To')?.trim() ?? ''
  const from = form.get('From')?.trim() || null
  const service = form.get('MessagingServiceSid')?.trim() || null
  const contentSid = form.get('ContentSid')
  const body = form.get('Body') || (contentSid ? `${contentSid} ${form.get('ContentVariables') ?? ''}`.trim() : '')
  const statusCallback = form.get('StatusCallback') || null
  if (!to) throw new TwilioError(400, 21604, "A 'To' phone number is required.")
  if (!from && !service) throw new TwilioError(400, 21603, "A 'From' phone number is required.")
  if (!body) throw new TwilioError(400, 21602, 'Message body is required.')
  if ([...body].length > 1600) {
    throw new TwilioError(400, 21617, 'The concatenated message body exceeds the 1600 character limit')
  }
  const magic = magicNumbers.get(to)
  if (magic) throw new TwilioError(400, magic[0], magic[1])
  const number = /^whatsapp:/.test(to) ? to.slice('whatsapp:'.length) : to
  // Twilio takes a number without its plus, as Supabase Auth sends it.
  if (!/^\+?[1-9]\d{6,14}$/.test(number)) throw new TwilioError(400, 21211, `Invalid 'To' Phone Number: ${to}`)
  if (statusCallback !== null && !isCallback(statusCallback)) {
    throw new TwilioError(400, 21609, `The 'StatusCallback' URL ${statusCallback} is not a valid URL.`)
  }
  return { to: to.replace(/^(?=\d)/, '+'), from, service, body, statusCallback }
}

function isCallback(text: string): boolean {
  const url = text.length <= 4000 ? URL.parse(text) : null
  return url !== null && /^https?:$/.test(url.protocol) && !url.hostname.includes('_')
}
