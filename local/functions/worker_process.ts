import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, realpathSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { z } from 'zod'
import type { Logger } from '../logger.ts'
import type { FunctionDefinition } from './function_catalog.ts'

/** Why a process ended: asked to, out of memory, stuck in a loop, not able to load its module, or anything else. */
export type ExitReason = 'retired' | 'memory' | 'stuck' | 'boot' | 'crash'

/** The limits that a function runs under. */
export interface WorkerLimits {
  /** Longest time from a request's arrival to the last byte of its answer. */
  readonly wallClockMs: number
  /** Processor time of one request above which a warning is logged. */
  readonly cpuWarningMs: number
  readonly memoryMegabytes: number
  /** Longest time that loading the module may take. */
  readonly bootMs: number
  /** Longest time the process may go without answering the host's ping. */
  readonly unresponsiveMs: number
}

/** What hosted edge functions allow on the free plan, but for the start: here they share a machine with all the rest. */
export const hostedLimits: WorkerLimits = {
  wallClockMs: 150_000,
  cpuWarningMs: 2_000,
  memoryMegabytes: 256,
  bootMs: 30_000,
  unresponsiveMs: 10_000,
}

/** What starting a process needs. */
export interface WorkerOptions {
  readonly definition: FunctionDefinition
  readonly functionsFolder: string
  readonly environment: Readonly<Record<string, string>>
  readonly denoPath: string
  /** Path of the Unix socket the process serves on. */
  readonly socketPath: string
  readonly limits: WorkerLimits
  readonly logger: Logger
  /** Told the processor time of each finished call. */
  onCallMeasured(call: string, cpuMs: number): void
}

const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('boot-error'), text: z.string() }),
  z.object({ type: z.literal('memory'), bytes: z.number() }),
  z.object({ type: z.literal('log'), level: z.enum(['debug', 'info', 'warn', 'error']), text: z.string() }),
  z.object({ type: z.literal('request'), call: z.string(), cpuMs: z.number() }),
])

const workerModule = fileURLToPath(new URL('./worker.ts', import.meta.url))

/** One Deno process that serves one function on a Unix socket. */
export class WorkerProcess {
  readonly socketPath: string
  readonly agent = new Agent({ keepAlive: true })
  /** Settles when the module is loaded and served; rejects when the process ends before that. */
  readonly ready: Promise<void>
  readonly exited: Promise<ExitReason>
  readonly startedAt = Date.now()
  #child: ChildProcess
  #options: WorkerOptions
  #reason: ExitReason | undefined
  #inFlight = 0
  #watchdog: NodeJS.Timeout
  #markReady: () => void = () => {}

