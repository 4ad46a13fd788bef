import { createHmac } from 'node:crypto'

/**
 * `Stripe-Signature` of a webhook: HMAC-SHA256 over time and body, with the whole secret as key.
 *
 * @param seconds when it is sent; receivers refuse what is older than five minutes
 */
export function signStripePayload(secret: string, payload: string, seconds: number): string {
  const mac = createHmac('sha256', secret).update(`${seconds}.${payload}`).digest('hex')
  return `t=${seconds},v1=${mac}`
}
