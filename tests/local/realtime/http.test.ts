import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { person, type RealtimeStack, requireSubscribed, startRealtimeStack, versions, wait } from './realtime_stack.ts'

let stack: RealtimeStack
beforeAll(async () => {
  stack = await startRealtimeStack({ limits: { payloadBytes: 10_000, frameBytes: 50_000 } })
})
afterAll(() => stack[Symbol.asyncDispose]())

/** Posts to the service. */
async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${stack.url}/realtime/v1${path}`, {
    method: 'POST',
    headers: { apikey: stack.keys.publishableKey, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}

/** Messages that a member of a topic hears. */
async function listening(topic: string, isPrivate: boolean, version: (typeof versions)[number] = '2.0.0') {
  const client = await stack.client({ version, token: await stack.token(person()) })
  const heard: { event: string; payload: unknown }[] = []
  const channel = client.channel(topic, { config: { private: isPrivate } })
  channel.on('broadcast', { event: '*' }, ({ event, payload }) => heard.push({ event, payload }))
  await requireSubscribed(channel)
  return heard
}

it.each(versions)(
  'delivers a batch to public channels and, where the caller may send, to private ones (%s)',
  async (version) => {
    const [open, secret] = [await listening('open:http', false, version), await listening('open:http', true, version)]
    const message = { topic: 'open:http', event: 'e', payload: { n: 1 } }
    const messages = [message, { ...message, payload: { n: 2 }, private: true }]
    expect(await post('/api/broadcast', { messages })).toEqual({ status: 202, body: null })
    const bearer = { authorization: `Bearer ${await stack.token(person())}` }
    expect(await post('/api/broadcast', { messages }, bearer)).toEqual({ status: 202, body: null })
    await vi.waitFor(() => expect(open).toHaveLength(2), wait)
    // The key alone has no right on the private topic: its message was left out.
    await vi.waitFor(() => expect(secret).toEqual([{ event: 'e', payload: { n: 2 } }]), wait)
  },
)

it('serves httpSend of the official client, as JSON and as bytes', async () => {
  const heard = await listening('open:send me/ü', true)
  const client = await stack.client({ token: await stack.token(person()) })
  const channel = client.channel('open:send me/ü', { config: { private: true } })
  expect(await channel.httpSend('hello', { n: 1 })).toEqual({ success: true })
  expect(await channel.httpSend('bytes', Uint8Array.from([1, 2]).buffer)).toEqual({ success: true })
  await vi.waitFor(() => expect(heard).toHaveLength(2), wait)
  expect(heard[0]).toEqual({ event: 'hello', payload: { n: 1 } })
  expect(heard[1]?.payload).toBeInstanceOf(ArrayBuffer)
})

it('serves send of a channel that has not joined', async () => {
  const heard = await listening('fallback', false)
  const client = await stack.client()
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  expect(await client.channel('fallback').send({ type: 'broadcast', event: 'x', payload: { a: 1 } })).toBe('ok')
  warned.mockRestore()
  await vi.waitFor(() => expect(heard).toEqual([{ event: 'x', payload: { a: 1 } }]), wait)
})

it('refuses what is not in order', async () => {
  const message = { topic: 't', event: 'e', payload: {} }
  const status = async (...args: Parameters<typeof post>) => (await post(...args)).status
  expect(await status('/api/broadcast', '{')).toBe(400)
  expect(await post('/api/broadcast', { messages: [{ topic: 't', payload: [] }] })).toMatchObject({
    status: 422,
    body: { errors: { messages: expect.anything() } },
  })
  const large = { messages: [{ ...message, payload: { text: 'x'.repeat(20_000) } }] }
  expect(await status('/api/broadcast', large)).toBe(422)
  expect(await status('/api/broadcast', 'x'.repeat(60_000))).toBe(413)
  expect(await status('/api/broadcast', { messages: [message] }, { authorization: 'Bearer nonsense' })).toBe(401)
  const expired = await stack.token(person(), { seconds: -10 })
  expect(await status('/api/broadcast', { messages: [message] }, { authorization: `Bearer ${expired}` })).toBe(401)
  expect(await status('/api/broadcast', { messages: [message] }, { apikey: 'wrong' })).toBe(401)
  expect(await status('/api/elsewhere', {})).toBe(404)
  expect(await status('/api/broadcast/t/events/e', 'text', { 'content-type': 'text/plain' })).toBe(415)
  expect(await status('/api/broadcast/t/events/e?persist=true&private=true', {})).toBe(422)
  expect(await status('/api/broadcast/%E0%A4%A/events/e', {})).toBe(400)
})

it('answers a ping', async () => {
  const response = await fetch(`${stack.url}/realtime/v1/api/ping`, { headers: { apikey: stack.keys.publishableKey } })
  expect([response.status, await response.json()]).toEqual([200, { message: 'Success' }])
})

it('refuses a batch above the rate', async () => {
  await using strict = await startRealtimeStack({ limits: { eventsPerSecond: 3 } })
  const messages = Array.from({ length: 4 }, () => ({ topic: 't', event: 'e', payload: {} }))
  const response = await fetch(`${strict.url}/realtime/v1/api/broadcast`, {
    method: 'POST',
    headers: { apikey: strict.keys.publishableKey, 'content-type': 'application/json' },
    body: JSON.stringify({ messages }),
  })
  expect([response.status, await response.json()]).toEqual([
    429,
    { message: 'Too many messages to broadcast, please reduce the batch size' },
  ])
})
