import { expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { startRealtimeStack, wait } from './realtime_stack.ts'

it('serves others while 5,000 sockets are idle on joined channels', async () => {
  await using stack = await startRealtimeStack({ limits: { joinsPerSecond: 1e6, eventsPerSecond: 1e6 } })
  const url = `${stack.url.replace('http', 'ws')}/realtime/v1/websocket?apikey=${stack.keys.publishableKey}&vsn=2.0.0`
  const idle: WebSocket[] = []
  let joined = 0
  const open = () =>
    new Promise<void>((resolve, reject) => {
      const socket = new WebSocket(url, { perMessageDeflate: false })
      idle.push(socket)
      const topic = `realtime:idle:${idle.length % 500}`
      socket.once('open', () => socket.send(JSON.stringify(['1', '1', topic, 'phx_join', {}])))
      socket.once('message', () => {
        joined += 1
        resolve()
      })
      socket.once('error', reject)
    })
  try {
    while (idle.length < 5_000) await Promise.all(Array.from({ length: 250 }, open))
    expect(joined).toBe(5_000)
    expect(stack.service.status()).toEqual({ connections: 5_000, topics: 500 })
    const [a, b] = [await stack.rawSocket(), await stack.rawSocket()]
    await a.join('realtime:busy')
    await b.join('realtime:busy')
    for (let n = 1; n <= 50; n += 1) {
      a.send('realtime:busy', 'broadcast', { type: 'broadcast', event: 'x', payload: { n } })
      await vi.waitFor(() => expect(b.received.filter(({ event }) => event === 'broadcast')).toHaveLength(n), {
        ...wait,
        interval: 1,
      })
    }
    expect(stack.service.status()).toMatchObject({ connections: 5_002 })
  } finally {
    for (const socket of idle) socket.terminate()
  }
  await vi.waitFor(() => expect(stack.service.status().connections).toBe(2), wait)
}, 60_000)
