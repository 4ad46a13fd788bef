import { z } from 'zod'
import type { Rights } from './authorization.ts'
import type { Answer } from './channel.ts'
import type { Hub } from './hub.ts'
import type { Member, Topic } from './topics.ts'

/** What one channel does with presence. */
export interface ChannelPresence {
  /** True when the client asked for presence at its join, or tracked itself since. */
  readonly isEnabled: boolean
  /** Sends who is there, where the client wants and may know it. */
  sync(): void
  /** Handles `track` and `untrack`. @returns what to reply */
  receive(payload: unknown): Answer | null
}

/** Options of {@link createChannelPresence}. */
export interface ChannelPresenceOptions {
  readonly hub: Hub
  readonly topic: Topic
  readonly member: Member
  readonly key: string
  readonly isEnabled: boolean
  rights(): Rights
  push(event: string, payload: object): void
  shutDown(reason: string): void
}

const ok: Answer = { status: 'ok', response: {} }
const failed: Answer = { status: 'error', response: {} }
const messageShape = z.object({ event: z.string(), payload: z.unknown().optional() })
const payloadShape = z.record(z.string(), z.unknown())

/** Makes the presence of a channel that has not tracked anything. */
export function createChannelPresence(options: ChannelPresenceOptions): ChannelPresence {
  const { hub, topic, member } = options
  const { limits } = hub
  let isEnabled = options.isEnabled
  let tracked: string | null = null
  let windowEndsAt = 0
  let callsInWindow = 0

  /** @returns false after shutting the channel down */
  const isWithinRate = (): boolean => {
    if (hub.presenceEvents.average() > limits.presenceEventsPerSecond) {
      options.shutDown('Too many presence messages per second')
      return false
    }
    hub.presenceEvents.add()
    return true
  }

  const countCall = (): boolean => {
    const now = performance.now()
    if (now > windowEndsAt) {
      windowEndsAt = now + limits.presenceWindowMs
      callsInWindow = 0
    }
    callsInWindow += 1
    return callsInWindow <= limits.presenceCallsPerWindow
  }

  const sync = () => {
    if (!member.receivesPresence || !isWithinRate()) return
    // A state holds what the next difference would tell again.
    hub.topics.flushPresence(topic)
    options.push('presence_state', topic.presence.state())
  }

  const track = (value: unknown): Answer | null => {
    if (!options.rights().write.presence) return failed
    const payload = payloadShape.safeParse(value ?? {})
    if (!payload.success) return { status: 'error', response: { reason: 'Presence track payload must be a map' } }
    const text = JSON.stringify(payload.data)
    if (text === tracked) return ok
    if (Buffer.byteLength(text) > limits.payloadBytes) {
      options.shutDown('Track message size exceeded')
      return null
    }
    if (!isWithinRate()) return null
    topic.presence.track(member, options.key, payload.data)
    tracked = text
    hub.topics.presenceChanged(topic)
    if (!isEnabled) {
      isEnabled = true
      sync()
    }
    return ok
  }

  return {
    get isEnabled() {
      return isEnabled
    },
    sync,
    receive(value) {
      const message = messageShape.safeParse(value)
      if (!message.success) return ok
      if (!countCall()) {
        options.shutDown('Client presence rate limit exceeded')
        return null
      }
      switch (message.data.event.toLowerCase()) {
        case 'track':
          return track(message.data.payload)
        case 'untrack':
          topic.presence.untrack(member)
          tracked = null
          hub.topics.presenceChanged(topic)
          return ok
        default:
          return failed
      }
    },
  }
}
