import { z } from 'zod'
import { type ServiceEnv, serviceHeaders } from '../observability/mod.ts'
import type { Env } from '../runtime/mod.ts'

/** Content in pieces. */
type ByteStream = ReadableStream<Uint8Array<ArrayBuffer>>

/** What lies at a path. */
export interface StoredObject {
  readonly sizeBytes: number
  readonly mediaType: string
}

/**
 * Supabase Storage with the rights of the backend, past all policies. Content streams both ways and is never held as a
 * whole. Every call throws a {@link FileStorageError}.
 */
export interface FileStorage {
  /**
   * Opens an object for reading. The stream must be read to its end or cancelled.
   *
   * @param options.start first byte, from 0
   * @param options.end last byte, included
   * @throws {FileStorageError} with `isMissing` when there is no such object
   */
  open(
    bucket: string,
    path: string,
    options?: { start?: number; end?: number; signal?: AbortSignal },
  ): Promise<ByteStream>
  /**
   * Puts an object at a path.
   *
   * @param options.isOverwrite replaces what is there; otherwise that is refused
   * @param options.isImmutable never another content comes to this path: browsers and the CDN keep it for a year
   * @throws {FileStorageError} with `isRefused` when the object is too large, is there already, or was not announced so
   */
  write(
    bucket: string,
    path: string,
    body: ByteStream | Uint8Array<ArrayBuffer>,
    options: { mediaType: string; isOverwrite?: boolean; isImmutable?: boolean; signal?: AbortSignal },
  ): Promise<{ sizeBytes: number }>
  /** Removes objects; those that are not there are passed over. */
  remove(bucket: string, paths: readonly string[]): Promise<void>
  /**
   * Makes a link that works for whoever has it.
   *
   * @param seconds how long
   * @param options.downloadName has browsers save it under this name instead of showing it
   * @param options.fitsInto pixels of a square that an image is made to fit into, where the installation does that
   * @returns a public address
   */
  sign(
    bucket: string,
    path: string,
    seconds: number,
    options?: { downloadName?: string; fitsInto?: number },
  ): Promise<string>
  /** Tells of an object; null when there is none. */
  stat(bucket: string, path: string): Promise<StoredObject | null>
}

/** What Storage refused, or that it cannot be reached. */
export class FileStorageError extends Error {
  /** HTTP status of the answer; null when there was none. */
  readonly status: number | null

