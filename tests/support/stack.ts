import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { readProject } from '../../local/config.ts'
import { createLogger, type Logger } from '../../local/logger.ts'
import { freePorts } from '../../local/ports.ts'
import { createSecrets, type StackSecrets } from '../../local/secrets.ts'
import { type Services, startServices } from '../../local/services.ts'
import { localDefaults } from '../../local/stack.ts'
import type { Database } from '../../types/database.ts'
import { type TestDatabase, testDatabase } from './postgres.ts'

/** A whole stack of one test file, on a database of its own inside the run's Postgres. */
export interface TestStack {
  readonly apiUrl: string
  readonly sandboxUrl: string
  readonly secrets: StackSecrets
  readonly services: Services
  readonly database: TestDatabase
  /** Lines the services logged at level warn and above. */
  readonly log: readonly string[]
  /** A client of a person who is not signed in. */
  client(): SupabaseClient<Database>
  /** A client with the secret key. */
  adminClient(): SupabaseClient<Database>
  [Symbol.asyncDispose](): Promise<void>
}

const projectFolder = join(import.meta.dirname, '..', '..')

/** Starts REST, Auth, functions, scheduler, sandbox and gateway on free ports. */
export async function testStack(): Promise<TestStack> {
  const database = await testDatabase()
  const [api = 0, sandbox = 0, smtp = 0, scanner = 0] = await freePorts(4)
  const ports = { api, postgres: Number(new URL(database.url).port), sandbox, smtp, scanner }
  const secrets = await createSecrets()
  const storageFolder = await mkdtemp(join(tmpdir(), 'atrium-storage-'))
  const log: string[] = []
  const logger: Logger = createLogger({ level: 'warn', write: (line) => log.push(line) })
  const apiUrl = `http://127.0.0.1:${api}`
  const project = await readProject(projectFolder, {
    defaults: localDefaults(secrets, ports),
    apiUrl,
    sandboxUrl: `http://127.0.0.1:${ports.sandbox}`,
  })
  const services = await startServices({
    project,
    secrets,
    ports,
    databaseUrl: database.urlFor,
    sandboxFolder: null,
    storageFolder,
    logger,
    watch: false,
  })
  const clientWith = (key: string) =>
    createClient<Database>(apiUrl, key, { auth: { persistSession: false, autoRefreshToken: false } })
  return {
    apiUrl,
    sandboxUrl: services.sandboxUrl,
    secrets,
    services,
    database,
    log,
    client: () => clientWith(secrets.keys.publishableKey),
    adminClient: () => clientWith(secrets.keys.secretKey),
    async [Symbol.asyncDispose]() {
      await services.close()
      await rm(storageFolder, { recursive: true, force: true })
      await database[Symbol.asyncDispose]()
    },
  }
}
