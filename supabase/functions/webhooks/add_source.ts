import { type App, AppError, publicAddress } from '../_shared/http/mod.ts'
import { type Env, readEnv, systemClock } from '../_shared/runtime/mod.ts'
import {
  receiveWebhook,
  SignatureError,
  WebhookBodyError,
  type WebhookInbox,
  type WebhookSource,
} from '../_shared/webhooks/mod.ts'
import { greetRoute, receiveRoute } from './routes.ts'

/** Adds the routes of a source. @param openInbox called once a signature was right */
export function addSource(app: App, source: WebhookSource, openInbox: (env: Env) => WebhookInbox): void {
  const { provider } = source
  app.openapi(receiveRoute(source), async (c) => {
    const env = readEnv()
    const call = {
      url: publicAddress(env, c.req.url),
      headers: c.req.raw.headers,
      body: new Uint8Array(await c.req.arrayBuffer()),
      receivedAt: systemClock.now(),
    }
    const receipt = await receiveWebhook({ env, inbox: () => openInbox(env) }, source, call).catch(refuse)
    c.var.logger.info('webhook_received', { provider, ...receipt })
    return c.json({ received: receipt.received }, 200)
  })
  const greet = source.greet?.bind(source)
  if (!greet) return
  app.openapi(greetRoute(source), (c) => {
    try {
      return c.text(greet(readEnv(), new URL(c.req.url).searchParams), 200)
    } catch (error) {
      return refuse(error)
    }
  })
}

/** Says no in our own shape; anything unknown is ours to repair and the provider's to send again. */
function refuse(error: unknown): never {
  if (error instanceof SignatureError) {
    throw new AppError(401, 'signature_invalid', error.message, {
      hint: 'Sign the raw body with the current secret, and check the clock',
      cause: error,
    })
  }
  if (error instanceof WebhookBodyError) {
    throw new AppError(400, 'webhook_body_invalid', error.message, { cause: error })
  }
  throw error
}
