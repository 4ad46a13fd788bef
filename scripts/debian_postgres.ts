import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLogger } from '../local/logger.ts'
import { freePorts } from '../local/ports.ts'
import { installStandInExtensions } from '../local/postgres/binaries.ts'
import { standInFolder } from '../local/postgres/database.ts'
import { startPostgres } from '../local/postgres/server.ts'
import { temporaryDataFolder } from '../local/postgres/temporary_folder.ts'

const installed = {
  binFolder: '/usr/lib/postgresql/15/bin',
  extensionFolder: '/usr/share/postgresql/15/extension',
}

/**
 * Runs `work` on a temporary cluster of Debian's Postgres 15 with the real pg_cron. pg_net and supabase_vault, which
 * Debian lacks, are put beside it as stand-ins, so the first run needs the right to write to Postgres's share folder.
 *
 * @param work gets a superuser's connection to a maintenance database
 */
export async function withDebianPostgres<T>(work: (url: string) => Promise<T>): Promise<T> {
  const folder = await temporaryDataFolder()
  const [port = 0] = await freePorts(1)
  try {
    await installStandInExtensions(standInFolder, installed.extensionFolder)
    const server = await startPostgres({
      dataFolder: join(folder, 'postgres'),
      port,
      logger: silentLogger,
      installed,
      settings: {
        shared_preload_libraries: 'pg_cron,pg_stat_statements',
        'cron.database_name': 'atrium_cron',
        // Jobs run without a password in libpq's way, which needs one here.
        'cron.use_background_workers': 'on',
        max_worker_processes: '32',
        fsync: 'off',
        synchronous_commit: 'off',
        full_page_writes: 'off',
        max_connections: '400',
        max_wal_size: '256MB',
      },
    })
    try {
      return await work(server.url('template1'))
    } finally {
      await server.stop()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
