import { randomUUID } from 'node:crypto'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { expect, vi } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { startGateway } from '../../../local/gateway.ts'
import { createLogger } from '../../../local/logger.ts'
import { freePorts } from '../../../local/ports.ts'
import { withConnection } from '../../../local/postgres/database.ts'
import {
  createRealtimeService,
  type RealtimeConfig,
  type RealtimeLimits,
  type RealtimeService,
} from '../../../local/realtime/mod.ts'
import { createKeys, createTokens, type StackKeys, type Tokens } from '../../../local/tokens.ts'
import { testDatabase } from '../../support/postgres.ts'

/** The protocol versions that the official client can speak. */
export const versions = ['1.0.0', '2.0.0'] as const

/** Options of {@link startRealtimeStack}. */
export interface RealtimeStackOptions {
  readonly limits?: Partial<RealtimeLimits>
  readonly config?: Partial<RealtimeConfig>
  /** A database that outlives the stack, instead of one of its own. */
  readonly database?: { readonly realtimeUrl: string; readonly superuserUrl: string }
}

/** Realtime behind its gateway, on a database of its own with open policies on topics that begin with `open:`. */
export interface RealtimeStack {
  readonly url: string
  readonly keys: StackKeys
  readonly tokens: Tokens
  readonly service: RealtimeService
  /** Lines the service logged at level warn and above. */
  readonly log: readonly string[]
  /** Runs SQL as superuser. */
  sql(text: string): Promise<void>
  /** A token of a person, for an hour unless told. */
  token(person: string, options?: { seconds?: number; claims?: Record<string, unknown> }): Promise<string>
  /** The official client, acting for a person when a token is given. */
  client(options?: { version?: (typeof versions)[number]; token?: string }): Promise<SupabaseClient>
  /** A WebSocket without the official client. */
  rawSocket(options?: { version?: (typeof versions)[number]; key?: string }): Promise<RawSocket>
  [Symbol.asyncDispose](): Promise<void>
}

/** A message as both protocol versions carry it. */
export interface RawMessage {
  readonly joinRef: string | null
  readonly ref: string | null
  readonly topic: string
  readonly event: string
  readonly payload: unknown
}

/** A WebSocket that remembers what it was sent. */
export interface RawSocket {
  readonly socket: WebSocket
  readonly received: readonly RawMessage[]
  send(topic: string, event: string, payload: unknown): string
  sendText(text: string): void
  /** Joins and returns the answer. */
  join(topic: string, config?: object, token?: string): Promise<{ status: string; response: unknown }>
  /** The first message that fits, waiting for it. */
  next(fits: (message: RawMessage) => boolean): Promise<RawMessage>
  /** Code of the close frame, waiting for it. */
  closed(): Promise<number>
}

const policies = `
  drop policy if exists open_receive on realtime.messages;
  drop policy if exists open_send on realtime.messages;
  create policy open_receive on realtime.messages for select to authenticated
    using (realtime.topic() like 'open:%');
  create policy open_send on realtime.messages for insert to authenticated
    with check (realtime.topic() like 'open:%');`

