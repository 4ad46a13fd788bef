import type { AuthConfig } from '../config.ts'
import { AuthError } from '../errors.ts'

/** How a text reaches a phone. */
export type SmsChannel = 'sms' | 'whatsapp'

/** Sends texts to phones. */
export interface SmsSender {
  /** @returns the provider's id of the message @throws {AuthError} 422 `sms_send_failed` */
  send(message: { phone: string; body: string; channel: SmsChannel }): Promise<string>
}

const timeout = 10_000

/** Sends through Twilio's API. @param baseUrl another address that answers like it, as the sandbox does */
export function twilioSender(config: NonNullable<AuthConfig['sms']['twilio']>, baseUrl: string): SmsSender {
  const account = config.account_sid
  const credentials = Buffer.from(`${account}:${config.auth_token}`).toString('base64')
  const sender = config.message_service_sid
  return {
    async send({ phone, body, channel }) {
      const address = (number: string) => (channel === 'whatsapp' ? `whatsapp:+${number}` : `+${number}`)
      const form = new URLSearchParams({ To: address(phone), Channel: channel, Body: body })
      if (/^\+?[1-9]\d{1,14}$/.test(sender)) form.set('From', address(sender.replace('+', '')))
      else form.set('MessagingServiceSid', sender)
      const url = `${baseUrl}/2010-04-01/Accounts/${encodeURIComponent(account)}/Messages.json`
      const response = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Basic ${credentials}` },
        body: form,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeout),
      }).catch((cause: unknown) => {
        throw failed('provider cannot be reached', cause)
      })
      const answer = readAnswer(await response.text().catch(() => ''))
      if (!response.ok || answer.status === 'failed' || answer.status === 'undelivered') {
        throw failed(`status ${response.status}${answer.reason === '' ? '' : `, ${answer.reason}`}`)
      }
      return answer.id
    },
  }
}

function readAnswer(body: string): { id: string; status: string; reason: string } {
  let raw: unknown
  try {
    raw = JSON.parse(body.slice(0, 64 * 1024))
  } catch {
    raw = null
  }
  const parts = new Map(Object.entries(typeof raw === 'object' && raw !== null ? raw : {}))
  const read = (name: string) => {
    const value: unknown = parts.get(name)
    return typeof value === 'string' ? value : ''
  }
  return { id: read('sid'), status: read('status'), reason: read('message') || read('error_message') }
}

const failed = (reason: string, cause?: unknown) =>
  new AuthError(422, 'sms_send_failed', `Error sending confirmation OTP to provider: ${reason}`, { cause })
