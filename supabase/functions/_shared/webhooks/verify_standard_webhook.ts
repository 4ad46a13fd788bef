import { Webhook } from 'standardwebhooks'
import { SignatureError } from './webhook_errors.ts'

/**
 * Checks the Standard Webhooks signature over the raw body, and that the call is at most five minutes away from now.
 *
 * @param secrets one or more `whsec_...` (`v1,whsec_...`) divided by `|`, so that a secret can be replaced without a gap
 * @param body as it came, not parsed and written again
 * @returns the id of the call, the same when it is repeated
 * @throws {SignatureError}
 */
export function verifyStandardWebhook(secrets: string, headers: Headers, body: string): string {
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
  throw new SignatureError('Cannot accept call: the signature does not match', cause)
}
