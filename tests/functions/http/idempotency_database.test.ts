import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CallerDatabase, openDatabase } from '../../../supabase/functions/_shared/database/mod.ts'
import { createApp, idempotent, rateLimit } from '../../../supabase/functions/_shared/http/mod.ts'
import { rpcIdempotencyKeys, rpcRateLimits } from '../../../supabase/functions/_shared/platform/mod.ts'
import { createLogger } from '../../../supabase/functions/_shared/runtime/mod.ts'
import { type TestDatabase, testDatabase } from '../../support/postgres.ts'

describe('routes whose keys and counts are in the database', () => {
  let test: TestDatabase
  let database: CallerDatabase
  beforeAll(async () => {
    test = await testDatabase()
    database = openDatabase(() => test.url)
  })
  afterAll(async () => {
    await database.close()
    await test[Symbol.asyncDispose]()
  })

  /** Two instances share nothing but the database. */
  function instances() {
    let done = 0
    const make = () => {
      const app = createApp('sample', { logger: createLogger('sample', () => {}) })
      app.use(async (c, next) => {
        c.set('limitedCaller', { userId: c.req.header('x-user') })
        await next()
      })
      const limited = rateLimit({ endpoint: 'things.create', limits: () => rpcRateLimits(database) })
      const once = idempotent({ keys: () => rpcIdempotencyKeys(database), waitMs: 20_000 })
      app.post('/things', limited, once, async (c) => {
        done += 1
        return c.json({ number: done, text: 'ä "quoted" \\ \u0000' }, 201)
      })
      return app
    }
    return { apps: [make(), make()], done: () => done }
  }

  const post = (app: ReturnType<typeof createApp> | undefined, user: string, key: string) =>
    app?.fetch(
      new Request('http://internal/sample/things', {
        method: 'POST',
        headers: { 'x-user': user, 'idempotency-key': key, 'content-type': 'application/json' },
        body: '{}',
      }),
    )

  it('[A11-03] [SEC-09] does a request once, however many instances get it at once', async () => {
    const { apps, done } = instances()
    const user = crypto.randomUUID()
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => post(apps[n % 2], user, 'key-1')))
    expect(answers.map((answer) => answer?.status)).toEqual(Array(8).fill(201))
    const texts = new Set(await Promise.all(answers.map((answer) => answer?.text())))
    expect(texts.size).toBe(1)
    expect(answers.filter((answer) => answer?.headers.get('idempotency-replayed') === 'true')).toHaveLength(7)
    expect(done()).toBe(1)
    expect((await post(apps[0], crypto.randomUUID(), 'key-1'))?.headers.has('idempotency-replayed')).toBe(false)
    expect(done()).toBe(2)
  })

  it('[SEC-09] counts what several instances admit together', async () => {
    const { apps, done } = instances()
    await database.rpc('check_rate_limit', { endpoint: 'things.create', cost: 1, user_id: crypto.randomUUID() })
    const user = crypto.randomUUID()
    let refused = 0
    let total = 0
    while (refused === 0 && total < 2_000) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) => post(apps[n % 2], user, `key-${total + n}`)),
      )
      total += answers.length
      refused += answers.filter((answer) => answer?.status === 429).length
    }
    expect(refused).toBeGreaterThan(0)
    expect(done()).toBe(total - refused)
  })
})
