import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  fetchWithin,
  type ProviderDeps,
  ProviderError,
  type ProviderRequest,
  requestProvider,
} from '../../../supabase/functions/_shared/providers/mod.ts'
import { type Answer, hangUp, json, silence, startProviderDouble } from './provider_double.ts'

const schema = z.object({ id: z.string() })
const now = new Date('2026-03-01T12:00:00Z')

/** Calls a double that gives these answers, with pauses that are only noted. */
async function call(
  answers: [Answer, ...Answer[]],
  options: Partial<ProviderRequest<typeof schema>> & { path?: string } = {},
) {
  await using double = await startProviderDouble(...answers)
  const pauses: number[] = []
  const deps: ProviderDeps = {
    fetch: (input, init) => fetch(input, init),
    clock: { now: () => now },
    random: () => 0.5,
    wait: async (milliseconds) => {
      pauses.push(milliseconds)
    },
  }
  const { path = '/things', ...request } = options
  const ended = await requestProvider(
    {
      provider: 'acme',
      method: 'GET',
      url: `${double.url}${path}`,
      schema,
      signal: new AbortController().signal,
      ...request,
    },
    deps,
  ).then(
    (answer) => ({ answer, error: null }),
    (error: unknown) => ({ answer: null, error }),
  )
  const { answer, error } = ended
  if (error !== null && !(error instanceof ProviderError)) throw error
  return { answer, error, pauses, received: double.received }
}

describe('a call of a provider', () => {
  it('sends JSON with its headers and reads only the fields that are used', async () => {
    const { answer, received } = await call([json(201, { id: 'a', more: 1 }, { 'x-left': '9' })], {
      method: 'POST',
      headers: { authorization: 'Bearer key' },
      json: { name: 'Ann' },
    })
    expect(answer).toMatchObject({ status: 201, body: { id: 'a' } })
    expect(answer?.headers.get('x-left')).toBe('9')
    expect(received).toHaveLength(1)
    expect(received[0]).toMatchObject({
      method: 'POST',
      path: '/things',
      body: '{"name":"Ann"}',
      headers: { authorization: 'Bearer key', 'content-type': 'application/json' },
    })
  })

  it('sends form fields and reads text, bytes and nothing', async () => {
    await using double = await startProviderDouble(
      (response) => response.end('words'),
      (response) => response.end(Buffer.from([1, 2])),
      (response) => response.writeHead(204).end(),
    )
    const base = { provider: 'acme', url: double.url, signal: new AbortController().signal } as const
    const form = await requestProvider({
      ...base,
      method: 'POST',
      body: new URLSearchParams({ To: '+1' }),
      reads: 'text',
      schema: z.string(),
    })
    expect(form.body).toBe('words')
    expect(double.received[0]).toMatchObject({
      body: 'To=%2B1',
      headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    })
    const file = await requestProvider({ ...base, method: 'GET', reads: 'bytes', schema: z.instanceof(Uint8Array) })
    expect([...file.body]).toEqual([1, 2])
    expect((await requestProvider({ ...base, method: 'DELETE', schema: z.null() })).body).toBeNull()
  })

  it.each([
    [429, 'throttled', true],
    [401, 'misconfigured', false],
    [403, 'misconfigured', false],
    [400, 'refused', false],
    [404, 'refused', false],
    [422, 'refused', false],
    [408, 'unavailable', true],
    [500, 'unavailable', true],
    [503, 'unavailable', true],
    [302, 'invalid_response', true],
  ])('[SEC-26] fails on status %i as "%s"', async (status, failure, isRetryable) => {
    const { error } = await call([json(status, { error: { message: 'ann@example.com' } }, { location: '/else' })], {
      maxAttempts: 1,
      path: '/people/ann@example.com?key=secret',
    })
    expect(error).toMatchObject({ provider: 'acme', failure, isRetryable, vendorCode: String(status) })
    expect(error?.message).toBe(`Cannot call acme (GET): it answered ${status}`)
  })

  it("[SEC-26] lets an adapter say what the provider's own codes mean", async () => {
    const { error } = await call([json(400, { code: 'bounced' })], {
      explain: ({ body }) => ({ failure: 'throttled', vendorCode: z.object({ code: z.string() }).parse(body).code }),
      maxAttempts: 1,
    })
    expect(error).toMatchObject({ failure: 'throttled', vendorCode: 'bounced' })
  })

  it.each([
    ['no JSON', (response) => response.end('<html>')],
    ['nothing', (response) => response.writeHead(200).end()],
    ['another shape', json(200, { name: 'a' })],
    ['more than is read', json(200, { id: 'x'.repeat(2000) })],
  ] satisfies [string, Answer][])('[SEC-26] fails as "invalid_response" on %s', async (_name, answer) => {
    const { error, received } = await call([answer], { maxResponseBytes: 1000 })
    expect(error).toMatchObject({ failure: 'invalid_response', isAmbiguous: true })
    expect(received).toHaveLength(1)
  })

  it('[SEC-26] tells nothing of the address when the connection fails, and that nothing was carried out', async () => {
    const double = await startProviderDouble(silence)
    await double[Symbol.asyncDispose]()
    const error = await requestProvider({
      provider: 'acme',
      method: 'POST',
      url: `${double.url}/people/ann@example.com`,
      schema,
      signal: new AbortController().signal,
      maxAttempts: 1,
    }).catch((reason: unknown) => reason)
    if (!(error instanceof ProviderError)) throw error
    expect(error).toMatchObject({ failure: 'unavailable', isRetryable: true, isAmbiguous: false })
    expect(`${error.message} ${error.cause}`).not.toMatch(/http:|ann@/)
  })

  it('[SEC-25] ends when the provider says nothing, in the middle of an answer too', async () => {
    const half: Answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":')
    }
    for (const answer of [silence, half]) {
      const { error } = await call([answer], { timeoutMs: 50, maxAttempts: 1, method: 'POST' })
      expect(error).toMatchObject({ failure: 'unavailable', isAmbiguous: true })
      expect(error?.message).toBe('Cannot call acme (POST): no answer in time')
    }
  })

  it('[SEC-25] gives vendors a fetch that ends', async () => {
    await using double = await startProviderDouble(silence)
    await expect(fetchWithin(50)(double.url)).rejects.toMatchObject({ name: 'TimeoutError' })
    const gone = AbortSignal.abort(new Error('Gone'))
    await expect(fetchWithin(10_000)(double.url, { signal: gone })).rejects.toThrow('Gone')
  })

  it('ends when its caller gives up, and is not repeated', async () => {
    const controller = new AbortController()
    const leave: Answer = () => controller.abort()
    const { error, received } = await call([leave], { signal: controller.signal })
    expect(error).toMatchObject({ failure: 'aborted', mayFailOver: false })
    expect(received).toHaveLength(1)
    const late = await call([json(200, { id: 'a' })], { signal: controller.signal })
    expect(late).toMatchObject({ error: { failure: 'aborted' }, received: [] })
  })
})

