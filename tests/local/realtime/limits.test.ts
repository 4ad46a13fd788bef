import { request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { type TestDatabase, testDatabase } from '../../support/postgres.ts'
import {
  person,
  type RealtimeStackOptions,
  requireSubscribed,
  startRealtimeStack,
  versions,
  wait,
} from './realtime_stack.ts'

// One database for all services of this file: they differ in their limits only.
let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const startStack = (options: RealtimeStackOptions = {}) => {
  const { superuserUrl } = database
  return startRealtimeStack({
    ...options,
    database: { superuserUrl, realtimeUrl: database.urlFor('supabase_realtime_admin') },
  })
}

/** Status and body of a request for a WebSocket that is refused. */
function refusedUpgrade(url: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    socket.once('open', () => reject(new Error('the socket opened')))
    socket.once('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += String(chunk)
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
  })
}

describe('the socket', () => {
  it('opens only with a valid API key, at the right path, in a version that exists', async () => {
    await using stack = await startStack()
    const at = (path: string) => `${stack.url.replace('http', 'ws')}/realtime/v1${path}`
    const key = stack.keys.publishableKey
    expect(await refusedUpgrade(at('/websocket?vsn=2.0.0'))).toMatchObject({
      status: 401,
      body: expect.stringContaining('No API key found'),
    })
    expect(await refusedUpgrade(at('/websocket?apikey=wrong'))).toMatchObject({
      status: 401,
      body: expect.stringContaining('Invalid API key'),
    })
    expect((await refusedUpgrade(at(`/websocket?apikey=${key}&vsn=3.0.0`))).status).toBe(403)
    expect((await refusedUpgrade(at(`/elsewhere?apikey=${key}`))).status).toBe(404)
    for (const good of [key, stack.keys.anonKey, stack.keys.secretKey, stack.keys.serviceRoleKey]) {
      const raw = await stack.rawSocket({ key: good })
      expect(await raw.join('realtime:x')).toMatchObject({ status: 'ok' })
    }
  })

  it('is only for WebSockets: a wish for HTTP/2 is ignored', async () => {
    await using stack = await startStack()
    const headers = { apikey: stack.keys.publishableKey, connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c' }
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(`${stack.url}/realtime/v1/api/ping`, { headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
    expect(status).toBe(200)
  })

  it.each(versions)('answers heartbeats and refuses what it does not know, in protocol %s', async (version) => {
    await using stack = await startStack()
    const raw = await stack.rawSocket({ version })
    const ask = async (topic: string, event: string, payload: object = {}) => {
      const ref = raw.send(topic, event, payload)
      return (await raw.next((message) => message.ref === ref)).payload
    }
    expect(await ask('phoenix', 'heartbeat')).toEqual({ status: 'ok', response: {} })
    expect(await ask('realtime:x', 'broadcast')).toEqual({ status: 'error', response: { reason: 'unmatched topic' } })
    expect(await ask('other:x', 'phx_join')).toEqual({ status: 'error', response: { reason: 'unmatched topic' } })
    expect(await ask('realtime:', 'phx_join')).toEqual({
      status: 'error',
      response: { reason: 'TopicNameRequired: You must provide a topic name' },
    })
    expect(await ask('realtime:x', 'phx_join')).toEqual({ status: 'ok', response: { postgres_changes: [] } })
    expect(await ask('realtime:x', 'phx_leave')).toEqual({ status: 'ok', response: {} })
    await raw.next(({ event, topic }) => event === 'phx_close' && topic === 'realtime:x')
    expect(await ask('realtime:x', 'phx_leave')).toEqual({ status: 'ok', response: {} })
  })

  it('takes a second join of a topic in place of the first', async () => {
    await using stack = await startStack()
    const raw = await stack.rawSocket()
    const config = { broadcast: { self: true } }
    await raw.join('realtime:twice', config)
    await raw.join('realtime:twice', config)
    await raw.next(({ event, ref }) => event === 'phx_close' && ref === '1')
    raw.send('realtime:twice', 'broadcast', { type: 'broadcast', event: 'x', payload: {} })
    await raw.next(({ event }) => event === 'broadcast')
    const beat = raw.send('phoenix', 'heartbeat', {})
    await raw.next(({ ref, topic }) => ref === beat && topic === 'phoenix')
    expect(raw.received.filter(({ event }) => event === 'broadcast')).toHaveLength(1)
  })

  it('handles what is sent right behind a join after it, in order', async () => {
    await using stack = await startStack()
    const raw = await stack.rawSocket()
    const join = {
      config: { private: true, broadcast: { self: true, ack: true } },
      access_token: await stack.token(person()),
    }
    raw.send('realtime:open:eager', 'phx_join', join)
    const sent = raw.send('realtime:open:eager', 'broadcast', { type: 'broadcast', event: 'x', payload: {} })
    raw.send('realtime:open:eager', 'phx_leave', {})
    await raw.next(({ event }) => event === 'phx_close')
    expect(raw.received.map(({ event, ref }) => `${event} ${ref}`)).toEqual([
      'phx_reply 1',
      'broadcast null',
      `phx_reply ${sent}`,
      'phx_reply 3',
      'phx_close 1',
    ])
  })

  it.each([
    ['text that is no JSON', 'hello', 1007],
    ['a message of another shape', '{"topic":1}', 1007],
    ['an unknown binary frame', Buffer.from([9, 9, 9]), 1007],
    ['a binary frame that is cut', Buffer.from([3, 200, 1, 1, 1, 0, 1, 65]), 1007],
    [
      'a binary broadcast whose JSON is none',
      Buffer.concat([Buffer.from([3, 0, 0, 1, 1, 0, 1]), Buffer.from('tx{{{')]),
      1007,
    ],
    ['a frame above the limit', 'x'.repeat(20_000), 1009],
  ])('is closed on %s, and others go on', async (_name, message, code) => {
    await using stack = await startStack({ limits: { frameBytes: 10_000 } })
    const [bad, good] = [await stack.rawSocket(), await stack.rawSocket()]
    bad.socket.send(message)
    expect(await bad.closed()).toBe(code)
    expect(await good.join('realtime:x')).toMatchObject({ status: 'ok' })
  })
})

describe('limits', () => {
  it('refuses more channels than a socket may have, and takes one again when another has ended', async () => {
    await using stack = await startStack({ limits: { channelsPerConnection: 2 } })
    const raw = await stack.rawSocket()
    expect(await raw.join('realtime:1')).toMatchObject({ status: 'ok' })
    expect(await raw.join('realtime:2')).toMatchObject({ status: 'ok' })
    expect(await raw.join('realtime:3')).toEqual({
      status: 'error',
      response: { reason: 'ChannelRateLimitReached: Too many channels' },
    })
    raw.send('realtime:1', 'phx_leave', {})
    expect(await raw.join('realtime:3')).toMatchObject({ status: 'ok' })
  })

  it('refuses joins of too many sockets', async () => {
    await using stack = await startStack({ limits: { connections: 1 } })
    const [first, second] = [await stack.rawSocket(), await stack.rawSocket()]
    expect(await first.join('realtime:1')).toMatchObject({ status: 'ok' })
    expect(await second.join('realtime:1')).toMatchObject({
      response: { reason: 'ConnectionRateLimitReached: Too many connected users' },
    })
    expect(await first.join('realtime:2')).toMatchObject({ status: 'ok' })
    first.socket.terminate()
    await vi.waitFor(async () => expect(await second.join('realtime:1')).toMatchObject({ status: 'ok' }), wait)
  })

  it('refuses and closes who joins too often', async () => {
    await using stack = await startStack({ limits: { joinsPerSecond: 5 } })
    const raw = await stack.rawSocket()
    for (let n = 0; n < 100; n += 1) raw.send(`realtime:${n}`, 'phx_join', {})
    const refused = await raw.next(({ payload }) => JSON.stringify(payload).includes('Too many joins'))
    expect(refused.payload).toEqual({
      status: 'error',
      response: { reason: 'ClientJoinRateLimitReached: Too many joins per second' },
    })
    expect(await raw.closed()).toBe(1000)
  })

  it('shuts channels down that carry too many messages', async () => {
    await using stack = await startStack({ limits: { eventsPerSecond: 20 } })
    const raw = await stack.rawSocket()
    await raw.join('realtime:flood', { broadcast: { self: true } })
    for (let n = 0; n < 200; n += 1)
      raw.send('realtime:flood', 'broadcast', { type: 'broadcast', event: 'x', payload: {} })
    const system = await raw.next(({ event }) => event === 'system')
    expect(system.payload).toEqual({
      extension: 'system',
      status: 'error',
      message: 'Too many messages per second',
      channel: 'flood',
    })
    await raw.next(({ event }) => event === 'phx_close')
  })

  it('does not deliver a payload above the limit, and says so with ack', async () => {
    await using stack = await startStack({ limits: { payloadBytes: 1000 } })
    const [a, b] = [await stack.client(), await stack.client()]
    const heard = vi.fn()
    const from = a.channel('big', { config: { broadcast: { ack: true } } })
    const to = b.channel('big').on('broadcast', { event: '*' }, ({ event }) => heard(event))
    await Promise.all([requireSubscribed(from), requireSubscribed(to)])
    expect(await from.send({ type: 'broadcast', event: 'big', payload: { text: 'x'.repeat(2000) } })).toBe('error')
    expect(await from.send({ type: 'broadcast', event: 'small', payload: {} })).toBe('ok')
    await vi.waitFor(() => expect(heard).toHaveBeenCalled(), wait)
    expect(heard.mock.calls).toEqual([['small']])
  })

  it('shuts down who tracks too often, or too much', async () => {
    await using stack = await startStack({ limits: { presenceCallsPerWindow: 3, payloadBytes: 1000 } })
    const track = async (payloads: object[]) => {
      const raw = await stack.rawSocket()
      await raw.join('realtime:p', { presence: { enabled: true, key: 'k' } })
      for (const payload of payloads) raw.send('realtime:p', 'presence', { event: 'track', payload })
      const system = await raw.next(({ event }) => event === 'system')
      await raw.next(({ event }) => event === 'phx_close')
      return system.payload
    }
    expect(await track([1, 2, 3, 4].map((n) => ({ n })))).toMatchObject({
      message: 'Client presence rate limit exceeded',
    })
    expect(await track([{ text: 'x'.repeat(2000) }])).toMatchObject({ message: 'Track message size exceeded' })
  })

  it('shuts down when all presence together is too much', async () => {
    await using stack = await startStack({ limits: { presenceEventsPerSecond: 5 } })
    const raw = await stack.rawSocket()
    await raw.join('realtime:p', { presence: { enabled: true, key: 'k' } })
    for (let n = 0; n < 50; n += 1) raw.send('realtime:p', 'presence', { event: 'track', payload: { n } })
    const system = await raw.next(({ event }) => event === 'system')
    expect(system.payload).toMatchObject({ message: 'Too many presence messages per second' })
  })
})

describe('faults', () => {
  it('cuts a reader that does not read, and the others hear everything in time', async () => {
    await using stack = await startStack({ limits: { bufferedBytes: 500_000, eventsPerSecond: 1e6 } })
    const [sender, fast] = [await stack.rawSocket(), await stack.rawSocket()]
    const slow = await stack.rawSocket()
    for (const raw of [sender, fast, slow]) await raw.join('realtime:mixed')
    slow.socket.pause()
    const text = 'x'.repeat(100_000)
    const heard = () => fast.received.filter(({ event }) => event === 'broadcast').length
    for (let n = 1; n <= 200; n += 1) {
      sender.send('realtime:mixed', 'broadcast', { type: 'broadcast', event: 'x', payload: { n, text } })
      await vi.waitFor(() => expect(heard()).toBe(n), wait)
    }
    await vi.waitFor(() => expect(stack.service.status().connections).toBe(2), wait)
    expect(stack.log.join('\n')).toContain('its client reads too slowly')
  })

  it('reaps sockets of which nothing is heard, and keeps those with heartbeats', async () => {
    await using stack = await startStack({ limits: { silenceMs: 300 } })
    const [silent, alive] = [await stack.rawSocket(), await stack.rawSocket()]
    await silent.join('realtime:x', { presence: { enabled: true, key: 'silent' } })
    silent.send('realtime:x', 'presence', { event: 'track', payload: { name: 'S' } })
    await alive.join('realtime:x', { presence: { enabled: true, key: 'alive' } })
    const beats = setInterval(() => alive.send('phoenix', 'heartbeat', {}), 50)
    try {
      await alive.next(
        ({ event, payload }) => event === 'presence_diff' && JSON.stringify(payload).includes('"leaves":{"silent"'),
      )
      expect(await silent.closed()).toBe(1006)
      expect(stack.service.status().connections).toBe(1)
    } finally {
      clearInterval(beats)
    }
  })

  it('survives a client that sends a broken WebSocket frame', async () => {
    await using stack = await startStack()
    const { port, hostname } = new URL(stack.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      `GET /realtime/v1/websocket?apikey=${stack.keys.publishableKey}&vsn=2.0.0 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n` +
        'Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    )
    await new Promise<void>((resolve) => socket.once('data', () => resolve()))
    socket.write(Buffer.alloc(64, 0xff))
    await new Promise<void>((resolve) => socket.once('close', () => resolve()))
    const raw = await stack.rawSocket()
    expect(await raw.join('realtime:x')).toMatchObject({ status: 'ok' })
  })

  it('says goodbye to its clients when it stops', async () => {
    const stack = await startStack()
    const raw = await stack.rawSocket()
    const gone = raw.closed()
    await stack[Symbol.asyncDispose]()
    expect(await gone).toBe(1001)
  })
})
