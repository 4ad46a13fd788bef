import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type postgres from 'postgres'
import { withConnection } from '../../local/postgres/database.ts'
import { checkAudit } from './audit.ts'
import { type Finding, fail, type Installation, ok, reasonOf, skip, warn } from './check.ts'
import { checkCron } from './cron.ts'

/** A bucket that config.toml wants. */
export interface WantedBucket {
  readonly name: string
  readonly isPublic: boolean
}

const oldestVersion = 15

/** Whether the database holds what the project's files say, and what only an operator can put there. */
export async function checkDatabase(installation: Installation, buckets: readonly WantedBucket[]): Promise<Finding[]> {
  const { databaseUrl, projectFolder } = installation
  if (!databaseUrl) return [skip('database', 'No connection was given', 'Name one: --db-url <postgresql://...>')]
  try {
    return await withConnection(databaseUrl, async (sql) => {
      // Nothing here writes, and a database that hangs must not hang the doctor.
      await sql`set default_transaction_read_only = on`
      await sql`set statement_timeout = '20s'`
      const [server] = await sql<{ version: number }[]>`
        select current_setting('server_version_num')::int / 10000 as version`
      const version = server?.version ?? 0
      const migrations = await checkMigrations(sql, join(projectFolder, 'supabase', 'migrations'))
      return [
        version >= oldestVersion
          ? ok('database', `Postgres ${version}`)
          : fail('database', `Postgres ${version} is older than ${oldestVersion}`, 'Upgrade the project'),
        ...migrations,
        ...(await checkExtensions(sql, projectFolder)),
        // Without the migrations there is nothing to look at below.
        ...(migrations.some(({ status }) => status === 'fail')
          ? [skip('database contents', 'Looked at once the migrations are right')]
          : [
              ...(await checkVault(sql, installation)),
              ...(await checkCron(sql)),
              ...(await checkAudit(sql)),
              ...(await checkRowSecurity(sql)),
              ...(await checkBuckets(sql, buckets)),
              ...(await checkOperation(sql)),
              ...(await checkWebhooks(sql, installation)),
            ]),
      ]
    })
  } catch (error) {
    return [fail('database', reasonOf(error), 'Check --db-url: address, port, password and network restrictions')]
  }
}

/** White space and semicolons are the CLI's, which keeps a migration as its single statements. */
const normalised = (text: string) => text.replace(/[\s;]+/g, '')

async function checkMigrations(sql: postgres.Sql, folder: string): Promise<Finding[]> {
  const [found] = await sql`select to_regclass('supabase_migrations.schema_migrations') is not null as exists`
  const applied = found?.exists
    ? await sql<{ version: string; text: string }[]>`
        select version, coalesce(array_to_string(statements, ''), '') as text from supabase_migrations.schema_migrations`
    : []
  const push = 'Run "supabase db push --include-all" (npm start does it locally)'
  const findings: Finding[] = []
  const files = (await readdir(folder)).filter((name) => /^\d+_.*\.sql$/.test(name)).sort()
  for (const file of files) {
    const version = file.slice(0, file.indexOf('_'))
    const row = applied.find((one) => one.version === version)
    if (!row) {
      findings.push(fail(`migration ${file}`, 'Was not applied', push))
    } else if (normalised(row.text) !== normalised(await readFile(join(folder, file), 'utf8'))) {
      const fix =
        'Deploy the version that was applied, or bring the change as a migration of its own; see docs/deploy.md'
      findings.push(fail(`migration ${file}`, 'Was applied with another text than the file has now', fix))
    }
  }
  for (const { version } of applied) {
    if (!files.some((file) => file.startsWith(`${version}_`))) {
      const fix = 'This checkout is older than the database: take the version that was deployed'
      findings.push(fail(`migration ${version}`, 'Was applied and has no file here', fix))
    }
  }
  return findings.length > 0 ? findings : [ok('migrations', `All ${files.length} are applied, as the files say`)]
}

async function checkExtensions(sql: postgres.Sql, projectFolder: string): Promise<Finding[]> {
  const file = join(projectFolder, 'supabase', 'schemas', '00_foundation', '10_extensions.sql')
  const wanted = [...(await readFile(file, 'utf8')).matchAll(/^create extension if not exists (\w+)/gm)].map(
    (match) => match[1] ?? '',
  )
  const present = new Set((await sql`select extname from pg_catalog.pg_extension`).map(({ extname }) => extname))
  const missing = wanted.filter((name) => !present.has(name))
  return missing.length === 0
    ? [ok('extensions', wanted.join(', '))]
    : missing.map((name) => fail(`extension ${name}`, 'Is not installed', `Enable it: Database, Extensions, ${name}`))
}

