import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeBroadcast, ProtocolError } from '../../../local/realtime/messages.ts'
import { createTopicPresence } from '../../../local/realtime/presence.ts'
import { createRateCounter } from '../../../local/realtime/rate_counter.ts'

describe('the rate counter', () => {
  it('averages over its life while that is short, and over the last minute afterwards', () => {
    let now = 1_000_000
    const counter = createRateCounter(() => now)
    counter.add(30)
    expect(counter.average()).toBe(30)
    now += 2_000
    expect(counter.average()).toBe(10)
    now += 57_000
    expect(counter.average()).toBe(0.5)
    now += 1_000
    expect(counter.average()).toBe(0)
    counter.add(60)
    now += 3_600_000
    expect(counter.average()).toBe(0)
    counter.add(60)
    expect(counter.average()).toBe(1)
  })
})

describe('presence', () => {
  it('tells nothing of who came and went between two differences', () => {
    const presence = createTopicPresence<string>()
    presence.track('socket', 'key', { n: 1 })
    presence.untrack('socket')
    expect(presence.takeDiff()).toBeNull()
  })

  it('tells an update as the new saying and the old one, which the new one names', () => {
    const presence = createTopicPresence<string>()
    presence.track('socket', 'key', { n: 1 })
    const first = presence.takeDiff()?.joins.key?.metas[0]
    presence.track('socket', 'key', { n: 2 })
    const diff = presence.takeDiff()
    expect(diff?.joins.key?.metas).toEqual([{ n: 2, phx_ref: expect.any(String), phx_ref_prev: first?.phx_ref }])
    expect(diff?.leaves.key?.metas).toEqual([first])
    expect(presence.takeDiff()).toBeNull()
  })

  it('takes keys that mean something to JavaScript for plain keys', () => {
    const presence = createTopicPresence<string>()
    presence.track('a', '__proto__', { n: 1 })
    presence.track('b', 'constructor', { n: 2 })
    expect(Object.keys(presence.state())).toEqual(['__proto__', 'constructor'])
  })
})

describe('messages', () => {
  it('fall back to JSON where a name is too long for a binary frame, and vanish where bytes cannot be said', () => {
    const event = 'e'.repeat(300)
    const long = encodeBroadcast('2.0.0', 'realtime:x', { kind: 'json', event, json: '{"n":1}', meta: null })
    expect(long?.isBinary).toBe(false)
    expect(JSON.parse(String(long?.bytes))).toEqual([
      null,
      null,
      'realtime:x',
      'broadcast',
      { type: 'broadcast', event, payload: { n: 1 } },
    ])
    const bytes = { kind: 'binary', event: 'e', bytes: Buffer.from([1]), meta: null } as const
    expect(encodeBroadcast('1.0.0', 'realtime:x', bytes)).toBeNull()
  })

  it('are refused in every broken form, never with another error', () => {
    const whole = Buffer.concat([Buffer.from([3, 1, 1, 1, 1, 2, 1]), Buffer.from('12te{}{"n":1}')])
    expect(decodeMessage(whole, true, '2.0.0')).toMatchObject({
      joinRef: '1',
      ref: '2',
      topic: 't',
      event: 'broadcast',
    })
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => decodeMessage(whole.subarray(0, length), true, '2.0.0')).toThrow(ProtocolError)
    }
    for (const text of ['', 'null', '[]', '[1,2]', '{"topic":"t"}', '"x"', '[null,null,1,2,3]']) {
      expect(() => decodeMessage(Buffer.from(text), false, '2.0.0')).toThrow(ProtocolError)
      expect(() => decodeMessage(Buffer.from(text), false, '1.0.0')).toThrow(ProtocolError)
    }
    expect(() => decodeMessage(whole, true, '1.0.0')).toThrow(ProtocolError)
  })
})