  constructor(options: WorkerOptions) {
    this.#options = options
    this.socketPath = options.socketPath
    const token = randomBytes(16).toString('hex')
    this.#child = spawn(
      options.denoPath,
      [...denoArguments(options), options.socketPath, token, memoryBytes(options)],
      {
        cwd: options.functionsFolder,
        env: { ...options.environment, DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' },
        // The input carries nothing: its end tells the process that the host is gone.
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    )
    this.exited = new Promise((resolve) => {
      const ended = () => {
        clearInterval(this.#watchdog)
        this.agent.destroy()
        resolve(this.#reason ?? 'crash')
      }
      // `close` and not `exit`: the last lines of the output tell the reason.
      this.#child.once('close', ended)
      this.#child.once('error', (error) => {
        options.logger.error(`Cannot start Deno: ${error.message}`, { path: options.denoPath })
        this.#reason = 'boot'
        ended()
      })
    })
    this.ready = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        options.logger.error(`Module was not loaded within ${options.limits.bootMs} ms`)
        this.kill('boot')
      }, options.limits.bootMs)
      this.#markReady = () => {
        clearTimeout(timer)
        resolve()
      }
      this.exited.then((reason) => {
        clearTimeout(timer)
        reject(new Error(`The process ended before it was ready (${reason})`))
      })
    })
    this.ready.catch(() => {})
    this.#readOutput(token)
    this.#watchdog = setInterval(() => this.#ping(), Math.max(50, options.limits.unresponsiveMs / 2))
    this.#watchdog.unref()
  }

  /** Why the process ended or is ending; undefined while it runs. */
  get endReason(): ExitReason | undefined {
    return this.#reason ?? (this.#child.exitCode !== null || this.#child.signalCode !== null ? 'crash' : undefined)
  }

  /** Counts a request until the returned function is called; a retired process ends after its last one. */
  begin(): () => void {
    this.#inFlight += 1
    let done = false
    return () => {
      if (done) return
      done = true
      this.#inFlight -= 1
      if (this.#inFlight === 0 && this.#reason === 'retired') this.#child.kill('SIGTERM')
    }
  }

  /** Takes no new requests; ends when those in flight are answered, or when their time is over. */
  retire(): void {
    if (this.endReason) return
    this.#reason = 'retired'
    if (this.#inFlight === 0) this.#child.kill('SIGTERM')
    else setTimeout(() => this.#child.kill('SIGKILL'), this.#options.limits.wallClockMs).unref()
  }

  /** Ends the process at once. */
  kill(reason: ExitReason): void {
    this.#reason ??= reason
    this.#child.kill('SIGKILL')
  }

  #readOutput(token: string): void {
    const { logger } = this.#options
    const { stdout, stderr } = this.#child
    if (stdout) {
      createInterface({ input: stdout }).on('line', (line) => {
        if (line.startsWith(token)) this.#receive(line.slice(token.length))
        else if (line) logger.info(line)
      })
    }
    if (stderr) {
      createInterface({ input: stderr }).on('line', (line) => {
        if (/out of memory/i.test(line)) this.#reason ??= 'memory'
        if (line.trim()) logger.warn(line)
      })
    }
  }

  #receive(line: string): void {
    const { logger, limits } = this.#options
    const message = messageSchema.parse(JSON.parse(line))
    switch (message.type) {
      case 'ready':
        this.#markReady()
        break
      case 'boot-error':
        this.#reason ??= 'boot'
        logger.error(`Function failed to start: ${message.text}`)
        break
      case 'memory':
        this.#reason ??= 'memory'
        logger.error(`Memory limit of ${limits.memoryMegabytes} MB exceeded`, { bytes: message.bytes })
        break
      case 'log':
        logger[message.level](message.text)
        break
      case 'request':
        if (message.cpuMs > limits.cpuWarningMs) {
          logger.warn('Request used more CPU time than hosted functions allow', {
            cpu_ms: message.cpuMs,
            limit_ms: limits.cpuWarningMs,
          })
        }
        this.#options.onCallMeasured(message.call, message.cpuMs)
        break
    }
  }

  /** A process that does not answer is in an endless loop: hosted isolates are ended too, at 2 s of processor time. */
  #ping(): void {
    if (this.#inFlight === 0 || this.#reason) return
    const { limits, logger } = this.#options
    const ping = httpRequest({ socketPath: this.socketPath, path: '/', headers: { 'x-atrium-call': 'ping' } })
    const timer = setTimeout(() => {
      if (this.endReason) return
      logger.error(`Function did not yield for ${limits.unresponsiveMs} ms and was ended`)
      this.kill('stuck')
    }, limits.unresponsiveMs)
    timer.unref()
    const settle = () => clearTimeout(timer)
    ping.once('response', (response) => {
      settle()
      response.resume()
    })
    ping.once('error', settle)
    ping.end()
    this.exited.then(settle)
  }
}

const memoryBytes = (options: WorkerOptions) => String(options.limits.memoryMegabytes * 1024 * 1024)

/** The command line: nothing is fetched, and only the project's own files may be read. */
function denoArguments({ definition, functionsFolder, socketPath, limits }: WorkerOptions): string[] {
  const readable = [
    functionsFolder,
    dirname(definition.entrypoint),
    workerModule,
    socketPath,
    ...definition.staticFolders,
    ...nodeModulesAbove(functionsFolder),
  ]
  // Packages ask for their real path too when a folder on the way is a link.
  const allowed = new Set(readable.flatMap((path) => (existsSync(path) ? [path, realpathSync(path)] : [path])))
  return [
    'run',
    '--quiet',
    '--no-lock',
    '--no-remote',
    '--cached-only',
    '--no-prompt',
    // A signal that also aborts after a good answer tells nothing, and Deno warns of it.
    '--unstable-no-legacy-abort',
    ...(definition.importMap ? ['--config', definition.importMap] : ['--no-config']),
    '--node-modules-dir=manual',
    `--v8-flags=--max-old-space-size=${limits.memoryMegabytes}`,
    '--allow-net',
    // The process is given no variable beside those of the function, so all it could read is its own.
    '--allow-env',
    `--allow-read=${[...allowed].join(',')}`,
    `--allow-write=${socketPath}`,
    '--allow-sys=hostname,networkInterfaces',
    workerModule,
    pathToFileURL(definition.entrypoint).href,
  ]
}

function nodeModulesAbove(folder: string): string[] {
  const found: string[] = []
  for (let current = folder; ; current = dirname(current)) {
    const candidate = join(current, 'node_modules')
    if (existsSync(candidate)) found.push(candidate)
    if (dirname(current) === current) return found
  }
}
