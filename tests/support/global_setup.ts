import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { silentLogger } from '../../local/logger.ts'
import { freePorts } from '../../local/ports.ts'
import { installStandInExtensions } from '../../local/postgres/binaries.ts'
import {
  bootstrapDatabase,
  bootstrapRoles,
  dropDatabase,
  standInFolder,
  withConnection,
  withDatabase,
} from '../../local/postgres/database.ts'
import { pushMigrations } from '../../local/postgres/migrations.ts'
import { localPassword, type PostgresServer, startPostgres } from '../../local/postgres/server.ts'
import { temporaryDataFolder } from '../../local/postgres/temporary_folder.ts'
import { StackError } from '../../local/stack_error.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser connection to the server that the tests share. */
    superuserUrl: string
    /** Database with bootstrap and migrations, without demo data, that each test file gets a copy of. */
    templateDatabase: string
    /** The migrated database in which the real pg_cron runs jobs; null where the server has only the stand-in. */
    cronDatabase: string | null
  }
}

const projectFolder = join(import.meta.dirname, '..', '..')
const attempts = 3

/**
 * Gives all test files one Postgres: a temporary one of this run, or the server of `DATABASE_URL` (a superuser on a
 * maintenance database), whose test databases are then made and dropped.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const external = process.env.DATABASE_URL
  const own = external ? null : await startOwnServer()
  const maintenanceUrl = external ?? own?.server.url('template1') ?? ''
  const suffix = process.pid.toString(36)
  const templateDatabase = `atrium_template_${suffix}`
  const cronDatabase = await findCronDatabase(maintenanceUrl)
  try {
    if (own) await installStandInExtensions(standInFolder, own.server.extensionFolder)
    await createMigrated(maintenanceUrl, templateDatabase)
    if (cronDatabase) await createMigrated(maintenanceUrl, cronDatabase)
  } catch (error) {
    await own?.end()
    throw error
  }
  project.provide('superuserUrl', maintenanceUrl)
  project.provide('templateDatabase', templateDatabase)
  project.provide('cronDatabase', cronDatabase)
  return async () => {
    if (own) return own.end()
    await dropDatabase(maintenanceUrl, templateDatabase)
  }
}

async function startOwnServer(): Promise<{ server: PostgresServer; end(): Promise<void> }> {
  const folder = await temporaryDataFolder()
  for (let attempt = 1; ; attempt += 1) {
    const [port = 0] = await freePorts(1)
    try {
      const server = await startPostgres({
        dataFolder: join(folder, 'postgres'),
        port,
        logger: silentLogger,
        // Test data need not survive a crash; the tests of durability start servers of their own.
        settings: {
          fsync: 'off',
          synchronous_commit: 'off',
          full_page_writes: 'off',
          max_connections: '400',
          max_wal_size: '256MB',
        },
      })
      return {
        server,
        async end() {
          await server.stop()
          await rm(folder, { recursive: true, force: true })
        },
      }
    } catch (error) {
      // Another run may have taken the port between the look and the start.
      if (attempt === attempts || !(error instanceof StackError)) throw error
    }
  }
}

/** pg_cron works in one database only; others get the stand-in even there, so that they can be copied. */
async function findCronDatabase(url: string): Promise<string | null> {
  const [row] = await withConnection(
    url,
    (sql) => sql<{ name: string | null }[]>`select current_setting('cron.database_name', true) as name`,
  )
  return row?.name || null
}

async function createMigrated(maintenanceUrl: string, database: string): Promise<void> {
  await dropDatabase(maintenanceUrl, database)
  await withConnection(maintenanceUrl, (sql) => sql.unsafe(`create database "${database}" template template0`))
  await bootstrapRoles(maintenanceUrl)
  await bootstrapDatabase(withDatabase(maintenanceUrl, database))
  await pushMigrations({
    url: withDatabase(maintenanceUrl, database, { name: 'postgres', password: localPassword }),
    projectFolder,
    withSeed: false,
  })
}
