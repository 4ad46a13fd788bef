import { join } from 'node:path'
import type { Project } from '../config.ts'
import { StackError } from '../stack_error.ts'
import { installStandInExtensions } from './binaries.ts'
import {
  bootstrapChecksum,
  bootstrapDatabase,
  bootstrapRoles,
  dropDatabase,
  standInFolder,
  withConnection,
} from './database.ts'
import { applyDifference } from './difference.ts'
import {
  loadSeed,
  type MigrationStatus,
  markApplied,
  migrationStatus,
  pushMigrations,
  readWantedState,
  type WantedState,
} from './migrations.ts'
import type { PostgresServer } from './server.ts'

/** Options of {@link prepareDatabase}. */
export interface PrepareOptions {
  readonly postgres: PostgresServer
  readonly project: Project
  readonly withSeed: boolean
  /** Try to bring changed tables to the files with their rows before a rebuild is proposed. */
  readonly keepsRows?: boolean
  /** Asked before data is thrown away; it throws to refuse. */
  confirmRebuild(changed: readonly string[]): Promise<void>
  onProgress(message: string): void
}

const database = 'postgres'

/**
 * Brings a server's database to the project's files: bootstrap, migrations, seed. A database that holds an older
 * version of an applied file is rebuilt, because the CLI never applies a recorded migration again.
 *
 * @throws {StackError} `migration_failed`, or what `confirmRebuild` throws
 */
export async function prepareDatabase(options: PrepareOptions): Promise<void> {
  const { postgres, project, onProgress } = options
  await installStandInExtensions(standInFolder, postgres.extensionFolder)
  const checksum = await bootstrapChecksum()
  const found = await readBootstrapMark(postgres.url(database))
  const wanted = await readWantedState(join(project.folder, 'supabase'), options.withSeed)
  let status: MigrationStatus = { kind: 'behind', missing: [...wanted.migrations.keys()] }
  if (found === checksum) {
    status = await migrationStatus(postgres.url(database), wanted)
    if (status.kind === 'current') return
  }
  if (status.kind === 'changed' && options.keepsRows && (await changeInPlace(options, wanted))) return
  const outdated = found !== null && found !== checksum ? ['local/postgres/bootstrap'] : []
  const changed = status.kind === 'changed' ? status.changed : outdated
  if (changed.length > 0) {
    await options.confirmRebuild(changed)
    onProgress(`Rebuilding the database: ${changed.join(', ')} changed since it was made`)
    await dropDatabase(postgres.url('template1'), database)
    await withConnection(postgres.url('template1'), (sql) =>
      sql.unsafe(`create database ${database} template template0`),
    )
  }
  if (found === null || changed.length > 0) {
    onProgress('Making the Supabase schemas')
    await bootstrapRoles(postgres.url(database))
    await bootstrapDatabase(postgres.url(database))
    await writeBootstrapMark(postgres.url(database), checksum)
  }
  onProgress('Applying migrations and demo data')
  await pushMigrations({
    url: postgres.url(database, 'postgres'),
    projectFolder: project.folder,
    withSeed: options.withSeed,
    environment: project.environment,
  })
  if (status.kind === 'behind' && status.missing.includes('seed') && found !== null) {
    await loadSeed(postgres.url(database, 'postgres'), project.folder)
  }
}

/** @returns whether the database is what the files say, with its rows */
async function changeInPlace({ postgres, project, onProgress }: PrepareOptions, wanted: WantedState): Promise<boolean> {
  try {
    const remaining = await applyDifference(postgres, project)
    if (remaining.length > 0) {
      onProgress(`The change cannot be made in place:\n${remaining.slice(0, 10).join('\n')}`)
      return false
    }
  } catch (error) {
    // A file that does not load at all is told by itself: no rebuild would help.
    if (error instanceof StackError) throw error
    onProgress(`The change cannot be made in place: ${error instanceof Error ? error.message : error}`)
    return false
  }
  await markApplied(postgres.url(database, 'postgres'), wanted)
  onProgress('The database was changed in place; all rows are kept')
  return true
}

/** The mark is a comment on the database: it goes with it and is written only when the bootstrap is complete. */
async function readBootstrapMark(superuserUrl: string): Promise<string | null> {
  const [row] = await withConnection(
    superuserUrl,
    (sql) => sql<{ mark: string | null }[]>`
      select shobj_description(oid, 'pg_database') as mark from pg_database where datname = current_database()`,
  )
  const mark = row?.mark ?? null
  // A fresh cluster's own comment says what the database is for.
  return mark?.startsWith('bootstrap ') ? mark.slice('bootstrap '.length) : null
}

/** @param checksum hexadecimal digits only: comments take no parameters */
async function writeBootstrapMark(superuserUrl: string, checksum: string): Promise<void> {
  await withConnection(superuserUrl, (sql) => sql.unsafe(`comment on database ${database} is 'bootstrap ${checksum}'`))
}