  constructor(message: string, options: { status: number | null; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.name = 'FileStorageError'
    this.status = options.status
  }

  /** There is no such object. */
  get isMissing(): boolean {
    return this.status === 404
  }

  /** Storage will not take this; again it would not either. */
  get isRefused(): boolean {
    return this.status !== null && this.status >= 400 && this.status < 500 && this.status !== 429
  }
}

/** Settings of {@link supabaseFileStorage}. */
export type FileStorageEnv = ServiceEnv & Pick<Env, 'PUBLIC_URL'>

/** Longest wait for the beginning of an answer, and for a short answer as a whole. */
const answerMs = 10_000
/** Longest time of a transfer; a step of a job is over before. */
const transferMs = 120_000

const failureSchema = z.object({ statusCode: z.coerce.number().optional(), message: z.string().optional() })
const signedSchema = z.object({ signedURL: z.string() })

/**
 * Storage over its own HTTP API, since the client library reads whole objects into memory.
 *
 * @param options.fetch of tests
 */
export function supabaseFileStorage(env: FileStorageEnv, options: { fetch?: typeof fetch } = {}): FileStorage {
  const call = async (
    method: string,
    path: string,
    request: {
      headers?: Record<string, string>
      body?: string | Uint8Array<ArrayBuffer> | ByteStream
      signal?: AbortSignal | undefined
      timeoutMs?: number
    } = {},
  ): Promise<Response> => {
    const signals = [AbortSignal.timeout(request.timeoutMs ?? answerMs), ...(request.signal ? [request.signal] : [])]
    let response: Response
    try {
      response = await (options.fetch ?? fetch)(`${env.SUPABASE_URL}/storage/v1${path}`, {
        method,
        headers: { ...serviceHeaders(env), ...request.headers },
        signal: AbortSignal.any(signals),
        ...(request.body !== undefined && { body: request.body, duplex: 'half' }),
      })
    } catch (cause) {
      request.signal?.throwIfAborted()
      throw new FileStorageError(`Storage cannot be reached: ${method} ${path}`, { status: null, cause })
    }
    if (response.ok) return response
    const failure = failureSchema.safeParse(await response.json().catch(() => null)).data
    // A missing object is answered 400 with the true status in the body.
    const status = failure?.statusCode ?? response.status
    const reason = failure?.message ?? `status ${status}`
    throw new FileStorageError(`Storage refused ${method} ${path}: ${reason}`, { status })
  }

  return {
    async open(bucket, path, { start, end, signal } = {}) {
      const range = start === undefined && end === undefined ? {} : { range: `bytes=${start ?? 0}-${end ?? ''}` }
      const response = await call('GET', `/object/authenticated/${at(bucket, path)}`, {
        headers: range,
        signal,
        timeoutMs: transferMs,
      })
      return response.body ?? new ReadableStream({ start: (controller) => controller.close() })
    },
    async write(bucket, path, body, { mediaType, isOverwrite, isImmutable, signal }) {
      const counted = counting(body)
      const response = await call('POST', `/object/${at(bucket, path)}`, {
        headers: {
          'content-type': mediaType,
          'x-upsert': String(isOverwrite ?? false),
          'cache-control': isImmutable ? 'max-age=31536000, immutable' : 'max-age=3600',
        },
        body: counted.body,
        signal,
        timeoutMs: transferMs,
      })
      await response.body?.cancel()
      return { sizeBytes: counted.size() }
    },
    async remove(bucket, paths) {
      if (paths.length === 0) return
      const response = await call('DELETE', `/object/${encodeURIComponent(bucket)}`, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ prefixes: paths }),
      })
      await response.body?.cancel()
    },
    async sign(bucket, path, seconds, { downloadName, fitsInto } = {}) {
      const transform =
        fitsInto === undefined ? {} : { transform: { width: fitsInto, height: fitsInto, resize: 'contain' } }
      const response = await call('POST', `/object/sign/${at(bucket, path)}`, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ expiresIn: seconds, ...transform }),
      })
      const { signedURL } = signedSchema.parse(await response.json())
      const url = new URL(`${env.PUBLIC_URL}/storage/v1${signedURL}`)
      if (downloadName !== undefined) url.searchParams.set('download', downloadName)
      return url.href
    },
    async stat(bucket, path) {
      try {
        const response = await call('HEAD', `/object/authenticated/${at(bucket, path)}`)
        await response.body?.cancel()
        return {
          sizeBytes: Number(response.headers.get('content-length') ?? 0),
          mediaType: response.headers.get('content-type') ?? 'application/octet-stream',
        }
      } catch (error) {
        // An answer to HEAD has no body that could tell the true status.
        if (error instanceof FileStorageError && (error.isMissing || error.status === 400)) return null
        throw error
      }
    },
  }
}

const at = (bucket: string, path: string) =>
  `${encodeURIComponent(bucket)}/${path.split('/').map(encodeURIComponent).join('/')}`

/** A body that knows how many bytes of it were read. */
function counting(body: ByteStream | Uint8Array<ArrayBuffer>): {
  body: ByteStream | Uint8Array<ArrayBuffer>
  size: () => number
} {
  if (body instanceof Uint8Array) return { body, size: () => body.byteLength }
  let size = 0
  const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      size += chunk.byteLength
      controller.enqueue(chunk)
    },
  })
  return { body: body.pipeThrough(count), size: () => size }
}
