import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createClient, type SupabaseClient, type SupabaseClientOptions } from '@supabase/supabase-js'
import PostalMime, { type Email } from 'postal-mime'
import postgres from 'postgres'
import { SMTPServer } from 'smtp-server'
import { z } from 'zod'
import { type AuthOptions, authSection, createAuthService, isOpenAuthPath } from '../../../local/auth/mod.ts'
import { startGateway } from '../../../local/gateway.ts'
import { silentLogger } from '../../../local/logger.ts'
import { createKeys, createTokens, type StackKeys, type Tokens } from '../../../local/tokens.ts'
import { testDatabase } from '../../support/postgres.ts'

/** Settings of a test's auth service: the `[auth]` part of config.toml plus what a stack gives besides. */
export interface AuthStackOptions {
  readonly config?: z.input<typeof authSection>
  readonly hookSecretFor?: AuthOptions['hookSecretFor']
  readonly limitsRates?: boolean
  readonly projectFolder?: string
  readonly twilioUrl?: string
  readonly captchaUrl?: string
}

/** The auth service behind a gateway, on a database and a mail server of its own. */
export interface AuthStack {
  readonly url: string
  readonly keys: StackKeys
  readonly tokens: Tokens
  readonly sql: postgres.Sql
  readonly mails: Inbox
  /** A client of the official library without storage. */
  client(options?: SupabaseClientOptions<'public'>['auth']): SupabaseClient
  /** The same with the secret key. */
  admin(): SupabaseClient
  /** A bare request to the service with the publishable key. */
  request(path: string, init?: RequestInit & { json?: unknown }): Promise<Response>
  /** Moves the service's clock, in milliseconds from the real one. */
  shiftClock(milliseconds: number): void
  [Symbol.asyncDispose](): Promise<void>
}

/** What arrived by SMTP. */
export interface Inbox {
  /** Waits for the next unread mail to an address. */
  next(to: string): Promise<Email>
  /** Mails to an address that nobody read. */
  unread(to: string): readonly Email[]
}

/** Our own settings, where tests do not say otherwise. */
export const ourConfig: z.input<typeof authSection> = {
  site_url: 'http://127.0.0.1:3000',
  additional_redirect_urls: ['https://app.example.com/**'],
  jwt_expiry: 86_400,
  sessions: { timebox: '720h' },
  email: { enable_confirmations: true, max_frequency: '0s' },
}

/** Starts what a test file talks to. */
export async function startAuthStack(options: AuthStackOptions = {}): Promise<AuthStack> {
  const database = await testDatabase()
  const inbox = await startInbox()
  const keys = await createKeys()
  const tokens = await createTokens(keys)
  let shift = 0
  const serviceOptions: AuthOptions = {
    databaseUrl: database.urlFor('supabase_auth_admin'),
    config: authSection.parse(options.config ?? ourConfig),
    tokens,
    publicUrl: 'http://127.0.0.1:54321',
    smtp: { host: '127.0.0.1', port: inbox.port },
    logger: silentLogger,
    now: () => new Date(Date.now() + shift),
    ...(options.hookSecretFor ? { hookSecretFor: options.hookSecretFor } : {}),
    ...(options.limitsRates ? { limitsRates: true } : {}),
    ...(options.twilioUrl ? { twilioUrl: options.twilioUrl } : {}),
    ...(options.captchaUrl ? { captchaUrl: options.captchaUrl } : {}),
    ...(options.projectFolder ? { projectFolder: options.projectFolder } : {}),
  }
  const service = await createAuthService(serviceOptions)
  const gateway = await startGateway({
    port: 0,
    host: '127.0.0.1',
    keys,
    tokens,
    mounts: [{ prefix: '/auth/v1', service, isOpen: isOpenAuthPath }],
    logger: silentLogger,
  })
  const url = `http://127.0.0.1:${gateway.port}`
  const sql = postgres(database.superuserUrl, { max: 2, onnotice: () => {} })
  const open = (key: string, auth?: SupabaseClientOptions<'public'>['auth']) =>
    createClient(url, key, { auth: { persistSession: false, autoRefreshToken: false, ...auth } })
  return {
    url,
    keys,
    tokens,
    sql,
    mails: inbox,
    client: (auth) => open(keys.publishableKey, auth),
    admin: () => open(keys.secretKey),
    request(path, { json, ...init } = {}) {
      const headers = new Headers(init.headers)
      if (!headers.has('apikey')) headers.set('apikey', keys.publishableKey)
      const body = json === undefined ? {} : { body: JSON.stringify(json), method: init.method ?? 'POST' }
      if (json !== undefined) headers.set('content-type', 'application/json')
      return fetch(`${url}/auth/v1${path}`, { redirect: 'manual', ...init, ...body, headers })
    },
    shiftClock(milliseconds) {
      shift = milliseconds
    },
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await service.close()
      await inbox.close()
      await sql.end()
      await database[Symbol.asyncDispose]()
    },
  }
}

