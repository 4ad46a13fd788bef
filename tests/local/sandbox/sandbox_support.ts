import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import type { Options as MailOptions } from 'nodemailer/lib/mailer/index.js'
import { z } from 'zod'
import { silentLogger } from '../../../local/logger.ts'
import { type SandboxClient, sandboxClient } from '../../../local/sandbox/client.ts'
import { createSandbox, type SandboxOptions } from '../../../local/sandbox/mod.ts'

/** A running sandbox with what a test needs to talk to it. */
export interface TestSandbox {
  readonly url: string
  readonly smtpPort: number
  readonly scannerPort: number
  readonly client: SandboxClient
  /** Sends by SMTP; sender and recipient have defaults. */
  send(mail: MailOptions): Promise<void>
  /** Requests a path of the sandbox. */
  get(path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

/** Starts a sandbox, on free ports unless `port` says where the page is to be. */
export async function startTestSandbox(
  dataFolder: string | null = null,
  port = 0,
  options: Pick<SandboxOptions, 'stripe' | 'webhookRetryDelaysMs'> = {},
): Promise<TestSandbox> {
  const sandbox = await createSandbox({
    port,
    smtpPort: 0,
    scannerPort: 0,
    dataFolder,
    logger: silentLogger,
    ...options,
  })
  // One connection for all mails, so that they arrive in the order in which they are sent, and fast.
  const transport = createTransport({ host: '127.0.0.1', port: sandbox.smtpPort, pool: true, maxConnections: 1 })
  return {
    url: sandbox.url,
    smtpPort: sandbox.smtpPort,
    scannerPort: sandbox.scannerPort,
    client: sandboxClient(sandbox.url),
    async send(mail) {
      await transport.sendMail({ from: 'Atrium <hello@atrium.test>', to: 'ana@example.test', ...mail })
    },
    get: (path, init) => fetch(new URL(path, sandbox.url), init),
    async close() {
      transport.close()
      await sandbox.close()
    },
  }
}

const tokensSchema = z.looseObject({
  access_token: z.string().default(''),
  id_token: z.string().default(''),
  refresh_token: z.string().default(''),
})

/** The answer of a token endpoint. */
export async function readTokens(response: Response | Promise<Response>): Promise<z.infer<typeof tokensSchema>> {
  return tokensSchema.parse(await (await response).json())
}

/** A folder of its own that goes away with the test. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'atrium-sandbox-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** A request that a {@link Receiver} got. */
export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** An endpoint for webhooks and redirects. */
export interface Receiver extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly ReceivedRequest[]
}

/** Its icon keeps the browser from asking for one when the endpoint may be gone already. */
const arrivedPage = '<link rel="icon" href="data:,"><p>Arrived</p>'

/** @param statuses what it answers, one after the other; the last one again and again */
export async function startReceiver(statuses: readonly number[]): Promise<Receiver> {
  const requests: ReceivedRequest[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const status = statuses[Math.min(requests.length, statuses.length - 1)] ?? 200
      const { method = '', url: path = '', headers } = request
      requests.push({ method, path, headers, body: Buffer.concat(parts).toString() })
      response.writeHead(status, { 'content-type': 'text/html' }).end(status === 204 ? '' : arrivedPage)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
