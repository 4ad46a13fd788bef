import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import { invalidRequest, tooLarge } from './errors.ts'
import type { StorageRequest } from './http.ts'

/** A file that a request carries: what it says about itself, then its bytes. */
export interface IncomingFile {
  readonly mediaType: string
  readonly cacheControl: string
  /** How the bytes are compressed, as downloads shall say; null when they are not. */
  readonly contentEncoding: string | null
  readonly userMetadata: Record<string, unknown> | null
  /** Bytes announced; null when the request does not say. */
  readonly announcedSize: number | null
  readonly body: AsyncIterable<Buffer>
  /** Gives up reading; what is left of the request is thrown away. */
  discard(): void
}

const longestMetadata = 1024 * 1024

/**
 * Reads the head of an upload: a form, of which it takes the first file and the fields before it, or a raw body.
 *
 * @throws {StorageError} `InvalidRequest` for a form without file, `EntityTooLarge` for too much metadata
 */
export function readIncomingFile(request: StorageRequest): Promise<IncomingFile> {
  const contentType = request.header('content-type') ?? ''
  if (/^multipart\/form-data/i.test(contentType)) return readForm(request.raw, contentType)
  return Promise.resolve(readRawBody(request, contentType))
}

function readRawBody(request: StorageRequest, contentType: string): IncomingFile {
  const { raw } = request
  const length = request.header('content-length')
  const metadata = request.header('x-metadata')
  return {
    mediaType: contentType || 'application/octet-stream',
    cacheControl: request.header('cache-control') ?? 'no-cache',
    contentEncoding: readEncoding(request.header('content-encoding')),
    userMetadata: metadata === undefined ? null : readMetadata(Buffer.from(metadata, 'base64').toString('utf8')),
    announcedSize: length === undefined ? null : Number(length),
    body: raw.iterator({ destroyOnReturn: false }),
    discard: () => raw.resume(),
  }
}

function readForm(raw: IncomingMessage, contentType: string): Promise<IncomingFile> {
  return new Promise((resolve, reject) => {
    const fields = new Map<string, string>()
    const noFile = (cause?: unknown) => invalidRequest('No content provided', cause)
    let parser: BusboyInstance
    try {
      parser = new Busboy({
        headers: { ...raw.headers, 'content-type': contentType },
        limits: { files: 1, fields: 10, fieldSize: longestMetadata + 1 },
      })
    } catch (cause) {
      raw.resume()
      reject(noFile(cause))
      return
    }
    let file: Readable | undefined
    const discard = () => {
      raw.unpipe(parser)
      raw.resume()
    }
    const fail = (cause: unknown) => {
      if (file) file.destroy(cause instanceof Error ? cause : new Error('the form broke off'))
      else reject(noFile(cause))
      discard()
    }
    parser.on('field', (name, value) => fields.set(name, value))
    parser.on('file', (_name, stream, _filename, _encoding, mediaType) => {
      if (file) {
        stream.resume()
        return
      }
      file = stream
      // Nobody listens before the bytes are asked for; a form that breaks off earlier must not end the process.
      stream.on('error', () => {})
      try {
        resolve(describeForm(fields, mediaType, stream, discard))
      } catch (error) {
        reject(error)
        discard()
      }
    })
    parser.on('error', fail)
    parser.on('finish', () => {
      if (!file) reject(noFile())
    })
    // A connection that breaks emits neither end nor error on the way through the parser.
    raw.once('aborted', () => fail(new Error('aborted')))
    raw.once('error', fail)
    raw.pipe(parser)
  })
}

function describeForm(
  fields: ReadonlyMap<string, string>,
  mediaType: string,
  body: Readable,
  discard: () => void,
): IncomingFile {
  const metadata = fields.get('metadata') ?? fields.get('userMetadata')
  const cacheTime = fields.get('cacheControl')
  return {
    mediaType: fields.get('contentType') || mediaType,
    cacheControl: cacheTime ? `max-age=${cacheTime}` : 'no-cache',
    contentEncoding: readEncoding(fields.get('contentEncoding')),
    userMetadata: metadata === undefined ? null : readMetadata(metadata),
    announcedSize: null,
    body,
    discard,
  }
}

function readEncoding(text: string | undefined): string | null {
  if (!text) return null
  if (!/^[\w\-, ]{1,100}$/.test(text)) throw invalidRequest('Invalid content encoding')
  return text
}

/** Metadata that is no JSON object is ignored, as the original does. */
function readMetadata(text: string): Record<string, unknown> | null {
  if (Buffer.byteLength(text) > longestMetadata) throw tooLarge('user_metadata')
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}
