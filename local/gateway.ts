import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Logger } from './logger.ts'
import type { RequestContext, Service, UpgradingService } from './service.ts'
import type { StackKeys, Tokens } from './tokens.ts'

/** A service and the path it answers under, such as `/rest/v1`. */
export interface Mount {
  readonly prefix: string
  readonly service: Service | UpgradingService
  /** True when a request needs no API key on this path (prefix removed): links in mails, public files, functions. */
  isOpen(path: string): boolean
  /** True when the service does CORS itself, preflights too, as edge functions do. */
  readonly answersPreflight?: boolean
  /** True when the service has a role of its own for requests without a token, as PostgREST's configuration names one. */
  readonly knowsAnonymous?: boolean
}

/** Options of {@link startGateway}. */
export interface GatewayOptions {
  readonly port: number
  readonly host: string
  readonly keys: StackKeys
  readonly tokens: Tokens
  readonly mounts: readonly Mount[]
  readonly logger: Logger
}

/** The HTTP front of a running stack. */
export interface Gateway {
  readonly port: number
  close(): Promise<void>
}

const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Link, Location, Server, Transfer-Encoding, ' +
    'Range-Unit, X-Total-Count, Preference-Applied, sb-request-id, ' +
    'x-supabase-api-version, etag, Accept-Ranges, Content-Disposition, X-Transformations',
} as const

const roleTokenLifetime = 3600
/** Time in which clients of open sockets may answer the farewell. */
const socketFarewellMs = 500

/** Starts the gateway: API keys, CORS, request ids, routing by prefix. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const roleToken = createRoleTokens(options.tokens)
  const serverOptions = {
    maxHeaderSize: 32 * 1024,
    keepAliveTimeout: 65_000,
    // A large upload on a slow line takes longer than Node's five minutes; headers have their own limit.
    requestTimeout: 0,
    // Any other wish to upgrade is ignored, as HTTP allows: curl asks for HTTP/2 with every request.
    shouldUpgradeCallback: (request: IncomingMessage) =>
      request.headers.upgrade?.toLowerCase() === 'websocket' &&
      upgradingService(options.mounts, request.url ?? '/') !== null,
  }
  const server = createServer(serverOptions, (request, response) => {
    route(request, response, options, roleToken).catch((error: unknown) => {
      options.logger.error('request failed in the gateway', {
        reason: error instanceof Error ? error.message : 'unknown',
      })
      if (!response.headersSent) answer(response, 500, { message: 'An unexpected error occurred' })
      else response.destroy()
    })
  })
  const connected = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    connected.add(socket)
    socket.once('close', () => connected.delete(socket))
  })
  const upgraded = new Set<Duplex>()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    upgrade(request, socket, head, options, roleToken).catch(() => socket.destroy())
  })
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
  })
  server.listen(options.port, options.host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      // Clients open connections ahead of need; Node takes one for busy until its first request has come.
      for (const socket of connected) if (socket.bytesRead === 0) socket.destroy()
      for (const { service } of options.mounts) if ('disconnect' in service) service.disconnect()
      const timer = setTimeout(() => server.closeAllConnections(), 5_000)
      const socketTimer = setTimeout(() => {
        for (const socket of upgraded) socket.destroy()
      }, socketFarewellMs)
      await closed
      clearTimeout(socketTimer)
      clearTimeout(timer)
    },
  }
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  options: GatewayOptions,
  roleToken: (role: ApiKeyRole) => Promise<string>,
): Promise<void> {
  const url = request.url ?? '/'
  const requestId = randomUUID()
  response.setHeader('sb-request-id', requestId)
  const mount = findMount(options.mounts, url)
  // Who answers preflights also decides which pages may read its answers.
  if (!mount?.answersPreflight) {
    for (const [name, value] of Object.entries(corsHeaders)) response.setHeader(name, value)
  }
  if (request.method === 'OPTIONS' && request.headers.origin && !mount?.answersPreflight) {
    answerPreflight(request, response)
    return
  }
  if (!mount) {
    answer(response, 404, { message: 'no Route matched with those values' })
    return
  }
  const path = pathUnder(mount, url)
  const key = readApiKey(request, path)
  const role = key === null ? null : roleOfKey(key, options.keys)
  if (!role && !mount.isOpen(path)) {
    answer(response, 401, key === null ? missingKey : invalidKey)
    return
  }
  nameSender(request)
  const context: RequestContext = {
    path: key === null ? path : withoutKeyParameter(path),
    bearer: await chooseBearer(request, role, options.keys, mount.knowsAnonymous ? namedTokens(roleToken) : roleToken),
    apiKeyRole: role,
    clientIp: clientIp(request),
    requestId,
  }
  await mount.service.handle(request, response, context)
}

/** Hands a socket to the service it asks for; without a valid key it never becomes a WebSocket. */
async function upgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: GatewayOptions,
  roleToken: (role: ApiKeyRole) => Promise<string>,
): Promise<void> {
  const found = upgradingService(options.mounts, request.url ?? '/')
  if (!found) return void socket.destroy()
  const { service, path } = found
  const key = readApiKey(request, path)
  const role = key === null ? null : roleOfKey(key, options.keys)
  if (!role) return refuseUpgrade(socket, '401 Unauthorized', key === null ? missingKey : invalidKey)
  service.upgrade(request, socket, head, {
    path: withoutKeyParameter(path),
    bearer: await chooseBearer(request, role, options.keys, roleToken),
    apiKeyRole: role,
    clientIp: clientIp(request),
    requestId: randomUUID(),
  })
}

