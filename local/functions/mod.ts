import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative, resolve, sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { watch } from 'chokidar'
import { decodeProtectedHeader } from 'jose'
import type { Logger } from '../logger.ts'
import { type Claims, type RequestContext, type Service, TokenError } from '../service.ts'
import type { FunctionsConfig } from './config.ts'
import { forward } from './forward.ts'
import { type FunctionDefinition, findFunctions } from './function_catalog.ts'
import { FunctionSlot, FunctionUnavailable } from './function_slot.ts'
import { type PlatformError, platformErrors, sendPlatformError } from './platform_errors.ts'
import { hostedLimits, type WorkerLimits } from './worker_process.ts'

export { edgeRuntimeSection, type FunctionsConfig, functionsSection } from './config.ts'

/** One answered request, for metrics. */
export interface FunctionRequestRecord {
  readonly function: string
  readonly method: string
  /** As the function sees it, without the query. */
  readonly path: string
  readonly status: number
  readonly durationMs: number
  /** Processor time the process spent on it; null when it ended before it could tell. */
  readonly cpuMs: number | null
  readonly requestId: string
}

/** What the functions host needs. */
export interface FunctionsServiceOptions {
  /** `supabase/functions`. */
  readonly functionsFolder: string
  readonly config: FunctionsConfig
  /** The platform's variables and the project's own; the host adds `SUPABASE_FUNCTION_SLUG`. */
  readonly environment: Readonly<Record<string, string>>
  /** @throws {TokenError} */
  verifyToken(token: string): Promise<Claims>
  /** The Deno binary; that of the npm package when left out. */
  readonly denoPath?: string
  readonly logger: Logger
  /** Load functions again when their files change. */
  readonly watch: boolean
  onRequest?(record: FunctionRequestRecord): void
  /** Functions that are started before anybody asks: whoever calls them waits for a short time only. */
  readonly warm?: readonly string[]
  /** Other limits than the hosted ones. */
  readonly limits?: Partial<WorkerLimits>
}

const allowedMethods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/**
 * Serves the edge functions of a project as the hosted platform does.
 *
 * Each function has a Deno process of its own, as it has an isolate of its own when hosted: its own variables, memory
 * limit and fate. One process for all would save about 65 MB for each further function, but then one endless loop or
 * full heap stops them all, and Deno's workers share the environment and cannot be limited in memory one by one. A
 * process starts with the first request (160 ms with warm caches, 450 ms without, on two cores), so the stack's boot
 * does not pay for functions that nobody calls, and stays. Host and process speak HTTP over a Unix socket in a folder
 * that only this user may enter; that adds about 0.3 ms to a request.
 */
