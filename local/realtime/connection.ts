import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { type Channel, createChannel } from './channel.ts'
import type { Hub } from './hub.ts'
import {
  type ClientMessage,
  decodeMessage,
  encodeMessage,
  type Frame,
  ProtocolError,
  type ProtocolVersion,
} from './messages.ts'
import type { ChannelCaller } from './token_check.ts'

/** One WebSocket of a client. */
export interface Connection {
  readonly version: ProtocolVersion
  /** Who a channel acts as when its join brings no token of its own. */
  readonly keyCaller: ChannelCaller
  /** Headers of the upgrade that policies may read. */
  readonly headers: Readonly<Record<string, string>>
  readonly channelCount: number
  send(frame: Frame): void
  /** Tells the client something; `joinRef` and `ref` stay away unless given. */
  push(message: Message): void
  /** Cuts the socket when the client has been silent since `before`. @returns true when it did */
  reap(before: number): boolean
  close(code: number, reason: string): void
  /** Ends the socket without a word. */
  cut(): void
}

/** A message of the server. */
export interface Message {
  readonly topic: string
  readonly event: string
  readonly payload: object
  readonly ref?: string | null
  readonly joinRef?: string | null
}

/** Options of {@link createConnection}. */
export interface ConnectionOptions {
  readonly socket: WebSocket
  /** What `socket` runs on. */
  readonly stream: Duplex
  readonly version: ProtocolVersion
  readonly keyCaller: ChannelCaller
  readonly headers: Readonly<Record<string, string>>
  readonly hub: Hub
  onClose(): void
}

/** Serves the protocol on a socket until it closes. */
export function createConnection(options: ConnectionOptions): Connection {
  const { socket, version, hub } = options
  const channels = new Map<string, Channel>()
  let lastHeard = performance.now()

  const connection: Connection = {
    version,
    keyCaller: options.keyCaller,
    headers: options.headers,
    get channelCount() {
      return channels.size
    },
    send({ wire }) {
      if (socket.readyState !== socket.OPEN) return
      // Whoever reads slower than messages come would fill the memory that all share.
      if (socket.bufferedAmount > hub.limits.bufferedBytes) {
        hub.logger.warn('socket cut: its client reads too slowly', { buffered: socket.bufferedAmount })
        socket.terminate()
        return
      }
      // Past `ws`, which would frame each message anew; without compression it writes whole frames at once as well.
      options.stream.write(wire)
    },
    push({ topic, event, payload, ref = null, joinRef = null }) {
      connection.send(encodeMessage(version, { joinRef, ref, topic, event, payload }))
    },
    reap(before) {
      if (lastHeard >= before) return false
      socket.terminate()
      return true
    },
    close: (code, reason) => socket.close(code, reason),
    cut: () => socket.terminate(),
  }

  const reply = (message: ClientMessage, status: 'ok' | 'error', response: object) =>
    connection.push({
      topic: message.topic,
      event: 'phx_reply',
      payload: { status, response },
      ref: message.ref,
      joinRef: message.joinRef,
    })

  const join = (message: ClientMessage) => {
    const { topic } = message
    if (!topic.startsWith('realtime:')) return reply(message, 'error', { reason: 'unmatched topic' })
    // A second join of a topic takes the place of the first, as after a reconnect that the server has not noticed.
    const previous = channels.get(topic)
    if (previous) previous.close()
    const channel = createChannel({
      connection,
      hub,
      topic,
      joinRef: message.joinRef ?? message.ref,
      onClose() {
        if (channels.get(topic) === channel) channels.delete(topic)
      },
    })
    const others = channels.size
    channels.set(topic, channel)
    void channel.join(message.payload, others, ({ status, response, disconnects }) => {
      reply(message, status, response)
      if (disconnects) connection.close(1000, '')
    })
  }

  const receive = (message: ClientMessage) => {
    const { topic, event } = message
    if (topic === 'phoenix') {
      if (event === 'heartbeat') reply(message, 'ok', {})
      return
    }
    if (event === 'phx_join') return join(message)
    const channel = channels.get(topic)
    // As Phoenix does it: what follows a join waits for its outcome.
    if (channel?.isJoining) return channel.afterJoin(() => receive(message))
    if (event === 'phx_leave') {
      reply(message, 'ok', {})
      channel?.close()
      return
    }
    if (!channel) return reply(message, 'error', { reason: 'unmatched topic' })
    const answer = channel.receive(message)
    if (answer) reply(message, answer.status, answer.response)
  }

  socket.on('message', (data, isBinary) => {
    lastHeard = performance.now()
    // The server's binary type is `nodebuffer`, so each message is one buffer.
    if (!Buffer.isBuffer(data)) return
    try {
      receive(decodeMessage(data, isBinary, version))
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        hub.logger.error('message could not be handled', { reason: error instanceof Error ? error.message : 'unknown' })
      }
      socket.close(error instanceof ProtocolError ? 1007 : 1011, error instanceof ProtocolError ? error.message : '')
    }
  })
  socket.on('ping', () => {
    lastHeard = performance.now()
  })
  // A reset connection or a frame that is too long; `close` follows.
  socket.on('error', (error) => hub.logger.debug('socket failed', { reason: error.message }))
  socket.on('close', () => {
    for (const channel of [...channels.values()]) channel.drop()
    hub.joinedConnections.delete(connection)
    options.onClose()
  })
  return connection
}
