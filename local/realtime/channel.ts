import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { allRights, type Rights } from './authorization.ts'
import { type ChannelPresence, createChannelPresence } from './channel_presence.ts'
import type { Connection } from './connection.ts'
import type { Hub } from './hub.ts'
import { ChannelRefused, requireCaller, requireJoinAllowed, requireReplay, requireRights } from './join_checks.ts'
import { type JoinConfig, readJoinConfig } from './join_config.ts'
import { type BroadcastBody, type ClientMessage, encodeBroadcast, type Frame, payloadBytes } from './messages.ts'
import type { StoredMessage } from './stored_messages.ts'
import { type ChannelCaller, expired } from './token_check.ts'
import type { Member, Topic } from './topics.ts'

/** Outcome of a push, as `phx_reply` carries it. */
export interface Answer {
  readonly status: 'ok' | 'error'
  readonly response: object
  /** The socket is closed after the answer. */
  readonly disconnects?: boolean
}

/** One client's place in one topic. */
export interface Channel {
  readonly isJoining: boolean
  /** Runs `action` once the join has succeeded or failed. */
  afterJoin(action: () => void): void
  /**
   * Checks and completes the join. `answer` is called with its outcome, unless the channel was closed before.
   *
   * @param others channels that the socket has besides this one
   */
  join(payload: unknown, others: number, answer: (answer: Answer) => void): Promise<void>
  /** @returns what to reply; null for nothing */
  receive(message: ClientMessage): Answer | null
  /** Leaves and tells the client so. */
  close(): void
  /** Leaves without a word: the socket is gone. */
  drop(): void
}

/** Options of {@link createChannel}. */
export interface ChannelOptions {
  readonly connection: Connection
  readonly hub: Hub
  /** With `realtime:`. */
  readonly topic: string
  readonly joinRef: string | null
  onClose(): void
}

const ok: Answer = { status: 'ok', response: {} }
/** Timers cannot be set for longer than about 24 days; a token may live longer. */
const longestTokenTimer = 3_600_000
const accessTokenShape = z.object({ access_token: z.string() })
const objectShape = z.record(z.string(), z.unknown())

