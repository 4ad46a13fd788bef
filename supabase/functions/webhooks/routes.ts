import { createRoute, z } from '@hono/zod-openapi'
import { errorAnswers } from '../_shared/http/mod.ts'
import { type WebhookSource, webhookReceiptSchema } from '../_shared/webhooks/mod.ts'

/** POST /webhooks/{provider}: the events of one source. */
export function receiveRoute({ provider, summary }: WebhookSource) {
  return createRoute({
    method: 'post',
    path: `/${provider}`,
    tags: ['Webhooks'],
    summary: `Events of ${summary}`,
    description:
      'Called by the provider alone, which signs the call. Answers 200 once the events are stored; one that was sent ' +
      'before changes nothing. They are processed afterwards.',
    security: [],
    responses: {
      200: { description: 'Stored', content: { 'application/json': { schema: webhookReceiptSchema } } },
      ...errorAnswers({
        400: 'The body is no event of this provider',
        401: 'The signature does not match, or is not of now',
        413: 'The body is too large',
        500: 'Not stored: send it again',
      }),
    },
  })
}

/** GET /webhooks/{provider}: the check of the address by one source. */
export function greetRoute({ provider, summary }: WebhookSource) {
  return createRoute({
    method: 'get',
    path: `/${provider}`,
    tags: ['Webhooks'],
    summary: `Check of the address by ${summary}`,
    security: [],
    responses: {
      200: { description: 'The text it asks for', content: { 'text/plain': { schema: z.string() } } },
      ...errorAnswers({ 401: 'Not called by the provider' }),
    },
  })
}
