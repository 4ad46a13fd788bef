import type { Auth } from '../auth.ts'
import { type Db, orFail } from '../database.ts'
import { createCode, hashCode, type OneTimeTokenType, saveOneTimeToken } from '../models/one_time_token.ts'
import { type User, type UserColumns, updateUser } from '../models/user.ts'
import { type OutgoingSms, requireSmsPause, sendSms } from './send.ts'
import type { SmsChannel } from './twilio.ts'

type Purpose = Extract<OutgoingSms['type'], 'sms' | 'phone_change' | 'reauthentication'>

const kinds: Readonly<Record<Purpose, { type: OneTimeTokenType; sentAt: keyof UserColumns & `${string}_sent_at` }>> = {
  sms: { type: 'confirmation_token', sentAt: 'confirmation_sent_at' },
  phone_change: { type: 'phone_change_token', sentAt: 'phone_change_sent_at' },
  reauthentication: { type: 'reauthentication_token', sentAt: 'reauthentication_sent_at' },
}

/**
 * Sends a code to a phone and remembers its hash. Numbers of `[auth.sms.test_otp]` get their fixed code and no text.
 *
 * @returns the user as it is now, and the provider's id of the message
 */
export async function sendPhoneCode(
  auth: Auth,
  db: Db,
  user: User,
  sms: { phone: string; purpose: Purpose; channel: SmsChannel },
): Promise<{ user: User; messageId: string }> {
  const now = auth.now()
  const { type, sentAt } = kinds[sms.purpose]
  const { max_frequency: pause, otp_length: length, template, test_otp: fixed } = auth.config.sms
  requireSmsPause(user[sentAt], pause, now)
  const code = fixed[sms.phone] ?? createCode(length)
  const hash = hashCode(sms.phone, code)
  return orFail('Database error updating user for confirmation', async () => {
    const change: Partial<UserColumns> = sms.purpose === 'phone_change' ? { phone_change: sms.phone } : {}
    const updated = await updateUser(db, user.id, { ...change, [type]: hash, [sentAt]: now }, now)
    await saveOneTimeToken(db, { userId: user.id, type, hash, relatesTo: sms.phone })
    const messageId =
      fixed[sms.phone] === undefined
        ? await sendSms(auth, db, updated, {
            phone: sms.phone,
            code,
            template,
            channel: sms.channel,
            type: sms.purpose,
          })
        : 'test-otp'
    return { user: updated, messageId }
  })
}
