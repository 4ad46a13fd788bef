import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { bootstrapDatabase, dropDatabase, withConnection, withDatabase } from '../../../local/postgres/database.ts'
import { localPassword } from '../../../local/postgres/server.ts'

/** A database with the bootstrap alone: what a migration finds in a new project. */
export interface BareDatabase {
  readonly name: string
  /** As `postgres`. */
  readonly url: string
  readonly superuserUrl: string
  drop(): Promise<void>
}

/** Makes an empty database and loads the bootstrap; takes about a third of a second. */
export async function bareDatabase(): Promise<BareDatabase> {
  const maintenanceUrl = inject('superuserUrl')
  const name = `bare_${randomUUID().replaceAll('-', '')}`
  await withConnection(maintenanceUrl, (sql) => sql.unsafe(`create database ${name} template template0`))
  const superuserUrl = withDatabase(maintenanceUrl, name)
  await bootstrapDatabase(superuserUrl)
  return {
    name,
    url: withDatabase(maintenanceUrl, name, { name: 'postgres', password: localPassword }),
    superuserUrl,
    drop: () => dropDatabase(maintenanceUrl, name),
  }
}
