import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { SandboxError } from '../errors.ts'
import type { LiveEvents } from '../live_events.ts'
import { parseBody, parseQuery } from '../requests.ts'
import type { MountedProvider } from './create_providers.ts'
import { dialsSchema, type ProviderView } from './provider_schemas.ts'
import type { WebhookSender } from './webhook_sender.ts'

const valuesSchema = z.record(z.string().max(100), z.string().max(10_000))

/** Routes about the providers, mounted at `/api/providers`. */
export function providerRoutes(options: {
  mounted: readonly MountedProvider[]
  webhooks: WebhookSender
  events: LiveEvents
}): Hono {
  const { mounted, webhooks, events } = options
  const routes = new Hono()
  const find = (name: string): MountedProvider => {
    const found = mounted.find(({ provider }) => provider.name === name)
    if (found) return found
    throw new SandboxError(404, 'provider_not_found', `Cannot find provider: there is no "${name.slice(0, 40)}"`, {
      hint: `There are: ${mounted.map(({ provider }) => provider.name).join(', ')}`,
    })
  }
  const changed = (name: string) => events.publish({ name: 'provider_changed', data: { name } })

  routes.get('/', (c) => c.json({ providers: mounted.map((one) => view(c, one)) }))

  routes.get('/:name', (c) => c.json(view(c, find(c.req.param('name')))))

  routes.get('/:name/calls', (c) => c.json({ calls: find(c.req.param('name')).log.list() }))

  routes.delete('/:name/calls', (c) => {
    const { provider, log } = find(c.req.param('name'))
    log.clear()
    changed(provider.name)
    return c.body(null, 204)
  })

  routes.get('/:name/dials', (c) => c.json(find(c.req.param('name')).dials.read()))

  routes.put('/:name/dials', async (c) => {
    const { provider, dials } = find(c.req.param('name'))
    const set = dials.set(await parseBody(c, dialsSchema))
    changed(provider.name)
    return c.json(set)
  })

  routes.post('/:name/actions/:action', async (c) => {
    const { provider } = find(c.req.param('name'))
    const action = provider.actions.find((candidate) => candidate.name === c.req.param('action'))
    if (!action) {
      throw new SandboxError(404, 'action_not_found', `Cannot run action: ${provider.title} has no such`, {
        hint: `It has: ${provider.actions.map(({ name }) => name).join(', ') || 'none'}`,
      })
    }
    const values = await parseBody(c, valuesSchema)
    const missing = action.fields().find(({ name, isRequired }) => isRequired && !values[name]?.trim())
    if (missing) {
      throw new SandboxError(400, 'value_missing', `Cannot run action: "${missing.name}" is missing`, {
        hint: `Send it as ${missing.label}`,
      })
    }
    return c.json({ message: await action.run(values) })
  })

  routes.post('/:name/reset', async (c) => {
    const { provider, dials, log } = find(c.req.param('name'))
    dials.set({})
    log.clear()
    webhooks.clear(provider.name)
    await provider.reset()
    changed(provider.name)
    return c.body(null, 204)
  })

  return routes
}

/** Routes about webhooks, mounted at `/api/webhooks`. */
export function webhookRoutes(webhooks: WebhookSender): Hono {
  const routes = new Hono()
  const query = z.strictObject({ provider: z.string().min(1).max(100).optional() })

  routes.get('/', (c) => c.json({ webhooks: webhooks.list(parseQuery(c, query).provider) }))

  routes.post('/:id/resend', async (c) => {
    const webhook = await webhooks.resend(c.req.param('id'))
    if (!webhook) {
      throw new SandboxError(404, 'webhook_not_found', 'Cannot send webhook again: it is not known any more', {
        hint: '/api/webhooks lists those that are',
      })
    }
    return c.json(webhook)
  })

  return routes
}

function view(c: Context, { provider, dials, log }: MountedProvider): ProviderView {
  return {
    name: provider.name,
    title: provider.title,
    description: provider.description,
    url: `${new URL(c.req.url).origin}${provider.path}`,
    dials: dials.read(),
    actions: provider.actions.map((action) => ({
      name: action.name,
      title: action.title,
      description: action.description,
      unavailable: action.unavailable?.() ?? null,
      fields: [...action.fields()],
    })),
    callCount: log.list().length,
  }
}