/** Starts the service with its gateway on a free port. */
export async function startRealtimeStack(options: RealtimeStackOptions = {}): Promise<RealtimeStack> {
  const own = options.database ? null : await testDatabase()
  const superuserUrl = options.database?.superuserUrl ?? own?.superuserUrl ?? ''
  const realtimeUrl = options.database?.realtimeUrl ?? own?.urlFor('supabase_realtime_admin') ?? ''
  const sql = (text: string) =>
    withConnection(superuserUrl, async (session) => void (await session.unsafe(text).simple()))
  await sql(policies)
  const keys = await createKeys()
  const tokens = await createTokens(keys)
  const log: string[] = []
  const logger = createLogger({ level: 'warn', write: (line) => log.push(line) })
  const service = await createRealtimeService({
    databaseUrl: realtimeUrl,
    tokens,
    config: { enabled: true, private_only: false, ...options.config },
    limits: { presenceCallsPerWindow: 100, ...options.limits },
    logger,
  })
  const [port = 0] = await freePorts(1)
  const gateway = await startGateway({
    port,
    host: '127.0.0.1',
    keys,
    tokens,
    mounts: [{ prefix: '/realtime/v1', service, isOpen: () => false }],
    logger,
  })
  const url = `http://127.0.0.1:${port}`
  const clients: SupabaseClient[] = []
  const sockets: WebSocket[] = []

  return {
    url,
    keys,
    tokens,
    service,
    log,
    sql,
    token(person, { seconds = 3600, claims = {} } = {}) {
      const now = Math.floor(Date.now() / 1000)
      return tokens.sign({ sub: person, role: 'authenticated', iat: now, exp: now + seconds, ...claims })
    },
    async client({ version, token } = {}) {
      const client = createClient(url, keys.publishableKey, {
        auth: { persistSession: false, autoRefreshToken: false },
        realtime: { ...(version ? { vsn: version } : {}) },
      })
      clients.push(client)
      if (token) await client.realtime.setAuth(token)
      return client
    },
    async rawSocket({ version = '2.0.0', key = keys.publishableKey } = {}) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/realtime/v1/websocket?apikey=${key}&vsn=${version}`)
      sockets.push(socket)
      await new Promise<void>((resolve, reject) => {
        socket.once('open', resolve)
        socket.once('error', reject)
      })
      return rawSocket(socket, version)
    },
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await Promise.all(clients.map((client) => client.realtime.disconnect()))
      for (const socket of sockets) socket.terminate()
      await service.close()
      await own?.[Symbol.asyncDispose]()
    },
  }
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null)
const arrayMessage = z.tuple([text, text, z.string(), z.string(), z.unknown()])
const objectMessage = z.object({ ref: text, topic: z.string(), event: z.string(), payload: z.unknown() })
const replyShape = z.object({ status: z.string(), response: z.unknown() })

function rawSocket(socket: WebSocket, version: (typeof versions)[number]): RawSocket {
  const received: RawMessage[] = []
  let lastRef = 0
  let closeCode: number | null = null
  socket.on('message', (data, isBinary) => {
    if (isBinary) return
    const value: unknown = JSON.parse(String(data))
    if (version === '2.0.0') {
      const [joinRef, ref, topic, event, payload] = arrayMessage.parse(value)
      received.push({ joinRef, ref, topic, event, payload })
    } else received.push({ joinRef: null, ...objectMessage.parse(value) })
  })
  socket.on('error', () => {})
  socket.on('close', (code) => {
    closeCode = code
  })
  const raw: RawSocket = {
    socket,
    received,
    send(topic, event, payload) {
      lastRef += 1
      const ref = String(lastRef)
      const message =
        version === '2.0.0' ? [ref, ref, topic, event, payload] : { join_ref: ref, ref, topic, event, payload }
      socket.send(JSON.stringify(message))
      return ref
    },
    sendText: (line) => socket.send(line),
    async join(topic, config = {}, token) {
      const ref = raw.send(topic, 'phx_join', { config, ...(token === undefined ? {} : { access_token: token }) })
      const reply = await raw.next((message) => message.event === 'phx_reply' && message.ref === ref)
      return replyShape.parse(reply.payload)
    },
    async next(fits) {
      return vi.waitFor(() => {
        const found = received.find(fits)
        if (!found) throw new Error(`no such message among ${JSON.stringify(received).slice(0, 2000)}`)
        return found
      }, wait)
    },
    closed: () =>
      vi.waitFor(() => {
        if (closeCode === null) throw new Error('still open')
        return closeCode
      }, wait),
  }
  return raw
}

/** How long a test waits for what it expects. */
export const wait = { timeout: 25_000, interval: 5 }

/** Subscribes and resolves with the first status and its message. */
export function subscribed(
  channel: ReturnType<SupabaseClient['channel']>,
): Promise<{ status: string; message: string | null }> {
  return new Promise((resolve) => {
    channel.subscribe((status, error) => resolve({ status, message: error?.message ?? null }))
  })
}

/** Subscribes and fails unless that works. */
export async function requireSubscribed(channel: ReturnType<SupabaseClient['channel']>): Promise<void> {
  expect(await subscribed(channel)).toEqual({ status: 'SUBSCRIBED', message: null })
}

/** A new person's id. */
export const person = (): string => randomUUID()
