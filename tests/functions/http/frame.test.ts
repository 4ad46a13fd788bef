import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { createRoute, z } from '@hono/zod-openapi'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from '../../../supabase/functions/_shared/http/mod.ts'
import { createLogger } from '../../../supabase/functions/_shared/runtime/mod.ts'

const lines: string[] = []
const app = createApp('sample', {
  timeoutMs: 100,
  logger: createLogger('sample', (_level, line) => lines.push(line)),
})
const items = Array.from({ length: 200 }, (_, index) => ({ index, text: `Item number ${index}` }))
const stopped = Promise.withResolvers<unknown>()
const written: string[] = []
app.get('/items', (c) => c.json({ items }))
app.get('/small', (c) => c.json({ ok: true }))
app.get('/public', (c) => c.json({ ok: true }, 200, { 'cache-control': 'public, max-age=60' }))
app.get('/secret', (c) => c.json({ items }, 200, { 'cache-control': 'no-store' }))
app.get('/events', () => {
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('data: first\n\n')),
  })
  return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
})
app.get('/page', (c) => c.text('hello', 200, { 'content-security-policy': "default-src 'self'" }))
app.get('/slow', async (c) => {
  await new Promise((resolve) => c.var.signal.addEventListener('abort', resolve))
  stopped.resolve(c.var.signal.reason)
  return c.json({})
})
app.get('/broken', () => {
  throw new TypeError('Cannot read properties of undefined')
})
app.openapi(
  createRoute({
    method: 'post',
    path: '/items',
    request: {
      body: { required: true, content: { 'application/json': { schema: z.strictObject({ text: z.string() }) } } },
    },
    responses: { 201: { description: 'Made', content: { 'application/json': { schema: z.object({}) } } } },
  }),
  (c) => {
    written.push(c.req.valid('json').text)
    return c.json({}, 201)
  },
)

const call = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  app.fetch(new Request(`http://internal/sample${path}`, { ...init, headers }))

beforeEach(() => {
  lines.length = 0
  vi.stubEnv('SUPABASE_URL', 'https://example.supabase.co')
  vi.stubEnv('ATRIUM_ENV', 'production')
  vi.stubEnv('SUPABASE_SECRET_KEYS', '{"default":"sb_secret_x"}')
  vi.stubEnv('MAIL_PROVIDER', 'postmark')
  vi.stubEnv('MAIL_FROM', 'no-reply@atrium.example')
  vi.stubEnv('POSTMARK_SERVER_TOKEN', 'token')
  vi.stubEnv('SEND_EMAIL_HOOK_SECRET', 'v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
  vi.stubEnv('CORS_ALLOWED_ORIGINS', 'https://app.example, https://admin.example')
})
afterEach(() => vi.unstubAllEnvs())

describe('CORS', () => {
  const preflight = (origin: string) =>
    call('/items', { origin, 'access-control-request-method': 'GET' }, { method: 'OPTIONS' })

  it('[SEC-15] lets only the pages of the settings read answers, and errors too', async () => {
    for (const path of ['/items', '/broken']) {
      const ours = await call(path, { origin: 'https://admin.example' })
      expect(ours.headers.get('access-control-allow-origin')).toBe('https://admin.example')
      expect(ours.headers.get('vary')).toContain('Origin')
    }
    for (const origin of ['https://evil.example', 'http://app.example', 'https://app.example.evil.example', 'null']) {
      expect((await call('/items', { origin })).headers.has('access-control-allow-origin'), origin).toBe(false)
      expect((await preflight(origin)).headers.has('access-control-allow-origin'), origin).toBe(false)
    }
  })

  it('[SEC-15] lets a browser keep the answer to a preflight, and never allows its cookies', async () => {
    const { headers } = await preflight('https://app.example')
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(headers.get('access-control-max-age')).toBe('3600')
    expect(headers.get('vary')).toContain('Origin')
    expect(headers.has('access-control-allow-credentials')).toBe(false)
    expect(
      (await call('/items', { origin: 'https://app.example' })).headers.has('access-control-allow-credentials'),
    ).toBe(false)
  })

  it('[SEC-15] lets every page in only in development, and none when hosted without a setting', async () => {
    vi.stubEnv('CORS_ALLOWED_ORIGINS', '')
    expect((await preflight('https://app.example')).headers.has('access-control-allow-origin')).toBe(false)
    vi.stubEnv('ATRIUM_ENV', 'development')
    expect((await preflight('https://app.example')).headers.get('access-control-allow-origin')).toBe('*')
  })
})

describe('a forged request from a foreign page', () => {
  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    '[SEC-13] changes nothing when it is one that browsers send without asking: %s',
    async (type) => {
      const body = '{"text":"forged"}'
      const response = await call(
        '/items',
        { 'content-type': type, origin: 'https://evil.example' },
        { method: 'POST', body },
      )
      expect(response.status).toBe(415)
      expect(await response.json()).toMatchObject({ code: 'unsupported_media_type' })
      expect(written).not.toContain('forged')
    },
  )

  it('[SEC-13] gets no cookie that a later one could use', async () => {
    for (const path of ['/items', '/broken', '/nowhere']) {
      expect((await call(path, { cookie: 'session=1' })).headers.getSetCookie()).toEqual([])
    }
  })
})

