import type { Logger } from '../logger.ts'
import type { Tokens } from '../tokens.ts'
import type { Authorization } from './authorization.ts'
import type { RealtimeConfig, RealtimeLimits } from './config.ts'
import type { Connection } from './connection.ts'
import { createRateCounter, type RateCounter } from './rate_counter.ts'
import type { StoredMessage } from './stored_messages.ts'
import { createTopics, type Topics } from './topics.ts'

/** What all sockets and requests of one service share. */
export interface Hub {
  readonly tokens: Tokens
  readonly config: RealtimeConfig
  readonly limits: RealtimeLimits
  readonly logger: Logger
  readonly authorization: Authorization
  readonly topics: Topics
  /** Sockets that joined a channel, which the limit on connections is about. */
  readonly joinedConnections: Set<Connection>
  readonly joins: RateCounter
  readonly events: RateCounter
  readonly presenceEvents: RateCounter
  /** The newest private messages of a topic, oldest first. */
  replay(topic: string, replay: { since: number; limit: number }): Promise<StoredMessage[]>
}

/** Makes the hub of a service that nobody is connected to. */
export function createHub(
  options: Omit<Hub, 'topics' | 'joinedConnections' | 'joins' | 'events' | 'presenceEvents'>,
): Hub {
  const now = () => performance.now()
  const events = createRateCounter(now)
  const presenceEvents = createRateCounter(now)
  return {
    ...options,
    joinedConnections: new Set(),
    joins: createRateCounter(now),
    events,
    presenceEvents,
    topics: createTopics({ events, eventsPerSecond: options.limits.eventsPerSecond, presenceEvents }),
  }
}