export async function createFunctionsService(
  options: FunctionsServiceOptions,
): Promise<Service & { list(): string[] }> {
  const functionsFolder = resolve(options.functionsFolder)
  const limits = { ...hostedLimits, ...options.limits }
  const denoPath = options.denoPath ?? installedDeno()
  const socketFolder = createSocketFolder()
  const slots = new Map<string, FunctionSlot>()
  const measuring = new Map<string, (cpuMs: number) => void>()
  let calls = 0

  const createSlot = (definition: FunctionDefinition) =>
    new FunctionSlot(definition, {
      functionsFolder,
      socketFolder,
      denoPath,
      limits,
      environment: functionEnvironment(options, definition),
      logger: options.logger.child(definition.name),
      onCallMeasured: (call, cpuMs) => measuring.get(call)?.(cpuMs),
    })

  const refresh = () => {
    const found = findFunctions(functionsFolder, options.config)
    for (const [name, definition] of found) if (!slots.has(name)) slots.set(name, createSlot(definition))
    for (const [name, slot] of slots) {
      if (found.has(name)) continue
      slots.delete(name)
      slot.close().catch((error) => options.logger.error('Cannot end a function', { error: String(error) }))
    }
    return found
  }
  refresh()
  for (const name of options.warm ?? []) {
    // One that cannot be loaded has said so in the log; who calls it is told.
    slots
      .get(name)
      ?.acquire()
      .catch(() => {})
  }

  const reload = (paths: ReadonlySet<string>) => {
    const known = new Set(slots.keys())
    const found = refresh()
    const touched = new Set([...paths].map((path) => relative(functionsFolder, path).split(sep)[0] ?? ''))
    // A file outside any function's folder is shared code or the import map.
    const all = [...touched].some((name) => !found.has(name) && !known.has(name))
    const names = [...found.keys()].filter((name) => known.has(name) && (all || touched.has(name)))
    for (const name of names) {
      const definition = found.get(name)
      if (definition) slots.get(name)?.reload(definition)
    }
    options.logger.info('Functions reloaded', { functions: names })
  }
  const stopWatching = options.watch ? await watchFolder(functionsFolder, reload, options.logger) : async () => {}

  return {
    list: () => [...slots.keys()].sort(),
    async handle(request, response, context) {
      const startedAt = performance.now()
      const name = /^\/([^/?#]+)/.exec(context.path)?.[1] ?? ''
      const slot = slots.get(name)
      calls += 1
      const id = String(calls)
      const measured = Promise.withResolvers<number>()
      measuring.set(id, measured.resolve)
      try {
        const refusal = await refuse(options, slot, request, context)
        if (refusal || !slot) {
          sendPlatformError(response, refusal ?? platformErrors.notFound)
          return
        }
        const worker = await slot.acquire()
        const call = { id, path: context.path, clientIp: context.clientIp, requestId: context.requestId }
        await forward(worker, request, response, { ...call, wallClockMs: limits.wallClockMs })
        if (!options.onRequest) return
        const path = context.path.split('?', 1)[0] ?? '/'
        const record = { function: name, method: request.method ?? 'GET', path, requestId: context.requestId }
        const durationMs = performance.now() - startedAt
        // The process tells the processor time about when the last byte arrives; one that died never does.
        const cpuMs = await Promise.race([measured.promise, delay(1000, null, { ref: false })])
        options.onRequest({ ...record, status: response.statusCode, durationMs, cpuMs })
      } catch (error) {
        if (!(error instanceof FunctionUnavailable)) {
          options.logger.error('Cannot call a function', { function: name, error: String(error) })
        }
        sendPlatformError(response, error instanceof FunctionUnavailable ? error.answer : platformErrors.workerError)
      } finally {
        measuring.delete(id)
      }
    },
    async close() {
      await stopWatching()
      await Promise.all([...slots.values()].map((slot) => slot.close()))
      rmSync(socketFolder, { recursive: true, force: true })
    },
  }
}

/** The answer of the platform when the function may not see the request; null when it may. */
async function refuse(
  options: FunctionsServiceOptions,
  slot: FunctionSlot | undefined,
  request: IncomingMessage,
  context: RequestContext,
): Promise<PlatformError | null> {
  if (!slot) return platformErrors.notFound
  if (!allowedMethods.has(request.method ?? '')) return platformErrors.methodNotAllowed
  // A browser's preflight carries no token.
  if (!slot.definition.settings.verify_jwt || request.method === 'OPTIONS') return null
  if (!context.bearer) {
    return request.headers.authorization ? platformErrors.invalidJwtFormat : platformErrors.noAuthHeader
  }
  try {
    await options.verifyToken(context.bearer)
    return null
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    return tokenRefusal(context.bearer)
  }
}

function tokenRefusal(token: string): PlatformError {
  try {
    const { alg } = decodeProtectedHeader(token)
    if (alg === 'HS256') return platformErrors.invalidLegacyJwt
    if (alg === 'ES256' || alg === 'RS256') return platformErrors.invalidAsymmetricJwt
    return {
      status: 401,
      code: 'UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM',
      message: `Unsupported JWT algorithm ${alg ?? 'none'}`,
    }
  } catch {
    return platformErrors.invalidJwtFormat
  }
}

function functionEnvironment(options: FunctionsServiceOptions, definition: FunctionDefinition): Record<string, string> {
  const own = { ...options.config.edge_runtime.secrets, ...definition.settings.env }
  // Names with this prefix are the platform's: hosted projects refuse them as secrets.
  const allowed = Object.entries(own).filter(([name]) => !name.startsWith('SUPABASE_'))
  return {
    ...Object.fromEntries(allowed),
    ...options.environment,
    SUPABASE_FUNCTION_SLUG: definition.name,
    SB_REGION: 'local',
  }
}

const socketFolderPattern = /^atrium-functions-(\d+)-/

/**
 * A folder for sockets that only this user may enter. Their paths may have about 100 characters, so it is not inside the
 * project. Folders of hosts that were killed are removed on the way.
 */
function createSocketFolder(): string {
  const parent = realpathSync(tmpdir())
  for (const name of readdirSync(parent)) {
    const owner = Number(socketFolderPattern.exec(name)?.[1])
    if (owner && !isRunning(owner)) rmSync(join(parent, name), { recursive: true, force: true })
  }
  return mkdtempSync(join(parent, `atrium-functions-${process.pid}-`))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Any other error means that the process is there and belongs to someone else.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** The binary of the npm package `deno`, found from this module. */
function installedDeno(): string {
  const folder = resolve(createRequire(import.meta.url).resolve('deno/package.json'), '..')
  const binary = join(folder, process.platform === 'win32' ? 'deno.exe' : 'deno')
  if (!existsSync(binary)) {
    throw new Error(`Cannot start functions: ${binary} is missing. Run "npm ci" to install it.`)
  }
  return binary
}

async function watchFolder(
  folder: string,
  onChange: (paths: ReadonlySet<string>) => void,
  logger: Logger,
): Promise<() => Promise<void>> {
  const watcher = watch(folder, {
    ignoreInitial: true,
    ignored: (path) => /[\\/](node_modules|\.git)([\\/]|$)/.test(path),
  })
  const paths = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  watcher.on('all', (_event, path) => {
    paths.add(path)
    clearTimeout(timer)
    // An editor writes several files, or one several times: one reload for all.
    timer = setTimeout(() => {
      onChange(new Set(paths))
      paths.clear()
    }, 100)
  })
  watcher.on('error', (error) => logger.warn('Cannot watch the functions', { error: String(error) }))
  await new Promise<void>((done) => watcher.once('ready', () => done()))
  return async () => {
    clearTimeout(timer)
    await watcher.close()
  }
}
