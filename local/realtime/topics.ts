import { type BroadcastBody, encodeBroadcast, encodeMessage, type Frame, type ProtocolVersion } from './messages.ts'
import { createTopicPresence, type TopicPresence } from './presence.ts'
import type { RateCounter } from './rate_counter.ts'

/** A joined channel, as its topic sees it. */
export interface Member {
  readonly version: ProtocolVersion
  readonly receivesBroadcasts: boolean
  readonly receivesPresence: boolean
  /** @param messageId of a message from the database; what a replay has shown already is left out */
  deliver(frame: Frame, messageId?: string): void
  /** Ends the channel and tells the client why. */
  shutDown(reason: string): void
}

/** One topic; private and public channels of a name are two. */
export interface Topic {
  /** With `realtime:`. */
  readonly name: string
  readonly members: Set<Member>
  readonly presence: TopicPresence<Member>
}

/** All topics that somebody has joined. */
export interface Topics {
  readonly size: number
  join(name: string, isPrivate: boolean, member: Member): Topic
  /** Takes a member out, with its presence. */
  leave(topic: Topic, member: Member): void
  /**
   * Sends a broadcast to the members who may receive it. Encoded once for each protocol version, whatever their number.
   *
   * @param options.except the sender, where it does not want its own messages
   * @param options.messageId of a message from the database
   */
  broadcast(
    name: string,
    isPrivate: boolean,
    body: BroadcastBody,
    options?: { readonly except?: Member | undefined; readonly messageId?: string },
  ): void
  /** Sends what changed in a topic's presence, soon and together with other changes of the moment. */
  presenceChanged(topic: Topic): void
  /** Sends what changed at once, before somebody is given the state that contains it. */
  flushPresence(topic: Topic): void
  close(): void
}

/** Many clients that come or go together, such as those of a restarted server, make one message. */
const presenceDelayMs = 10

/** @param counters what the topics count, and the average at which members are cut */
export function createTopics(counters: {
  readonly events: RateCounter
  readonly eventsPerSecond: number
  readonly presenceEvents: RateCounter
}): Topics {
  const topics = new Map<string, Topic>()
  const changed = new Set<Topic>()
  let timer: NodeJS.Timeout | null = null
  const keyOf = (name: string, isPrivate: boolean) => `${isPrivate ? 'private' : 'public'} ${name}`

  const flushPresence = (topic: Topic) => {
    changed.delete(topic)
    const diff = topic.presence.takeDiff()
    if (!diff) return
    const frames = new Map<ProtocolVersion, Frame>()
    let count = 0
    for (const member of topic.members) {
      if (!member.receivesPresence) continue
      let frame = frames.get(member.version)
      if (!frame) {
        const message = { joinRef: null, ref: null, topic: topic.name, event: 'presence_diff', payload: diff }
        frame = encodeMessage(member.version, message)
        frames.set(member.version, frame)
      }
      member.deliver(frame)
      count += 1
    }
    counters.presenceEvents.add(count)
  }

  const flushAll = () => {
    timer = null
    for (const topic of changed) flushPresence(topic)
  }

  const presenceChanged = (topic: Topic) => {
    changed.add(topic)
    timer ??= setTimeout(flushAll, presenceDelayMs)
  }

  return {
    get size() {
      return topics.size
    },
    join(name, isPrivate, member) {
      const key = keyOf(name, isPrivate)
      const topic = topics.get(key) ?? { name, members: new Set(), presence: createTopicPresence() }
      topics.set(key, topic)
      topic.members.add(member)
      return topic
    },
    leave(topic, member) {
      topic.members.delete(member)
      topic.presence.untrack(member)
      if (topic.members.size > 0) return presenceChanged(topic)
      changed.delete(topic)
      for (const isPrivate of [true, false]) {
        const key = keyOf(topic.name, isPrivate)
        if (topics.get(key) === topic) topics.delete(key)
      }
    },
    broadcast(name, isPrivate, body, { except, messageId } = {}) {
      const topic = topics.get(keyOf(name, isPrivate))
      if (!topic) return
      const frames = new Map<ProtocolVersion, Frame | null>()
      let delivered = 0
      for (const member of topic.members) {
        if (member === except || !member.receivesBroadcasts) continue
        let frame = frames.get(member.version)
        if (frame === undefined) {
          frame = encodeBroadcast(member.version, name, body)
          frames.set(member.version, frame)
        }
        if (!frame) continue
        member.deliver(frame, messageId)
        delivered += 1
      }
      counters.events.add(delivered)
      if (counters.events.average() <= counters.eventsPerSecond) return
      for (const member of [...topic.members]) member.shutDown('Too many messages per second')
    },
    presenceChanged,
    flushPresence,
    close() {
      if (timer) clearTimeout(timer)
      topics.clear()
      changed.clear()
    },
  }
}
