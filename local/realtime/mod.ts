import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import postgres from 'postgres'
import { WebSocketServer } from 'ws'
import type { Logger } from '../logger.ts'
import type { RequestContext, UpgradingService } from '../service.ts'
import type { Tokens } from '../tokens.ts'
import { createAuthorization } from './authorization.ts'
import { defaultLimits, type RealtimeConfig, type RealtimeLimits } from './config.ts'
import { type Connection, createConnection } from './connection.ts'
import { listenForMessages } from './database_listener.ts'
import { handleHttp } from './http_api.ts'
import { createHub } from './hub.ts'
import type { ProtocolVersion } from './messages.ts'
import { replayMessages } from './stored_messages.ts'
import { keyCaller } from './token_check.ts'

export { type RealtimeConfig, type RealtimeLimits, realtimeSection } from './config.ts'

/** Options of {@link createRealtimeService}. */
export interface RealtimeOptions {
  /** As `supabase_realtime_admin`: owns `realtime.messages` and may act as the roles of requests. */
  readonly databaseUrl: string
  readonly tokens: Tokens
  readonly config: RealtimeConfig
  readonly limits?: Partial<RealtimeLimits>
  readonly logger: Logger
}

/** The Realtime service. */
export interface RealtimeService extends UpgradingService {
  /** What is open at the moment. */
  status(): { readonly connections: number; readonly topics: number }
}

const poolSize = 5
const goingAway = 1001

/**
 * Starts Supabase Realtime's protocol: broadcast and presence on Phoenix channels, with the rights of private channels
 * taken from the policies on `realtime.messages`.
 *
 * @throws the driver's error when the database cannot be reached
 */
export async function createRealtimeService(options: RealtimeOptions): Promise<RealtimeService> {
  const { logger } = options
  const limits: RealtimeLimits = { ...defaultLimits, ...options.limits }
  const sql = postgres(options.databaseUrl, {
    max: poolSize,
    // Ended while it asks for array types, the library rejects a promise that nobody holds.
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: 'atrium realtime', timezone: 'UTC' },
  })
  const hub = createHub({
    tokens: options.tokens,
    config: options.config,
    limits,
    logger,
    authorization: createAuthorization(sql),
    replay: (topic, replay) => replayMessages(sql, topic, replay),
  })
  try {
    await sql`select 1`
  } catch (error) {
    await sql.end({ timeout: 1 })
    throw error
  }
  const listener = listenForMessages({
    databaseUrl: options.databaseUrl,
    sql,
    logger,
    onMessage({ id, topic, isPrivate, body }) {
      hub.events.add()
      hub.topics.broadcast(`realtime:${topic}`, isPrivate, body, { messageId: id })
    },
  })
  await listener.ready

  const connections = new Set<Connection>()
  let isStopping = false
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.frameBytes,
  })
  const reaper = setInterval(
    () => {
      const before = performance.now() - limits.silenceMs
      for (const connection of connections) {
        if (connection.reap(before)) logger.debug('socket cut: nothing was heard of its client')
      }
    },
    Math.max(10, limits.silenceMs / 10),
  )

  return {
    status: () => ({ connections: connections.size, topics: hub.topics.size }),
    handle: (request, response, context) => handleHttp(hub, request, response, context),
    upgrade(request, socket, head, context) {
      const url = new URL(context.path, 'http://realtime')
      const version = readVersion(url)
      if (isStopping || url.pathname !== '/websocket' || !version || !context.apiKeyRole) {
        refuse(socket, url.pathname === '/websocket' ? 403 : 404)
        return
      }
      const caller = keyCaller(context.apiKeyRole)
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        const connection = createConnection({
          socket: webSocket,
          stream: socket,
          version,
          keyCaller: caller,
          headers: readableHeaders(request, context),
          hub,
          onClose: () => connections.delete(connection),
        })
        connections.add(connection)
      })
    },
    disconnect() {
      isStopping = true
      for (const connection of connections) connection.close(goingAway, 'Realtime is restarting, please standby')
    },
    async close() {
      clearInterval(reaper)
      for (const connection of connections) connection.cut()
      hub.topics.close()
      webSockets.close()
      await listener.close()
      await sql.end({ timeout: 5 })
    },
  }
}

function readVersion(url: URL): ProtocolVersion | null {
  const version = url.searchParams.get('vsn') ?? '1.0.0'
  return version === '1.0.0' || version === '2.0.0' ? version : null
}

/** What a policy may find in `request.headers`: as the hosted service, only the headers of the client's own making. */
function readableHeaders(request: IncomingMessage, context: RequestContext): Record<string, string> {
  const own = Object.entries(request.headers).filter(
    (entry): entry is [string, string] => entry[0].startsWith('x-') && typeof entry[1] === 'string',
  )
  return { ...Object.fromEntries(own), 'x-request-id': context.requestId }
}

function refuse(socket: Duplex, status: 403 | 404): void {
  const text = status === 403 ? 'Forbidden' : 'Not Found'
  socket.end(`HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
