import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { MiddlewareHandler } from 'hono'

/** Below this compression gains less than its header and its time cost. */
const smallestCompressedBytes = 1024

const encoders: Readonly<Record<string, (body: Uint8Array) => Promise<Uint8Array>>> = {
  br: (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (body) => promisify(gzip)(body),
}

/**
 * Says how long an answer may be kept, and for JSON: names its content by an `ETag`, answers 304 when the caller has it
 * already, and compresses it when the caller can read that and it pays. Other bodies pass as they are: files are
 * compressed already, and streams of events must arrive when they are sent.
 *
 * A read may be kept by its caller and must be asked about again each time; anything else is not kept. A route that sets
 * `cache-control` itself has its way.
 */
export function finishAnswer(): MiddlewareHandler {
  return async (c, next) => {
    await next()
    const isRead = c.req.method === 'GET' && c.res.status === 200
    const { headers } = c.res
    if (!headers.has('cache-control')) headers.set('cache-control', isRead ? 'private, no-cache' : 'no-store')
    if (!/^application\/([\w.-]+\+)?json\b/.test(headers.get('content-type') ?? '')) return
    headers.append('vary', 'Authorization, Accept-Encoding')
    const body = new Uint8Array(await c.res.arrayBuffer())
    const { status } = c.res
    if (isRead && !headers.get('cache-control')?.includes('no-store')) {
      if (!headers.has('etag')) headers.set('etag', await entityTag(body))
      if (isKnown(c.req.header('if-none-match'), headers.get('etag') ?? '')) {
        headers.delete('content-type')
        headers.delete('content-length')
        c.res = new Response(null, { status: 304, headers })
        return
      }
    }
    const isFixed = headers.has('content-encoding') || headers.get('cache-control')?.includes('no-transform')
    const name = isFixed || body.length < smallestCompressedBytes ? null : bestEncoding(c.req.header('accept-encoding'))
    const encoded = name ? await encoders[name]?.(body) : undefined
    if (name && encoded) headers.set('content-encoding', name)
    const content = encoded ?? body
    headers.set('content-length', String(content.length))
    c.res = new Response(new Uint8Array(content), { status, headers })
  }
}

/** Weak, because the same content may travel compressed or not. */
async function entityTag(body: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body))
  return `W/"${Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')}"`
}

function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '')
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => opaque(tag) === opaque(etag))
}

/** The encoding that the caller likes best of those we have, the denser one in doubt; null for none. */
function bestEncoding(acceptEncoding: string | undefined): string | null {
  const weights = new Map(
    (acceptEncoding ?? '').split(',').map((part) => {
      const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
      return [name, quality === undefined ? 1 : Number(quality)]
    }),
  )
  const weight = (name: string) => weights.get(name) ?? weights.get('*') ?? 0
  const [best] = Object.keys(encoders)
    .filter((name) => weight(name) > 0)
    .sort((first, second) => weight(second) - weight(first))
  return best ?? null
}
