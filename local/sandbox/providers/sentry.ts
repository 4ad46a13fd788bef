import { Hono } from 'hono'
import { z } from 'zod'
import type { CreateProvider } from './provider.ts'

const eventSchema = z.looseObject({ event_id: z.string(), type: z.string().optional() })
const keptCount = 500

/** Sentry: it takes envelopes of any project and lists what was in them, newest first, as its API does. */
export const createSentry: CreateProvider = () => {
  let events: { project: string; event: z.infer<typeof eventSchema> }[] = []
  const routes = new Hono()

  routes.post('/api/:project/envelope/', async (c) => {
    const key = c.req.query('sentry_key') ?? /sentry_key=(\w+)/.exec(c.req.header('x-sentry-auth') ?? '')?.[1]
    if (!key) return c.json({ detail: 'missing authorization information' }, 401)
    // A line with the envelope's header, then a line with the header of each item and one with the item.
    const [, ...lines] = (await c.req.text()).split('\n')
    const project = c.req.param('project')
    const taken = lines
      .filter((_, place) => place % 2 === 1)
      .map((line) => eventSchema.safeParse(parse(line)))
      .flatMap(({ data }) => (data ? [{ project, event: data }] : []))
    if (taken.length === 0) return c.json({ detail: 'bad envelope' }, 400)
    events = [...taken, ...events].slice(0, keptCount)
    return c.json({ id: taken[0]?.event.event_id })
  })

  routes.get('/api/0/projects/:organization/:project/events/', (c) =>
    c.json(events.filter(({ project }) => project === c.req.param('project')).map(({ event }) => event)),
  )

  routes.all('*', (c) => c.json({ detail: 'The requested resource does not exist' }, 404))

  return {
    name: 'sentry',
    title: 'Sentry',
    description:
      'Takes errors and traces for any key and project; GET /sentry/api/0/projects/local/1/events/ lists those of project 1.',
    path: '/sentry',
    routes,
    actions: [],
    fail: (status) =>
      Response.json(
        { detail: 'The dial says so' },
        { status, ...(status === 429 ? { headers: { 'retry-after': '60' } } : {}) },
      ),
    reset() {
      events = []
    },
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
