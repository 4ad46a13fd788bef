import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import type { RequestContext } from '../service.ts'
import { AuthError } from './errors.ts'

const maximumBodyBytes = 1024 * 1024

/** One request to the auth service, as its flows see it. */
export interface AuthRequest {
  readonly method: string
  /** Path without query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly clientIp: string
  readonly userAgent: string | null
  readonly referrer: string
  /** Redirect the client asked for, from the header or the query; unchecked. */
  readonly redirectTo: string
  /** Token the request acts with. */
  readonly bearer: string | null
  /** The Authorization header as it was sent; empty without one. */
  readonly authorization: string
  /** Page that the browser says the request comes from; empty outside browsers. */
  readonly origin: string
  /** True when the body says that it is JSON. */
  readonly isJson: boolean
  /** Bytes of the body, when the client says how many; null when it does not. */
  readonly contentLength: number | null
  /** True from API version 2024-01-01 on, which changed the form of errors. */
  readonly isVersioned: boolean
  /** Parts of the path that the route names. */
  readonly params: Readonly<Record<string, string>>
  /** Reads the body as JSON of a shape. @throws {AuthError} `bad_json` */
  json<T>(schema: z.ZodType<T>): Promise<T>
  /** Reads the body as a form; an absent body is an empty one. */
  form(): Promise<URLSearchParams>
}

/** Answer of a flow. */
export interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A 200 with a JSON body. */
export const ok = (body: unknown): Reply => ({ status: 200, body })

/** Sends the browser on. 303, so that a form is not posted again. */
export const redirect = (location: string): Reply => ({ status: 303, headers: { location } })

/** Sends the browser to a provider. 302, as the original does. */
export const redirectToProvider = (location: string): Reply => ({ status: 302, headers: { location } })

/** A JSON text that may be missing or null, as Go's decoder accepts it. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')

/** A JSON object that may be missing or null. */
export const object = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((value) => value ?? null)

/** What the gateway and Node know about a request, in the form flows use. */
export function readRequest(
  request: IncomingMessage,
  context: RequestContext,
  params: Readonly<Record<string, string>>,
): AuthRequest {
  const { path, query } = splitPath(context.path)
  const header = (name: string) => {
    const value = request.headers[name]
    return (Array.isArray(value) ? value[0] : value) ?? ''
  }
  let body: Promise<Buffer> | undefined
  const bytes = () => {
    body ??= readBytes(request)
    return body
  }
  return {
    method: request.method ?? 'GET',
    path,
    query,
    clientIp: context.clientIp,
    userAgent: header('user-agent') || null,
    referrer: header('referer'),
    redirectTo: header('redirect_to') || (query.get('redirect_to') ?? ''),
    bearer: context.bearer,
    authorization: header('authorization'),
    origin: header('origin'),
    isJson: header('content-type').includes('application/json'),
    contentLength: bodyLength(request),
    isVersioned: speaksVersion20240101(header('x-supabase-api-version')),
    params,
    async json(schema) {
      const parsed = schema.safeParse(parseJson(await bytes()))
      if (parsed.success) return parsed.data
      const issue = parsed.error.issues[0]
      const where = issue?.path.join('.') || 'body'
      throw new AuthError(400, 'bad_json', `Could not parse request body as JSON: ${where}: ${issue?.message ?? ''}`)
    },
    form: async () => new URLSearchParams((await bytes()).toString('utf8')),
  }
}

function bodyLength(request: IncomingMessage): number | null {
  const length = request.headers['content-length']
  if (length !== undefined) return Number(length)
  return request.headers['transfer-encoding'] === undefined ? 0 : null
}

/** Path and query of a request target. */
export function splitPath(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?')
  if (mark < 0) return { path: target, query: new URLSearchParams() }
  return { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) }
}

/** Whether the version header asks for errors in the form of 2024-01-01. */
export function speaksVersion20240101(header: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(header) && header >= '2024-01-01'
}

function readBytes(request: IncomingMessage): Promise<Buffer> {
  return readBody(request).catch((cause: unknown) => {
    throw cause instanceof AuthError ? cause : new AuthError(400, 'bad_json', 'Could not read body', { cause })
  })
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'not JSON'
    throw new AuthError(400, 'bad_json', `Could not parse request body as JSON: ${reason}`, { cause })
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  // The stream stays open after a refusal, or the client would see a broken connection instead of the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)
    size += bytes.length
    if (size > maximumBodyBytes) throw new AuthError(413, 'bad_json', 'Request body is larger than 1 MB')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

/** Writes an answer. */
export function sendReply(response: ServerResponse, reply: Reply): void {
  const headers: Record<string, string> = { ...reply.headers }
  if (reply.body === undefined) {
    response.writeHead(reply.status, headers).end()
    return
  }
  const bytes = Buffer.from(JSON.stringify(reply.body))
  headers['content-type'] = 'application/json'
  headers['content-length'] = String(bytes.length)
  response.writeHead(reply.status, headers).end(bytes)
}
