import postgres from 'postgres'
import { z } from 'zod'
import type { Logger } from '../logger.ts'
import { fetchMessages, listMessagesSince, type MessageKey, type StoredMessage } from './stored_messages.ts'

/** Options of {@link listenForMessages}. */
export interface ListenerOptions {
  readonly databaseUrl: string
  /** Sessions for reading the messages. */
  readonly sql: postgres.Sql
  readonly logger: Logger
  onMessage(message: StoredMessage): void
}

/** Hears what SQL broadcasts. */
export interface DatabaseListener {
  /** Resolves when it listens for the first time. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

/** The driver reads this option although its types do not know it; its own `listen` hides when a connection was lost. */
interface ListenOptions extends postgres.Options<Record<string, never>> {
  onnotify(channel: string, payload: string): void
}

const batchSize = 500
const retryDelayMs = 500
/** A message carries the time at which its transaction began, so it may look older than the loss of the connection. */
const lookBackMs = 60_000
const keyShape = z.object({ id: z.string(), inserted_at: z.string() })

/**
 * Delivers the messages of `realtime.messages` as their transactions commit, in that order. When the connection is lost
 * it comes back by itself and delivers what was committed meanwhile.
 */
export function listenForMessages(options: ListenerOptions): DatabaseListener {
  const { sql, logger } = options
  let queue: MessageKey[] = []
  /** Ids of the last minutes, by which a catch-up knows what was delivered. */
  const delivered = new Map<string, number>()
  let catchUpSince: number | null = null
  let isWorking = false
  let isClosed = false
  let session: postgres.Sql | null = null
  let lostAt: number | null = null
  const timers = new Set<NodeJS.Timeout>()
  const { promise: ready, resolve: becomeReady } = Promise.withResolvers<void>()

  const later = (action: () => void) => {
    if (isClosed) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      action()
    }, retryDelayMs)
    timers.add(timer)
  }

  const catchUp = async (since: number) => {
    const keys = await listMessagesSince(sql, since - lookBackMs)
    const waiting = new Set(queue.map(({ id }) => id))
    queue = [...keys.filter(({ id }) => !delivered.has(id) && !waiting.has(id)), ...queue]
    catchUpSince = null
  }

  const deliverNext = async () => {
    const batch = queue.slice(0, batchSize)
    const messages = await fetchMessages(sql, batch)
    queue = queue.slice(batch.length)
    const now = Date.now()
    for (const { id } of batch) delivered.set(id, now)
    for (const [id, at] of delivered) {
      if (at >= now - 2 * lookBackMs) break
      delivered.delete(id)
    }
    for (const message of messages) options.onMessage(message)
  }

  /** One step after the other: two at a time could overtake each other. */
  const work = async () => {
    if (isWorking) return
    isWorking = true
    try {
      while (!isClosed && (catchUpSince !== null || queue.length > 0)) {
        if (catchUpSince === null) await deliverNext()
        else await catchUp(catchUpSince)
      }
    } catch (error) {
      logger.debug('messages could not be read, trying again', { reason: reasonOf(error) })
      later(() => void work())
    } finally {
      isWorking = false
    }
  }

  const listen = async () => {
    if (isClosed) return
    const listenOptions: ListenOptions = {
      max: 1,
      fetch_types: false,
      max_lifetime: null,
      connect_timeout: 5,
      onnotice: () => {},
      connection: { application_name: 'atrium realtime listener' },
      onnotify(_channel, payload) {
        const key = keyShape.safeParse(parseJson(payload))
        if (!key.success) return
        queue.push(key.data)
        void work()
      },
      onclose: () => {
        if (opened === session) lose()
      },
    }
    const opened = postgres(options.databaseUrl, listenOptions)
    session = opened
    try {
      await opened`listen realtime_messages`
      if (lostAt !== null) {
        catchUpSince = lostAt
        lostAt = null
        logger.info('listening for messages again')
        void work()
      }
      becomeReady()
    } catch (error) {
      logger.debug('cannot listen for messages, trying again', { reason: reasonOf(error) })
      if (opened === session) lose()
    }
  }

  const lose = () => {
    const lost = session
    session = null
    lostAt ??= catchUpSince ?? Date.now()
    void lost?.end({ timeout: 0 }).catch(() => {})
    later(() => void listen())
  }

  void listen()
  return {
    ready,
    async close() {
      isClosed = true
      for (const timer of timers) clearTimeout(timer)
      const open = session
      session = null
      await open?.end({ timeout: 1 })
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}
