import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Logger } from '../logger.ts'
import { SandboxError } from './errors.ts'
import type { LiveEvents } from './live_events.ts'

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Policy of the page: only what this server itself hands out, mails only in their frame. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const heartbeatMs = 15_000

/** One part of the sandbox: its routes are mounted below `path`. */
export interface SandboxSection {
  /** `/api/mails`, for instance. */
  readonly path: string
  readonly routes: Hono
}

/** What the page tells a newcomer. */
export interface SandboxStatus {
  readonly smtpHost: string
  readonly smtpPort: number
}

/**
 * The web side of the sandbox: the page, live events and the sections' own routes.
 *
 * @param options.closing aborted when the sandbox stops, to end live streams
 */
export async function createSandboxApp(options: {
  sections: readonly SandboxSection[]
  events: LiveEvents
  status(): SandboxStatus
  logger: Logger
  closing: AbortSignal
}): Promise<Hono> {
  const app = new Hono()

  app.use(async (c, next) => {
    await next()
    c.header('x-content-type-options', 'nosniff')
    c.header('referrer-policy', 'no-referrer')
    if (!c.res.headers.has('cross-origin-resource-policy')) c.header('cross-origin-resource-policy', 'same-origin')
    c.header('cache-control', 'no-store')
  })

  app.use('/api/*', async (c, next) => {
    const origin = c.req.header('origin')
    // Another web page in the same browser could otherwise empty the inbox.
    if (origin !== undefined && c.req.method !== 'GET' && origin !== new URL(c.req.url).origin) {
      throw new SandboxError(403, 'foreign_origin', 'Cannot change anything for a page of another origin', {
        hint: 'Call the sandbox from its own page, or from a program',
      })
    }
    await next()
  })

  for (const [path, file] of await readPage()) {
    app.get(path, (c) =>
      c.body(file.content, 200, { 'content-type': file.contentType, 'content-security-policy': pagePolicy }),
    )
  }

  app.get('/api/events', (c) =>
    streamSSE(c, async (stream) => {
      const { promise: ended, resolve: end } = Promise.withResolvers<void>()
      const unsubscribe = options.events.subscribe((event) => {
        void stream.writeSSE({ event: event.name, data: JSON.stringify(event.data) })
      })
      const heartbeat = setInterval(() => void stream.write(': still here\n\n'), heartbeatMs)
      options.closing.addEventListener('abort', () => end(), { signal: c.req.raw.signal })
      stream.onAbort(end)
      await stream.writeSSE({ event: 'ready', data: '{}', retry: 1000 })
      await ended
      clearInterval(heartbeat)
      unsubscribe()
    }),
  )

  app.get('/api/status', (c) => c.json(options.status()))

  for (const section of options.sections) app.route(section.path, section.routes)

  app.notFound((c) => {
    const error = new SandboxError(404, 'route_not_found', `Cannot answer: ${c.req.method} ${c.req.path} is no route`, {
      hint: 'The page is at /, the list of mails at /api/mails',
    })
    return c.json(error.toBody(), error.status)
  })
  app.onError((cause, c) => {
    if (cause instanceof SandboxError) return c.json(cause.toBody(), cause.status)
    options.logger.error('a request to the sandbox failed', { path: c.req.path, reason: cause.message })
    const error = new SandboxError(500, 'internal_error', 'Cannot answer: something broke inside the sandbox', {
      hint: 'Its log says what',
    })
    return c.json(error.toBody(), error.status)
  })
  return app
}

/** The page's files by the path they are served at. */
async function readPage(): Promise<Map<string, { content: string; contentType: string }>> {
  const folder = join(import.meta.dirname, 'page')
  const files = new Map<string, { content: string; contentType: string }>()
  for (const name of await readdir(folder)) {
    const contentType = contentTypes[extname(name)]
    if (!contentType) continue
    const content = await readFile(join(folder, name), 'utf8')
    files.set(name === 'index.html' ? '/' : `/${name}`, { content, contentType })
  }
  return files
}
