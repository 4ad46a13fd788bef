import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { withConnection } from '../../../local/postgres/database.ts'
import { createRestService, type RestOptions, type RestService } from '../../../local/rest/mod.ts'
import { TokenError } from '../../../local/service.ts'
import { testDatabase } from '../../support/postgres.ts'

/** An answer with its body read. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; what it holds is for the test to say. */
  json(): unknown
}

/** What a request may carry besides its path. */
export interface RequestParts {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON unless it is text already. */
  readonly body?: unknown
  /** Claims of the token; none without. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** The REST service on the library of this folder, behind a server of its own. */
export interface RestStack {
  readonly service: RestService
  readonly superuserUrl: string
  readonly url: string
  request(path: string, parts?: RequestParts): Promise<Answer>
  /** Body of a GET as JSON. */
  rows(path: string, headers?: Readonly<Record<string, string>>): Promise<unknown>
  /** Runs SQL as superuser. */
  sql(text: string): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const defaults: Omit<RestOptions, 'databaseUrl'> = {
  schemas: ['library', 'archive'],
  extraSearchPath: ['public'],
  maxRows: null,
  anonRole: 'anon',
  preRequest: null,
  aggregatesEnabled: true,
  planEnabled: true,
  txEnd: 'commit-allow-override',
  poolSize: 4,
  useDatabaseConfig: false,
  appSettings: { greeting: 'hello' },
  verifyToken: verifyTestToken,
}

/** Tokens of these tests carry their claims in the open: signatures are another module's business. */
export const tokenFor = (claims: object): string => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`

async function verifyTestToken(token: string): Promise<Record<string, unknown>> {
  const reason = (['expired', 'signature', 'not-yet-valid', 'audience'] as const).find(
    (word) => token === `x.${word}.x`,
  )
  if (reason) throw new TokenError(reason, reason)
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return { ...(typeof claims === 'object' ? claims : {}) }
}

/** Puts a server in front of a service. */
export async function serve(service: RestService) {
  const server = createServer((request, response) => {
    const bearer = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? null
    // The official client knows the service under the gateway's prefix only.
    const path = (request.url ?? '/').replace(/^\/rest\/v1/, '')
    void service.handle(request, response, { path, bearer })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    async request(path: string, { method = 'GET', headers = {}, body, claims }: RequestParts = {}): Promise<Answer> {
      const answer = await fetch(url + path, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(claims ? { authorization: `Bearer ${tokenFor(claims)}` } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) }
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await service.close()
    },
  }
}

/** Loads the library into a database. */
export async function loadLibrary(superuserUrl: string): Promise<void> {
  const library = await readFile(join(import.meta.dirname, 'library.sql'), 'utf8')
  await withConnection(superuserUrl, (sql) => sql.unsafe(library))
}

/** Starts the service on a database of its own. */
export async function startRestStack(options: Partial<RestOptions> = {}): Promise<RestStack> {
  const database = await testDatabase()
  await loadLibrary(database.superuserUrl)
  const service = await createRestService({ ...defaults, databaseUrl: database.urlFor('authenticator'), ...options })
  const { url, request, close } = await serve(service)
  return {
    service,
    url,
    superuserUrl: database.superuserUrl,
    request,
    rows: async (path, headers = {}) => (await request(path, { headers })).json(),
    sql: (text) => withConnection(database.superuserUrl, async (sql) => void (await sql.unsafe(text))),
    async [Symbol.asyncDispose]() {
      await close()
      await database[Symbol.asyncDispose]()
    },
  }
}

/** Code and status of an error, for short expectations. */
export function codeOf(answer: Answer): string {
  const body = answer.json()
  const code = typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : 'none'
  return `${answer.status} ${code}`
}
