import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import type { SandboxSection } from '../app.ts'
import type { LiveEvents } from '../live_events.ts'
import { createDials, type DialBoard } from './dials.ts'
import type { CreateProvider, Provider } from './provider.ts'
import { providerRoutes, webhookRoutes } from './provider_routes.ts'
import { type CallLog, createCallLog, recordCalls } from './record_calls.ts'
import { createWebhookSender, type WebhookSender } from './webhook_sender.ts'

/** A provider with what the frame keeps about it. */
export interface MountedProvider {
  readonly provider: Provider
  readonly dials: DialBoard
  readonly log: CallLog
}

/** All providers, ready to be mounted. */
export interface Providers {
  readonly sections: readonly SandboxSection[]
  readonly webhooks: WebhookSender
  /** Dials and calls of a provider, for what it speaks beside HTTP. @throws {Error} when there is no such provider */
  frameOf(name: string): Pick<MountedProvider, 'dials' | 'log'>
  close(): void
}

/**
 * The frame around the providers: it mounts each one's protocol, records its calls, applies its dials, sends its
 * webhooks and offers all of that to the page.
 *
 * @param options.webhookRetryDelaysMs other pauses between attempts than the usual ones
 */
export function createProviders(options: {
  factories: readonly CreateProvider[]
  events: LiveEvents
  closing: AbortSignal
  webhookRetryDelaysMs?: readonly number[] | undefined
}): Providers {
  const { events, closing, webhookRetryDelaysMs } = options
  const webhooks = createWebhookSender({
    events,
    ...(webhookRetryDelaysMs ? { retryDelaysMs: webhookRetryDelaysMs } : {}),
  })
  const mounted = options.factories.map((create): MountedProvider => {
    const dials = createDials()
    const provider: Provider = create({
      isRejected: dials.isRejected,
      sendWebhook: (message) => webhooks.send({ ...message, provider: provider.name }),
    })
    return { provider, dials, log: createCallLog(events) }
  })
  return {
    sections: [
      { path: '/api/providers', routes: providerRoutes({ mounted, webhooks, events }) },
      { path: '/api/webhooks', routes: webhookRoutes(webhooks) },
      ...mounted.map(({ provider, dials, log }) => {
        const routes = new Hono<{ Bindings: HttpBindings }>()
        routes.use(recordCalls({ provider, dials, log, closing }))
        routes.route('/', provider.routes)
        return { path: provider.path, routes: new Hono().route('/', routes) }
      }),
    ],
    webhooks,
    frameOf(name) {
      const found = mounted.find(({ provider }) => provider.name === name)
      if (!found) throw new Error(`There is no provider "${name}"`)
      return found
    },
    close: () => webhooks.close(),
  }
}