/** The service that takes over sockets on this path, and its path without the prefix. */
function upgradingService(mounts: readonly Mount[], url: string): { service: UpgradingService; path: string } | null {
  const mount = findMount(mounts, url)
  if (!mount || !('upgrade' in mount.service)) return null
  return { service: mount.service, path: pathUnder(mount, url) }
}

function refuseUpgrade(socket: Duplex, status: string, body: Record<string, string>): void {
  const text = JSON.stringify(body)
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json`
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
}

function findMount(mounts: readonly Mount[], url: string): Mount | undefined {
  return mounts.find(({ prefix }) => url.startsWith(prefix) && /^($|[/?])/.test(url.slice(prefix.length)))
}

function pathUnder({ prefix }: Mount, url: string): string {
  const rest = url.slice(prefix.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

const missingKey = {
  message: 'No API key found in request',
  hint: 'No `apikey` request header or url param was found.',
}
const invalidKey = {
  message: 'Invalid API key',
  hint: 'Double check your Supabase `anon` or `service_role` API key.',
}

type ApiKeyRole = 'anon' | 'service_role'

/** A key may also stand alone in the Authorization header, as curl users send it. */
function readApiKey(request: IncomingMessage, path: string): string | null {
  const header = request.headers.apikey
  if (typeof header === 'string' && header !== '') return header
  const inQuery = path.includes('apikey=') ? new URL(path, 'http://gateway').searchParams.get('apikey') : null
  return inQuery ?? null
}

function roleOfKey(key: string, keys: StackKeys): ApiKeyRole | null {
  if (key === keys.publishableKey || key === keys.anonKey) return 'anon'
  if (key === keys.secretKey || key === keys.serviceRoleKey) return 'service_role'
  return null
}

/** PostgREST would read `apikey` as a filter on a column of that name. */
function withoutKeyParameter(path: string): string {
  if (!path.includes('apikey=')) return path
  const [pathname = '/', query = ''] = path.split('?', 2)
  const kept = query.split('&').filter((part) => !part.startsWith('apikey='))
  return kept.length > 0 ? `${pathname}?${kept.join('&')}` : pathname
}

async function chooseBearer(
  request: IncomingMessage,
  role: ApiKeyRole | null,
  keys: StackKeys,
  roleToken: (role: ApiKeyRole) => Promise<string | null>,
): Promise<string | null> {
  const header = request.headers.authorization
  const sent = header && /^bearer /i.test(header) ? header.slice('bearer '.length).trim() : null
  if (sent === null || sent === '') return role ? roleToken(role) : null
  // A new-format key is not a token: it stands for the role's token.
  const keyRole = sent.startsWith('sb_') ? roleOfKey(sent, keys) : null
  return keyRole ? roleToken(keyRole) : sent
}

/** No token stands for the anonymous key where the service knows who that is. */
function namedTokens(roleToken: (role: ApiKeyRole) => Promise<string>): (role: ApiKeyRole) => Promise<string | null> {
  return async (role) => (role === 'anon' ? null : roleToken(role))
}

/** Tokens of the two API key roles, signed once and renewed before they end. */
function createRoleTokens(tokens: Tokens): (role: ApiKeyRole) => Promise<string> {
  const cache = new Map<ApiKeyRole, { token: Promise<string>; renewAt: number }>()
  return (role) => {
    const now = Math.floor(Date.now() / 1000)
    const cached = cache.get(role)
    if (cached && cached.renewAt > now) return cached.token
    const token = tokens.sign({ role, iss: 'supabase', iat: now, exp: now + roleTokenLifetime })
    cache.set(role, { token, renewAt: now + roleTokenLifetime / 2 })
    return token
  }
}

/**
 * As the platform's edge and gateway do: services read the addresses of the way from these headers, the client's first.
 * What a client says of itself stays in `x-forwarded-for` alone; `cf-connecting-ip` is whoever connected, so a rule about
 * addresses holds here as it does when hosted.
 */
function nameSender(request: IncomingMessage): void {
  const { remoteAddress = '127.0.0.1' } = request.socket
  const before = request.headers['x-forwarded-for']
  request.headers['x-forwarded-for'] = before ? `${before}, ${remoteAddress}` : remoteAddress
  request.headers['x-real-ip'] = remoteAddress
  request.headers['cf-connecting-ip'] = remoteAddress
}

function clientIp(request: IncomingMessage): string {
  const forwarded = request.headers['x-forwarded-for']
  const first = (Array.isArray(forwarded) ? forwarded[0] : forwarded)?.split(',')[0]?.trim()
  return first || request.socket.remoteAddress || '127.0.0.1'
}

function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, {
    'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT',
    'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
    'access-control-max-age': '3600',
    'content-length': '0',
  })
  response.end()
}

function answer(response: ServerResponse, status: number, body: Record<string, string>): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}