async function startInbox(): Promise<Inbox & { port: number; close(): Promise<void> }> {
  const unread: Email[] = []
  const waiting = new Set<() => void>()
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, callback) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        PostalMime.parse(Buffer.concat(chunks)).then((mail) => {
          unread.push(mail)
          for (const wake of waiting) wake()
          callback()
        }, callback)
      })
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const isTo = (to: string) => (mail: Email) => mail.to?.some(({ address }) => address === to) ?? false
  return {
    port: (server.server.address() as AddressInfo).port,
    unread: (to) => unread.filter(isTo(to)),
    next: (to) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`No mail to ${to} arrived`))
        }, 10_000)
        const look = () => {
          const at = unread.findIndex(isTo(to))
          if (at < 0) return
          clearTimeout(timer)
          waiting.delete(look)
          const [mail] = unread.splice(at, 1)
          if (mail) resolve(mail)
        }
        waiting.add(look)
        look()
      }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** The code in a mail. */
export function codeIn(mail: Email): string {
  const code = /enter the code: (\d+)/i.exec(mail.html ?? '')?.[1]
  if (!code) throw new Error('The mail holds no code')
  return code
}

/** The link in a mail, on the address of a test's gateway. */
export function linkIn(mail: Email, stack: AuthStack): URL {
  const href = /href="([^"]+)"/.exec(mail.html ?? '')?.[1]
  if (!href) throw new Error('The mail holds no link')
  const link = new URL(href.replaceAll('&amp;', '&'))
  return new URL(`${link.pathname}${link.search}`, stack.url)
}

let people = 0

/** An address that no other test uses. */
export function newEmail(): string {
  people += 1
  return `person${people}.${Date.now()}@example.com`
}

/** A password that is strong enough. */
export const password = 'correct horse battery 1'

/** Signs a new person up and confirms their address by the code of the mail. */
export async function confirmedPerson(stack: AuthStack): Promise<{ email: string; client: SupabaseClient }> {
  const email = newEmail()
  const client = stack.client()
  const signedUp = await client.auth.signUp({ email, password })
  if (signedUp.error) throw signedUp.error
  const token = codeIn(await stack.mails.next(email))
  const verified = await client.auth.verifyOtp({ email, token, type: 'signup' })
  if (verified.error) throw verified.error
  return { email, client }
}

/** The session of a client that is signed in. */
export async function sessionOf(client: SupabaseClient) {
  const { session } = (await client.auth.getSession()).data
  if (!session) throw new Error('The client is not signed in')
  return session
}

const answer = z.looseObject({
  code: z.union([z.number(), z.string()]).optional(),
  error_code: z.string().optional(),
  msg: z.string().optional(),
  refresh_token: z.string().optional(),
  keys: z.array(z.record(z.string(), z.unknown())).optional(),
  external: z.record(z.string(), z.unknown()).optional(),
})

/** The body of an answer. */
export async function bodyOf(response: Response): Promise<z.infer<typeof answer>> {
  return answer.parse(await response.json())
}

/** Status and code of a refusal, as `403 bad_jwt`. */
export async function errorOf(response: Response): Promise<string> {
  return `${response.status} ${(await bodyOf(response)).error_code}`
}
