import { allRights, PolicyError, type Rights } from './authorization.ts'
import type { Connection } from './connection.ts'
import type { Hub } from './hub.ts'
import type { JoinConfig } from './join_config.ts'
import type { StoredMessage } from './stored_messages.ts'
import { type ChannelCaller, checkToken, TokenRefused } from './token_check.ts'

/** Why a channel cannot be joined or kept, in the protocol's words. */
export class ChannelRefused extends Error {
  /** Code that a refused join puts in front of the text; null where the protocol has none. */
  readonly code: string | null
  /** True when the socket is closed as well. */
  readonly disconnects: boolean
  constructor(code: string | null, message: string, disconnects = false) {
    super(message)
    this.name = 'ChannelRefused'
    this.code = code
    this.disconnects = disconnects
  }

  /** Reason of a refused join. */
  get reason(): string {
    return this.code === null ? this.message : `${this.code}: ${this.message}`
  }
}

/**
 * Checks what needs neither token nor database.
 *
 * @param others channels that the socket has besides this one
 * @throws {ChannelRefused}
 */
export function requireJoinAllowed(
  hub: Hub,
  connection: Connection,
  subTopic: string,
  config: JoinConfig,
  others: number,
): void {
  const { limits, joins, joinedConnections } = hub
  if (subTopic === '') throw new ChannelRefused('TopicNameRequired', 'You must provide a topic name')
  if (hub.config.private_only && !config.isPrivate) {
    throw new ChannelRefused('PrivateOnly', 'This project only allows private channels')
  }
  if (!joinedConnections.has(connection) && joinedConnections.size >= limits.connections) {
    throw new ChannelRefused('ConnectionRateLimitReached', 'Too many connected users')
  }
  if (joins.average() > limits.joinsPerSecond) {
    throw new ChannelRefused('ClientJoinRateLimitReached', 'Too many joins per second', true)
  }
  joins.add()
  if (others >= limits.channelsPerConnection) {
    throw new ChannelRefused('ChannelRateLimitReached', 'Too many channels')
  }
  if (config.wantsPostgresChanges) {
    throw new ChannelRefused(
      'PostgresChangesNotServed',
      'postgres_changes is not served here; broadcast changes from a trigger with realtime.broadcast_changes',
    )
  }
  if (config.replay === 'invalid') throw new ChannelRefused('UnableToReplayMessages', 'Replay params are not valid')
  if (config.replay && !config.isPrivate) {
    throw new ChannelRefused('UnableToReplayMessages', 'Replay is not allowed for public channels')
  }
}

/**
 * Finds out who a channel acts as.
 *
 * @param token null, or a new-format API key, for the socket's own key
 * @throws {ChannelRefused}
 */
export async function requireCaller(hub: Hub, connection: Connection, token: string | null): Promise<ChannelCaller> {
  if (token === null || token.startsWith('sb_')) return connection.keyCaller
  try {
    return await checkToken(hub.tokens, token)
  } catch (error) {
    if (error instanceof TokenRefused) throw new ChannelRefused(error.code, error.message)
    throw error
  }
}

/**
 * Finds out what a caller may do on a topic; at least it may receive something.
 *
 * @throws {ChannelRefused}
 */
export async function requireRights(
  hub: Hub,
  connection: Connection,
  channel: { subTopic: string; isPrivate: boolean; presenceEnabled: boolean },
  caller: ChannelCaller,
): Promise<Rights> {
  if (!channel.isPrivate) return allRights
  let rights: Rights | null
  try {
    rights = await hub.authorization.rightsOn(channel.subTopic, caller, connection.headers)
  } catch (error) {
    const isPolicy = error instanceof PolicyError
    const reason = error instanceof Error ? error.message : 'unknown'
    hub.logger.warn(isPolicy ? 'a policy on realtime.messages failed' : 'rights could not be read', { reason })
    if (!isPolicy) throw new ChannelRefused(null, 'Realtime was unable to connect to the project database')
    rights = null
  }
  const mayRead = rights?.read.broadcast || (channel.presenceEnabled && rights?.read.presence)
  if (rights && mayRead) return rights
  throw new ChannelRefused(
    'Unauthorized',
    `You do not have permissions to read from this Channel topic: ${channel.subTopic}`,
  )
}

/**
 * Reads what a join asks to be replayed.
 *
 * @throws {ChannelRefused}
 */
export async function requireReplay(
  hub: Hub,
  subTopic: string,
  config: JoinConfig,
  rights: Rights,
): Promise<StoredMessage[]> {
  if (!config.replay || config.replay === 'invalid') return []
  if (!rights.read.broadcast) {
    throw new ChannelRefused('Unauthorized', `You do not have permissions to read from this Channel topic: ${subTopic}`)
  }
  try {
    return await hub.replay(subTopic, config.replay)
  } catch (error) {
    hub.logger.warn('messages could not be replayed', { reason: error instanceof Error ? error.message : 'unknown' })
    throw new ChannelRefused('UnableToReplayMessages', 'Realtime was unable to replay messages')
  }
}
