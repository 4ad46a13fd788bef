import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLogger } from '../local/logger.ts'
import { freePorts } from '../local/ports.ts'
import { installStandInExtensions } from '../local/postgres/binaries.ts'
import { bootstrapDatabase, bootstrapRoles, standInFolder } from '../local/postgres/database.ts'
import { pushMigrations } from '../local/postgres/migrations.ts'
import { type PostgresServer, startPostgres } from '../local/postgres/server.ts'
import { temporaryDataFolder } from '../local/postgres/temporary_folder.ts'

const projectFolder = join(import.meta.dirname, '..')

/** Runs `work` on a temporary Postgres of its own, without any Supabase schema, and removes it. */
export async function withTemporaryServer<T>(work: (server: PostgresServer) => Promise<T>): Promise<T> {
  const folder = await temporaryDataFolder()
  const [port = 0] = await freePorts(1)
  try {
    const server = await startPostgres({
      dataFolder: join(folder, 'postgres'),
      port,
      logger: silentLogger,
      settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
    })
    try {
      await installStandInExtensions(standInFolder, server.extensionFolder)
      return await work(server)
    } finally {
      await server.stop()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Runs `work` on a temporary database that holds exactly what the migrations make. @param work gets the owner's URL */
export function withFreshDatabase<T>(work: (url: string, server: PostgresServer) => Promise<T>): Promise<T> {
  return withTemporaryServer(async (server) => {
    await bootstrapRoles(server.url())
    await bootstrapDatabase(server.url())
    const url = server.url('postgres', 'postgres')
    await pushMigrations({ url, projectFolder, withSeed: false })
    return work(url, server)
  })
}
