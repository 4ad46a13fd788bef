import Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { stripeWebhooks } from '../../../supabase/functions/_shared/billing/mod.ts'
import { readEnv } from '../../../supabase/functions/_shared/runtime/mod.ts'
import { SignatureError, WebhookBodyError } from '../../../supabase/functions/_shared/webhooks/mod.ts'

const secret = 'whsec_of_today'
const nextSecret = 'whsec_of_tomorrow'
const receivedAt = new Date('2026-11-21T12:00:00Z')
const now = receivedAt.getTime() / 1000
const body = JSON.stringify({
  ...{ id: 'evt_1', object: 'event', type: 'customer.subscription.updated', api_version: '2026-10-28.endive' },
  ...{ created: now - 5, data: { object: { id: 'sub_1', object: 'subscription' } }, more: 1 },
})
const stripe = new Stripe('sk_test_x')

/** A call as Stripe's own library signs it. */
const call = async (
  options: { secret?: string; timestamp?: number; signed?: string; header?: string; body?: string } = {},
) => {
  const header = await stripe.webhooks.generateTestHeaderStringAsync({
    payload: options.signed ?? options.body ?? body,
    secret: options.secret ?? secret,
    timestamp: options.timestamp ?? now,
  })
  return {
    url: 'https://api.atrium.test/webhooks/stripe',
    headers: new Headers({ 'stripe-signature': options.header ?? header }),
    body: new TextEncoder().encode(options.body ?? body),
    receivedAt,
  }
}
const env = (secrets: string) =>
  readEnv({
    SUPABASE_URL: 'http://127.0.0.1:54321',
    SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
    STRIPE_WEBHOOK_SECRET: secrets,
  })
const verify = async (secrets: string, one: Awaited<ReturnType<typeof call>>) =>
  stripeWebhooks.verify(env(secrets), one)

describe('a call of Stripe', () => {
  it('[BIL-18] is accepted with the signature that its library makes', async () => {
    await verify(secret, await call())
    await verify(secret, await call({ timestamp: now - 300 }))
  })

  it('[BIL-18] is accepted with either secret while one replaces the other, and with any of its signatures', async () => {
    await verify(`${secret}|${nextSecret}`, await call())
    await verify(`${secret}|${nextSecret}`, await call({ secret: nextSecret }))
    const both = (await call({ secret: nextSecret })).headers.get('stripe-signature')
    const mine = (await call()).headers.get('stripe-signature')
    await verify(secret, await call({ header: `${both},${mine?.split(',')[1]},v0=00` }))
  })

  it.each([
    ['is signed with another secret', { secret: nextSecret }],
    ['was signed with another body', { signed: `${body} ` }],
    ['is not signed', { header: '' }],
    ['has no signature that counts', { header: `t=${now},v0=0123` }],
    ['was recorded six minutes ago', { timestamp: now - 360 }],
    ['has a signature without a time', { header: 'v1=0123' }],
  ])('[BIL-18] is refused when it %s', async (_name, options) => {
    await expect(verify(secret, await call(options))).rejects.toThrow(SignatureError)
  })

  it('[BIL-18] is stored by its id, its object and when it happened', async () => {
    expect(stripeWebhooks.read(await call())).toEqual([
      {
        ...{ eventId: 'evt_1', eventType: 'customer.subscription.updated', objectKey: 'subscription:sub_1' },
        ...{ occurredAt: new Date((now - 5) * 1000), payload: JSON.parse(body) },
      },
    ])
  })

  it.each(['no json', '{"id":"evt_1"}', '{"object":"v2.core.event","id":"evt_1","type":"v1.x","created":"2026"}'])(
    'is refused with the body %s',
    async (text) => {
      const one = await call({ body: text })
      expect(() => stripeWebhooks.read(one)).toThrow(WebhookBodyError)
    },
  )
})
