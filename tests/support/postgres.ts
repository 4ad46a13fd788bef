import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { copyDatabase, dropDatabase, withDatabase } from '../../local/postgres/database.ts'
import { localPassword } from '../../local/postgres/server.ts'

/** A database of one test file: bootstrap and migrations, no rows but lookup rows. */
export interface TestDatabase {
  readonly name: string
  /** As `postgres`, the owner, with the rights it has when hosted. */
  readonly url: string
  readonly superuserUrl: string
  /** As another login role, such as `authenticator`. */
  urlFor(role: string): string
  [Symbol.asyncDispose](): Promise<void>
}

/** Copies the template; takes about a tenth of a second. Drop it with `await using` or in `afterAll`. */
export async function testDatabase(): Promise<TestDatabase> {
  const maintenanceUrl = inject('superuserUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await copyDatabase(maintenanceUrl, inject('templateDatabase'), name)
  const urlFor = (role: string) => withDatabase(maintenanceUrl, name, { name: role, password: localPassword })
  return {
    name,
    url: urlFor('postgres'),
    superuserUrl: withDatabase(maintenanceUrl, name),
    urlFor,
    [Symbol.asyncDispose]: () => dropDatabase(maintenanceUrl, name),
  }
}
