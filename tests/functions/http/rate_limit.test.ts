import { beforeEach, describe, expect, it } from 'vitest'
import { AppError, createApp, rateLimit } from '../../../supabase/functions/_shared/http/mod.ts'
import {
  accountSubject,
  type LimitedCall,
  type RateLimitDecision,
  rpcRateLimits,
} from '../../../supabase/functions/_shared/platform/mod.ts'
import { createLogger } from '../../../supabase/functions/_shared/runtime/mod.ts'

const admitted: RateLimitDecision = {
  isAdmitted: true,
  rule: 'caller_second',
  limit: 20,
  remaining: 19,
  resetSeconds: 1,
  retryAfterSeconds: null,
}
const refused: RateLimitDecision = {
  ...admitted,
  isAdmitted: false,
  rule: 'organization_hour',
  limit: 100,
  remaining: 0,
  resetSeconds: 1200,
  retryAfterSeconds: 1200,
}

const calls: LimitedCall[] = []
const lines: string[] = []
let answer: () => Promise<RateLimitDecision>
const limits = () => ({
  check: (call: LimitedCall) => {
    calls.push(call)
    return answer()
  },
})
const app = createApp('sample', { logger: createLogger('sample', (_level, line) => lines.push(line)) })
app.get('/things', rateLimit({ endpoint: 'things.list', limits }), (c) => c.json({ ok: true }))
app.post('/things', rateLimit({ endpoint: 'things.create', cost: 5, limits }), () => {
  throw new AppError(409, 'thing_exists', 'Cannot make thing: it exists')
})
app.post(
  '/sign-in',
  rateLimit({
    endpoint: 'auth.sign_in',
    limits,
    caller: async (c) => ({ account: await accountSubject(c.req.query('email') ?? ''), address: '203.0.113.1' }),
  }),
  (c) => c.json({ ok: true }),
)
const call = (path: string, init?: RequestInit) => app.fetch(new Request(`http://internal/sample${path}`, init))

describe('rateLimit', () => {
  beforeEach(() => {
    calls.length = 0
    lines.length = 0
    answer = async () => admitted
  })

  it('[SEC-05] [A11-04] tells the tightest window on answers and on errors', async () => {
    for (const response of [await call('/things'), await call('/things', { method: 'POST' })]) {
      expect(response.headers.get('ratelimit-limit')).toBe('20')
      expect(response.headers.get('ratelimit-remaining')).toBe('19')
      expect(response.headers.get('ratelimit-reset')).toBe('1')
      expect(response.headers.get('retry-after')).toBeNull()
    }
  })

  it('[SEC-06] [A11-04] answers 429 with the time to wait', async () => {
    answer = async () => refused
    const response = await call('/things')
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('1200')
    expect(response.headers.get('ratelimit-remaining')).toBe('0')
    expect(await response.json()).toMatchObject({
      code: 'rate_limit_exceeded',
      message: 'Cannot call this path: limit "organization_hour" is reached',
      hint: 'Try again in 1200 seconds',
    })
  })

  it('[SEC-08] counts by endpoint and address where nobody is signed in', async () => {
    await call('/things', { headers: { 'x-forwarded-for': '203.0.113.7, 10.0.0.1' } })
    await call('/things', { method: 'POST', headers: { 'cf-connecting-ip': '203.0.113.8' } })
    expect(calls).toEqual([
      { endpoint: 'things.list', cost: 1, userId: undefined, address: '203.0.113.7' },
      { endpoint: 'things.create', cost: 5, userId: undefined, address: '203.0.113.8' },
    ])
  })

  it('[SEC-07] counts sign-in by account, whose address is not kept', async () => {
    await call('/sign-in?email=Ann@Example.com', { method: 'POST' })
    await call('/sign-in?email=%20ann@example.com', { method: 'POST' })
    await call('/sign-in?email=bob@example.com', { method: 'POST' })
    const accounts = calls.map(({ account }) => account)
    expect(accounts[0]).toMatch(/^[0-9a-f]{64}$/)
    expect(accounts[1]).toBe(accounts[0])
    expect(accounts[2]).not.toBe(accounts[0])
  })

  it('adds no headers where nothing limits', async () => {
    answer = async () => ({ ...admitted, rule: null, limit: null, remaining: null, resetSeconds: null })
    expect((await call('/things')).headers.has('ratelimit-limit')).toBe(false)
  })

  it('answers reads when calls cannot be counted, and refuses everything else', async () => {
    answer = () => Promise.reject(new Error('connection lost'))
    expect((await call('/things')).status).toBe(200)
    expect(lines.some((line) => line.includes('rate_limit_unavailable'))).toBe(true)
    const response = await call('/things', { method: 'POST' })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(await response.json()).toMatchObject({ code: 'rate_limit_unavailable' })
  })
})

describe('rpcRateLimits', () => {
  it('says what failed when the database refuses', async () => {
    const rpc = async () => ({ data: null, error: { message: 'permission denied' } })
    await expect(rpcRateLimits({ rpc }).check({ endpoint: 'things.list' })).rejects.toThrow(
      'Cannot check rate limit of "things.list": permission denied',
    )
  })
})
