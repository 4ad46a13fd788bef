import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createApp } from '../../../supabase/functions/_shared/http/mod.ts'
import {
  type Measurement,
  metrics,
  reportError,
  runInScope,
} from '../../../supabase/functions/_shared/observability/mod.ts'
import { requestProvider } from '../../../supabase/functions/_shared/providers/mod.ts'
import { createLogger } from '../../../supabase/functions/_shared/runtime/mod.ts'

let seen: Measurement[] = []
let lines: string[] = []
beforeEach(() => {
  seen = []
  lines = []
  vi.spyOn(metrics, 'record').mockImplementation((measurement) => void seen.push(measurement))
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})
const logger = createLogger('test', (_level, line) => lines.push(line))

describe('an error that is reported', () => {
  it.each(['payment', 'mail', 'rate_limit', 'database', 'websocket'] as const)(
    '[OBS-07] is logged and counted by its class: %s',
    (kind) => {
      reportError(kind, new Error('It broke'), {}, logger)
      expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 'error', event: `${kind}_failed` }])
      expect(seen).toMatchObject([{ kind: 'error', name: kind }])
    },
  )

  it('[OBS-02] [OBS-09] names person and organization of the request that is running, with the stack', () => {
    const context = { functionName: 'billing', operation: 'POST /', userId: 'u1', organizationId: 'o1' }
    runInScope(
      () => context,
      () => reportError('payment', new Error('It broke'), {}, logger),
    )
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      ...{ operation: 'POST /', user_id: 'u1', organization_id: 'o1', error: 'Error: It broke' },
      stack: expect.stringContaining('report_error.test.ts'),
    })
    expect(seen).toMatchObject([{ functionName: 'billing' }])
  })
})

describe('a request', () => {
  const app = createApp('test', { logger })
  app.get('/broken', () => {
    throw new Error('It broke')
  })
  app.get('/things/:id', (c) => c.text('ok'))
  app.get('/limited', (c) => c.text('', 429))
  const get = (path: string) => app.request(`http://internal/test${path}`)

  it('[OBS-12] [OBS-04] is measured under its pattern, by who was at fault', async () => {
    await get('/things/4711')
    await get('/nothing')
    await get('/broken')
    expect(seen.map(({ kind, name, outcome }) => [kind, name, outcome])).toEqual([
      ['endpoint', 'GET /test/things/:id', 'ok'],
      ['endpoint', expect.stringMatching(/^GET /), 'refused'],
      ['error', 'request', 'failed'],
      ['endpoint', 'GET /test/broken', 'failed'],
    ])
    expect(JSON.stringify(seen)).not.toMatch(/4711|nothing/)
  })

  it('[OBS-07] counts as a violation when a rate limit refused it', async () => {
    await get('/limited')
    expect(seen).toMatchObject([
      { kind: 'endpoint', outcome: 'refused' },
      { kind: 'error', name: 'rate_limit', functionName: 'test' },
    ])
  })
})

describe('a call of a provider', () => {
  const call = (signal = AbortSignal.timeout(5000)) =>
    requestProvider({
      ...{ provider: 'double', method: 'GET', url: 'http://double.invalid/things/4711', maxAttempts: 1 },
      ...{ schema: z.unknown(), signal },
    }).catch(() => null)

  it.each([
    [200, 'ok'],
    [404, 'refused'],
    [429, 'failed'],
    [500, 'failed'],
  ])('[OBS-20] is measured by its answer: %i', async (status, outcome) => {
    vi.stubGlobal('fetch', async () => Response.json({}, { status }))
    await call()
    expect(seen).toMatchObject([{ kind: 'provider', name: 'double.GET', outcome }])
    expect(JSON.stringify(seen)).not.toContain('4711')
  })

  it('[OBS-20] fails when there is no answer, and says nothing when the caller gave up', async () => {
    const abort = new AbortController()
    vi.stubGlobal('fetch', () => {
      abort.abort()
      return Promise.reject(new TypeError('fetch failed'))
    })
    await call(abort.signal)
    expect(seen).toEqual([])
    await call()
    expect(seen).toMatchObject([{ outcome: 'failed' }])
  })
})
