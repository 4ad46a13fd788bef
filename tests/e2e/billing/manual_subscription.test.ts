import { TOTP } from 'otpauth'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { type TestTarget, testTarget } from '../../support/target.ts'

const previewSchema = z.object({
  currency: z.string(),
  proration_cents: z.number(),
  lines: z.array(z.object({ description: z.string(), amount_cents: z.number() })),
})
const changedSchema = z.looseObject({
  subscription: z.looseObject({ plan_key: z.string(), paused_at: z.string().nullable() }),
})

let target: TestTarget
let ada: ApiPerson
let subscription_id = ''
beforeAll(async () => {
  target = await testTarget()
  ada = await signedInPerson(target)
  const { data: organization } = await ada.client.rpc('create_organization', { name: 'Lagoon Estates' })
  subscription_id = await subscribed(organization?.id ?? '')
}, 120_000)
afterAll(() => target[Symbol.asyncDispose]())

/** Has a platform admin subscribe the organization to Pro. */
async function subscribed(organization_id: string): Promise<string> {
  const { id, client } = await signedInPerson(target)
  await target.adminClient().auth.admin.updateUserById(id, { app_metadata: { platform_admin: true } })
  const { data: factor } = await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'Phone' })
  const secret = factor?.type === 'totp' ? factor.totp.secret : ''
  await client.auth.mfa.challengeAndVerify({ factorId: factor?.id ?? '', code: new TOTP({ secret }).generate() })
  const { data, error } = await client.rpc('start_manual_subscription', {
    organization_id,
    plan_id: await planId('pro'),
    currency: 'USD',
  })
  expect(error).toBeNull()
  return data?.id ?? ''
}

const planId = async (key: string) =>
  (await ada.client.from('billing_plans').select('id').match({ product: 'fundraising', key })).data?.[0]?.id ?? ''

const post = async (path: string, body: object) => {
  const answer = await fetch(`${target.apiUrl}/functions/v1/api/v1/billing/subscription/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ada.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ subscription_id, ...body }),
  })
  const text = await answer.text()
  expect(answer.status, text).toBe(200)
  return JSON.parse(text)
}

it('[BIL-15] a subscription that is paid by own invoice is previewed, changed with what is left of the period, and paused', async () => {
  const plan_id = await planId('outreach')
  const preview = previewSchema.parse(await post('preview', { plan_id }))
  // All of the month is left, at 49 dollars for 19.
  expect(preview).toMatchObject({ currency: 'USD', proration_cents: 3000 })
  expect(preview.lines.map((line) => line.description)).toEqual(['Unused time', 'Rest of the period'])
  const changed = changedSchema.parse(await post('change', { plan_id }))
  expect(changed.subscription.plan_key).toBe('outreach')
  const { data: pending } = await ada.client.from('billing_pending_lines').select('amount_cents')
  expect((pending ?? []).reduce((sum, line) => sum + line.amount_cents, 0)).toBe(preview.proration_cents)
  expect(changedSchema.parse(await post('pause', {})).subscription.paused_at).not.toBeNull()
  expect(changedSchema.parse(await post('resume', {})).subscription.paused_at).toBeNull()
}, 60_000)
