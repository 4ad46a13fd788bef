import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import type { z } from 'zod'
import { startGateway } from '../../../local/gateway.ts'
import { silentLogger } from '../../../local/logger.ts'
import { createStorageService, type StorageService, storageSection } from '../../../local/storage/mod.ts'
import { createKeys, createTokens, type StackKeys, type Tokens } from '../../../local/tokens.ts'
import { testDatabase } from '../../support/postgres.ts'

/** The storage service behind a gateway, on a database and a folder of its own. */
export interface StorageStack {
  readonly url: string
  readonly keys: StackKeys
  readonly tokens: Tokens
  readonly folder: string
  readonly service: StorageService
  /** As superuser. */
  readonly sql: postgres.Sql
  /** The official client with the publishable key. */
  anonymous(): SupabaseClient
  /** The official client with the secret key. */
  admin(): SupabaseClient
  /** The official client of a signed in person. */
  person(id?: string): Promise<SupabaseClient>
  /** A bare request to the service, without key unless `token` is given. */
  request(path: string, init?: RequestInit & { token?: string }): Promise<Response>
  /** A token of a signed in person. */
  tokenFor(claims: { sub: string; exp?: number }): Promise<string>
  /** Makes a bucket with a new name. */
  bucket(options?: { public?: boolean; fileSizeLimit?: number; allowedMimeTypes?: string[] }): Promise<string>
  /** Files that the service keeps: complete ones and those that are being received. */
  storedFiles(): Promise<{ objects: string[]; incoming: string[] }>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts what a test file talks to. @param options.folder where files are kept; a temporary folder otherwise */
export async function startStorageStack(
  options: { config?: z.input<typeof storageSection>; folder?: string } = {},
): Promise<StorageStack> {
  const database = await testDatabase()
  const temporary = await mkdtemp(join(tmpdir(), 'atrium-storage-'))
  const folder = options.folder ?? join(temporary, 'storage')
  const keys = await createKeys()
  const tokens = await createTokens(keys)
  const service = await createStorageService({
    databaseUrl: database.urlFor('supabase_storage_admin'),
    folder,
    config: storageSection.parse(options.config ?? {}),
    tokens,
    logger: silentLogger,
  })
  const gateway = await startGateway({
    port: 0,
    host: '127.0.0.1',
    keys,
    tokens,
    mounts: [{ prefix: '/storage/v1', service, isOpen: () => true }],
    logger: silentLogger,
  })
  const url = `http://127.0.0.1:${gateway.port}`
  const sql = postgres(database.superuserUrl, { max: 2, onnotice: () => {} })
  const open = (key: string, token?: string) =>
    createClient(url, key, {
      auth: { persistSession: false, autoRefreshToken: false },
      ...(token ? { global: { headers: { authorization: `Bearer ${token}` } } } : {}),
    })
  const now = () => Math.floor(Date.now() / 1000)
  const tokenFor: StorageStack['tokenFor'] = ({ sub, exp }) =>
    tokens.sign({ role: 'authenticated', aud: 'authenticated', sub, iat: now(), exp: exp ?? now() + 3600 })
  return {
    url,
    keys,
    tokens,
    folder,
    service,
    sql,
    anonymous: () => open(keys.publishableKey),
    admin: () => open(keys.secretKey),
    person: async (id = randomUUID()) => open(keys.publishableKey, await tokenFor({ sub: id })),
    tokenFor,
    request(path, { token, ...init } = {}) {
      const headers = new Headers(init.headers)
      if (token) headers.set('authorization', `Bearer ${token}`)
      return fetch(`${url}/storage/v1${path}`, { ...init, headers })
    },
    async bucket(bucketOptions = {}) {
      const id = `bucket-${randomUUID()}`
      const { error } = await open(keys.secretKey).storage.createBucket(id, { public: false, ...bucketOptions })
      if (error) throw error
      return id
    },
    async storedFiles() {
      const files = async (name: string) =>
        (await readdir(join(folder, name), { recursive: true, withFileTypes: true }))
          .filter((entry) => entry.isFile())
          .map((entry) => entry.name)
      return { objects: await files('objects'), incoming: await files('incoming') }
    },
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await service.close()
      await sql.end()
      await database[Symbol.asyncDispose]()
      await rm(temporary, { recursive: true, force: true })
    },
  }
}
