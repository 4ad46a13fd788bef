import postgres, { type Sql } from 'postgres'
import type { Logger } from '../../logger.ts'

const channel = 'pgrst'
const firstDelayMs = 200
const longestDelayMs = 5000

/** What a notification asks to reload. */
export type ReloadKind = 'schema' | 'config' | 'both'

/**
 * Listens for `notify pgrst`. A lost connection is opened again, with growing pauses; since notifications may have been
 * missed meanwhile, everything is then reloaded.
 */
export class ReloadListener {
  readonly #url: string
  readonly #reload: (kind: ReloadKind) => void
  readonly #logger: Logger
  #sql: Sql | null = null
  #timer: NodeJS.Timeout | null = null
  #delay = firstDelayMs
  #isClosed = false
  #wasLost = false

  constructor(url: string, reload: (kind: ReloadKind) => void, logger: Logger) {
    this.#url = url
    this.#reload = reload
    this.#logger = logger
  }

  /** Starts listening; resolves when notifications arrive or the first attempt has failed. */
  async start(): Promise<void> {
    const sql = postgres(this.#url, {
      max: 1,
      fetch_types: false,
      idle_timeout: 0,
      max_lifetime: null,
      connect_timeout: 5,
      onnotice: () => {},
      connection: { application_name: 'rest listener' },
      // The types of the library leave this one out.
      ...{ onnotify: (name: string, payload: string) => this.#notified(name, payload) },
      onclose: () => this.#lost(),
    })
    this.#sql = sql
    try {
      await sql.unsafe(`listen "${channel}"`)
      this.#delay = firstDelayMs
      if (this.#wasLost) this.#reload('both')
      this.#wasLost = false
    } catch (cause) {
      this.#logger.warn('cannot listen for reload notifications', { cause: String(cause) })
      this.#lost()
    }
  }

  /** Stops listening. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#sql?.end({ timeout: 0 }).catch(() => {})
  }

  #notified(name: string, payload: string): void {
    if (name !== channel) return
    if (payload === 'reload schema') this.#reload('schema')
    else if (payload === 'reload config') this.#reload('config')
    else if (payload === '') this.#reload('both')
  }

  #lost(): void {
    if (this.#isClosed || this.#timer) return
    this.#wasLost = true
    const ended = this.#sql
    this.#timer = setTimeout(() => {
      this.#timer = null
      void ended?.end({ timeout: 0 }).catch(() => {})
      void this.start()
    }, this.#delay)
    this.#delay = Math.min(this.#delay * 2, longestDelayMs)
  }
}
