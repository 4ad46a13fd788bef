import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { person, type RealtimeStack, requireSubscribed, startRealtimeStack, versions, wait } from './realtime_stack.ts'

let stack: RealtimeStack
beforeAll(async () => {
  stack = await startRealtimeStack()
})
afterAll(() => stack[Symbol.asyncDispose]())

describe.each(versions)('a broadcast in protocol %s', (version) => {
  it('reaches the other members of a public channel and not its sender', async () => {
    const [a, b] = [await stack.client({ version }), await stack.client({ version })]
    const [fromA, atA, atB] = [a.channel('room'), vi.fn(), vi.fn()]
    fromA.on('broadcast', { event: 'hello' }, atA)
    const other = b.channel('room').on('broadcast', { event: 'hello' }, atB)
    await Promise.all([requireSubscribed(fromA), requireSubscribed(other)])
    await fromA.send({ type: 'broadcast', event: 'hello', payload: { text: 'grüß dich 👋' } })
    await vi.waitFor(() => expect(atB).toHaveBeenCalledOnce(), wait)
    expect(atB.mock.calls[0]?.[0]).toEqual({
      type: 'broadcast',
      event: 'hello',
      payload: { text: 'grüß dich 👋' },
    })
    expect(atA).not.toHaveBeenCalled()
  })

  it('comes back to its sender with self, and is acknowledged with ack', async () => {
    const client = await stack.client({ version })
    const heard = vi.fn()
    const channel = client.channel('echo', { config: { broadcast: { self: true, ack: true } } })
    channel.on('broadcast', { event: '*' }, heard)
    await requireSubscribed(channel)
    expect(await channel.send({ type: 'broadcast', event: 'ping', payload: { n: 1 } })).toBe('ok')
    await vi.waitFor(() => expect(heard).toHaveBeenCalledOnce(), wait)
  })

  it('crosses to clients of the other version', async () => {
    const other = versions.find((one) => one !== version)
    const [sender, receiver] = [await stack.client({ version }), await stack.client(other ? { version: other } : {})]
    const heard = vi.fn()
    const from = sender.channel('crossing')
    const to = receiver.channel('crossing').on('broadcast', { event: 'x' }, heard)
    await Promise.all([requireSubscribed(from), requireSubscribed(to)])
    await from.send({ type: 'broadcast', event: 'x', payload: { list: [1, { deep: null }] } })
    await vi.waitFor(() => expect(heard).toHaveBeenCalledOnce(), wait)
    expect(heard.mock.calls[0]?.[0].payload).toEqual({ list: [1, { deep: null }] })
  })

  it('does not cross between the private and the public channel of a name', async () => {
    const [a, b] = [
      await stack.client({ version, token: await stack.token(person()) }),
      await stack.client({ version }),
    ]
    const [atPrivate, atPublic] = [vi.fn(), vi.fn()]
    const secret = a.channel('open:same', { config: { private: true, broadcast: { self: true, ack: true } } })
    const open = b.channel('open:same', { config: { broadcast: { self: true, ack: true } } })
    secret.on('broadcast', { event: '*' }, atPrivate)
    open.on('broadcast', { event: '*' }, atPublic)
    await Promise.all([requireSubscribed(secret), requireSubscribed(open)])
    await secret.send({ type: 'broadcast', event: 'secret', payload: {} })
    await open.send({ type: 'broadcast', event: 'open', payload: {} })
    await vi.waitFor(() => {
      expect(atPrivate).toHaveBeenCalled()
      expect(atPublic).toHaveBeenCalled()
    }, wait)
    expect(atPrivate.mock.calls.map(([message]) => message.event)).toEqual(['secret'])
    expect(atPublic.mock.calls.map(([message]) => message.event)).toEqual(['open'])
  })
})

it('carries bytes to clients of 2.0.0', async () => {
  const [a, b] = [await stack.client(), await stack.client()]
  const heard = vi.fn()
  const from = a.channel('bytes')
  const to = b.channel('bytes').on('broadcast', { event: 'file' }, heard)
  await Promise.all([requireSubscribed(from), requireSubscribed(to)])
  const bytes = Uint8Array.from([0, 255, 1, 128]).buffer
  await from.send({ type: 'broadcast', event: 'file', payload: bytes })
  await vi.waitFor(() => expect(heard).toHaveBeenCalledOnce(), wait)
  expect([...new Uint8Array(heard.mock.calls[0]?.[0].payload)]).toEqual([0, 255, 1, 128])
})

it.each([1, 100, 200, 40_000, 70_000, 2_000_000])('carries a payload of %i characters whole', async (length) => {
  const [a, b] = [await stack.client(), await stack.client({ version: '1.0.0' })]
  const heard = vi.fn()
  const config = { config: { broadcast: { self: true } } }
  const from = a.channel(`size ${length}`, config).on('broadcast', { event: '*' }, heard)
  const to = b.channel(`size ${length}`).on('broadcast', { event: '*' }, heard)
  await Promise.all([requireSubscribed(from), requireSubscribed(to)])
  await from.send({ type: 'broadcast', event: 'x', payload: { text: 'x'.repeat(length) } })
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(2), wait)
  for (const [{ payload }] of heard.mock.calls) expect(payload.text).toHaveLength(length)
})

it('keeps the order in which one client sends', async () => {
  const [a, b] = [await stack.client(), await stack.client()]
  const numbers: number[] = []
  const from = a.channel('order')
  const to = b.channel('order').on('broadcast', { event: 'n' }, ({ payload }) => numbers.push(payload.n))
  await Promise.all([requireSubscribed(from), requireSubscribed(to)])
  for (let n = 0; n < 500; n += 1) void from.send({ type: 'broadcast', event: 'n', payload: { n } })
  await vi.waitFor(() => expect(numbers).toHaveLength(500), wait)
  expect(numbers).toEqual(numbers.toSorted((x, y) => x - y))
})

it('ends a channel on unsubscribe: nothing arrives any more', async () => {
  const [a, b] = [await stack.client(), await stack.client()]
  const heard = vi.fn()
  const from = a.channel('leaving', { config: { broadcast: { ack: true } } })
  const to = b.channel('leaving').on('broadcast', { event: 'x' }, heard)
  await Promise.all([requireSubscribed(from), requireSubscribed(to)])
  expect(await to.unsubscribe()).toBe('ok')
  expect(await from.send({ type: 'broadcast', event: 'x', payload: {} })).toBe('ok')
  const back = b.channel('leaving').on('broadcast', { event: 'y' }, heard)
  await requireSubscribed(back)
  await from.send({ type: 'broadcast', event: 'y', payload: {} })
  await vi.waitFor(() => expect(heard).toHaveBeenCalledOnce(), wait)
  expect(heard.mock.calls[0]?.[0].event).toBe('y')
})
