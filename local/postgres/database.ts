import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'

const bootstrapFolder = join(import.meta.dirname, 'bootstrap')

/** Folder of the extension files that stand in for pg_cron, pg_net and supabase_vault. */
export const standInFolder = join(import.meta.dirname, 'extensions')

/**
 * How a connection is protected: with TLS wherever it leaves this machine, whatever the URL says, because passwords and
 * rows travel on it. The local server listens on loopback alone and has no certificate.
 */
export function connectionSecurity(url: string): { ssl: false | 'require'; sslMode: 'disable' | 'require' } {
  const { hostname } = new URL(url)
  const isLocal = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname)
  return isLocal ? { ssl: false, sslMode: 'disable' } : { ssl: 'require', sslMode: 'require' }
}

/** Runs `work` on one connection and ends it. */
export async function withConnection<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const { ssl } = connectionSecurity(url)
  const sql = postgres(url, { max: 1, ssl, onnotice: () => {}, connect_timeout: 15 })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function bootstrapFiles(): Promise<{ name: string; text: string }[]> {
  const names = (await readdir(bootstrapFolder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(bootstrapFolder, name), 'utf8') })))
}

/** SHA-256 over everything that makes up an empty Supabase database; a change of it means a rebuild. */
export async function bootstrapChecksum(): Promise<string> {
  const hash = createHash('sha256')
  for (const { name, text } of await bootstrapFiles()) hash.update(`${name}\n${text}\n`)
  for (const name of (await readdir(standInFolder)).sort()) {
    hash.update(`${name}\n${await readFile(join(standInFolder, name), 'utf8')}\n`)
  }
  return hash.digest('hex')
}

/** Makes the roles of a Supabase project. Cluster-wide and repeatable. @param superuserUrl any database */
export async function bootstrapRoles(superuserUrl: string): Promise<void> {
  const roles = (await bootstrapFiles()).filter(({ name }) => name.startsWith('00_'))
  await withConnection(superuserUrl, async (sql) => {
    for (const { text } of roles) await sql.unsafe(text).simple()
  })
}

/** Turns an empty database into an empty Supabase database: schemas, tables, functions and grants of the services. */
export async function bootstrapDatabase(superuserUrl: string): Promise<void> {
  const files = (await bootstrapFiles()).filter(({ name }) => !name.startsWith('00_'))
  await withConnection(superuserUrl, async (sql) => {
    await sql.unsafe(`alter database ${quote(databaseOf(superuserUrl))} owner to postgres`)
    for (const { name, text } of files) {
      await sql
        .unsafe(text)
        .simple()
        .catch((cause: unknown) => {
          throw new Error(`Bootstrap file ${name} failed: ${cause instanceof Error ? cause.message : cause}`, { cause })
        })
    }
  })
}

/**
 * Copies a database, its settings included (`create database ... template` leaves them behind).
 *
 * @param maintenanceUrl superuser, on a database that is neither source nor target
 */
export async function copyDatabase(maintenanceUrl: string, source: string, target: string): Promise<void> {
  await withConnection(maintenanceUrl, async (sql) => {
    // Copying files takes half the work of writing them to the log, but two checkpoints, which must reach the disk.
    const [server] = await sql`select current_setting('fsync') = 'off' as is_careless`
    await sql.unsafe(
      `create database ${quote(target)} with template ${quote(source)} owner postgres
         strategy ${server?.is_careless ? 'file_copy' : 'wal_log'}`,
    )
    const settings = await sql<{ role: string | null; setting: string }[]>`
      select pg_roles.rolname as role, setting.value as setting
      from pg_db_role_setting
      join pg_database on pg_database.oid = pg_db_role_setting.setdatabase
      left join pg_roles on pg_roles.oid = pg_db_role_setting.setrole
      cross join lateral unnest(pg_db_role_setting.setconfig) as setting (value)
      where pg_database.datname = ${source}`
    for (const { role, setting } of settings) {
      const [name = '', ...value] = setting.split('=')
      const assignment = `set ${name} to ${settingValue(name, value.join('='))}`
      await sql.unsafe(
        role
          ? `alter role ${quote(role)} in database ${quote(target)} ${assignment}`
          : `alter database ${quote(target)} ${assignment}`,
      )
    }
  })
  // A schedule names its database: the copy's must not go on working on the source, nor hold it open.
  await withConnection(withDatabase(maintenanceUrl, target), async (sql) => {
    const [found] = await sql`select to_regclass('cron.job') is not null as has_schedules`
    if (found?.has_schedules) await sql`update cron.job set database = current_database()`
  })
}

/** A list setting such as search_path is stored as a list and must not become one quoted word. */
function settingValue(name: string, value: string): string {
  return name === 'search_path' ? value : `'${value.replaceAll("'", "''")}'`
}

/** Drops a database with everyone in it. */
export async function dropDatabase(maintenanceUrl: string, name: string): Promise<void> {
  await withConnection(maintenanceUrl, (sql) => sql.unsafe(`drop database if exists ${quote(name)} with (force)`))
}

/** Name of the database in a connection URL. */
export function databaseOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1))
}

/** The same connection URL with another database or role. */
export function withDatabase(url: string, database: string, role?: { name: string; password: string }): string {
  const changed = new URL(url)
  changed.pathname = `/${encodeURIComponent(database)}`
  if (role) {
    changed.username = role.name
    changed.password = role.password
  }
  return changed.href
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}
