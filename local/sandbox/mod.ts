import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { Logger } from '../logger.ts'
import { StackError } from '../stack_error.ts'
import { createSandboxApp } from './app.ts'
import { hasErrorCode } from './errors.ts'
import { createPeople, pictureRoutes } from './identity/people.ts'
import { createLiveEvents } from './live_events.ts'
import { mailRoutes } from './mail/mail_routes.ts'
import { openMailStore } from './mail/mail_store.ts'
import { startSmtpReceiver } from './mail/smtp_receiver.ts'
import { platformSection } from './platform/platform_routes.ts'
import { allProviders } from './providers/all_providers.ts'
import { createProviders } from './providers/create_providers.ts'
import type { WebhookTarget } from './razorpay/razorpay_webhooks.ts'
import type { NewRecording } from './recordings/recording_schemas.ts'
import { createRecordings } from './recordings/recordings.ts'
import { startClamdDouble } from './scanner/clamd.ts'
import { smsRoutes } from './sms/sms_routes.ts'
import { openSmsStore } from './sms/sms_store.ts'
import type { StripeOptions } from './stripe/stripe.ts'

/** What a sandbox needs to start. */
export interface SandboxOptions {
  /** Port of the page and the API; 0 takes a free one. */
  readonly port: number
  /** Port that takes mail; 0 takes a free one. */
  readonly smtpPort: number
  /** Port of the virus scanner's daemon; 0 takes a free one. */
  readonly scannerPort: number
  /** Address to listen on; 127.0.0.1 when left out, since mails hold sign-in links. */
  readonly host?: string
  /** Where mails and text messages are kept across restarts; null keeps them in memory. */
  readonly dataFolder: string | null
  readonly logger: Logger
  /** Database whose jobs, webhook events and alerts are shown, as a role that reads schema private; none when left out. */
  readonly databaseUrl?: string
  /** Pauses between the attempts of a webhook, in milliseconds; 1, 5 and 15 seconds when left out. */
  readonly webhookRetryDelaysMs?: readonly number[]
  /** Key of the sandbox's Stripe, and where its events go; `sk_test_local` and nowhere when left out. */
  readonly stripe?: StripeOptions
  /** Where Razorpay's events go, and their secret; nowhere until a button says so when left out. */
  readonly razorpayWebhook?: WebhookTarget
}

/** A running sandbox. */
export interface Sandbox {
  /** Where page and API are. */
  readonly url: string
  /** Where mail goes. */
  readonly smtpPort: number
  /** Where clamd listens. */
  readonly scannerPort: number
  /** Shows a request that an edge function answered. */
  record(recording: NewRecording): void
  close(): Promise<void>
}

/**
 * Starts the sandbox of the outside world: it takes what the stack sends out, plays the
 * providers that it talks to, and shows all of that on a page and an API.
 *
 * @throws {StackError} `port_taken` or `sandbox_folder_unusable`, with what to do about it
 */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { logger } = options
  const host = options.host ?? '127.0.0.1'
  const events = createLiveEvents()
  const closing = new AbortController()
  let smtpPort = options.smtpPort
  const folderOf = (name: string) => (options.dataFolder === null ? null : join(options.dataFolder, name))
  const opening = Promise.all([
    openMailStore({ folder: folderOf('mails'), events, logger }),
    openSmsStore({ folder: folderOf('sms'), events, logger }),
  ])
  const [store, sms] = await opening.catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StackError('sandbox_folder_unusable', `Cannot keep mails in "${options.dataFolder}": ${reason}`, {
      hint: 'Make the folder writable and see that its disk has space, or choose another with "--data-dir"',
      cause,
    })
  })
  const people = createPeople(events)
  const recordings = createRecordings(events)
  const providers = createProviders({
    factories: allProviders({ sms, people, razorpayWebhook: options.razorpayWebhook ?? null, stripe: options.stripe }),
    events,
    closing: closing.signal,
    webhookRetryDelaysMs: options.webhookRetryDelaysMs,
  })
  const platform = platformSection(options.databaseUrl ?? null)
  const app = await createSandboxApp({
    sections: [
      { path: '/api/mails', routes: mailRoutes(store, events) },
      { path: '/api/sms', routes: smsRoutes(sms, events) },
      { path: '/api/recordings', routes: recordings.routes },
      { path: '/api/platform', routes: platform.routes },
      { path: '/api/identity/people', routes: people.routes },
      { path: '/identity/pictures', routes: pictureRoutes },
      ...providers.sections,
    ],
    events,
    status: () => ({ smtpHost: host, smtpPort }),
    logger,
    closing: closing.signal,
  })

  // The other services of this process keep their own Request and Response.
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }))
  server.listen(options.port, host)
  await once(server, 'listening').catch((error: unknown) => {
    throw explainPort(error, options.port)
  })
  const closeServer = async () => {
    closing.abort()
    providers.close()
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await Promise.all([closed, platform.close()])
  }
  const smtp = await startSmtpReceiver({ port: options.smtpPort, host, store, logger }).catch(async (error) => {
    await closeServer()
    throw explainPort(error, options.smtpPort)
  })
  const frame = providers.frameOf('clamav')
  const clamd = await startClamdDouble({ port: options.scannerPort, host, ...frame }).catch(async (error) => {
    await Promise.all([smtp.close(), closeServer()])
    throw explainPort(error, options.scannerPort)
  })

  smtpPort = smtp.port
  const { port } = server.address() as AddressInfo
  const urlHost = host.includes(':') ? `[${host}]` : host
  return {
    url: `http://${urlHost}:${port}`,
    smtpPort,
    scannerPort: clamd.port,
    record: (recording) => void recordings.add(recording),
    async close() {
      await Promise.all([smtp.close(), clamd.close(), closeServer()])
    },
  }
}

function explainPort(cause: unknown, port: number): unknown {
  if (!hasErrorCode(cause, 'EADDRINUSE')) return cause
  return new StackError('port_taken', `Port ${port}, which the sandbox needs, is in use`, {
    hint: 'Stop what listens there, or choose other ports with "--port-base"',
    cause,
  })
}
