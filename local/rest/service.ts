import type { IncomingMessage, ServerResponse } from 'node:http'
import postgres from 'postgres'
import { type Logger, silentLogger } from '../logger.ts'
import type { Service } from '../service.ts'
import { authenticate } from './authenticate.ts'
import { initialConfig, loadConfig, type RestConfig, type RestOptions } from './config.ts'
import { ReloadListener } from './database/listener.ts'
import { toRestError } from './database/pg_errors.ts'
import { ConnectionPool } from './database/pool.ts'
import { type Caller, settingsStatement } from './database/settings.ts'
import { type RunnablePlan, runPlan } from './database/transaction.ts'
import { connectionErrors, RestError, requestErrors } from './errors.ts'
import { asciiText, headerText } from './header_text.ts'
import { rootResponse } from './openapi/root.ts'
import { planRequest, type RequestPlan } from './plan/request_plan.ts'
import { type ApiRequest, parseRequest } from './request/api_request.ts'
import { parsePayload } from './request/payload.ts'
import { type RestResponse, respond } from './respond.ts'
import { loadSchemaCache } from './schema_cache/load.ts'
import type { SchemaCache } from './schema_cache/types.ts'
import { ServerTiming } from './server_timing.ts'

const defaultMaxBodyBytes = 64 * 1024 * 1024
const defaultPoolTimeoutMs = 10_000
const mostPlans = 2000
const longestPlanKey = 4096
const retryDelayMs = 500

/** Everything that changes together when something is reloaded. */
interface State {
  readonly config: RestConfig
  readonly cache: SchemaCache
  /** Plans of reads by everything they depend on. */
  readonly plans: Map<string, { request: ApiRequest; plan: RequestPlan }>
}

/** What a request needs from the gateway. */
export interface RestContext {
  readonly path: string
  readonly bearer: string | null
}

/** PostgREST's protocol. Made by `createRestService`. */
export class PostgrestService implements Service {
  readonly #options: RestOptions
  readonly #logger: Logger
  readonly #pool: ConnectionPool
  readonly #listener: ReloadListener
  readonly #maxBodyBytes: number
  #state: State | null = null
  #config: RestConfig
  #loading: Promise<void> | null = null
  #isStale = false
  #isClosed = false
  #retry: NodeJS.Timeout | null = null

