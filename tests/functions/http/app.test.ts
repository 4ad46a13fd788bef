import { createRoute, z } from '@hono/zod-openapi'
import { withSupabase } from '@supabase/server/adapters/hono'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError, createApp, internalCaller } from '../../../supabase/functions/_shared/http/mod.ts'
import { callRpc } from '../../../supabase/functions/_shared/platform/mod.ts'
import { createLogger } from '../../../supabase/functions/_shared/runtime/mod.ts'

const lines: string[] = []
const app = createApp('sample', {
  maxBodyBytes: 200,
  logger: createLogger('sample', (_level, line) => lines.push(line)),
})
const itemRoute = createRoute({
  method: 'post',
  path: '/items/{id}',
  request: {
    params: z.object({ id: z.uuid() }),
    body: { required: true, content: { 'application/json': { schema: z.strictObject({ email: z.email() }) } } },
  },
  responses: {
    201: { description: 'Made', content: { 'application/json': { schema: z.object({ ok: z.boolean() }) } } },
  },
})
app.openapi(itemRoute, (c) => c.json({ ok: true }, 201))
app.get('/conflict', () => {
  throw new AppError(409, 'invoice_not_open', 'Cannot void invoice: status is "paid"', { hint: 'Only open ones' })
})
app.get('/broken', () => {
  throw new Error('password of ann@example.com is hunter2 at /srv/secret.ts')
})
const conflicts: string[] = []
app.get('/busy', async (c) => {
  const rpc = async () => {
    const code = conflicts.shift()
    return { data: 'done', error: code === undefined ? null : { code, message: 'deadlock detected' } }
  }
  return c.json(await callRpc({ rpc }, 'record_payment', {}))
})
app.get('/mine', withSupabase({ auth: 'user' }), (c) => c.json({ id: c.var.supabaseContext.userClaims?.id }))
app.get('/inside', internalCaller('worker'), (c) => c.json({ key: c.var.supabaseContext.authKeyName }))

const call = (path: string, init?: RequestInit) => app.fetch(new Request(`http://internal/sample${path}`, init))
const id = '7d2f6a52-6d5f-4d8c-9a55-0c8a2f3b1c11'
const json = (body: unknown) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

