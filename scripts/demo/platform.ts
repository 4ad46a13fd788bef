import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { sandboxClient } from '../../local/sandbox/client.ts'
import type { Person } from './people.ts'
import { expect, say, show } from './story.ts'
import type { Target } from './target.ts'

const receivedSchema = z.object({ received: z.array(z.object({ isVerified: z.boolean().nullable() })) })
const configSchema = z.object({
  settings: z.record(z.string(), z.unknown()),
  flags: z.record(z.string(), z.boolean()),
  organization: z.object({ topic: z.string(), permissions: z.array(z.string()) }),
})
const longestWaitMs = 30_000

/** An organisation hears of its events over a webhook, reads its audit log, and a client asks for what it needs. */
export async function walkPlatform(target: Target, ada: Person, organizationId: string): Promise<void> {
  say('Ada has events of the organisation posted to a server of hers')
  const hook = crypto.randomUUID()
  const made = await ada.client
    .rpc('create_webhook_endpoint', {
      organization_id: organizationId,
      url: `${target.sandboxUrl}/webhook-receiver/hooks/${hook}`,
      topic_patterns: ['*'],
    })
    .single()
  if (made.error) throw made.error
  await sandboxClient(target.sandboxUrl).runAction('webhook-receiver', 'use-secret', {
    hook,
    secret: z.string().parse(made.data.secret),
  })
  const sent = await ada.client.rpc('send_test_webhook_event', { endpoint_id: z.string().parse(made.data.endpoint_id) })
  if (sent.error) throw sent.error
  expect(await isReceived(target, hook), 'the test event arrived, and its signature is right')
  const url = 'http://169.254.169.254/latest/meta-data'
  const inward = await ada.client.rpc('create_webhook_endpoint', {
    organization_id: organizationId,
    url,
    topic_patterns: ['*'],
  })
  expect(inward.error !== null, `an address inside the data centre is refused (${inward.error?.code})`)

  say('Ada reads in the audit log what was done')
  const { data: entries, error } = await ada.client
    .from('audit_logs')
    .select('action, object_type, actor_id')
    .eq('organization_id', organizationId)
    .eq('object_type', 'webhook_endpoints')
  if (error) throw error
  expect(
    entries.some(({ action, actor_id }) => action === 'create' && actor_id === ada.id),
    'her endpoint is in it',
  )
  const chain = await ada.client.rpc('verify_audit_chain', { organization_id: organizationId })
  if (chain.error) throw chain.error
  expect(chain.data.is_intact === true, 'and nobody changed an entry')

  say('A client asks for all that it needs in one call')
  const config = configSchema.parse(
    (await ada.client.rpc('get_client_config', { organization_id: organizationId })).data,
  )
  show(
    `settings: ${Object.keys(config.settings).join(', ')}; flags: ${Object.keys(config.flags).join(', ') || 'none yet'}`,
  )
  expect(config.organization.topic.startsWith(`organization:${organizationId}:`), `topic: ${config.organization.topic}`)
}

async function isReceived(target: Target, hook: string): Promise<boolean> {
  const end = Date.now() + longestWaitMs
  while (Date.now() < end) {
    const answer = await fetch(`${target.sandboxUrl}/webhook-receiver/received?hook=${hook}`)
    const { received } = receivedSchema.parse(await answer.json())
    if (received[0]) return received[0].isVerified === true
    await delay(100)
  }
  return false
}
