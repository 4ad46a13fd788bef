import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError, createApp, idempotent } from '../../../supabase/functions/_shared/http/mod.ts'
import type { IdempotencyKeys, KeptAnswer } from '../../../supabase/functions/_shared/platform/mod.ts'
import { createLogger } from '../../../supabase/functions/_shared/runtime/mod.ts'

/** The keys in memory, with the answers of the database. */
function fakeKeys() {
  const rows = new Map<string, { hash: string; leaseId: string; answer: KeptAnswer | null }>()
  let failures = 0
  const keys: IdempotencyKeys = {
    async begin({ caller, key, hash }) {
      const known = rows.get(`${caller} ${key}`)
      if (!known) {
        const leaseId = randomUUID()
        rows.set(`${caller} ${key}`, { hash, leaseId, answer: null })
        return { outcome: 'started', leaseId }
      }
      if (known.hash !== hash) return { outcome: 'reused' }
      if (known.answer === null) return { outcome: 'in_progress', retryAfterSeconds: 60 }
      return { outcome: 'completed', answer: known.answer }
    },
    async finish({ caller, key, leaseId, answer }) {
      if (failures > 0) {
        failures -= 1
        throw new Error('connection lost')
      }
      const known = rows.get(`${caller} ${key}`)
      if (known?.leaseId !== leaseId) return false
      if (answer === null) rows.delete(`${caller} ${key}`)
      else known.answer = answer
      return true
    },
  }
  return { keys, rows, failNext: (count: number) => (failures = count) }
}

let store = fakeKeys()
let done = 0
let gate: Promise<void> = Promise.resolve()
const lines: string[] = []
const app = createApp('sample', { logger: createLogger('sample', (_level, line) => lines.push(line)) })
const options = { caller: () => 'user:ann', keys: () => store.keys, waitMs: 5_000 }
app.post('/things', idempotent(options), async (c) => {
  done += 1
  await gate
  return c.json({ number: done, got: await c.req.json() }, 201, { location: `/things/${done}`, 'x-other': 'fresh' })
})
app.post('/impatient', idempotent({ ...options, waitMs: 0 }), async (c) => {
  await gate
  return c.json({ done: true })
})
app.post('/fails/:status', idempotent(options), (c) => {
  done += 1
  throw new AppError(Number(c.req.param('status')), 'thing_failed', `Cannot make thing ${done}`)
})
app.delete('/things', idempotent(options), (c) => {
  done += 1
  return c.body(null, 204)
})
app.post('/large', idempotent(options), (c) => c.json({ text: 'x'.repeat(300 * 1024) }))
app.post('/file', idempotent(options), (c) => c.body(new Uint8Array([1, 2, 3]), 200, { 'content-type': 'image/png' }))
app.get('/things', idempotent(options), (c) => {
  done += 1
  return c.json({ done })
})
app.post('/nobody', idempotent({ keys: () => store.keys }), (c) => c.json({}))

const call = (path: string, key: string | null, body: unknown = { a: 1 }, method = 'POST') =>
  app.fetch(
    new Request(`http://internal/sample${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(key === null ? {} : { 'idempotency-key': key }) },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
    }),
  )

describe('idempotent', () => {
  beforeEach(() => {
    store = fakeKeys()
    done = 0
    gate = Promise.resolve()
    lines.length = 0
  })

  it('[A11-03] does the same request once and repeats its answer', async () => {
    const [first, second] = [await call('/things', 'key-1'), await call('/things', 'key-1')]
    expect(first.headers.get('idempotency-replayed')).toBeNull()
    expect(second.status).toBe(201)
    expect(second.headers.get('idempotency-replayed')).toBe('true')
    expect(second.headers.get('location')).toBe('/things/1')
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'))
    expect(second.headers.has('x-other')).toBe(false)
    expect(await second.json()).toEqual(await first.json())
    expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'))
    expect(done).toBe(1)
  })

  it('[A11-03] refuses a key that stood for another body or path', async () => {
    await call('/things', 'key-1')
    for (const other of [call('/things', 'key-1', { a: 2 }), call('/things?dry=1', 'key-1'), call('/large', 'key-1')]) {
      const response = await other
      expect(response.status).toBe(422)
      expect(await response.json()).toMatchObject({ code: 'idempotency_key_reused' })
    }
    expect(done).toBe(1)
  })

  /** The request under the key is being worked on: requests that come at once may overtake each other before. */
  const begun = () => vi.waitFor(() => expect(store.rows.size).toBe(1), { timeout: 10_000 })

  it('[A11-03] lets a duplicate wait for the answer of the first', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    gate = promise
    const first = call('/things', 'key-1')
    await begun()
    const second = call('/things', 'key-1')
    resolve()
    expect((await first).status).toBe(201)
    expect((await second).headers.get('idempotency-replayed')).toBe('true')
    expect(done).toBe(1)
  })

  it('[A11-03] answers 409 when the first takes longer than a duplicate waits', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    gate = promise
    const first = call('/impatient', 'key-1')
    await begun()
    const second = await call('/impatient', 'key-1')
    expect(second.status).toBe(409)
    expect(second.headers.get('retry-after')).toBe('1')
    expect(await second.json()).toMatchObject({ code: 'idempotency_in_progress' })
    resolve()
    expect((await first).status).toBe(200)
  })

  it('repeats refusals of the request, and tries again after faults of ours', async () => {
    await call('/fails/409', 'key-1')
    const again = await call('/fails/409', 'key-1')
    expect(again.status).toBe(409)
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(await again.json()).toMatchObject({ message: 'Cannot make thing 1' })
    for (const status of [500, 503, 429, 408]) {
      const key = `key-${status}`
      await call(`/fails/${status}`, key)
      const before = done
      expect((await call(`/fails/${status}`, key)).headers.get('idempotency-replayed')).toBeNull()
      expect(done).toBe(before + 1)
    }
  })

  it('repeats an answer without a body', async () => {
    await call('/things', 'key-1', {}, 'DELETE')
    const again = await call('/things', 'key-1', {}, 'DELETE')
    expect(again.status).toBe(204)
    expect(await again.text()).toBe('')
    expect(done).toBe(1)
  })

  it('does not do again what it cannot repeat', async () => {
    for (const path of ['/large', '/file']) {
      expect((await call(path, path)).status).toBe(200)
      const again = await call(path, path)
      expect(again.status).toBe(409)
      expect(await again.json()).toMatchObject({ code: 'idempotency_answer_not_kept' })
    }
  })

  it('passes requests without a key, and reads', async () => {
    await call('/things', null)
    await call('/things', null)
    await call('/things', 'key-1', null, 'GET')
    await call('/things', 'key-1', null, 'GET')
    expect(done).toBe(4)
    expect(store.rows.size).toBe(0)
  })

  it('refuses keys that are too long or hold other characters', async () => {
    for (const key of ['x'.repeat(256), 'with blank', 'schlüssel']) {
      const response = await call('/things', key)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ code: 'invalid_idempotency_key' })
    }
    expect(done).toBe(0)
  })

  it('gives the answer even when it cannot be kept, and tries twice to keep it', async () => {
    store.failNext(1)
    await call('/things', 'key-1')
    expect((await call('/things', 'key-1')).headers.get('idempotency-replayed')).toBe('true')
    store.failNext(2)
    expect((await call('/things', 'key-2')).status).toBe(201)
    expect(lines.some((line) => line.includes('idempotency_answer_lost'))).toBe(true)
  })

  it('fails where a route forgot to find out who is calling', async () => {
    expect((await call('/nobody', 'key-1')).status).toBe(500)
    expect(store.rows.size).toBe(0)
  })
})
