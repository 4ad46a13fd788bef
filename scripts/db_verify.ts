import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { bootstrapDatabase, bootstrapRoles, withConnection } from '../local/postgres/database.ts'
import { pushMigrations, runCli } from '../local/postgres/migrations.ts'
import { catalogSnapshot, snapshotDifference, tablesWithRows } from './catalog_snapshot.ts'
import { buildMigrations, outdatedMigrations } from './db_build.ts'
import { withTemporaryServer } from './fresh_database.ts'

// `npm run db:verify`: the migrations are what the schemas give, a database made by the CLI (or the one of
// DATABASE_URL) is what the schemas make, and the advisors find nothing.

const projectFolder = join(import.meta.dirname, '..')

/** Findings that say nothing about a database that nobody has used yet, or that are meant to be so. */
const accepted: readonly { readonly lint: string; readonly detail: RegExp; readonly reason: string }[] = [
  { lint: 'unused_index', detail: /./, reason: 'a fresh database has not used any index' },
  {
    lint: 'rls_enabled_no_policy',
    detail: /`private\./,
    reason: 'private tables are closed to every API role; row level security is the second lock',
  },
]

const findingsSchema = z.array(z.object({ name: z.string(), level: z.string(), detail: z.string() }))

/** What the advisors of the supabase CLI find, without what is accepted. */
export async function advisorFindings(url: string): Promise<string[]> {
  const { code, stdout, output } = await runCli([
    'db',
    'advisors',
    `--remote=${url}`,
    '--type',
    'all',
    '--level',
    'info',
  ])
  const json = stdout.slice(stdout.indexOf('['), stdout.lastIndexOf(']') + 1)
  if (code !== 0) throw new Error(`supabase db advisors failed: ${output}`)
  const findings = json === '' ? [] : findingsSchema.parse(JSON.parse(json))
  return findings
    .filter(({ name, detail }) => !accepted.some((rule) => rule.lint === name && rule.detail.test(detail)))
    .map(({ name, level, detail }) => `${level} ${name}: ${detail}`)
}

/** Statements that would turn one database into the other, as the supabase CLI sees it; empty when they are alike. */
export async function schemaDifference(from: string, to: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atrium-diff-'))
  const file = join(folder, 'difference.sql')
  try {
    const { code, output } = await runCli([
      'db',
      'diff',
      '--from',
      from,
      '--to',
      to,
      '--schema',
      'public,private',
      '--output',
      file,
    ])
    if (code !== 0) throw new Error(`supabase db diff failed: ${output}`)
    return (await readFile(file, 'utf8').catch(() => '')).trim()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Compares a database with what the schemas make. @returns the differences, empty when there are none */
export async function compareWithSchemas(found: string, fresh: string): Promise<string[]> {
  const problems: string[] = []
  const difference = await schemaDifference(fresh, found)
  if (difference !== '') problems.push(`supabase db diff is not empty:\n${difference}`)
  const lines = await catalogDifference(found, fresh)
  if (lines.length > 0) problems.push(`The catalogue differs (- schemas, + database):\n${lines.join('\n')}`)
  return problems
}

/** What only one of two databases has, with what the CLI's differ skips: schedules, lookup rows, comments, defaults. */
export async function catalogDifference(found: string, fresh: string): Promise<string[]> {
  const { tables, wanted } = await withConnection(fresh, async (sql) => {
    const filled = await tablesWithRows(sql)
    return { tables: filled, wanted: await catalogSnapshot(sql, filled) }
  })
  return snapshotDifference(wanted, await withConnection(found, (sql) => catalogSnapshot(sql, tables)))
}

/** Applies the schema files themselves, each domain in one transaction, as `postgres`. */
export async function applySchemas(url: string): Promise<void> {
  for (const { text } of await buildMigrations()) {
    await withConnection(url, (sql) => sql.begin((transaction) => transaction.unsafe(text).simple()))
  }
}

async function verify(): Promise<string[]> {
  const outdated = await outdatedMigrations()
  if (outdated.length > 0) return [`Not what the schemas give: ${outdated.join(', ')}; run "npm run db:build"`]
  return withTemporaryServer(async (server) => {
    await bootstrapRoles(server.url())
    for (const database of ['from_schemas', 'from_migrations']) {
      await withConnection(server.url(), (sql) => sql.unsafe(`create database ${database}`))
      await bootstrapDatabase(server.url(database))
    }
    const fresh = server.url('from_schemas', 'postgres')
    await applySchemas(fresh)
    const found = process.env.DATABASE_URL ?? server.url('from_migrations', 'postgres')
    if (!process.env.DATABASE_URL) await pushMigrations({ url: found, projectFolder, withSeed: false })
    const problems = await compareWithSchemas(found, fresh)
    const findings = await advisorFindings(found)
    if (findings.length > 0) problems.push(`Advisors:\n${findings.join('\n')}`)
    return problems
  })
}

if (import.meta.main) {
  const problems = await verify()
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
  else console.log('The database is what the schemas say, and the advisors find nothing')
}
