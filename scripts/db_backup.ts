import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { createGunzip, createGzip } from 'node:zlib'
import postgres from 'postgres'
import { readOptions } from '../local/cli/options.ts'
import { readState } from '../local/cli/state.ts'
import { superuser } from '../local/postgres/server.ts'
import {
  listMigrations,
  listPartitions,
  listSequences,
  listTables,
  type Manifest,
  manifestSchema,
  type Part,
  restGuards,
} from './backup_parts.ts'

// `npm run db:backup -- --out FOLDER`, and `-- --restore FOLDER [--overwrite]`: the rows of a database without pg_dump.
// The schema is not in it: the migrations make it. Files of Storage lie in the data folder and are copied beside it.

/**
 * Writes every row of auth, storage, public and private into a folder, as one snapshot, while the database is in use.
 * Memory does not grow with the data.
 *
 * @param url a role that may read those schemas past row level security, such as `postgres`
 * @param folder made when missing; must be empty
 * @throws {Error} when the folder holds something
 */
export async function backUp(url: string, folder: string): Promise<Manifest> {
  await mkdir(folder, { recursive: true })
  if ((await readdir(folder)).length > 0) throw new Error(`Cannot back up: the folder ${folder} is not empty`)
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return await sql.begin('isolation level repeatable read read only', async (transaction) => {
      const parts: Part[] = []
      for (const { table, columns } of await listTables(transaction)) {
        parts.push(await writePart(transaction, folder, table, columns))
      }
      const [server] = await transaction<{ version: string }[]>`select current_setting('server_version') as version`
      const manifest: Manifest = {
        format: 1,
        createdAt: new Date().toISOString(),
        serverVersion: server?.version ?? '',
        migrations: await listMigrations(transaction),
        parts,
        partitions: await listPartitions(transaction),
        sequences: await listSequences(transaction),
      }
      // Last: a folder without it is no backup.
      await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
      return manifest
    })
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function writePart(
  sql: postgres.ISql<Record<never, never>>,
  folder: string,
  table: string,
  columns: string[],
): Promise<Part> {
  const file = `${table.replaceAll('"', '')}.copy.gz`
  const rows = lineCounter()
  const hash = hasher()
  // The form with a query also reads partitioned tables.
  const source = await sql.unsafe(`copy (select ${columns.join(', ')} from ${table}) to stdout`).readable()
  await pipeline(source, rows.stream, createGzip(), hash.stream, createWriteStream(join(folder, file), { flags: 'wx' }))
  return { table, columns, file, rows: rows.count(), sha256: hash.digest() }
}

/**
 * Replaces every row of a database by a backup's, in one transaction: it all arrives or nothing changes. Triggers and
 * foreign keys rest meanwhile, because the rows were consistent when they were read.
 *
 * @param url a superuser: only one may let triggers and foreign keys rest (`supabase_admin` on a local stack)
 * @param options.overwrite needed where the database already has accounts
 * @throws {Error} when a checksum, a row count or the migrations differ, or accounts would be lost
 */
export async function restore(url: string, folder: string, options: { overwrite?: boolean } = {}): Promise<Manifest> {
  const text = await readFile(join(folder, 'manifest.json'), 'utf8').catch((cause: unknown) => {
    throw new Error(`Cannot restore: ${folder} holds no manifest.json, so it is no complete backup`, { cause })
  })
  const manifest = manifestSchema.parse(JSON.parse(text))
  for (const part of manifest.parts) await requireIntact(folder, part)
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.begin(async (transaction) => {
      await requireSameMigrations(transaction, manifest)
      const [accounts] = await transaction`select exists (select from auth.users) as found`
      if (accounts?.found && !options.overwrite) {
        throw new Error('Cannot restore: the database has accounts. With --overwrite they are replaced')
      }
      for (const { table, month } of manifest.partitions) {
        await transaction`select private.ensure_month_partition(${table}::text::regclass, ${month}::text::timestamptz)`
      }
      await transaction`set local session_replication_role = replica`
      const tables = manifest.parts.map(({ table }) => table)
      const wakeGuards = await restGuards(transaction, tables)
      await transaction.unsafe(`truncate ${tables.join(', ')}`)
      for (const part of manifest.parts) await readPart(transaction, folder, part)
      await wakeGuards()
      for (const { name, value, isCalled } of manifest.sequences) {
        await transaction`select setval(${name}::regclass, ${value}::text::bigint, ${isCalled})`
      }
      // Schedules belong to the owner of the jobs.
      await transaction`set local role postgres`
      await transaction`select private.install_cron_jobs()`
    })
  } finally {
    await sql.end({ timeout: 5 })
  }
  return manifest
}