describe('an application of createApp', () => {
  beforeEach(() => {
    lines.length = 0
    vi.stubEnv('SUPABASE_URL', 'http://127.0.0.1:54321')
    vi.stubEnv('SUPABASE_JWKS', '{"keys":[]}')
    vi.stubEnv('SUPABASE_PUBLISHABLE_KEYS', '{"default":"sb_publishable_x"}')
    vi.stubEnv('SUPABASE_SECRET_KEYS', '{"default":"sb_secret_default"}')
  })
  afterEach(() => vi.unstubAllEnvs())

  it('serves routes under the name of the function and gives each request an id', async () => {
    const response = await call(`/items/${id}`, json({ email: 'ann@example.com' }))
    expect(response.status).toBe(201)
    expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/)
    const given = await call('/conflict', { headers: { 'sb-request-id': 'given-by-gateway' } })
    expect(given.headers.get('x-request-id')).toBe('given-by-gateway')
  })

  it('answers errors of the application in the flat shape', async () => {
    const response = await call('/conflict', { headers: { 'sb-request-id': 'request-77' } })
    expect(response.status).toBe(409)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({
      code: 'invoice_not_open',
      message: 'Cannot void invoice: status is "paid"',
      hint: 'Only open ones',
      details: null,
      request_id: 'request-77',
    })
  })

  it('adds type, title and status for callers that ask for problem details', async () => {
    const response = await call('/conflict', { headers: { accept: 'application/problem+json' } })
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({
      type: 'urn:atrium:error:invoice_not_open',
      title: 'Conflict',
      status: 409,
      code: 'invoice_not_open',
    })
  })

  it('[PLT-36] does anew what the database undid because it met something else, and answers 503 when that stays', async () => {
    conflicts.splice(0, conflicts.length, '40P01', '40001')
    const done = await call('/busy')
    expect(`${done.status} ${await done.text()}`).toBe('200 "done"')
    conflicts.splice(0, conflicts.length, '40P01', '40P01', '40P01', 'one too many')
    const busy = await call('/busy')
    expect(busy.status).toBe(503)
    expect(busy.headers.get('retry-after')).toBe('1')
    expect(await busy.json()).toMatchObject({ code: 'database_busy', hint: 'Nothing was changed; try again' })
    expect(conflicts).toEqual(['one too many'])
    conflicts.splice(0, conflicts.length, '23505')
    expect((await call('/busy')).status).toBe(500)
  })

  it('tells nothing about unknown errors and logs them without addresses', async () => {
    const response = await call('/broken')
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({ code: 'internal_error', details: null })
    expect(text).not.toMatch(/hunter2|secret|ann@/)
    const logged = lines.join('\n')
    expect(logged).toContain('hunter2')
    expect(logged).not.toContain('ann@example.com')
  })

  it('names the fields of a request that are not valid', async () => {
    const response = await call(`/items/${id}`, json({ email: 'nobody', extra: 1 }))
    expect(response.status).toBe(400)
    const body = z
      .object({ code: z.string(), details: z.array(z.object({ path: z.string() })) })
      .parse(await response.json())
    expect(body.code).toBe('invalid_request')
    expect(body.details.map((detail) => detail.path)).toEqual(['body.email', 'body'])
    const wrongId = await call('/items/5', json({ email: 'ann@example.com' }))
    expect(await wrongId.json()).toMatchObject({ code: 'invalid_request', details: [{ path: 'path.id' }] })
  })

  it('answers 400 to a body that is no JSON and 413 to one that is too large', async () => {
    const broken = await call(`/items/${id}`, { ...json({}), body: '{"email":' })
    expect(broken.status).toBe(400)
    expect(await broken.json()).toMatchObject({ code: 'bad_request' })
    const large = await call(`/items/${id}`, json({ email: `${'a'.repeat(300)}@example.com` }))
    expect(large.status).toBe(413)
    expect(await large.json()).toMatchObject({ code: 'body_too_large' })
  })

  it('answers 404 to unknown paths and 405 with the methods there are', async () => {
    const unknown = await call('/nothing')
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toMatchObject({ code: 'not_found' })
    const wrong = await call(`/items/${id}`)
    expect(wrong.status).toBe(405)
    expect(wrong.headers.get('allow')).toContain('POST')
    expect(await wrong.json()).toMatchObject({ code: 'method_not_allowed' })
  })

  it('answers the preflight of a browser and lets other origins read answers, errors too', async () => {
    const preflight = await call('/conflict', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.test',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization,x-client-info,apikey',
      },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toContain('apikey')
    const response = await call('/conflict', { headers: { origin: 'https://app.test' } })
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
  })

  it('logs one line for each request with the pattern of the route, not the path', async () => {
    await call(`/items/${id}?token=secret`, json({ email: 'ann@example.com' }))
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      name: 'sample',
      event: 'request',
      method: 'POST',
      route: '/sample/items/:id',
      status: 201,
    })
    expect(lines[0]).not.toMatch(/ann@|secret|7d2f6a52/)
  })

  it('keeps the codes of sign-in errors', async () => {
    const response = await call('/mine')
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({
      code: expect.stringMatching(/^[A-Z_]+$/),
      request_id: expect.any(String),
    })
    const forged = await call('/mine', { headers: { authorization: 'Bearer e30.e30.x' } })
    expect(forged.status).toBe(401)
  })

  it('lets an internal caller in with the default secret key, and with the named one alone where it exists', async () => {
    const status = async (key?: string) => (await call('/inside', key ? { headers: { apikey: key } } : {})).status
    expect(await status()).toBe(401)
    expect(await status('sb_publishable_x')).toBe(401)
    expect(await status('sb_secret_default')).toBe(200)
    vi.stubEnv('SUPABASE_SECRET_KEYS', '{"default":"sb_secret_default","worker":"sb_secret_worker"}')
    expect(await status('sb_secret_default')).toBe(401)
    expect(await status('sb_secret_worker')).toBe(200)
    vi.stubEnv('SUPABASE_SECRET_KEYS', '')
    vi.stubEnv('SUPABASE_SERVICE_ROLE_KEY', 'older-service-key')
    expect(await status('older-service-key')).toBe(200)
    expect(await status('sb_secret_default')).toBe(401)
  })
})
