import { Hono } from 'hono'
import { z } from 'zod'
import type { CreateProvider } from './provider.ts'

const messageSchema = z.looseObject({
  type: z.literal('message'),
  attachments: z
    .array(
      z.looseObject({
        contentType: z.literal('application/vnd.microsoft.card.adaptive'),
        content: z.looseObject({ type: z.literal('AdaptiveCard'), version: z.string(), body: z.array(z.unknown()) }),
      }),
    )
    .min(1),
})

const largestMessage = 28 * 1024

/** The Teams workflow "When a Teams webhook request is received": it takes cards, and posts them some time later. */
export const createTeams: CreateProvider = () => {
  const routes = new Hono()
  const refuse = (code: string, message: string) => ({ error: { code, message } })
  routes.post('/workflows/:workflow/triggers/manual/paths/invoke', async (c) => {
    if (!c.req.query('sig')) {
      return c.json(refuse('DirectApiAuthorizationRequired', 'The request must carry a signature'), 401)
    }
    const text = await c.req.text()
    if (text.length > largestMessage) return c.json(refuse('RequestEntityTooLarge', 'The message is too large'), 413)
    const parsed = messageSchema.safeParse(parse(text))
    if (!parsed.success) return c.json(refuse('TriggerInputSchemaMismatch', 'The input is no card'), 400)
    // Accepted, which does not mean that it is in the channel.
    return c.body(null, 202)
  })
  routes.all('*', (c) => c.json(refuse('WorkflowNotFound', 'The workflow could not be found'), 404))
  return {
    name: 'teams',
    title: 'Microsoft Teams',
    description: 'Takes cards for a workflow with a webhook; any workflow and signature will do.',
    path: '/teams',
    routes,
    actions: [],
    fail: (status) =>
      Response.json(refuse(status === 429 ? 'TooManyRequests' : 'InternalServerError', 'The dial says so'), {
        status,
        ...(status === 429 ? { headers: { 'retry-after': '1' } } : {}),
      }),
    reset() {},
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