  constructor(options: RestOptions) {
    this.#options = options
    this.#logger = options.logger ?? silentLogger
    this.#config = initialConfig(options)
    this.#maxBodyBytes = options.maxBodyBytes ?? defaultMaxBodyBytes
    this.#pool = new ConnectionPool(
      options.databaseUrl,
      options.poolSize,
      options.poolTimeoutMs ?? defaultPoolTimeoutMs,
    )
    this.#listener = new ReloadListener(options.databaseUrl, () => this.#reloadSoon(), this.#logger)
  }

  /** Loads the schema and listens for changes. What fails is tried again in the background. */
  async start(): Promise<void> {
    await this.#listener.start()
    await this.reload().catch((cause) => this.#failed(cause))
  }

  /** Reads configuration and schema anew; requests see all of it or nothing. @throws {Error} when Postgres is away */
  async reload(): Promise<void> {
    // A reload asked for while another runs must see what changed meanwhile.
    this.#isStale = true
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null
    })
    await this.#loading
  }

  async handle(request: IncomingMessage, response: ServerResponse, context: RestContext): Promise<void> {
    let caller: Caller | null = null
    const timing = ServerTiming.start(this.#config.serverTimingEnabled)
    try {
      // A gateway that finds no token passes null, also when the header only names the scheme.
      const isEmpty = context.bearer === null && /^bearer\s*$/i.test(request.headers.authorization ?? '')
      caller = await authenticate(this.#config, isEmpty ? '' : context.bearer, (token) =>
        this.#options.verifyToken(token),
      )
      timing?.mark('jwt')
      const answer = await this.#answer(request, context, caller, timing)
      send(response, answer, timing)
    } catch (cause) {
      const isAuthenticated = caller !== null && caller.role !== this.#config.anonRole
      this.#sendError(response, cause, isAuthenticated, timing)
    } finally {
      // An unread body would keep the connection from being used again.
      if (!request.complete) request.resume()
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#retry) clearTimeout(this.#retry)
    await this.#listener.close()
    await this.#loading?.catch(() => {})
    await this.#pool.close()
  }

  async #answer(
    incoming: IncomingMessage,
    { path }: RestContext,
    caller: Caller,
    timing: ServerTiming | null,
  ): Promise<RestResponse> {
    const state = this.#state
    if (!state) throw connectionErrors.noSchemaCache()
    const method = incoming.method ?? 'GET'
    const { request, plan } =
      method === 'GET' || method === 'HEAD'
        ? this.#planRead(state, incoming, method, path, timing)
        : await this.#planWithBody(state, incoming, method, path, timing)
    timing?.mark('plan')
    if (plan.kind === 'options') return optionsResponse(plan.allow)
    const { config, cache } = state
    const isolation = (plan.kind === 'call' ? plan.isolation : null) ?? config.roles.get(caller.role)?.isolation ?? null
    const settings = settingsStatement({
      config,
      caller,
      schema: request.schema,
      method,
      path: path.split('?', 1)[0] ?? '/',
      headers: incoming.headers,
      timezone: request.preferences.timezone,
      routine: plan.kind === 'call' ? plan.routine.settings : [],
    })
    if (plan.kind === 'root') {
      const { headersOnly } = plan
      const host = incoming.headers.host ?? 'localhost'
      const answer = await rootResponse(this.#pool, config, cache, settings, request, { headersOnly, host })
      timing?.mark('transaction')
      return answer
    }
    const frame = { isReadOnly: plan.isReadOnly, isolation, settings }
    const result = await runPlan(this.#pool, config, plan satisfies RunnablePlan, request.preferences, frame)
    timing?.mark('transaction')
    const answer = respond(plan, request, result)
    return plan.warning === null ? answer : { ...answer, headers: [...answer.headers, ['Warning', plan.warning]] }
  }

  #planRead(state: State, incoming: IncomingMessage, method: string, path: string, timing: ServerTiming | null) {
    const { headers } = incoming
    const key = [method, path, headers.accept, headers.prefer, headers.range, headers['accept-profile']].join('\n')
    const known = state.plans.get(key)
    if (known) return known
    const request = parseRequest(state.config, method, path, headers)
    timing?.mark('parse')
    const made = { request, plan: planRequest(state.config, state.cache, request, null) }
    if (key.length <= longestPlanKey) {
      // Oldest first out: a map keeps the order of insertion.
      if (state.plans.size >= mostPlans) {
        for (const oldest of state.plans.keys()) {
          state.plans.delete(oldest)
          break
        }
      }
      state.plans.set(key, made)
    }
    return made
  }

  async #planWithBody(
    state: State,
    incoming: IncomingMessage,
    method: string,
    path: string,
    timing: ServerTiming | null,
  ) {
    const body = await readBody(incoming, this.#maxBodyBytes)
    const request = parseRequest(state.config, method, path, incoming.headers)
    const { action, contentType, query } = request
    const isCall = action.kind === 'call'
    const hasBody = isCall || (action.kind === 'write' && action.mutation !== 'delete')
    // PUT always sets every column that its body names.
    const columns = action.kind === 'write' && action.mutation === 'upsert-one' ? null : query.columns
    const payload = hasBody ? parsePayload(body, contentType, columns, isCall) : null
    timing?.mark('parse')
    return { request, plan: planRequest(state.config, state.cache, request, payload) }
  }

  #sendError(response: ServerResponse, cause: unknown, isAuthenticated: boolean, timing: ServerTiming | null): void {
    const error = toRestError(cause, isAuthenticated)
    if (!(cause instanceof RestError) && !(cause instanceof postgres.PostgresError) && !isConnectionLoss(cause)) {
      this.#logger.error('request failed', { cause: cause instanceof Error ? (cause.stack ?? '') : String(cause) })
    }
    if (response.headersSent) {
      response.destroy()
      return
    }
    const body = this.#config.minimalErrors ? error.minimalBody : error.body
    const headers = [
      'Content-Type',
      'application/json; charset=utf-8',
      'Content-Length',
      String(Buffer.byteLength(body)),
      'Proxy-Status',
      `PostgREST; error=${asciiText(error.code)}`,
      ...error.headers.flatMap(([name, value]) => [name, headerText(value)]),
      ...(error.status === 503 ? ['Retry-After', '1'] : []),
      ...(timing ? ['Server-Timing', timing.failed()] : []),
    ]
    response.writeHead(error.status, error.statusText && asciiText(error.statusText), headers)
    response.end(Buffer.from(body))
  }

  #reloadSoon(): void {
    void this.reload().catch((cause) => this.#failed(cause))
  }

  #failed(cause: unknown): void {
    this.#logger.warn('schema cache could not be loaded', { cause: String(cause) })
    if (this.#isClosed || this.#retry) return
    this.#retry = setTimeout(() => {
      this.#retry = null
      this.#reloadSoon()
    }, retryDelayMs)
  }

  async #load(): Promise<void> {
    const lost = Promise.withResolvers<never>()
    lost.promise.catch(() => {})
    const sql = postgres(this.#options.databaseUrl, {
      max: 1,
      fetch_types: false,
      idle_timeout: 0,
      max_lifetime: null,
      connect_timeout: 5,
      onnotice: () => {},
      connection: { application_name: 'rest schema cache' },
      // A statement on a connection that breaks may never be answered.
      onclose: () => lost.reject(connectionErrors.lost('the connection was closed')),
    })
    try {
      while (this.#isStale) {
        this.#isStale = false
        const read = async () => {
          const config = await loadConfig(sql, this.#options)
          return { config, cache: await loadSchemaCache(sql, config.schemas, config.extraSearchPath) }
        }
        const { config, cache } = await Promise.race([read(), lost.promise])
        this.#config = config
        this.#state = { config, cache, plans: new Map() }
        this.#pool.renew()
      }
    } finally {
      void sql.end({ timeout: 1 }).catch(() => {})
    }
  }
}

function isConnectionLoss(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
}

function optionsResponse(allow: string): RestResponse {
  return {
    status: 200,
    headers: [
      ['Content-Length', '0'],
      ['Access-Control-Allow-Origin', '*'],
      ['Allow', allow],
    ],
    body: null,
  }
}

function send(response: ServerResponse, answer: RestResponse, timing: ServerTiming | null): void {
  const headers: string[] = []
  let hasVary = false
  for (const [name, value] of answer.headers) {
    if (name.toLowerCase() === 'vary') hasVary = true
    headers.push(name, headerText(value))
  }
  if (!hasVary) headers.push('Vary', 'Accept, Prefer, Range')
  if (timing) headers.push('Server-Timing', timing.finish())
  response.writeHead(answer.status, headers)
  if (answer.body === null) response.end()
  // A text would be sent in one piece with the headers, and these then as UTF-8 once more.
  else response.end(typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body)
}

async function readBody(incoming: IncomingMessage, limit: number): Promise<Buffer> {
  const announced = Number(incoming.headers['content-length'] ?? 0)
  if (announced > limit) throw requestErrors.tooLarge(limit)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming) {
    const part: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)
    size += part.length
    if (size > limit) throw requestErrors.tooLarge(limit)
    chunks.push(part)
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
}
