import { catalogDifference, schemaDifference } from '../../scripts/db_verify.ts'
import type { Project } from '../config.ts'
import { bootstrapDatabase, dropDatabase, withConnection } from './database.ts'
import { pushMigrations } from './migrations.ts'
import type { PostgresServer } from './server.ts'

const shadow = 'atrium_shadow'

/**
 * Brings a database with rows to changed migrations by the difference to a fresh one, so that the rows stay. Everything
 * or nothing: statements and comparison share no transaction, but a database that still differs is reported as such.
 *
 * @returns what still differs, such as changed lookup rows; empty when the database is what the files say
 * @throws {Error} when the fresh database cannot be made or a statement does not fit the rows
 */
export async function applyDifference(postgres: PostgresServer, project: Project): Promise<string[]> {
  const maintenance = postgres.url('template1')
  await dropDatabase(maintenance, shadow)
  await withConnection(maintenance, (sql) => sql.unsafe(`create database ${shadow} template template0`))
  try {
    await bootstrapDatabase(postgres.url(shadow))
    const wanted = postgres.url(shadow, 'postgres')
    await pushMigrations({
      url: wanted,
      projectFolder: project.folder,
      withSeed: false,
      environment: project.environment,
    })
    const found = postgres.url('postgres', 'postgres')
    const statements = await schemaDifference(found, wanted)
    if (statements !== '') {
      await withConnection(found, (sql) => sql.begin((transaction) => transaction.unsafe(statements).simple()))
    }
    return await catalogDifference(found, wanted)
  } finally {
    await dropDatabase(maintenance, shadow)
  }
}