async function requireIntact(folder: string, part: Part): Promise<void> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(join(folder, part.file))) hash.update(chunk)
  if (hash.digest('hex') !== part.sha256) throw new Error(`Cannot restore: ${part.file} was damaged or changed`)
}

async function requireSameMigrations(sql: postgres.ISql<Record<never, never>>, manifest: Manifest): Promise<void> {
  const applied = await listMigrations(sql)
  const versions = new Set([...Object.keys(applied), ...Object.keys(manifest.migrations)])
  const different = [...versions].filter((version) => applied[version] !== manifest.migrations[version])
  if (different.length === 0) return
  throw new Error(
    `Cannot restore: migrations differ between the backup and the database: ${different.sort().join(', ')}. ` +
      'Check out the version that made the backup, run "npm run db:reset", restore, then update',
  )
}

async function readPart(sql: postgres.ISql<Record<never, never>>, folder: string, part: Part): Promise<void> {
  const rows = lineCounter()
  const target = await sql.unsafe(`copy ${part.table} (${part.columns.join(', ')}) from stdin`).writable()
  await pipeline(createReadStream(join(folder, part.file)), createGunzip(), rows.stream, target)
  if (rows.count() !== part.rows) {
    throw new Error(`Cannot restore: ${part.file} holds ${rows.count()} rows, not ${part.rows}`)
  }
}

/** Counts the rows of COPY text, in which line feeds inside values are escaped. */
function lineCounter(): { stream: Transform; count(): number } {
  let count = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) count += 1
      done(null, chunk)
    },
  })
  return { stream, count: () => count }
}

function hasher(): { stream: Transform; digest(): string } {
  const hash = createHash('sha256')
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  return { stream, digest: () => hash.digest('hex') }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      restore: { type: 'string' },
      overwrite: { type: 'boolean', default: false },
      'data-dir': { type: 'string' },
    },
  })
  if ((values.out === undefined) === (values.restore === undefined)) {
    throw new Error('Say either --out FOLDER or --restore FOLDER [--overwrite]')
  }
  const dataFolder = readOptions(values['data-dir'] ? ['--data-dir', values['data-dir']] : []).dataFolder
  const url = process.env.DATABASE_URL ?? (await readState(dataFolder))?.databaseUrl
  if (!url) throw new Error('No stack is running: run "npm start", or set DATABASE_URL')
  if (values.out !== undefined) {
    const { parts } = await backUp(url, values.out)
    console.log(`Wrote ${total(parts)} rows of ${parts.length} tables to ${values.out}`)
  } else if (values.restore !== undefined) {
    const { parts } = await restore(asSuperuser(url), values.restore, { overwrite: values.overwrite })
    console.log(`Restored ${total(parts)} rows of ${parts.length} tables from ${values.restore}`)
  }
}

const total = (parts: readonly Part[]) => parts.reduce((sum, { rows }) => sum + rows, 0)

/** The local stack's superuser has the password of every local role; DATABASE_URL is taken as it is. */
function asSuperuser(url: string): string {
  if (process.env.DATABASE_URL) return url
  const changed = new URL(url)
  changed.username = superuser
  return changed.href
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
}
