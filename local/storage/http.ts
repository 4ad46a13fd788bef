import type { IncomingMessage, ServerResponse } from 'node:http'
import type { z } from 'zod'
import type { RequestContext } from '../service.ts'
import { invalidRequest, StorageError } from './errors.ts'

const maximumJsonBytes = 1024 * 1024

/** One request to the storage service. */
export interface StorageRequest {
  readonly raw: IncomingMessage
  readonly method: string
  /** Path without query, as sent. */
  readonly path: string
  readonly query: URLSearchParams
  readonly bearer: string | null
  header(name: string): string | undefined
  /** Reads the body as JSON of a shape. @throws {StorageError} `InvalidRequest` */
  json<T>(schema: z.ZodType<T>): Promise<T>
  /** Reads the query as a shape. @throws {StorageError} `InvalidRequest` */
  queryAs<T>(schema: z.ZodType<T>): T
}

/** An answer that is JSON. Files answer for themselves. */
export interface Reply {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A 200 with a JSON body. */
export const ok = (body: unknown): Reply => ({ status: 200, body })

/** What the gateway and Node know about a request, in the form flows use. */
export function readRequest(raw: IncomingMessage, context: RequestContext): StorageRequest {
  const mark = context.path.indexOf('?')
  const path = mark < 0 ? context.path : context.path.slice(0, mark)
  const query = new URLSearchParams(mark < 0 ? '' : context.path.slice(mark + 1))
  const header = (name: string) => {
    const value = raw.headers[name]
    return Array.isArray(value) ? value[0] : value
  }
  return {
    raw,
    method: raw.method ?? 'GET',
    path,
    query,
    bearer: context.bearer,
    header,
    json: async (schema) => parse(schema, await readJson(raw), 'body'),
    queryAs: (schema) => parse(schema, Object.fromEntries(query), 'querystring'),
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue && issue.path.length > 0 ? `${where}/${issue.path.join('/')}` : where
  throw invalidRequest(`${field}: ${issue?.message ?? 'invalid'}`)
}

async function readJson(raw: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  // The stream stays open after a refusal, or the client would see a broken connection instead of the answer.
  for await (const chunk of raw.iterator({ destroyOnReturn: false })) {
    const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)
    size += bytes.length
    if (size > maximumJsonBytes) throw new StorageError(413, 'EntityTooLarge', 'Request body is too large')
    chunks.push(bytes)
  }
  if (size === 0) return {}
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (cause) {
    throw invalidRequest('body must be valid JSON', cause)
  }
}

/** Writes a JSON answer. */
export function sendReply(response: ServerResponse, reply: Reply): void {
  const bytes = Buffer.from(JSON.stringify(reply.body))
  response.writeHead(reply.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(bytes.length),
    ...reply.headers,
  })
  response.end(bytes)
}

/** Writes an error in the protocol's form. */
export function sendError(response: ServerResponse, error: StorageError): void {
  sendReply(response, {
    status: error.httpStatus,
    body: error,
    headers: { 'cache-control': 'no-store', ...error.headers },
  })
}
