import { type Context, Hono } from 'hono'
import { apiVersion } from '../core.ts'
import { StripeError } from '../errors.ts'
import { createIds } from '../ids.ts'
import type { StripeWorld } from '../world.ts'
import { accountEndpoints } from './account_endpoints.ts'
import { billingEndpoints } from './billing_endpoints.ts'
import { catalogueEndpoints } from './catalogue_endpoints.ts'
import { customerEndpoints } from './customer_endpoints.ts'
import type { Endpoint } from './endpoint.ts'
import { expandAnswer } from './expand.ts'
import { type FormValue, parseForm } from './form_body.ts'
import { createIdempotencyKeys, type KeptAnswer } from './idempotency.ts'

/** What the API needs. */
export interface ApiOptions {
  readonly world: StripeWorld
  /** The key that callers must have. */
  readonly secretKey: string
  /** Operations of further subjects (checkout, portal). */
  readonly endpoints?: readonly Endpoint[]
  /** Called before each request: lets the clock catch up, for instance. */
  readonly beforeEach?: () => void
}

const requestIds = createIds()

/** Stripe's API below `/v1`, as the pinned SDK calls it. */
export function stripeApi(options: ApiOptions): Hono {
  const { world } = options
  const keys = createIdempotencyKeys()
  const routes = new Hono()
  const known = [
    ...customerEndpoints,
    ...catalogueEndpoints,
    ...billingEndpoints,
    ...accountEndpoints,
    ...(options.endpoints ?? []),
  ]
  for (const one of known) {
    routes.on(one.method.toUpperCase(), `/v1${one.path}`, (c) => handle(c, one))
  }
  routes.all('*', (c) => {
    const message = `Unrecognized request URL (${c.req.method}: ${c.req.path}). If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`
    return toResponse(failure(new StripeError(404, message), requestIds('req')))
  })

  const handle = async (c: Context, one: Endpoint): Promise<Response> => {
    const requestId = requestIds('req')
    const key = one.method === 'get' ? undefined : c.req.header('idempotency-key')
    let claimed = false
    try {
      authenticate(c, options.secretKey)
      const body = one.method === 'get' ? '' : await c.req.text()
      const query = URL.parse(c.req.url)?.search.slice(1) ?? ''
      if (key !== undefined) {
        const kept = keys.claim(key, `${c.req.method} ${c.req.path} ${query} ${body}`)
        if (kept) return toResponse(kept, { 'idempotent-replayed': 'true', 'original-request': kept.requestId })
        claimed = true
      }
      // Others may come in meanwhile, as they do in the world: a second request with the same key then finds the first.
      await new Promise((resolve) => setImmediate(resolve))
      const { expand, ...form } = { ...parseForm(query), ...parseForm(body) }
      const run = one.prepare(form, c.req.param())
      const answer = carryOut(run, textsOf(expand), requestId, key)
      if (key !== undefined) keys.settle(key, answer)
      return toResponse(answer)
    } catch (error) {
      // Nothing was done: the same key may come with better parameters.
      if (claimed && key !== undefined) keys.settle(key, null)
      return toResponse(failure(error, requestId))
    }
  }

  /** What was done stays done, also when it is answered with an error: a declined card, for instance. */
  const carryOut = (
    run: ReturnType<Endpoint['prepare']>,
    expand: readonly string[],
    requestId: string,
    key: string | undefined,
  ): KeptAnswer => {
    try {
      options.beforeEach?.()
      const mark = { id: requestId, idempotency_key: key ?? null }
      const answer = world.during(mark, () => run(world))
      const body = JSON.stringify(expandAnswer(world.core, answer, expand), null, 2)
      return { status: 200, body, requestId }
    } catch (error) {
      return failure(error, requestId)
    }
  }

  return routes
}

/** @throws {StripeError} 401 for a wrong key, 400 for a version that the sandbox does not speak */
function authenticate(c: Context, secretKey: string): void {
  const header = c.req.header('authorization') ?? ''
  const basic = /^basic\s+(.+)$/i.exec(header)?.[1]
  const given = basic ? Buffer.from(basic, 'base64').toString().split(':')[0] : /^bearer\s+(.+)$/i.exec(header)?.[1]
  if (!given) {
    const message =
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
    throw new StripeError(401, message)
  }
  if (given !== secretKey) {
    throw new StripeError(401, `Invalid API Key provided: ${given.slice(0, 8)}${'*'.repeat(8)}${given.slice(-4)}`)
  }
  const version = c.req.header('stripe-version')
  if (version !== undefined && version !== apiVersion) {
    throw new StripeError(400, `Invalid Stripe API version: ${version}. This sandbox speaks ${apiVersion}`)
  }
}

function failure(error: unknown, requestId: string): KeptAnswer {
  const told =
    error instanceof StripeError
      ? error
      : new StripeError(500, `The sandbox failed: ${error instanceof Error ? error.message : String(error)}`, {
          type: 'api_error',
        })
  return { status: told.status, body: JSON.stringify(told.toBody(), null, 2), requestId }
}

function toResponse(answer: KeptAnswer, headers: Record<string, string> = {}): Response {
  return new Response(answer.body, {
    status: answer.status,
    headers: {
      'content-type': 'application/json',
      'request-id': answer.requestId,
      'stripe-version': apiVersion,
      ...headers,
    },
  })
}

function textsOf(value: FormValue | undefined): string[] {
  if (value === undefined) return []
  if (typeof value === 'string') return [value]
  return Object.values(value).filter((part) => typeof part === 'string')
}
