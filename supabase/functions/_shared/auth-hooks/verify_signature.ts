import { Webhook } from 'standardwebhooks'

/** A hook call that does not come from Auth, or not now. */
export class SignatureError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'SignatureError'
  }
}

/**
 * Checks the Standard Webhooks signature over the raw body, and that the call is not older than five minutes.
 *
 * @param secrets one or more `v1,whsec_...` divided by `|`, so that a secret can be replaced without a gap
 * @returns the id of the call, the same when Auth repeats it
 * @throws {SignatureError}
 */
export function verifySignature(secrets: string, headers: Headers, body: string): string {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const
  const given = Object.fromEntries(names.map((name) => [name, headers.get(name) ?? '']))
  let cause: unknown
  for (const secret of secrets.split('|')) {
    try {
      // Checked as text: the caller parses it with its own schema.
      new Webhook(secret.trim().replace(/^v1,/, '')).verify(body, given, { jsonParse: false })
      return given['webhook-id'] ?? ''
    } catch (error) {
      cause = error
    }
  }
  throw new SignatureError('Cannot accept hook call: the signature does not match', cause)
}
