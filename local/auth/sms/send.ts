import { z } from 'zod'
import type { Auth } from '../auth.ts'
import type { Db } from '../database.ts'
import { AuthError, validationFailed } from '../errors.ts'
import type { User } from '../models/user.ts'
import { userJson } from '../models/user_json.ts'
import type { SmsChannel } from './twilio.ts'

/** One code on its way to a phone. */
export interface OutgoingSms {
  readonly phone: string
  readonly code: string
  /** Go template with `{{ .Code }}`. */
  readonly template: string
  readonly channel: SmsChannel
  readonly type: 'sms' | 'phone_change' | 'reauthentication' | 'mfa'
}

/** @throws {AuthError} for a channel that is not known */
export function readChannel(value: string): SmsChannel {
  if (value === '' || value === 'sms') return 'sms'
  if (value === 'whatsapp') return value
  throw validationFailed("Invalid channel, supported values are 'sms' or 'whatsapp'")
}

/** @throws {AuthError} `over_sms_send_rate_limit` when the last text of the kind was sent too short a while ago */
export function requireSmsPause(sentAt: Date | null, pause: number, now: Date): void {
  const left = sentAt === null ? 0 : sentAt.getTime() + pause - now.getTime()
  if (left <= 0) return
  const message = `For security purposes, you can only request this after ${Math.ceil(left / 1000)} seconds.`
  throw new AuthError(429, 'over_sms_send_rate_limit', message)
}

/**
 * Hands a code to the send-SMS hook or to the SMS provider.
 *
 * @returns the provider's id of the message, empty when the hook took it
 * @throws {AuthError} `over_sms_send_rate_limit`, `sms_send_failed`, or the hook's own error
 */
export async function sendSms(auth: Auth, db: Db, user: User, sms: OutgoingSms): Promise<string> {
  if (!auth.limits.take('sms_sent', 'all')) {
    throw new AuthError(429, 'over_sms_send_rate_limit', 'SMS rate limit exceeded')
  }
  if (auth.hooks.isEnabled('send_sms')) {
    const payload = { user: userJson(user), sms: { otp: sms.code, sms_type: sms.type, phone: sms.phone } }
    await auth.hooks.call(db, 'send_sms', payload, z.unknown())
    return ''
  }
  if (!auth.smsSender) throw new AuthError(500, 'unexpected_failure', 'Unable to get SMS provider')
  const body = sms.template.replace(/\{\{-?\s*\.Code\s*-?\}\}/g, sms.code)
  return auth.smsSender.send({ phone: sms.phone, body, channel: sms.channel })
}
