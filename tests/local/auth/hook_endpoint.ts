import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a hook's endpoint received. */
export interface HookCall {
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: string
}

/** How an endpoint answers; null leaves the request hanging. */
export type HookAnswer = { status: number; headers?: Record<string, string>; body?: string } | null

/** An endpoint of a hook, which answers as it is told. */
export interface HookEndpoint {
  readonly url: string
  readonly calls: readonly HookCall[]
  /** Answers of the next calls, in order; the last one stays. */
  answerWith(...answers: HookAnswer[]): void
  [Symbol.asyncDispose](): Promise<void>
}

/** A 200 with a JSON body. */
export const jsonAnswer = (body: unknown, status = 200): HookAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

/** Starts an endpoint that says yes. */
export async function startHookEndpoint(): Promise<HookEndpoint> {
  const calls: HookCall[] = []
  let answers: HookAnswer[] = [jsonAnswer({})]
  const server = createServer((request, response) => {
    readBody(request).then((body) => {
      calls.push({
        path: request.url ?? '',
        headers: Object.fromEntries(Object.entries(request.headers).map(([k, v]) => [k, String(v)])),
        body,
      })
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      if (!answer) return
      response.writeHead(answer.status, answer.headers).end(answer.body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth-hooks/send-email`,
    calls,
    answerWith(...next) {
      answers = next
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
