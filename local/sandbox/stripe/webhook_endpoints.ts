import { createHmac } from 'node:crypto'
import type { z } from 'zod'
import { apiVersion, type Core } from './core.ts'
import { refused } from './errors.ts'
import type { WebhookEndpoint } from './objects.ts'
import { clearable, flag, hash, list, mergeMetadata, metadata, text } from './parameters.ts'

/** `POST /v1/webhook_endpoints` */
export const webhookEndpointCreateParameters = hash({
  api_version: text().optional(),
  description: clearable(text()).optional(),
  enabled_events: list(text()),
  metadata: metadata().optional(),
  url: text(),
})
/** `POST /v1/webhook_endpoints/:id` */
export const webhookEndpointUpdateParameters = hash({
  description: clearable(text()).optional(),
  disabled: flag().optional(),
  enabled_events: list(text()).optional(),
  metadata: metadata().optional(),
  url: text().optional(),
})

/** Makes an endpoint. Its secret is told once, here. @throws {StripeError} */
export function createWebhookEndpoint(
  core: Core,
  given: z.output<typeof webhookEndpointCreateParameters>,
): WebhookEndpoint & { secret: string } {
  if (!URL.canParse(given.url))
    throw refused('Invalid URL: An explicit scheme (such as https) must be provided.', { param: 'url' })
  if (given.api_version !== undefined && given.api_version !== apiVersion) {
    throw refused(`Invalid Stripe API version: ${given.api_version}`, { param: 'api_version' })
  }
  const endpoint: WebhookEndpoint = {
    id: core.id('we'),
    object: 'webhook_endpoint',
    api_version: given.api_version ?? null,
    application: null,
    created: core.now(),
    description: given.description ?? null,
    enabled_events: given.enabled_events,
    livemode: false,
    metadata: mergeMetadata({}, given.metadata),
    status: 'enabled',
    url: given.url,
  }
  core.add('webhook_endpoint', endpoint)
  return { ...endpoint, secret: endpointSecret(endpoint.id) }
}

/** Changes an endpoint. @throws {StripeError} */
export function updateWebhookEndpoint(
  core: Core,
  id: string,
  given: z.output<typeof webhookEndpointUpdateParameters>,
): WebhookEndpoint {
  const endpoint = core.store.get('webhook_endpoint', id)
  const { metadata: words, disabled, ...fields } = given
  return core.change(endpoint, {
    ...fields,
    ...(disabled === undefined ? {} : { status: disabled ? 'disabled' : 'enabled' }),
    ...(words === undefined ? {} : { metadata: mergeMetadata(endpoint.metadata, words) }),
  })
}

/** The secret that signs for an endpoint: made of its id, since it guards nothing but this machine. */
export function endpointSecret(id: string): string {
  return `whsec_${createHmac('sha256', 'sandbox').update(id).digest('base64url').slice(0, 32)}`
}

/** Whether an endpoint wants an event. */
export function wantsEvent(endpoint: WebhookEndpoint, type: string): boolean {
  return (
    endpoint.status === 'enabled' && (endpoint.enabled_events.includes('*') || endpoint.enabled_events.includes(type))
  )
}
