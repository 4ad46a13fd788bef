import { AuthError, validationFailed } from './errors.ts'

const email =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i

/** Checks an e-mail address and brings it into the stored form. @throws {AuthError} `validation_failed` */
export function readEmail(value: string): string {
  if (value === '') throw validationFailed('An email address is required')
  if (value.length > 255) throw validationFailed('An email address is too long')
  if (!email.test(value)) throw validationFailed('Unable to validate email address: invalid format')
  return value.toLowerCase()
}

/** Checks a phone number (E.164) and brings it into the stored form, digits only. @throws {AuthError} */
export function readPhone(value: string): string {
  const digits = value
    .trim()
    .replace(/^\+/, '')
    .replace(/[\s()-]/g, '')
  if (!/^[1-9]\d{1,14}$/.test(digits)) {
    throw validationFailed('Invalid phone number format (E.164 required)')
  }
  return digits
}

/** @throws {AuthError} `over_email_send_rate_limit` when the last mail of the kind was sent too short a while ago */
export function requireMailPause(sentAt: Date | null, pause: number, now: Date): void {
  if (sentAt === null) return
  const left = sentAt.getTime() + pause - now.getTime()
  if (left <= 0) return
  const message = `For security purposes, you can only request this after ${Math.ceil(left / 1000)} seconds.`
  throw new AuthError(429, 'over_email_send_rate_limit', message)
}

/** Checks what a client sends to begin a flow with PKCE. @returns null for a flow without it */
export function readChallenge(
  challenge: string,
  method: string,
): { challenge: string; challengeMethod: string } | null {
  if ((challenge === '') !== (method === '')) {
    throw validationFailed('PKCE flow requires code_challenge_method and code_challenge')
  }
  if (challenge === '') return null
  if (challenge.length < 43 || challenge.length > 128) {
    throw validationFailed('code challenge has to be between 43 and 128 characters')
  }
  if (!/^[a-zA-Z0-9._~-]+$/.test(challenge)) {
    throw validationFailed(
      'code challenge can only contain alphanumeric characters, hyphens, periods, underscores and tildes',
    )
  }
  if (!/^(s256|plain)$/i.test(method)) {
    throw validationFailed('Invalid code_challenge_method: supported methods are s256 and plain')
  }
  return { challenge, challengeMethod: method.toLowerCase() }
}
