import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { person, type RealtimeStack, requireSubscribed, startRealtimeStack, versions, wait } from './realtime_stack.ts'

let stack: RealtimeStack
beforeAll(async () => {
  stack = await startRealtimeStack()
})
afterAll(() => stack[Symbol.asyncDispose]())

/** Names of those who are present, by key. */
function names(channel: { presenceState(): Record<string, object[]> }): Record<string, unknown[]> {
  return Object.fromEntries(
    Object.entries(channel.presenceState()).map(([key, metas]) => [
      key,
      metas.map((meta) => ('name' in meta ? meta.name : null)),
    ]),
  )
}

const withPresence = (key = '') => ({ config: { presence: { enabled: true, key } } })

describe.each(versions)('presence in protocol %s', (version) => {
  it('shows everybody who is there, whoever came first', async () => {
    const [a, b] = [await stack.client({ version }), await stack.client({ version })]
    const first = a.channel(`lobby ${version}`, withPresence('anna'))
    await requireSubscribed(first)
    expect(await first.track({ name: 'Anna' })).toBe('ok')
    const second = b.channel(`lobby ${version}`, withPresence('ben'))
    await requireSubscribed(second)
    expect(await second.track({ name: 'Ben' })).toBe('ok')
    for (const channel of [first, second]) {
      await vi.waitFor(() => expect(names(channel)).toEqual({ anna: ['Anna'], ben: ['Ben'] }), wait)
    }
  })

  it('tells who comes, changes and goes', async () => {
    const [a, b] = [await stack.client({ version }), await stack.client({ version })]
    const [joined, left] = [vi.fn(), vi.fn()]
    const watcher = a
      .channel(`door ${version}`, withPresence('watcher'))
      .on('presence', { event: 'join' }, ({ key, newPresences }) => joined(key, newPresences[0]?.name))
      .on('presence', { event: 'leave' }, ({ key, leftPresences }) => left(key, leftPresences[0]?.name))
    const guest = b.channel(`door ${version}`, withPresence('guest'))
    await Promise.all([requireSubscribed(watcher), requireSubscribed(guest)])
    await guest.track({ name: 'one' })
    await vi.waitFor(() => expect(joined).toHaveBeenLastCalledWith('guest', 'one'), wait)
    await guest.track({ name: 'two' })
    await vi.waitFor(() => expect(joined).toHaveBeenLastCalledWith('guest', 'two'), wait)
    await vi.waitFor(() => expect(names(watcher)).toEqual({ guest: ['two'] }), wait)
    await guest.untrack()
    await vi.waitFor(() => expect(left).toHaveBeenLastCalledWith('guest', 'two'), wait)
    await vi.waitFor(() => expect(names(watcher)).toEqual({}), wait)
  })
})

it('keeps several presences of one key apart, each with a reference of its own', async () => {
  const [a, b, c] = [await stack.client(), await stack.client(), await stack.client()]
  const watcher = a.channel('tabs', withPresence('watcher'))
  const [one, two] = [b.channel('tabs', withPresence('same')), c.channel('tabs', withPresence('same'))]
  await Promise.all([watcher, one, two].map(requireSubscribed))
  await one.track({ name: 'tab 1' })
  await two.track({ name: 'tab 2' })
  await vi.waitFor(() => expect(names(watcher).same?.toSorted()).toEqual(['tab 1', 'tab 2']), wait)
  await b.removeChannel(one)
  await vi.waitFor(() => expect(names(watcher)).toEqual({ same: ['tab 2'] }), wait)
})

it('[CHT-06] cleans up after a client that vanished: presence leaves, and nothing of it stays in the service', async () => {
  const watcherClient = await stack.client()
  const watcher = watcherClient.channel('vanish', withPresence('watcher'))
  await requireSubscribed(watcher)
  const before = stack.service.status()
  const doomed = await stack.rawSocket()
  expect(await doomed.join('realtime:vanish', { presence: { enabled: true, key: 'doomed' } })).toMatchObject({
    status: 'ok',
  })
  expect(await doomed.join('realtime:only-mine')).toMatchObject({ status: 'ok' })
  doomed.send('realtime:vanish', 'presence', { type: 'presence', event: 'track', payload: { name: 'D' } })
  await vi.waitFor(() => expect(names(watcher)).toEqual({ doomed: ['D'] }), wait)
  doomed.socket.terminate()
  await vi.waitFor(() => expect(names(watcher)).toEqual({}), wait)
  await vi.waitFor(() => expect(stack.service.status()).toEqual(before), wait)
})

