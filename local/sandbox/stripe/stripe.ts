import { Hono } from 'hono'
import type { CreateProvider } from '../providers/provider.ts'
import { createDeliveries } from './deliveries.ts'
import { StripeError } from './errors.ts'
import { stripeApi } from './http/api.ts'
import type { Endpoint } from './http/endpoint.ts'
import type { StripeEvent } from './objects.ts'
import { stripeActions } from './stripe_actions.ts'
import { signStripePayload } from './stripe_signature.ts'
import { endpointSecret, wantsEvent } from './webhook_endpoints.ts'
import { createStripeWorld, type StripeWorld } from './world.ts'

/** What ties the sandbox's Stripe to a stack. */
export interface StripeOptions {
  /** The key that callers must have. */
  readonly secretKey: string
  /** Where events go, and what signs them; null when nothing listens but endpoints that were made through the API. */
  readonly webhook: { readonly url: string; readonly secret: string } | null
}

/** What is mounted beside the API: more operations, and pages below `/pages`. */
export interface StripeExtension {
  readonly endpoints: readonly Endpoint[]
  readonly pages: Hono
}

/** Key and secret of a sandbox that was told nothing else. */
const localStripe: StripeOptions = { secretKey: 'sk_test_local', webhook: null }

/**
 * What a stack's variables say about Stripe: functions call it with this key, and check this signature.
 *
 * @param apiUrl where the stack's gateway is
 */
export function stripeOptionsOf(
  environment: Readonly<Record<string, string | undefined>>,
  apiUrl: string,
): StripeOptions {
  const { STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET: secret } = environment
  return {
    secretKey: STRIPE_SECRET_KEY || localStripe.secretKey,
    webhook: secret ? { url: `${apiUrl}/functions/v1/webhooks/stripe`, secret } : null,
  }
}

const path = '/stripe'

/**
 * Stripe as the pinned SDK talks to it, with a clock that people can advance. Its time is that of this machine plus what
 * was added; what is due meanwhile happens with the next request or button.
 *
 * @param extend adds operations and pages to each new world
 */
export const createStripe =
  (options: StripeOptions = localStripe, extend?: (world: StripeWorld) => StripeExtension): CreateProvider =>
  (context) => {
    let origin = 'http://127.0.0.1:54324'
    let added = 0
    const time = () => Date.now() / 1000 + added

    const send = async (event: StripeEvent): Promise<void> => {
      const endpoints = current.world.core.store.all('webhook_endpoint').filter((one) => wantsEvent(one, event.type))
      const targets = [
        ...(options.webhook ? [options.webhook] : []),
        ...endpoints.map(({ id, url }) => ({ url, secret: endpointSecret(id) })),
      ]
      const body = JSON.stringify(event, null, 2)
      await Promise.all(
        targets.map(({ url, secret }) =>
          context.sendWebhook({
            event: event.type,
            url,
            contentType: 'application/json; charset=utf-8',
            body,
            // By the clock of this machine: receivers compare it with theirs.
            headers: () => ({
              'stripe-signature': signStripePayload(secret, body, Math.floor(Date.now() / 1000)),
              'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
            }),
          }),
        ),
      )
    }
    const deliveries = createDeliveries(send)

    /** A world with what is mounted on it; a reset makes another. */
    const begin = () => {
      const world = createStripeWorld({
        now: time(),
        ahead: () => added,
        pagesUrl: () => `${origin}${path}/pages`,
        onEvent: (event) => deliveries.push(event),
      })
      const catchUp = () => world.advanceTo(time())
      const extension = extend?.(world)
      const app = new Hono().basePath(path)
      if (extension) {
        app.use('/pages/*', async (_, next) => {
          catchUp()
          await next()
        })
        app.route('/pages', extension.pages)
      }
      const { secretKey } = options
      app.route('/', stripeApi({ world, secretKey, beforeEach: catchUp, endpoints: extension?.endpoints ?? [] }))
      return { world, app, catchUp }
    }
    let current = begin()

    const routes = new Hono()
    routes.all('*', async (c) => {
      origin = new URL(c.req.url).origin
      const { method } = c.req
      // The recorder has read the body: it is handed on as it came.
      const body = method === 'GET' || method === 'HEAD' ? null : await c.req.arrayBuffer()
      return current.app.fetch(new Request(c.req.url, { method, headers: c.req.raw.headers, body }))
    })

    return {
      name: 'stripe',
      title: 'Stripe',
      description:
        'Payments and subscriptions with test cards and a clock of its own; events go to the stack’s webhook, signed.',
      path,
      routes,
      actions: stripeActions({
        world: () => {
          current.catchUp()
          return current.world
        },
        deliveries,
        advance(seconds) {
          added += seconds
          current.catchUp()
        },
      }),
      fail: (status) => {
        const isLimit = status === 429
        const error = new StripeError(
          status,
          isLimit
            ? 'Too many requests. Learn more at https://stripe.com/docs/rate-limits'
            : 'An unknown error occurred',
          isLimit ? { type: 'rate_limit_error', code: 'rate_limit' } : { type: 'api_error' },
        )
        return Response.json(error.toBody(), { status, headers: { 'request-id': 'req_failedByDial' } })
      },
      reset() {
        added = 0
        deliveries.reset()
        current = begin()
      },
    }
  }
