import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import type { RequestContext } from '../service.ts'
import { PolicyError } from './authorization.ts'
import type { Hub } from './hub.ts'
import { type BroadcastBody, payloadBytes } from './messages.ts'
import { type ChannelCaller, checkToken, TokenRefused } from './token_check.ts'

const batchShape = z.object({
  messages: z.array(
    z.object({
      topic: z.string().min(1),
      event: z.string().min(1),
      payload: z.record(z.string(), z.unknown()),
      private: z.boolean().nullish(),
    }),
  ),
})

/** A broadcast that came by HTTP. */
interface Posted {
  readonly topic: string
  readonly isPrivate: boolean
  readonly body: BroadcastBody
}

/** An answer that is not 202. */
class HttpRefused extends Error {
  readonly status: number
  readonly body: object
  constructor(status: number, body: object) {
    super(`HTTP ${status}`)
    this.status = status
    this.body = body
  }
}

/** Answers `/api/broadcast`, `/api/broadcast/<topic>/events/<event>` and `/api/ping`. */
export async function handleHttp(
  hub: Hub,
  request: IncomingMessage,
  response: ServerResponse,
  context: RequestContext,
): Promise<void> {
  try {
    const { status, body } = await answer(hub, request, context)
    send(response, status, body)
  } catch (error) {
    if (error instanceof HttpRefused) send(response, error.status, error.body)
    else {
      hub.logger.error('request failed', { reason: error instanceof Error ? error.message : 'unknown' })
      send(response, 500, { message: 'An unexpected error occurred' })
    }
  }
  if (!request.readableEnded) request.resume()
}

async function answer(
  hub: Hub,
  request: IncomingMessage,
  context: RequestContext,
): Promise<{ status: number; body: object | null }> {
  const url = new URL(context.path, 'http://realtime')
  const single = /^\/api\/broadcast\/([^/]+)\/events\/([^/]+)$/.exec(url.pathname)
  if (url.pathname === '/api/ping' && request.method === 'GET') return { status: 200, body: { message: 'Success' } }
  if (request.method !== 'POST' || (url.pathname !== '/api/broadcast' && !single)) {
    throw new HttpRefused(404, { message: 'Not found' })
  }
  const caller = await requireHttpCaller(hub, context)
  const bytes = await readBody(request, hub.limits.frameBytes)
  const messages = single ? [readSingle(request, url, decode(single[1]), decode(single[2]), bytes)] : readBatch(bytes)
  requireWithinLimits(hub, messages)
  await deliver(hub, messages, caller, context)
  return { status: 202, body: null }
}

async function requireHttpCaller(hub: Hub, { bearer }: RequestContext): Promise<ChannelCaller> {
  if (bearer === null) throw new HttpRefused(401, { message: 'Unauthorized' })
  try {
    return await checkToken(hub.tokens, bearer)
  } catch (error) {
    if (error instanceof TokenRefused) throw new HttpRefused(401, { message: error.message })
    throw error
  }
}

function decode(part: string | undefined): string {
  try {
    return decodeURIComponent(part ?? '')
  } catch {
    throw new HttpRefused(400, { message: 'Bad Request' })
  }
}

async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > limit) throw new HttpRefused(413, { message: 'Request Entity Too Large' })
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new HttpRefused(400, { message: 'Bad Request' })
  }
}

function readBatch(bytes: Buffer): Posted[] {
  const parsed = batchShape.safeParse(parseJson(bytes))
  if (!parsed.success) {
    throw new HttpRefused(422, { errors: z.flattenError(parsed.error).fieldErrors })
  }
  return parsed.data.messages.map((message) => ({
    topic: message.topic,
    isPrivate: message.private === true,
    body: {
      kind: 'whole',
      json: JSON.stringify({ type: 'broadcast', event: message.event, payload: message.payload }),
    },
  }))
}

function readSingle(request: IncomingMessage, url: URL, topic: string, event: string, bytes: Buffer): Posted {
  const isPrivate = url.searchParams.get('private') === 'true'
  if ([...url.searchParams.keys()].some((name) => /^persist($|\[)/.test(name))) {
    throw new HttpRefused(422, { error: 'persist is not served here; write the message with realtime.send' })
  }
  const type = request.headers['content-type'] ?? ''
  if (type.startsWith('application/octet-stream')) {
    return { topic, isPrivate, body: { kind: 'binary', event, bytes, meta: null } }
  }
  if (!type.startsWith('application/json')) throw new HttpRefused(415, { message: 'Unsupported Media Type' })
  const json = JSON.stringify(parseJson(bytes))
  return { topic, isPrivate, body: { kind: 'json', event, json, meta: null } }
}

function requireWithinLimits({ events, limits }: Hub, messages: readonly Posted[]): void {
  const rate = events.average()
  if (rate > limits.eventsPerSecond) {
    throw new HttpRefused(429, { message: 'You have exceeded your rate limit' })
  }
  if (rate + messages.length > limits.eventsPerSecond) {
    throw new HttpRefused(429, { message: 'Too many messages to broadcast, please reduce the batch size' })
  }
  if (messages.some(({ body }) => payloadBytes(body) > limits.payloadBytes)) {
    throw new HttpRefused(422, { errors: { messages: [{ payload: ['Payload size exceeds tenant limit'] }] } })
  }
}

/** Messages to topics that the caller may not write to are left out, without a word, as the hosted service does. */
async function deliver(
  hub: Hub,
  messages: readonly Posted[],
  caller: ChannelCaller,
  context: RequestContext,
): Promise<void> {
  const privateTopics = new Set(messages.filter(({ isPrivate }) => isPrivate).map(({ topic }) => topic))
  const writable = new Set<string>()
  for (const topic of privateTopics) {
    if (await mayWrite(hub, topic, caller, context)) writable.add(topic)
  }
  for (const { topic, isPrivate, body } of messages) {
    if (isPrivate && !writable.has(topic)) continue
    hub.events.add()
    hub.topics.broadcast(`realtime:${topic}`, isPrivate, body)
  }
}

async function mayWrite(hub: Hub, topic: string, caller: ChannelCaller, context: RequestContext): Promise<boolean> {
  try {
    const rights = await hub.authorization.rightsOn(topic, caller, { 'x-request-id': context.requestId })
    return rights.write.broadcast
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown'
    hub.logger.warn('rights could not be read', { reason })
    if (error instanceof PolicyError) return false
    throw new HttpRefused(503, { message: 'Realtime was unable to connect to the project database' })
  }
}

function send(response: ServerResponse, status: number, body: object | null): void {
  if (response.destroyed) return
  const text = body === null ? '' : JSON.stringify(body)
  response.writeHead(status, {
    ...(body === null ? {} : { 'content-type': 'application/json' }),
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
