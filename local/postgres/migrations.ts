import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type postgres from 'postgres'
import { StackError } from '../stack_error.ts'
import { connectionSecurity, withConnection } from './database.ts'

/** What a database should hold, by content. */
export interface WantedState {
  /** SHA-256 by migration version (the digits in front of the file's name), in order. */
  readonly migrations: ReadonlyMap<string, string>
  /** SHA-256 of seed.sql; null when the project has none or it is not wanted. */
  readonly seed: string | null
}

/** How a database stands to the project's files. */
export type MigrationStatus =
  | { readonly kind: 'current' }
  /** Files are new; everything that was applied is unchanged. */
  | { readonly kind: 'behind'; readonly missing: readonly string[] }
  /** Applied files were edited or removed, so only a rebuild brings the database to the files. */
  | { readonly kind: 'changed'; readonly changed: readonly string[] }

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Reads the migrations and the seed of a project. @param supabaseFolder the folder that holds config.toml */
export async function readWantedState(supabaseFolder: string, withSeed: boolean): Promise<WantedState> {
  const folder = join(supabaseFolder, 'migrations')
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^\d+_.*\.sql$/.test(name)).sort()
  const migrations = new Map<string, string>()
  for (const name of names) {
    migrations.set(name.slice(0, name.indexOf('_')), sha256(await readFile(join(folder, name), 'utf8')))
  }
  const seed = withSeed ? await readFile(join(supabaseFolder, 'seed.sql'), 'utf8').then(sha256, () => null) : null
  return { migrations, seed }
}

/**
 * Compares a database with the project's files by the checksums that {@link pushMigrations} left.
 *
 * @param url a role that may read schema `atrium_stack`; one round trip
 */
export async function migrationStatus(url: string, wanted: WantedState): Promise<MigrationStatus> {
  const applied = await withConnection(url, readApplied)
  const changed: string[] = []
  for (const [version, checksum] of applied) {
    if (version !== 'seed' && wanted.migrations.get(version) !== checksum) changed.push(version)
  }
  if (changed.length > 0) return { kind: 'changed', changed }
  const missing = [...wanted.migrations.keys()].filter((version) => !applied.has(version))
  if (wanted.seed !== null && applied.get('seed') !== wanted.seed) missing.push('seed')
  return missing.length > 0 ? { kind: 'behind', missing } : { kind: 'current' }
}

async function readApplied(sql: postgres.Sql): Promise<Map<string, string>> {
  const [found] = await sql`select to_regclass('atrium_stack.applied_files') is not null as exists`
  if (!found?.exists) return new Map()
  const rows = await sql<{ version: string; sha256: string }[]>`select version, sha256 from atrium_stack.applied_files`
  return new Map(rows.map((row) => [row.version, row.sha256]))
}

/** Options of {@link pushMigrations}. */
export interface PushOptions {
  /** Connection of role `postgres`: migrations run with its rights, as when hosted. */
  readonly url: string
  /** Folder that holds `supabase/`. */
  readonly projectFolder: string
  readonly withSeed: boolean
  /** Variables that config.toml refers to with `env(...)`. */
  readonly environment?: Readonly<Record<string, string>>
}

/**
 * Applies what is missing with the supabase CLI and records the checksum of each file.
 *
 * @throws {StackError} `migration_failed` with the CLI's own words
 */
export async function pushMigrations(options: PushOptions): Promise<void> {
  const parameters = [
    'db',
    'push',
    `--remote=${options.url}`,
    '--include-all',
    '--yes',
    '--workdir',
    options.projectFolder,
  ]
  if (options.withSeed) parameters.push('--include-seed')
  const { code, output } = await runCli(parameters, options.environment)
  if (code !== 0) {
    throw new StackError('migration_failed', `Migrations could not be applied: ${lastLines(output)}`, {
      hint: 'Correct the SQL in supabase/schemas, run "npm run db:build", and start again',
    })
  }
  await markApplied(options.url, await readWantedState(join(options.projectFolder, 'supabase'), options.withSeed))
}

/**
 * Loads supabase/seed.sql by itself, all or nothing. The CLI loads a seed once; the file is written to be loaded again.
 *
 * @param url connection of role `postgres`
 * @param projectFolder folder that holds `supabase/`
 */
export async function loadSeed(url: string, projectFolder: string): Promise<void> {
  const text = await readFile(join(projectFolder, 'supabase', 'seed.sql'), 'utf8')
  await withConnection(url, (sql) => sql.begin((transaction) => transaction.unsafe(text).simple()))
}

/** Records that a database holds these files. @param url a role that may create schemas */
export async function markApplied(url: string, wanted: WantedState): Promise<void> {
  await withConnection(url, (sql) => recordApplied(sql, wanted))
}

async function recordApplied(sql: postgres.Sql, wanted: WantedState): Promise<void> {
  const files = [...wanted.migrations].map(([version, checksum]) => ({ version, sha256: checksum }))
  if (wanted.seed) files.push({ version: 'seed', sha256: wanted.seed })
  await sql.begin(async (transaction) => {
    await transaction`create schema if not exists atrium_stack`
    await transaction`
      create table if not exists atrium_stack.applied_files (
        version text primary key, sha256 text not null, applied_at timestamptz not null default now())`
    if (files.length === 0) return
    await transaction`
      insert into atrium_stack.applied_files ${transaction(files, 'version', 'sha256')}
      on conflict (version) do update set sha256 = excluded.sha256, applied_at = now()`
  })
}

/**
 * Runs the pinned supabase CLI and collects what it prints.
 *
 * @param environment variables beside the process's own
 */
export async function runCli(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; output: string; stdout: string }> {
  const child = spawn(process.execPath, [cliPath(), ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      // The CLI checks the form of config.toml's secrets even when it uses none of them.
      SEND_EMAIL_HOOK_SECRET: `v1,whsec_${randomBytes(32).toString('base64')}`,
      SUPABASE_TELEMETRY_DISABLED: '1',
      DO_NOT_TRACK: '1',
      ...process.env,
      ...environment,
      // A local server has no certificate, and the CLI would mix a warning about it into its output.
      PGSSLMODE: sslModeFor(parameters),
    },
  })
  let output = ''
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output, stdout }
}

/** With TLS unless every address among the parameters is on this machine. */
function sslModeFor(parameters: readonly string[]): string {
  const urls = parameters.flatMap((parameter) => /postgres(?:ql)?:\/\/.*/.exec(parameter)?.[0] ?? [])
  return urls.every((url) => connectionSecurity(url).sslMode === 'disable') ? 'disable' : 'require'
}

/** The CLI's script, run by this very Node so that a machine's older one is never picked up. */
function cliPath(): string {
  return join(dirname(createRequire(import.meta.url).resolve('supabase/package.json')), 'dist', 'supabase.js')
}

function lastLines(output: string): string {
  return output.trim().split('\n').slice(-12).join('\n')
}
