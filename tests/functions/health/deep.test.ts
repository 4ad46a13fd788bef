import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDatabaseWatch } from '../../../supabase/functions/_shared/alerts/mod.ts'
import {
  createDeepCheck,
  createHealthChecks,
  type HealthCheck,
  HealthProblem,
  observedProviders,
  overallStatus,
  platformChecks,
  type SystemHealth,
} from '../../../supabase/functions/_shared/health/mod.ts'
import type { AlertMessage } from '../../../supabase/functions/_shared/providers/alerts/mod.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import endpoint from '../../../supabase/functions/health/index.ts'

const logger = createLogger('test', () => {})

/** A clock that the test moves. */
function testClock() {
  let now = Date.UTC(2026, 0, 1)
  return {
    now: () => new Date(now),
    advance(ms: number) {
      now += ms
    },
  }
}

const limits = { cacheMs: 15_000, timeoutMs: 100, slowMs: 1000 }
const check = (name: string, ask: HealthCheck['ask'], isCritical = false): HealthCheck => ({ name, isCritical, ask })

describe('the checks of health', () => {
  it('ask each component once at a time and keep the answer for a while', async () => {
    const clock = testClock()
    const ask = vi.fn(async () => {})
    const checks = createHealthChecks([check('database', ask)], { clock, ...limits })
    await Promise.all([checks.run(), checks.run()])
    clock.advance(14_999)
    await checks.run()
    expect(ask).toHaveBeenCalledTimes(1)
    clock.advance(1)
    await checks.run()
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('[OBS-17] tell how long it took, and why a component is not well, without its insides', async () => {
    const clock = testClock()
    const found = await createHealthChecks(
      [
        check('well', async () => clock.advance(200)),
        check('refused', () => Promise.reject(new HealthProblem('answered 503'))),
        check('broken', () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:5432'))),
        check('deaf', () => new Promise(() => {})),
      ],
      { clock, ...limits },
    ).run()
    expect(found.get('well')).toMatchObject({ status: 'ok', reason: null, latency_ms: 200 })
    expect(found.get('refused')).toMatchObject({ status: 'down', reason: 'answered 503' })
    expect(found.get('broken')).toMatchObject({ status: 'down', reason: 'cannot be reached' })
    expect(found.get('deaf')).toMatchObject({ status: 'down', reason: 'did not answer in time' })
  })

  it('call a component degraded that answers slowly', async () => {
    const clock = testClock()
    const found = await createHealthChecks([check('slow', async () => clock.advance(1001))], { clock, ...limits }).run()
    expect(found.get('slow')).toMatchObject({ status: 'degraded', reason: 'took longer than 1000 ms' })
  })

  it.each([
    ['all are well', 'ok', 'ok', 'ok'],
    ['a critical one is down', 'down', 'ok', 'down'],
    ['a critical one is slow', 'degraded', 'ok', 'degraded'],
    ['another one is down', 'ok', 'down', 'degraded'],
  ] as const)('make the whole what its parts allow: %s', (_name, database, mail, whole) => {
    const checks = [check('database', async () => {}, true), check('mail', async () => {})]
    const component = (status: 'ok' | 'degraded' | 'down') => ({
      ...{ status, reason: null, latency_ms: 1, checked_at: '' },
    })
    const components = new Map([
      ['database', component(database)],
      ['mail', component(mail)],
    ])
    expect(overallStatus(checks, components)).toBe(whole)
  })

  it('[OBS-14] judge providers by the calls of the last minutes', () => {
    const called = (name: string, call_count: number, failed_count: number) => ({ name, call_count, failed_count })
    const found = observedProviders(
      [called('stripe', 10, 9), called('postmark', 100, 6), called('slack', 2, 2), called('twilio', 100, 5)],
      new Date(),
    )
    expect([...found].map(([name, { status, reason }]) => [name, status, reason])).toEqual([
      ['provider.stripe', 'down', '90 % of 10 calls failed'],
      ['provider.postmark', 'degraded', '6 % of 100 calls failed'],
      ['provider.slack', 'ok', null],
      ['provider.twilio', 'ok', null],
    ])
  })

  it('[OBS-13] [OBS-16] ask the services of the platform with the secret key, the database twice when it fails', async () => {
    const asked: string[] = []
    const systems: (SystemHealth | null)[] = []
    const checks = platformChecks({
      fetch: async (input, init) => {
        const { pathname } = new URL(String(input))
        asked.push(pathname)
        expect(new Headers(init?.headers).get('apikey')).toBe('sb_secret_x')
        return new Response('{}', { status: pathname.startsWith('/rest') ? 503 : 200 })
      },
      env: {
        SUPABASE_URL: 'http://127.0.0.1:54321',
        SUPABASE_SECRET_KEYS: { default: 'sb_secret_x' },
        SUPABASE_SERVICE_ROLE_KEY: undefined,
      },
      onSystemHealth: (system) => void systems.push(system),
    })
    const found = await createHealthChecks(checks, { clock: systemClock, ...limits, timeoutMs: 5000 }).run()
    expect([...found].map(([name, { status }]) => [name, status])).toEqual([
      ['database', 'down'],
      ['auth', 'ok'],
      ['storage', 'ok'],
      ['realtime', 'ok'],
      ['functions', 'ok'],
    ])
    expect(asked.filter((path) => path === '/rest/v1/rpc/get_system_health')).toHaveLength(2)
    expect(systems).toEqual([null])
  })

  it('tell the watch whether the database is there', async () => {
    const seen: boolean[] = []
    const answers = [Promise.resolve(), Promise.reject(new Error('gone'))]
    const clock = testClock()
    const deepCheck = createDeepCheck({
      checks: () => [check('database', () => answers.shift() ?? Promise.resolve(), true)],
      clock,
      memoryBytes: () => null,
      onDatabase: (isReachable) => void seen.push(isReachable),
      ...limits,
    })
    expect((await deepCheck()).status).toBe('ok')
    clock.advance(limits.cacheMs)
    expect((await deepCheck()).status).toBe('down')
    expect(seen).toEqual([true, false])
  })
})

describe('the watch over the database', () => {
  let sent: AlertMessage[] = []
  let tasks: Promise<unknown>[] = []
  beforeEach(() => {
    sent = []
    tasks = []
  })
  const make = (clock: ReturnType<typeof testClock>, fails = false) =>
    createDatabaseWatch({
      clock,
      logger,
      delivery: () => ({
        environment: 'test',
        senders: [
          {
            channel: 'slack',
            send: async (message) => {
              sent.push(message)
              if (fails) throw new Error('Slack is gone too')
            },
          },
        ],
      }),
      background: (task) => void tasks.push(task),
    })
  const settled = () => Promise.all(tasks)

  it('[OBS-23] tells at once that it is gone, without the queue, and when it is back', async () => {
    const clock = testClock()
    const watch = make(clock)
    const since = clock.now()
    watch.observe(false)
    clock.advance(60_000)
    watch.observe(false)
    watch.observe(true)
    watch.observe(true)
    await settled()
    expect(sent).toMatchObject([
      { event: 'fired', rule: 'database_unreachable', severity: 'critical', since },
      { event: 'resolved', rule: 'database_unreachable', since },
    ])
  })

  it('tells again each hour', async () => {
    const clock = testClock()
    const watch = make(clock)
    for (let minute = 0; minute <= 120; minute += 1) {
      watch.observe(false)
      clock.advance(60_000)
    }
    await settled()
    expect(sent.map(({ event }) => event)).toEqual(['fired', 'repeated', 'repeated'])
  })

  it('lets nothing fail when a message cannot be sent', async () => {
    const watch = make(testClock(), true)
    watch.observe(false)
    await expect(settled()).resolves.toBeDefined()
    expect(sent).toHaveLength(1)
  })
})

describe('GET /health/deep', () => {
  beforeEach(() => {
    vi.stubEnv('SUPABASE_URL', 'http://127.0.0.1:1')
    vi.stubEnv('SUPABASE_SECRET_KEYS', '{"default":"sb_secret_x"}')
    vi.stubEnv('SUPABASE_PUBLISHABLE_KEYS', '{"default":"sb_publishable_x"}')
    vi.stubEnv('SUPABASE_JWKS', '{"keys":[]}')
    for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => {})
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
  })

  it('[OBS-23] answers 503 without a database, one word to everybody and the parts to the secret key', async () => {
    const get = (headers: Record<string, string> = {}) =>
      endpoint.fetch(new Request('http://internal/health/deep', { headers }))
    const anonymous = await get()
    expect(anonymous.status).toBe(503)
    expect(await anonymous.json()).toEqual({ status: 'down', checked_at: expect.any(String), details: null })
    const operator = await get({ apikey: 'sb_secret_x' })
    expect(operator.status).toBe(503)
    expect(await operator.json()).toMatchObject({
      details: { components: { database: { status: 'down', reason: 'cannot be reached' } }, resources: null },
    })
    expect(vi.mocked(console.warn).mock.calls.flat().join('\n')).toContain('"event":"alert_fired"')
  })
})
