import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that the double got. */
export interface GivenRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What the double does with one request. */
export type Answer = (response: ServerResponse) => void

/** A provider that answers what it is told, one answer for each request, the last one for all that follow. */
export interface ProviderDouble extends AsyncDisposable {
  readonly url: string
  readonly received: GivenRequest[]
}

/** Starts a double on a free port. */
export async function startProviderDouble(...answers: [Answer, ...Answer[]]): Promise<ProviderDouble> {
  const received: GivenRequest[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    received.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body })
    const answer = answers[Math.min(received.length, answers.length) - 1]
    answer?.(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers a status with a JSON body. */
export const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

/** Says nothing at all. */
export const silence: Answer = () => {}

/** Ends the connection in the middle. */
export const hangUp: Answer = (response) => response.destroy()
