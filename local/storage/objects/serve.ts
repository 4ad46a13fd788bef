import type { FileHandle } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { isUnchanged, readRange } from '../conditions.ts'
import { codeOf, StorageError } from '../errors.ts'
import type { StorageRequest } from '../http.ts'
import type { ObjectRow } from './rows.ts'

/** How a file is answered. */
export interface ServeOptions {
  /** File name of the `download` parameter; the empty text keeps the path's; null shows the file in place. */
  readonly download: string | null
  /** When the URL ends; takes the place of the object's cache time. */
  readonly expires?: Date
}

/** What is sent: an object's own content, or an image made of it. */
export interface Asset {
  readonly file: FileHandle
  readonly mediaType: string
  readonly etag: string
  readonly transformations?: string
  readonly contentEncoding?: string
}

/** Answers with a file: 200, 206 for a part, 304 when the client has it, 416 for a part that does not exist. */
export async function serveAsset(
  request: StorageRequest,
  response: ServerResponse,
  object: ObjectRow,
  asset: Asset,
  options: ServeOptions,
): Promise<void> {
  try {
    const { size } = await asset.file.stat()
    const lastModified = lastModifiedOf(object)
    const headers = {
      etag: asset.etag,
      'last-modified': lastModified.toUTCString(),
      ...(options.expires
        ? { expires: options.expires.toUTCString() }
        : { 'cache-control': headerText(object.metadata?.cacheControl ?? 'no-cache') }),
    }
    if (isUnchanged(request, asset.etag, lastModified)) {
      response.writeHead(304, headers).end()
      return
    }
    const range = readRange(request, { size, etag: asset.etag, lastModified })
    if (range === 'unsatisfiable') {
      throw new StorageError(416, 'InvalidRange', 'The requested range is not satisfiable', {
        httpStatus: 416,
        headers: { 'content-range': `bytes */${size}` },
      })
    }
    const { start, end } = range ?? { start: 0, end: size - 1 }
    response.writeHead(range ? 206 : 200, {
      ...headers,
      'accept-ranges': 'bytes',
      'content-type': headerText(shownMediaType(asset.mediaType)),
      'content-length': String(end - start + 1),
      // A file must not become a page because a browser takes a guess at it.
      'x-content-type-options': 'nosniff',
      ...(range ? { 'content-range': `bytes ${start}-${end}/${size}` } : {}),
      ...(asset.contentEncoding ? { 'content-encoding': headerText(asset.contentEncoding) } : {}),
      ...(asset.transformations ? { 'x-transformations': asset.transformations } : {}),
      ...(options.download === null ? {} : { 'content-disposition': contentDisposition(options.download) }),
    })
    if (request.method === 'HEAD' || size === 0) response.end()
    else await pipeline(asset.file.createReadStream({ start, end, autoClose: false }), response)
  } catch (error) {
    // The client went away; nobody is left to tell.
    if (codeOf(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  } finally {
    await asset.file.close()
  }
}

/** When an object's content was last written. */
export function lastModifiedOf(object: ObjectRow): Date {
  const stored = new Date(object.metadata?.lastModified ?? '')
  return Number.isNaN(stored.getTime()) ? object.updated_at : stored
}

/** Uploaded pages would run with the rights of the gateway's origin. */
function shownMediaType(mediaType: string): string {
  return /text\/html/i.test(mediaType) ? 'text/plain' : mediaType
}

/** What a client stored may hold characters that no header can. */
function headerText(text: string): string {
  return text.replace(/[^\t\x20-\x7e]/g, '')
}

function contentDisposition(name: string): string {
  if (name === '') return 'attachment;'
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename=${encoded}; filename*=UTF-8''${encoded};`
}
