import { type ClientRequest, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { idleTimeout, platformErrors, sendPlatformError } from './platform_errors.ts'
import type { WorkerProcess } from './worker_process.ts'

/** Headers that belong to one connection and are never passed on (RFC 9110, section 7.6.1). */
/** Headers that the host writes itself. */
const addressing = new Set(['host', 'x-forwarded-for', 'cf-connecting-ip'])
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
])

/** What the host adds to a request before the function sees it. */
export interface Call {
  /** Names the request between host and process. */
  readonly id: string
  readonly path: string
  readonly clientIp: string
  readonly requestId: string
  readonly wallClockMs: number
}

/**
 * Passes a request to a process and its answer back, both bodies as streams. Never rejects: whatever goes wrong becomes
 * the platform's answer, or a cut connection when the answer has begun.
 */
export function forward(
  worker: WorkerProcess,
  request: IncomingMessage,
  response: ServerResponse,
  call: Call,
): Promise<void> {
  return new Promise((resolve) => {
    const release = worker.begin()
    const upstream = open(worker, request, call)
    const timer = setTimeout(() => {
      sendPlatformError(response, idleTimeout(call.wallClockMs))
      upstream.destroy()
    }, call.wallClockMs)
    const finish = () => {
      clearTimeout(timer)
      release()
      resolve()
    }
    // Ended by the answer, the limit or the client going away; a process that no one listens to is told at once.
    response.once('close', () => {
      upstream.destroy()
      // What was not read of a body that was answered early would block the client's connection.
      request.unpipe(upstream)
      request.resume()
      finish()
    })
    upstream.once('response', (answer) => {
      if (response.headersSent || response.destroyed) return
      response.writeHead(answer.statusCode ?? 502, answerHeaders(request, answer))
      // Streams such as server-sent events reach the client when they begin, not when they first say something.
      response.flushHeaders()
      answer.once('error', () => response.destroy())
      answer.pipe(response)
    })
    upstream.once('error', async () => {
      if (response.headersSent || response.destroyed) {
        response.destroy()
        return
      }
      // The socket ends a moment before the process has told why.
      const reason = await Promise.race([worker.exited, delay(1000, worker.endReason)])
      const limited = reason === 'memory' || reason === 'stuck'
      sendPlatformError(response, limited ? platformErrors.workerLimit : platformErrors.workerError)
    })
    request.once('error', () => upstream.destroy())
    if (hasBody(request)) request.pipe(upstream)
    else upstream.end()
  })
}

function open(worker: WorkerProcess, request: IncomingMessage, call: Call): ClientRequest {
  const headers: string[] = []
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? ''
    const lower = name.toLowerCase()
    if (hopByHop.has(lower) || addressing.has(lower) || lower.startsWith('x-atrium-')) continue
    headers.push(name, request.rawHeaders[index + 1] ?? '')
  }
  headers.push('host', 'edge-runtime.internal', 'x-forwarded-for', call.clientIp, 'x-atrium-call', call.id)
  // As the gateway wrote it, which the raw headers do not show.
  const connected = request.headers['cf-connecting-ip']
  if (typeof connected === 'string') headers.push('cf-connecting-ip', connected)
  if (!request.headers['sb-request-id']) headers.push('sb-request-id', call.requestId)
  if (request.headers['transfer-encoding']) headers.push('transfer-encoding', 'chunked')
  else if (!request.headers['content-length']) headers.push('content-length', '0')
  return httpRequest({
    socketPath: worker.socketPath,
    agent: worker.agent,
    method: request.method ?? 'GET',
    path: call.path,
    headers,
  })
}

const hasBody = (request: IncomingMessage) =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0

function answerHeaders(request: IncomingMessage, answer: IncomingMessage): string[] {
  const headers: string[] = []
  for (let index = 0; index < answer.rawHeaders.length; index += 2) {
    const name = answer.rawHeaders[index] ?? ''
    let value = answer.rawHeaders[index + 1] ?? ''
    const lower = name.toLowerCase()
    if (hopByHop.has(lower)) continue
    // Hosted projects without a domain of their own do not serve pages from functions.
    if (lower === 'content-type' && request.method === 'GET') value = value.replace(/^text\/html/i, 'text/plain')
    headers.push(name, value)
  }
  headers.push('x-served-by', 'supabase-edge-runtime')
  if ((answer.statusCode ?? 0) >= 500) headers.push('sb-error-code', 'EDGE_FUNCTION_ERROR')
  return headers
}