describe('security headers', () => {
  it.each(['/small', '/broken', '/nowhere'])('[SEC-14] stand on every answer, %s too', async (path) => {
    const { headers } = await call(path)
    expect(Object.fromEntries(headers)).toMatchObject({
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(headers.has('x-powered-by')).toBe(false)
  })

  it('leave what a route sets itself', async () => {
    expect((await call('/page')).headers.get('content-security-policy')).toBe("default-src 'self'")
  })
})

describe('an answer', () => {
  it('[PLT-09] is compressed with what the caller likes best, br in doubt', async () => {
    const plain = new Uint8Array(await (await call('/items')).arrayBuffer())
    const cases = [
      ['gzip, deflate, br', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0.2, gzip;q=0.8', 'gzip'],
      ['*', 'br'],
    ]
    for (const [accepted = '', expected] of cases) {
      const response = await call('/items', { 'accept-encoding': accepted })
      expect(response.headers.get('content-encoding'), accepted).toBe(expected)
      expect(response.headers.get('vary')).toContain('Accept-Encoding')
      const body = Buffer.from(await response.arrayBuffer())
      expect(response.headers.get('content-length')).toBe(String(body.length))
      expect(body.length).toBeLessThan(plain.length / 4)
      expect(new Uint8Array(expected === 'br' ? brotliDecompressSync(body) : gunzipSync(body))).toEqual(plain)
    }
  })

  it('[PLT-09] stays as it is when it is small or the caller reads no compression', async () => {
    const small = await call('/small', { 'accept-encoding': 'gzip, br' })
    expect(small.headers.has('content-encoding')).toBe(false)
    expect(await small.json()).toEqual({ ok: true })
    for (const accepted of ['identity', 'gzip;q=0', 'zstd', '']) {
      const response = await call('/items', { 'accept-encoding': accepted })
      expect(response.headers.has('content-encoding'), accepted).toBe(false)
      expect(await response.json()).toEqual({ items })
    }
  })

  it('[PLT-09] that is a stream of events arrives as it is sent', async () => {
    const response = await call('/events', { 'accept-encoding': 'gzip, br' })
    expect(response.headers.has('content-encoding')).toBe(false)
    const first = await response.body?.getReader().read()
    expect(new TextDecoder().decode(first?.value)).toBe('data: first\n\n')
  })

  it('[PLT-09] is not sent again to who has it', async () => {
    const first = await call('/items', { 'accept-encoding': 'br' })
    expect(first.headers.get('cache-control')).toBe('private, no-cache')
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^W\/"[0-9a-f]{32}"$/)
    for (const known of [etag, etag.replace('W/', ''), `"other", ${etag}`, '*']) {
      const again = await call('/items', { 'if-none-match': known })
      expect(again.status, known).toBe(304)
      expect(await again.text()).toBe('')
      expect(again.headers.get('etag')).toBe(etag)
      expect(again.headers.get('vary')).toContain('Authorization')
      expect(again.headers.get('x-request-id')).not.toBeNull()
    }
    expect((await call('/items', { 'if-none-match': '"other"' })).status).toBe(200)
  })

  it('[PLT-09] is kept only where that is right', async () => {
    const kept = async (path: string, init?: RequestInit) => {
      const { headers } = await call(path, {}, init)
      return [headers.get('cache-control'), headers.has('etag')]
    }
    expect(await kept('/public')).toEqual(['public, max-age=60', true])
    expect(await kept('/secret')).toEqual(['no-store', false])
    expect(await kept('/broken')).toEqual(['no-store', false])
    expect(await kept('/items', { method: 'POST', body: '{}' })).toEqual(['no-store', false])
  })
})

describe('a fault', () => {
  it('[PLT-36] that takes too long ends the request, and the route is told to stop', async () => {
    const response = await call('/slow')
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject({ code: 'request_timeout', request_id: expect.any(String) })
    expect(await stopped.promise).toMatchObject({ code: 'request_timeout' })
  })

  it('[PLT-36] [TST-19] is a body that never ends, which does not hold a request for ever', async () => {
    const stalled = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"text":')),
    })
    const headers = { 'content-type': 'application/json' }
    const response = await call('/items', headers, { method: 'POST', body: stalled, duplex: 'half' })
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject({ code: 'request_timeout' })
  })

  it('[PLT-36] [OBS-02] nobody caught answers in the flat shape and is logged with its stack and the ids', async () => {
    const response = await call('/broken', { 'x-request-id': 'request-4711' })
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({ code: 'internal_error', request_id: 'request-4711' })
    expect(text).not.toMatch(/undefined|TypeError|\.ts/)
    const [failure = '', request = ''] = lines
    expect(JSON.parse(failure)).toMatchObject({
      level: 'error',
      event: 'request_failed',
      request_id: 'request-4711',
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      error: 'TypeError: Cannot read properties of undefined',
      stack: expect.stringContaining('frame.test.ts'),
    })
    expect(JSON.parse(request)).toMatchObject({ event: 'request', status: 500, error_code: 'internal_error' })
  })
})
