import { expect, it, vi } from 'vitest'
import { AppError, createApp } from '../../../supabase/functions/_shared/http/mod.ts'
import { createLogger } from '../../../supabase/functions/_shared/runtime/mod.ts'

const organizationId = 'b7c0a1de-0d1f-4a25-9c0f-2d1a5a0e6a11'
const serviceAccount = { kind: 'service_account', id: '2f5d8f5c-57c1-4ad5-8a20-1b1f0f1c9a22' } as const

/** An app whose calls are a service account's unless they say nobody's, with what was recorded. */
function givenApp(options: { fails?: boolean } = {}) {
  const entries: { action: string; changes: Record<string, unknown> }[] = []
  const lines: string[] = []
  let now = 0
  const client = {
    async rpc(_name: string, parameters: { action: string; changes: Record<string, unknown> }) {
      if (options.fails) return { data: null, error: { message: 'gone' } }
      entries.push(parameters)
      return { data: entries.length, error: null }
    },
  }
  const app = createApp('sample', {
    logger: createLogger('sample', (_level, line) => lines.push(line)),
    failedCalls: { client: () => ({ rpc: (name, given) => client.rpc(name, parse(given)) }), now: () => now },
  })
  app.use(async (c, next) => {
    if (c.req.header('x-nobody')) throw new AppError(401, 'unauthorized', 'Who is it?')
    c.set('actor', serviceAccount)
    c.set('organizationId', organizationId)
    await next()
  })
  app.get('/things/:status', (c) => {
    const status = Number(c.req.param('status'))
    if (status < 400) return c.json({})
    throw status === 500 ? new Error('broken') : new AppError(status, 'thing_failed', 'Cannot')
  })
  const get = (path: string, headers: Record<string, string> = {}) =>
    app.fetch(new Request(`http://internal/sample${path}`, { headers }))
  return { entries, lines, get, pass: (milliseconds: number) => (now += milliseconds) }
}

function parse(parameters: object): { action: string; changes: Record<string, unknown> } {
  const { action, changes } = { action: '', changes: {}, ...parameters }
  return { ...parameters, action, changes }
}

it('[AUD-13] tells which call of whom failed and how, and nothing of what was sent', async () => {
  const { entries, get } = givenApp()
  await get('/things/200')
  await get('/things/403?secret=abc', {
    'x-forwarded-for': '203.0.113.9',
    'user-agent': 'curl',
    'x-request-id': 'request-0003',
  })
  expect((await get('/things/500')).status).toBe(500)
  await vi.waitFor(() => expect(entries).toHaveLength(2))
  expect(entries[0]).toEqual({
    action: 'call_failed',
    organization_id: organizationId,
    object_type: 'api_requests',
    object_id: null,
    changes: { method: 'GET', route: '/sample/things/:status', status: 403, code: 'thing_failed' },
    actor_kind: 'service_account',
    actor_id: serviceAccount.id,
    ip_address: '203.0.113.9',
    user_agent: 'curl',
    request_id: 'request-0003',
  })
  expect(entries[1]?.changes).toMatchObject({ status: 500, code: 'internal_error' })
})

it("[AUD-13] tells the same failure of a caller once a minute, and a stranger's never", async () => {
  const { entries, get, pass } = givenApp()
  for (let count = 0; count < 50; count += 1) await get('/things/429')
  await get('/things/401', { 'x-nobody': '1' })
  await get('/things/404')
  await vi.waitFor(() => expect(entries.map(({ changes }) => changes.status)).toEqual([429, 404]))
  pass(59_999)
  await get('/things/429')
  pass(1)
  await get('/things/429')
  await vi.waitFor(() => expect(entries.map(({ changes }) => changes.status)).toEqual([429, 404, 429]))
})

it('answers as before when the entry cannot be written, and logs it', async () => {
  const { lines, get } = givenApp({ fails: true })
  expect((await get('/things/409')).status).toBe(409)
  await vi.waitFor(() => expect(lines.some((line) => line.includes('failed_call_not_audited'))).toBe(true))
})