async function checkVault(sql: postgres.Sql, { apiUrl, secretKey, isHosted }: Installation): Promise<Finding[]> {
  const rows = await sql<{ name: string; secret: string | null }[]>`
    select name, decrypted_secret as secret from vault.decrypted_secrets where name in ('functions_url', 'worker_key')`
  const secretOf = (name: string) => rows.find((row) => row.name === name)?.secret
  const create = (name: string, value: string) => `In SQL: select vault.create_secret('${value}', '${name}')`
  const [address, key] = [secretOf('functions_url'), secretOf('worker_key')]
  const wanted = `${apiUrl}/functions/v1`
  const findings: Finding[] = []
  if (!address) {
    findings.push(fail('vault functions_url', 'Is missing: no job would ever start', create('functions_url', wanted)))
  } else if (address.replace(/\/+$/, '') !== wanted) {
    const fix = `In SQL: select vault.update_secret(id, '${wanted}') from vault.secrets where name = 'functions_url'`
    findings.push(warn('vault functions_url', 'Is another address than the one that is checked', fix))
  } else {
    findings.push(ok('vault functions_url', 'Is the address of these functions'))
  }
  if (!key) {
    const fix = create('worker_key', '<a secret key of the project>')
    findings.push(fail('vault worker_key', 'Is missing: no job would ever start', fix))
  } else if (isHosted && key === secretKey) {
    const fix = 'Make a secret key named "worker" in Project Settings, API keys, and store it as worker_key in Vault'
    findings.push(warn('vault worker_key', 'Is the default secret key, which cannot be replaced on its own', fix))
  } else {
    findings.push(ok('vault worker_key', 'Is there'))
  }
  const [sealing] = await sql`select from vault.secrets where name like 'sealed_values_key_%' limit 1`
  const restore = 'Restore the keys, or where nothing was sealed yet, in SQL: select private.add_sealing_key()'
  findings.push(
    sealing
      ? ok('vault sealed_values_key', 'Is there')
      : fail('vault sealed_values_key', 'Is missing: no value can be sealed or opened', restore),
  )
  return findings
}

async function checkRowSecurity(sql: postgres.Sql): Promise<Finding[]> {
  const open = await sql<{ name: string }[]>`
    select oid::regclass::text as name from pg_catalog.pg_class
    where relnamespace::regnamespace::text in ('public', 'private') and relkind in ('r', 'p') and not relrowsecurity`
  return open.length === 0
    ? [ok('row level security', 'Is on for every table')]
    : open.map(({ name }) =>
        fail(`row level security ${name}`, 'Is off', `alter table ${name} enable row level security`),
      )
}

async function checkBuckets(sql: postgres.Sql, wanted: readonly WantedBucket[]): Promise<Finding[]> {
  const present = await sql<{ name: string; public: boolean | null }[]>`select name, public from storage.buckets`
  return wanted.map(({ name, isPublic }) => {
    const bucket = present.find((one) => one.name === name)
    const fix = 'Run "supabase seed buckets" (with --linked for a hosted project; npm start does it locally)'
    if (!bucket) return fail(`bucket ${name}`, 'Is missing', fix)
    if ((bucket.public ?? false) === isPublic) return ok(`bucket ${name}`, isPublic ? 'Public' : 'Private')
    const found = isPublic ? 'Is private and should be public' : 'Is public: everybody reads its files'
    return fail(`bucket ${name}`, found, fix)
  })
}

/** Providers that call us, each with the variable that says it is used. */
const callers = { stripe: 'STRIPE_SECRET_KEY', unipile: 'UNIPILE_API_KEY', whatsapp: 'WHATSAPP_ACCESS_TOKEN' } as const

async function checkWebhooks(sql: postgres.Sql, { apiUrl, environment }: Installation): Promise<Finding[]> {
  const used = Object.entries(callers).filter(([, variable]) => environment?.[variable])
  const heard = await sql<{ provider: string }[]>`select distinct provider from private.webhook_events`
  return used.map(([provider]) =>
    heard.some((one) => one.provider === provider)
      ? ok(`webhooks ${provider}`, 'Have been received')
      : warn(
          `webhooks ${provider}`,
          'None was ever received',
          `Register ${apiUrl}/functions/v1/webhooks/${provider} with the provider and send a test event`,
        ),
  )
}

async function checkOperation(sql: postgres.Sql): Promise<Finding[]> {
  const [state] = await sql<{ has_admin: boolean; dead: number; late_minutes: number | null }[]>`
    select
      exists (select from auth.users where raw_app_meta_data @> '{"platform_admin": true}') as has_admin,
      (select count(*)::int from private.jobs where state = 'dead') as dead,
      (
        select extract(epoch from now() - min(run_at))::int / 60 from private.jobs
        where state in ('queued', 'failed') and run_at <= now()
      ) as late_minutes`
  const { has_admin: hasAdmin = false, dead = 0, late_minutes: late = null } = state ?? {}
  return [
    hasAdmin
      ? ok('platform admin', 'There is one')
      : warn('platform admin', 'Nobody can run the platform', 'Run "npm run admin -- --email <address>"'),
    dead === 0
      ? ok('dead jobs', 'None')
      : warn('dead jobs', `${dead} gave up`, 'Look with list_dead_jobs; then retry_job or discard_job'),
    (late ?? 0) < 5
      ? ok('waiting jobs', 'None waits for long')
      : fail(
          'waiting jobs',
          `The oldest has been due for ${late} minutes`,
          'See the vault, cron and function findings',
        ),
  ]
}
