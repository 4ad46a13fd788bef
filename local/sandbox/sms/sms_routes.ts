import { Hono } from 'hono'
import { z } from 'zod'
import { SandboxError } from '../errors.ts'
import { arrivalIdSchema } from '../ids.ts'
import type { LiveEvents } from '../live_events.ts'
import { nextEvent, parseQuery } from '../requests.ts'
import { smsSchema } from './sms_schemas.ts'
import { type SmsStore, smsMatcher } from './sms_store.ts'

const text = z.string().min(1).max(500).optional()
const listQuery = z.strictObject({
  to: text,
  search: text,
  before: arrivalIdSchema.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
})
const waitQuery = z.strictObject({
  to: text,
  search: text,
  after: z.union([arrivalIdSchema, z.iso.datetime({ offset: true })]).optional(),
  timeout: z.coerce.number().int().min(0).max(60_000).default(30_000),
})

/** Routes of the text messages, mounted at `/api/sms`. */
export function smsRoutes(store: SmsStore, events: LiveEvents): Hono {
  const routes = new Hono()

  routes.get('/', (c) => {
    const { limit, before, ...filter } = parseQuery(c, listQuery)
    return c.json(store.list(filter, { limit, before }))
  })

  routes.get('/wait', async (c) => {
    const { timeout, ...filter } = parseQuery(c, waitQuery)
    const matches = smsMatcher(filter)
    const found =
      store.newest(filter) ??
      (await nextEvent(
        events,
        (event) => {
          const sms = event.name === 'sms' ? smsSchema.safeParse(event.data).data : undefined
          return sms && matches(sms) ? sms : null
        },
        timeout,
        c.req.raw.signal,
      ))
    if (found === null) {
      throw new SandboxError(408, 'sms_not_received', `Cannot show message: none matched within ${timeout} ms`, {
        hint: 'Check the number, or ask again: the answer comes as soon as a message matches',
      })
    }
    return c.json(found)
  })

  routes.get('/:id', (c) => {
    const sms = store.get(c.req.param('id'))
    if (!sms) throw notFound(c.req.param('id'))
    return c.json(sms)
  })

  routes.delete('/', async (c) => {
    await store.clear()
    return c.body(null, 204)
  })

  routes.delete('/:id', async (c) => {
    const id = c.req.param('id')
    if (!(await store.remove(id))) throw notFound(id)
    return c.body(null, 204)
  })

  return routes
}

function notFound(id: string): SandboxError {
  return new SandboxError(404, 'sms_not_found', `Cannot show message: there is no "${id.slice(0, 40)}"`, {
    hint: 'It was deleted, or newer messages took its place; /api/sms lists what is kept',
  })
}