it('gives a client that enables presence late what it missed', async () => {
  const [a, b] = [await stack.rawSocket(), await stack.rawSocket()]
  await a.join('realtime:late', { presence: { enabled: true, key: 'a' } })
  const ref = a.send('realtime:late', 'presence', { type: 'presence', event: 'track', payload: { name: 'A' } })
  await a.next((message) => message.ref === ref && message.event === 'phx_reply')
  await b.join('realtime:late', { presence: { enabled: false, key: 'b' } })
  b.send('realtime:late', 'presence', { type: 'presence', event: 'track', payload: { name: 'B' } })
  const state = await b.next((message) => message.event === 'presence_state')
  expect(state.payload).toMatchObject({ a: { metas: [{ name: 'A' }] }, b: { metas: [{ name: 'B' }] } })
})

it('refuses a track payload that is no object, and an unknown event', async () => {
  const socket = await stack.rawSocket()
  await socket.join('realtime:odd', { presence: { enabled: true, key: 'a' } })
  const ask = async (payload: object) => {
    const ref = socket.send('realtime:odd', 'presence', payload)
    return (await socket.next((message) => message.ref === ref)).payload
  }
  expect(await ask({ event: 'track', payload: [1] })).toEqual({
    status: 'error',
    response: { reason: 'Presence track payload must be a map' },
  })
  expect(await ask({ event: 'dance' })).toEqual({ status: 'error', response: {} })
  expect(await ask({ event: 'TRACK', payload: { name: 'x' } })).toEqual({ status: 'ok', response: {} })
})

describe('on a private channel', () => {
  const rules = `
    create policy watch_receive on realtime.messages for select to authenticated
      using (realtime.topic() like 'watch:%' and (extension = 'broadcast' or auth.uid()::text = split_part(realtime.topic(), ':', 2)));
    create policy watch_send on realtime.messages for insert to authenticated
      with check (realtime.topic() like 'watch:%' and extension = 'presence'
        and auth.uid()::text = split_part(realtime.topic(), ':', 2));`

  it('needs the right to receive presence and the right to send it, each by itself', async () => {
    await stack.sql(rules)
    const [owner, other] = [person(), person()]
    const topic = `realtime:watch:${owner}`
    const config = (key: string) => ({ private: true, presence: { enabled: true, key } })
    const [mine, theirs] = [await stack.rawSocket(), await stack.rawSocket()]
    expect(await theirs.join(topic, config('other'), await stack.token(other))).toMatchObject({ status: 'ok' })
    expect(await mine.join(topic, config('owner'), await stack.token(owner))).toMatchObject({ status: 'ok' })
    await mine.next((message) => message.event === 'presence_state')
    const refused = theirs.send(topic, 'presence', { event: 'track', payload: { name: 'no' } })
    expect((await theirs.next((message) => message.ref === refused)).payload).toEqual({ status: 'error', response: {} })
    const allowed = mine.send(topic, 'presence', { event: 'track', payload: { name: 'yes' } })
    expect((await mine.next((message) => message.ref === allowed)).payload).toEqual({ status: 'ok', response: {} })
    const diff = await mine.next((message) => message.event === 'presence_diff')
    expect(diff.payload).toMatchObject({ joins: { owner: { metas: [{ name: 'yes' }] } }, leaves: {} })
    // Whatever was sent to the other client before this answer has arrived with it.
    const last = theirs.send('phoenix', 'heartbeat', {})
    await theirs.next((message) => message.ref === last && message.topic === 'phoenix')
    expect(theirs.received.map(({ event }) => event)).not.toContain('presence_diff')
    expect(theirs.received.map(({ event }) => event)).not.toContain('presence_state')
  })
})
