import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { startTestSandbox, type TestSandbox } from './sandbox_support.ts'

let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await startTestSandbox()
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.client.resetProvider('webhook-receiver'))

const secret = `whsec_${randomBytes(24).toString('base64')}`
function send(signedWith: string, body = '{"type":"invoice.paid"}') {
  const now = new Date()
  return sandbox.get('/webhook-receiver/hooks/shop', {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(signedWith).sign('msg_1', now, body),
    },
    body,
  })
}
const received = async (hook: string) =>
  z
    .object({ received: z.array(z.looseObject({ isVerified: z.boolean().nullable(), body: z.string() })) })
    .parse(await (await sandbox.get(`/webhook-receiver/received?hook=${hook}`)).json()).received

it('takes webhooks, tells which were signed by a secret it knows, and refuses the others', async () => {
  expect((await send(secret)).status).toBe(204)
  await sandbox.client.runAction('webhook-receiver', 'use-secret', { hook: 'shop', secret })
  expect((await send(secret)).status).toBe(204)
  expect((await send(`whsec_${randomBytes(24).toString('base64')}`)).status).toBe(401)
  expect((await received('shop')).map(({ isVerified }) => isVerified)).toEqual([false, true, null])
  expect(await received('other')).toEqual([])
})

it('answers as it was told, redirects and Retry-After included', async () => {
  const answerWith = (values: Record<string, string>) =>
    sandbox.client.runAction('webhook-receiver', 'answer-with', { hook: 'shop', ...values })
  await answerWith({ status: '503', retryAfter: '7' })
  const busy = await send(secret)
  expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '7'])
  await answerWith({ status: '302', location: 'http://169.254.169.254/' })
  const moved = await send(secret)
  expect([moved.status, moved.headers.get('location')]).toEqual([302, 'http://169.254.169.254/'])
  await answerWith({ status: '' })
  expect((await send(secret)).status).toBe(204)
})
