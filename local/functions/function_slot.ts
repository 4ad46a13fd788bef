import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { FunctionDefinition } from './function_catalog.ts'
import { type PlatformError, platformErrors } from './platform_errors.ts'
import { type WorkerOptions, WorkerProcess } from './worker_process.ts'

/** Thrown when a function cannot take a request; carries the answer. */
export class FunctionUnavailable extends Error {
  readonly answer: PlatformError
  constructor(answer: PlatformError) {
    super(answer.message)
    this.name = 'FunctionUnavailable'
    this.answer = answer
  }
}

const longestWaitMs = 2_000
const longestBackoffMs = 5_000
/** A process that lived this long was healthy: its end starts the backoff anew. */
const healthyAfterMs = 10_000

let sockets = 0

/** The place of one function: starts its process when the first request comes and again after it ended. */
export class FunctionSlot {
  definition: FunctionDefinition
  #options: Omit<WorkerOptions, 'definition' | 'socketPath'> & { readonly socketFolder: string }
  #current: WorkerProcess | undefined
  /** All processes that still run, retired ones included. */
  #running = new Set<WorkerProcess>()
  #failures = 0
  #notBefore = 0
  #bootFailed = false
  #closed = false

  constructor(
    definition: FunctionDefinition,
    options: Omit<WorkerOptions, 'definition' | 'socketPath'> & { readonly socketFolder: string },
  ) {
    this.definition = definition
    this.#options = options
  }

  /**
   * A process that is ready to serve.
   *
   * @throws {FunctionUnavailable} when the module cannot be loaded, or a restart takes longer than a request may wait
   */
  async acquire(): Promise<WorkerProcess> {
    const wait = this.#notBefore - Date.now()
    if (!this.#current && wait > 0) {
      if (this.#bootFailed) throw new FunctionUnavailable(platformErrors.bootError)
      if (wait > longestWaitMs) throw new FunctionUnavailable(platformErrors.restarting)
      await delay(wait)
    }
    if (this.#closed) throw new FunctionUnavailable(platformErrors.restarting)
    this.#current ??= this.#start()
    const worker = this.#current
    try {
      await worker.ready
    } catch {
      // Reloaded while it started: the next process has the newer code.
      if (worker.endReason === 'retired' && !this.#closed) return this.acquire()
      throw new FunctionUnavailable(platformErrors.bootError)
    }
    return worker
  }

  /** Lets the next request start a new process; requests in flight finish in the old one. */
  reload(definition: FunctionDefinition): void {
    this.definition = definition
    this.#failures = 0
    this.#notBefore = 0
    this.#bootFailed = false
    this.#current?.retire()
    this.#current = undefined
  }

  /** Ends all processes of the function. */
  async close(): Promise<void> {
    this.#closed = true
    for (const worker of this.#running) worker.kill('retired')
    await Promise.all([...this.#running].map((worker) => worker.exited))
  }

  #start(): WorkerProcess {
    sockets += 1
    const { socketFolder, ...options } = this.#options
    const socketPath = join(socketFolder, `${sockets}.sock`)
    const worker = new WorkerProcess({ ...options, definition: this.definition, socketPath })
    this.#running.add(worker)
    worker.exited.then((reason) => {
      this.#running.delete(worker)
      if (this.#current === worker) this.#current = undefined
      if (reason === 'retired' || this.#closed) return
      this.#failures = Date.now() - worker.startedAt > healthyAfterMs ? 1 : this.#failures + 1
      const backoff = Math.min(longestBackoffMs, 50 * 2 ** this.#failures)
      this.#bootFailed = reason === 'boot'
      this.#notBefore = Date.now() + backoff
      this.#options.logger.warn('Process of the function ended', { reason, restart_in_ms: backoff })
      // Started again without waiting for a request, so that the next one finds it warm. A module that does not load
      // is tried again only when somebody asks or it changes.
      if (reason !== 'boot') {
        setTimeout(() => {
          if (!this.#closed && !this.#current && Date.now() >= this.#notBefore) this.#current = this.#start()
        }, backoff + 5).unref()
      }
    })
    return worker
  }
}
