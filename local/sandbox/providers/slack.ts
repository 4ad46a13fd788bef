import { Hono } from 'hono'
import { z } from 'zod'
import type { CreateProvider } from './provider.ts'

const messageSchema = z.looseObject({
  text: z.string().optional(),
  blocks: z
    .array(z.looseObject({ type: z.string() }))
    .max(50)
    .optional(),
})

/** Slack's incoming webhooks: what was posted is among the calls. The last part of the address is the secret. */
export const createSlack: CreateProvider = () => {
  const routes = new Hono()
  routes.post('/services/:team/:hook/:secret', async (c) => {
    const { team, hook } = c.req.param()
    if (!team.startsWith('T')) return c.text('no_team', 404)
    if (!hook.startsWith('B')) return c.text('no_service', 404)
    const parsed = messageSchema.safeParse(await c.req.json().catch(() => null))
    if (!parsed.success) return c.text('invalid_payload', 400)
    if (!parsed.data.text && !parsed.data.blocks?.length) return c.text('no_text', 400)
    return c.text('ok')
  })
  routes.all('*', (c) => c.text('no_service', 404))
  return {
    name: 'slack',
    title: 'Slack',
    description: 'Takes messages for incoming webhooks; any /services/T…/B…/… will do.',
    path: '/slack',
    routes,
    actions: [],
    fail: (status) =>
      new Response(status === 429 ? 'rate_limited' : status >= 500 ? 'rollup_error' : 'no_service', {
        status,
        headers: { 'content-type': 'text/plain', ...(status === 429 ? { 'retry-after': '1' } : {}) },
      }),
    reset() {},
  }
}
