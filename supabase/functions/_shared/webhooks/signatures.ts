import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** How a provider signs. */
export interface Hmac {
  readonly algorithm: 'sha1' | 'sha256'
  readonly encoding: 'hex' | 'base64'
}

/**
 * Whether a text is one of the current secrets, without telling by its time how far it is right.
 *
 * @param secrets divided by `|`, so that one can be replaced without a gap; none when undefined
 */
export function isSecret(given: string, secrets: string | undefined): boolean {
  return split(secrets).some((secret) => isSame(given, secret))
}

/**
 * Whether a signature was made with one of the current secrets.
 *
 * @param parts what is signed, put together in this order
 * @example isSigned(header.slice('sha256='.length), env.META_APP_SECRET, { algorithm: 'sha256', encoding: 'hex' }, call.body)
 */
export function isSigned(
  signature: string,
  secrets: string | undefined,
  { algorithm, encoding }: Hmac,
  ...parts: readonly (string | Uint8Array)[]
): boolean {
  return split(secrets).some((secret) => {
    const hmac = createHmac(algorithm, secret)
    for (const part of parts) hmac.update(part)
    return isSame(signature, hmac.digest(encoding))
  })
}

/**
 * Whether a call was signed at most five minutes away from when it came: an old one that somebody recorded is not.
 *
 * @param signedAt seconds since 1970, as providers write it
 */
export function isRecent(signedAt: string, receivedAt: Date): boolean {
  return /^\d{1,12}$/.test(signedAt) && Math.abs(receivedAt.getTime() - Number(signedAt) * 1000) <= 5 * 60_000
}

function split(secrets: string | undefined): string[] {
  // An empty secret would be one that everybody knows.
  return (secrets ?? '')
    .split('|')
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '')
}

/** Digests have one length, so that neither length nor content shows in the time. */
function isSame(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(left), digest(right))
}