describe('a failed call', () => {
  it('is repeated with growing random pauses until it succeeds', async () => {
    const { answer, pauses, received } = await call([json(500, {}), hangUp, json(200, { id: 'a' })])
    expect(answer?.body).toEqual({ id: 'a' })
    expect(pauses).toEqual([125, 250])
    expect(received).toHaveLength(3)
  })

  it('is repeated a few times only', async () => {
    const { error, received } = await call([json(503, {})])
    expect(error).toMatchObject({ failure: 'unavailable' })
    expect(received).toHaveLength(3)
  })

  it('is not repeated when that cannot help', async () => {
    for (const status of [400, 401, 404, 302]) {
      expect((await call([json(status, {})])).received).toHaveLength(1)
    }
  })

  it('waits as long as the provider asks, given in seconds or as a time', async () => {
    for (const asked of ['3', new Date(now.getTime() + 3000).toUTCString()]) {
      const { answer, pauses } = await call([json(429, {}, { 'retry-after': asked }), json(200, { id: 'a' })])
      expect(answer?.body).toEqual({ id: 'a' })
      expect(pauses).toEqual([3000])
    }
  })

  it('leaves a long pause to the job', async () => {
    const { error, pauses } = await call([json(429, {}, { 'retry-after': '120' })])
    expect(error).toMatchObject({ failure: 'throttled', retryAfterSeconds: 120 })
    expect(pauses).toEqual([])
  })

  it('that may have changed something is repeated only under an idempotency key, always the same', async () => {
    const answers: [Answer, Answer] = [json(500, {}), json(200, { id: 'a' })]
    const bare = await call(answers, { method: 'POST', json: {} })
    expect(bare.error).toMatchObject({ failure: 'unavailable', isAmbiguous: true })
    expect(bare.received).toHaveLength(1)
    const named = await call(answers, {
      method: 'POST',
      json: {},
      idempotency: { header: 'Idempotency-Key', key: 'refund:7' },
    })
    expect(named.answer?.body).toEqual({ id: 'a' })
    expect(named.received.map(({ headers }) => headers['idempotency-key'])).toEqual(['refund:7', 'refund:7'])
  })

  it('that was surely not carried out is repeated without one', async () => {
    const { answer, received } = await call([json(429, {}), json(200, { id: 'a' })], { method: 'POST', json: {} })
    expect(answer?.body).toEqual({ id: 'a' })
    expect(received).toHaveLength(2)
  })
})