/** Makes a channel that is still to be joined. */
export function createChannel(options: ChannelOptions): Channel {
  const { connection, hub, topic: name, joinRef } = options
  const subTopic = name.slice('realtime:'.length)
  let state: 'joining' | 'joined' | 'closed' = 'joining'
  let config: JoinConfig = readJoinConfig({})
  let rights: Rights = allRights
  let token: string | null = null
  let topic: Topic | null = null
  let presence: ChannelPresence | null = null
  let tokenTimer: NodeJS.Timeout | null = null
  let nextToken: string | null = null
  let isCheckingToken = false
  let replayed: ReadonlySet<string> = new Set()
  /** What arrived between entering the topic and the answer to the join. */
  let held: { frame: Frame; messageId: string | undefined }[] = []
  let waiting: (() => void)[] = []

  const push = (event: string, payload: object) => connection.push({ topic: name, event, payload, joinRef })

  const member: Member = {
    version: connection.version,
    get receivesBroadcasts() {
      return rights.read.broadcast
    },
    get receivesPresence() {
      return rights.read.presence && presence?.isEnabled === true
    },
    deliver(frame, messageId) {
      if (state === 'joining') held.push({ frame, messageId })
      else if (messageId === undefined || !replayed.has(messageId)) connection.send(frame)
    },
    shutDown,
  }

  function leave(): void {
    if (state === 'closed') return
    state = 'closed'
    if (tokenTimer) clearTimeout(tokenTimer)
    if (topic) hub.topics.leave(topic, member)
    options.onClose()
    const actions = waiting
    waiting = []
    for (const action of actions) action()
  }

  function close(): void {
    if (state === 'closed') return
    leave()
    connection.push({ topic: name, event: 'phx_close', payload: {}, ref: joinRef, joinRef })
  }

  function shutDown(message: string): void {
    if (state !== 'joined') return
    hub.logger.debug('channel shut down', { reason: message })
    push('system', { extension: 'system', status: 'error', message, channel: subTopic })
    close()
  }

  function watchExpiry(caller: ChannelCaller): void {
    const { expiresAt } = caller
    if (tokenTimer) clearTimeout(tokenTimer)
    if (expiresAt === Number.POSITIVE_INFINITY) return
    const left = expiresAt * 1000 - Date.now()
    const onTimer = () => (expiresAt * 1000 <= Date.now() ? shutDown(expired(expiresAt).message) : watchExpiry(caller))
    tokenTimer = setTimeout(onTimer, Math.max(0, Math.min(left, longestTokenTimer)))
  }

  async function enter(payload: unknown, others: number): Promise<StoredMessage[]> {
    config = readJoinConfig(payload)
    token = config.token
    requireJoinAllowed(hub, connection, subTopic, config, others)
    const caller = await requireCaller(hub, connection, token)
    rights = await requireRights(hub, connection, { ...config, subTopic }, caller)
    if (state !== 'joining') return []
    const entered = hub.topics.join(name, config.isPrivate, member)
    topic = entered
    presence = createChannelPresence({
      hub,
      topic: entered,
      member,
      key: config.presenceKey || randomUUID(),
      isEnabled: config.presenceEnabled,
      rights: () => rights,
      push,
      shutDown,
    })
    // From here on nothing is missed: what is broadcast during the look at the table is held back, not lost.
    const messages = await requireReplay(hub, subTopic, config, rights)
    if (state === 'joining') watchExpiry(caller)
    return messages
  }

  function settle(messages: readonly StoredMessage[]): void {
    hub.joinedConnections.add(connection)
    state = 'joined'
    presence?.sync()
    replayed = new Set(messages.map(({ id }) => id))
    for (const { body } of messages) {
      const frame = encodeBroadcast(connection.version, name, body)
      if (frame) connection.send(frame)
    }
    for (const { frame, messageId } of held) member.deliver(frame, messageId)
    held = []
    const actions = waiting
    waiting = []
    for (const action of actions) action()
  }

  /** One check at a time, and of the tokens that come meanwhile only the last: a client cannot flood the database. */
  async function checkNextToken(): Promise<void> {
    if (isCheckingToken) return
    isCheckingToken = true
    try {
      while (nextToken !== null && state === 'joined') {
        token = nextToken
        nextToken = null
        const before = rights
        const caller = await requireCaller(hub, connection, token)
        const after = await requireRights(hub, connection, { ...config, subTopic }, caller)
        if (state !== 'joined') return
        const isRevoked =
          (before.read.broadcast && !after.read.broadcast) || (member.receivesPresence && !after.read.presence)
        if (isRevoked) {
          const message = `You no longer have permission to read from this Channel topic: ${subTopic}`
          throw new ChannelRefused(null, message)
        }
        rights = after
        watchExpiry(caller)
      }
    } catch (error) {
      if (!(error instanceof ChannelRefused)) logUnknown(hub, 'token could not be checked', error)
      shutDown(error instanceof ChannelRefused ? error.message : 'Unknown Error on Channel')
    } finally {
      isCheckingToken = false
    }
  }

  function receiveBroadcast(message: ClientMessage): Answer | null {
    // As the hosted service: without the right there is neither delivery nor answer.
    if (!rights.write.broadcast) return null
    if (message.metadata.persist) return { status: 'error', response: { error: 'persist_not_available' } }
    const body = bodyOf(message)
    if (!body) return null
    hub.events.add()
    if (payloadBytes(body) > hub.limits.payloadBytes) {
      return config.ack ? { status: 'error', response: { error: 'payload_size_exceeded' } } : null
    }
    hub.topics.broadcast(name, config.isPrivate, body, { except: config.self ? undefined : member })
    return config.ack ? ok : null
  }

  return {
    get isJoining() {
      return state === 'joining'
    },
    afterJoin: (action) => void waiting.push(action),
    async join(payload, others, answer) {
      try {
        const messages = await enter(payload, others)
        if (state !== 'joining') return
        answer({ status: 'ok', response: { postgres_changes: [] } })
        settle(messages)
      } catch (error) {
        if (state !== 'joining') return
        answer(toRefusal(hub, error))
        leave()
      }
    },
    receive(message) {
      switch (message.event) {
        case 'broadcast':
          return receiveBroadcast(message)
        case 'presence':
          return presence?.receive(message.payload) ?? null
        case 'access_token': {
          const parsed = accessTokenShape.safeParse(message.payload)
          const fresh = parsed.success ? parsed.data.access_token : null
          if (fresh === null || fresh.startsWith('sb_') || fresh === token) return null
          nextToken = fresh
          void checkNextToken()
          return null
        }
        default:
          hub.events.add()
          return null
      }
    },
    close,
    drop: leave,
  }
}

/** Null when the payload is no object, which no client would understand. */
function bodyOf({ broadcast, payload }: ClientMessage): BroadcastBody | null {
  if (broadcast) return broadcast
  return objectShape.safeParse(payload).success ? { kind: 'whole', json: JSON.stringify(payload) } : null
}

function toRefusal(hub: Hub, error: unknown): Answer {
  if (error instanceof ChannelRefused) {
    hub.logger.debug('join refused', { reason: error.reason })
    return { status: 'error', response: { reason: error.reason }, disconnects: error.disconnects }
  }
  logUnknown(hub, 'join failed', error)
  return { status: 'error', response: { reason: 'Unknown Error on Channel' } }
}

function logUnknown(hub: Hub, message: string, error: unknown): void {
  hub.logger.error(message, { reason: error instanceof Error ? error.message : 'unknown' })
}
