import postgres, { type Sql } from 'postgres'
import { connectionErrors } from '../errors.ts'
import { socketOption } from './socket.ts'

/** A connection with more prepared statements than this is replaced. */
const mostPrepared = 1000
/** Texts whose use is counted; the oldest is forgotten first. */
const mostCounted = 5000

/** Rows of a statement, each a list of columns as Postgres wrote them. */
export type RawRows = readonly (readonly (Buffer | null)[])[] & {
  readonly columns: readonly { readonly type: number }[]
}

/** Parameters go to Postgres as the text they are; it knows the types. */
const asText = { serialize: (value: unknown) => String(value), parse: (value: string) => value }
const textTypes = {
  number: { to: 0, from: [21, 23, 26, 700, 701], ...asText },
  json: { to: 114, from: [114, 3802], ...asText },
  boolean: { to: 16, from: [16], ...asText },
  date: { to: 1184, from: [1082, 1114, 1184], ...asText },
  bytea: { to: 17, from: [17], ...asText },
}

const ignore = () => {}

/** One session of the server. Once its socket closed it is never used again. */
interface Session {
  readonly sql: Sql
  /** What was sent since the connection was taken. */
  readonly sent: { cancel(): void; fail(cause: unknown): void }[]
  readonly prepared: Set<string>
  /** How often the pool had been renewed when the session began. */
  readonly generation: number
  isLost: boolean
}

function openSession(url: string, generation: number): Session {
  const session: Session = {
    sql: postgres(url, {
      ...socketOption(url),
      max: 1,
      fetch_types: false,
      idle_timeout: 0,
      max_lifetime: null,
      connect_timeout: 10,
      onnotice: ignore,
      types: textTypes,
      connection: { application_name: 'rest' },
      onclose: () => {
        session.isLost = true
        for (const query of session.sent) {
          // The library would send what waits on its next connection, where transaction and role are missing.
          query.cancel()
          // It also forgets what was sent between a socket's error and its end.
          query.fail(connectionErrors.lost('the connection was closed'))
        }
      },
    }),
    sent: [],
    prepared: new Set(),
    generation,
    isLost: false,
  }
  return session
}

function send<T>(session: Session, query: Promise<T> & { cancel(): void }): Promise<T> {
  const answer = new Promise<T>((resolve, reject) => {
    session.sent.push({ cancel: () => query.cancel(), fail: reject })
    query.then(resolve, (cause: unknown) => {
      if (!(cause instanceof postgres.PostgresError)) session.isLost = true
      reject(cause)
    })
  })
  answer.catch(ignore)
  return answer
}

/**
 * One connection, used by one request at a time. Statements are sent in the order of the calls and without waiting for
 * each other; Postgres answers them in that order.
 */
export class Connection {
  readonly #pool: ConnectionPool
  readonly #url: string
  #session: Session | null = null

  constructor(pool: ConnectionPool, url: string) {
    this.#pool = pool
    this.#url = url
  }

  /** Whether statements can be sent. */
  get isOpen(): boolean {
    return this.#session !== null && !this.#session.isLost
  }

  /** Whether the next request may use the connection as it is. */
  get isCurrent(): boolean {
    return this.isOpen && this.#session?.generation === this.#pool.generation
  }

  /**
   * Connects. Statements may be sent only afterwards: a connection that fails while several wait for it could lose the
   * first of them and run the others.
   */
  async open(): Promise<void> {
    this.#discard()
    const session = openSession(this.#url, this.#pool.generation)
    this.#session = session
    try {
      await send(session, session.sql.unsafe('select 1'))
    } catch (cause) {
      session.isLost = true
      throw cause
    }
  }

  /** Sends a command without parameters. */
  command(text: string): Promise<unknown> {
    const session = this.#opened()
    return send(session, session.sql.unsafe(text))
  }

  /** Sends a statement. Rows come as they are, nothing is decoded. */
  query(text: string, params: readonly string[]): Promise<RawRows> {
    const session = this.#opened()
    const prepare = this.#pool.isFrequent(text)
    if (prepare) session.prepared.add(text)
    // Without `simple` a statement that has no parameters would be parsed each time.
    const options = { prepare, simple: false }
    return send(session, session.sql.unsafe(text, [...params], options).raw())
  }

  /** Gives the connection back. Everything sent must have been answered. */
  release(): void {
    const session = this.#session
    if (session) {
      session.sent.length = 0
      // Nobody else can forget prepared statements that are not used any more.
      if (session.isLost || session.prepared.size > mostPrepared) this.#discard()
    }
    this.#pool.free(this)
  }

  /** Closes the connection, at once when `isForced`. */
  async close(isForced: boolean): Promise<void> {
    await this.#session?.sql.end({ timeout: isForced ? 0 : 5 }).catch(ignore)
  }

  #opened(): Session {
    if (!this.#session || this.#session.isLost) throw connectionErrors.lost('the connection was closed')
    return this.#session
  }

  #discard(): void {
    void this.#session?.sql.end({ timeout: 0 }).catch(ignore)
    this.#session = null
  }
}

/** A fixed number of connections, opened when first needed. */
export class ConnectionPool {
  readonly #url: string
  readonly #size: number
  readonly #timeoutMs: number
  readonly #all: Connection[] = []
  readonly #idle: Connection[] = []
  readonly #waiting: ((connection: Connection) => void)[] = []
  readonly #uses = new Map<string, number>()
  #generation = 0

  /** @param timeoutMs how long a request waits for a connection */
  constructor(url: string, size: number, timeoutMs: number) {
    this.#url = url
    this.#size = size
    this.#timeoutMs = timeoutMs
  }

  /** @throws {RestError | Error} PGRST003 when none became free in time; whatever keeps a new one from connecting */
  async acquire(): Promise<Connection> {
    const connection = this.#idle.pop() ?? this.#grow() ?? (await this.#wait())
    if (connection.isCurrent) return connection
    try {
      await connection.open()
      return connection
    } catch (cause) {
      connection.release()
      throw cause
    }
  }

  /** How often the pool was renewed. */
  get generation(): number {
    return this.#generation
  }

  /** Lets no later request use a session of now: a changed schema may have spoiled its prepared statements. */
  renew(): void {
    this.#generation += 1
  }

  /** Hands a connection to the next request. */
  free(connection: Connection): void {
    const next = this.#waiting.shift()
    if (next) next(connection)
    else this.#idle.push(connection)
  }

  /** Whether a statement is worth preparing: from its second use on. Counts this use. */
  isFrequent(text: string): boolean {
    const uses = this.#uses.get(text) ?? 0
    if (uses === 0 && this.#uses.size >= mostCounted) {
      for (const oldest of this.#uses.keys()) {
        this.#uses.delete(oldest)
        break
      }
    }
    if (uses < 2) this.#uses.set(text, uses + 1)
    return uses > 0
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    const idle = new Set(this.#idle)
    await Promise.all(this.#all.map((connection) => connection.close(idle.has(connection))))
  }

  #grow(): Connection | null {
    if (this.#all.length >= this.#size) return null
    const connection = new Connection(this, this.#url)
    this.#all.push(connection)
    return connection
  }

  #wait(): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const waiter = (connection: Connection) => {
        clearTimeout(timer)
        resolve(connection)
      }
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
        reject(connectionErrors.poolTimeout())
      }, this.#timeoutMs)
      this.#waiting.push(waiter)
    })
  }
}
