import { join } from 'node:path'
import type postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { withConnection } from '../../local/postgres/database.ts'
import { fillVault } from '../../local/vault.ts'
import type { Finding, Installation } from '../../scripts/doctor/check.ts'
import { interval } from '../../scripts/doctor/cron.ts'
import { checkDatabase } from '../../scripts/doctor/database.ts'
import { checkEnvironment } from '../../scripts/doctor/environment.ts'
import { examine } from '../../scripts/doctor/examine.ts'
import { exitCodeOf, reportText } from '../../scripts/doctor/report.ts'
import { checkServices } from '../../scripts/doctor/services.ts'
import { type TestStack, testStack } from '../support/stack.ts'

const projectFolder = join(import.meta.dirname, '..', '..')
const buckets = [
  { name: 'avatars', isPublic: true },
  { name: 'documents', isPublic: false },
]

const hosted: Installation = {
  apiUrl: 'https://example.supabase.co',
  databaseUrl: null,
  secretKey: 'sb_secret_default',
  publishableKey: 'sb_publishable_x',
  environment: {
    ATRIUM_ENV: 'production',
    MAIL_PROVIDER: 'postmark',
    MAIL_FROM: 'Atrium <no-reply@atrium.example>',
    POSTMARK_SERVER_TOKEN: 'token',
    SEND_EMAIL_HOOK_SECRET: 'v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    VIRUS_SCANNER: 'clamav-rest',
    VIRUS_SCANNER_URL: 'https://scanner.example',
  },
  isHosted: true,
  projectFolder,
}

/** Those that are not well, as `status check`. */
const troubles = (findings: readonly Finding[]) =>
  findings.filter(({ status }) => status !== 'ok').map(({ status, check }) => `${status} ${check}`)

describe('the doctor, on a running stack', { timeout: 120_000 }, () => {
  let stack: TestStack
  let installation: Installation
  beforeAll(async () => {
    stack = await testStack()
    const { publishableKey, secretKey } = stack.secrets.keys
    installation = {
      apiUrl: stack.apiUrl,
      databaseUrl: stack.database.url,
      secretKey,
      publishableKey,
      environment: {
        ATRIUM_ENV: 'development',
        VIRUS_SCANNER: 'clamd',
        VIRUS_SCANNER_URL: 'tcp://127.0.0.1:3310',
      },
      isHosted: false,
      projectFolder,
    }
    await fillVault(stack.database.url, { functions_url: `${stack.apiUrl}/functions/v1`, worker_key: secretKey })
    // The database comes from a template that is older than this stack: its jobs count as late until they ran.
    await withConnection(stack.database.url, (sql) =>
      vi.waitFor(async () => {
        const runs = await sql`
          select from cron.job_run_details as run join cron.job using (jobid)
          where job.jobname = 'platform_wake_worker' and run.start_time is not null limit 1`
        expect(runs).toHaveLength(1)
      }),
    )
    await stack.adminClient().auth.admin.createUser({
      email: 'operator@example.com',
      email_confirm: true,
      app_metadata: { platform_admin: true },
    })
  }, 120_000)
  afterAll(() => stack[Symbol.asyncDispose]())

  /** What the doctor says of the database once something is broken, which is then mended. */
  async function broken(
    breaks: (sql: postgres.Sql) => Promise<unknown>,
    mends: (sql: postgres.Sql) => Promise<unknown>,
  ) {
    await withConnection(stack.database.superuserUrl, breaks)
    try {
      return await checkDatabase(installation, buckets)
    } finally {
      await withConnection(stack.database.superuserUrl, mends)
    }
  }

  it('[PLT-33] finds nothing wrong with one that is well, and says so with exit code 0', async () => {
    const findings = await examine(installation)
    expect(troubles(findings)).toEqual([])
    expect(exitCodeOf(findings)).toBe(0)
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        'environment',
        'REST',
        'auth settings',
        'function worker',
        'migrations',
        'cron',
        'extensions',
      ]),
    )
  })

  it('[PLT-33] finds a secret that is missing in Vault, and says how to make it', async () => {
    const findings = await broken(
      (sql) => sql`delete from vault.secrets where name = 'worker_key'`,
      () => fillVault(stack.database.url, { worker_key: installation.secretKey ?? '' }),
    )
    expect(troubles(findings)).toEqual(['fail vault worker_key'])
    expect(findings.find(({ status }) => status === 'fail')?.fix).toContain('vault.create_secret')
    expect(exitCodeOf(findings)).toBe(1)
  })

  it('[PLT-33] [SEC-17] finds that no key of sealed values is there', async () => {
    const findings = await broken(
      (sql) => sql`update vault.secrets set name = 'away' where name = 'sealed_values_key_1'`,
      (sql) => sql`update vault.secrets set name = 'sealed_values_key_1' where name = 'away'`,
    )
    expect(troubles(findings)).toEqual(['fail vault sealed_values_key'])
  })

  it('[PLT-33] finds a functions_url that points elsewhere', async () => {
    const findings = await broken(
      () => fillVault(stack.database.url, { functions_url: 'https://old.example/functions/v1' }),
      () => fillVault(stack.database.url, { functions_url: `${stack.apiUrl}/functions/v1` }),
    )
    expect(troubles(findings)).toEqual(['warn vault functions_url'])
  })

  it('[PLT-33] finds a bucket that is missing and one that is open by mistake', async () => {
    const findings = await broken(
      async (sql) => {
        await sql`update storage.buckets set public = true where id = 'documents'`
        await sql`update storage.buckets set id = 'gone', name = 'gone' where id = 'avatars'`
      },
      async (sql) => {
        await sql`update storage.buckets set public = false where id = 'documents'`
        await sql`update storage.buckets set id = 'avatars', name = 'avatars' where id = 'gone'`
      },
    )
    expect(troubles(findings)).toEqual(['fail bucket avatars', 'fail bucket documents'])
  })

  it('[PLT-33] finds a migration that was not applied, and one that was applied otherwise', async () => {
    const table = 'supabase_migrations.schema_migrations'
    const findings = await broken(
      async (sql) => {
        await sql.unsafe(`create table ${table}_kept as select * from ${table}`)
        await sql.unsafe(
          `update ${table} set statements = statements || array['select 1'] where version = '20260101000000'`,
        )
        await sql.unsafe(`update ${table} set version = '20250101000000' where version = '20260101000005'`)
      },
      async (sql) => {
        await sql.unsafe(`delete from ${table}`)
        await sql.unsafe(`insert into ${table} select * from ${table}_kept`)
        await sql.unsafe(`drop table ${table}_kept`)
      },
    )
    expect(troubles(findings)).toEqual([
      'fail migration 20260101000000_00_foundation.sql',
      'fail migration 20260101000005_05_platform.sql',
      'fail migration 20250101000000',
      'skip database contents',
    ])
  })

  it('[PLT-33] finds cron jobs that are absent, switched off, late or failing', async () => {
    const names = ['platform_wake_worker', 'platform_purge_job_history', 'tenancy_purge_deleted_organizations']
    const [absent = '', off = '', failing = ''] = names
    const findings = await broken(
      async (sql) => {
        await sql`update cron.job set jobname = 'kept' where jobname = ${absent}`
        await sql`update cron.job set active = false where jobname = ${off}`
        await sql`insert into cron.job_run_details (jobid, runid, status, return_message, start_time, end_time)
          select jobid, 2000000000, 'failed', 'ERROR: it broke', now(), now() from cron.job where jobname = ${failing}`
      },
      async (sql) => {
        await sql`update cron.job set jobname = ${absent} where jobname = 'kept'`
        await sql`update cron.job set active = true where jobname = ${off}`
        await sql`delete from cron.job_run_details where runid = 2000000000`
      },
    )
    expect(troubles(findings)).toEqual([`fail cron ${off}`, `fail cron ${absent}`, `warn cron ${failing}`])
    const late = await broken(
      async (sql) => {
        await sql`insert into private.cron_jobs (name, schedule, command, created_at)
          values ('test_do_nothing', '0 * * * *', 'select private.job_do_nothing(1)', now() - interval '1 day')`
        await sql`insert into cron.job (schedule, command, jobname, database, username)
          values ('0 * * * *', 'select private.job_do_nothing(1)', 'test_do_nothing', 'elsewhere', 'postgres')`
      },
      async (sql) => {
        await sql`delete from private.cron_jobs where name = 'test_do_nothing'`
        await sql`delete from cron.job where jobname = 'test_do_nothing'`
      },
    )
    expect(late.find(({ check }) => check === 'cron test_do_nothing')).toMatchObject({
      status: 'fail',
      message: 'Never ran',
    })
  })

  it('[PLT-33] finds open tables, missing extensions, dead and waiting jobs, and a platform that nobody runs', async () => {
    const findings = await broken(
      async (sql) => {
        await sql`alter table public.roles disable row level security`
        await sql`update pg_extension set extname = 'kept' where extname = 'citext'`
        await sql`insert into private.jobs (kind, queue, state, finished_at) values ('test.doctor', 'test', 'dead', now())`
        // The second one waits for the first, so that no worker takes it meanwhile.
        await sql`insert into private.jobs (kind, queue, ordering_key, state, lease_id, lease_until, run_at) values
          ('test.doctor', 'test', 'doctor', 'running', gen_random_uuid(), now() + interval '1 hour', now()),
          ('test.doctor', 'test', 'doctor', 'queued', null, null, now() - interval '1 hour')`
        await sql`update auth.users set raw_app_meta_data = '{"was": true}' where raw_app_meta_data ? 'platform_admin'`
      },
      async (sql) => {
        await sql`alter table public.roles enable row level security`
        await sql`update pg_extension set extname = 'citext' where extname = 'kept'`
        await sql`delete from private.jobs where kind = 'test.doctor'`
        await sql`update auth.users set raw_app_meta_data = '{"platform_admin": true}' where raw_app_meta_data ? 'was'`
      },
    )
    expect(troubles(findings)).toEqual([
      'fail extension citext',
      'fail row level security roles',
      'warn platform admin',
      'warn dead jobs',
      'fail waiting jobs',
    ])
  })

  it('[PLT-33] finds an audit log that was tampered with, is not sealed, or has no place for next month', async () => {
    await withConnection(stack.database.superuserUrl, (sql) => sql`select private.job_seal_audit_logs(50000)`)
    const next = `to_char(now() at time zone 'UTC' + interval '1 month', 'YYYY_MM')`
    const findings = await broken(
      async (sql) => {
        await sql`update private.audit_chains set hash = sha256('x') where chain_id = private.audit_chain_id(null)`
        await sql`insert into private.audit_unsealed (log_id, chain_id, occurred_at)
          values (-1, gen_random_uuid(), now() - interval '1 hour')`
        await sql.unsafe(
          `do $$ begin execute 'alter table public.audit_logs detach partition private.audit_logs_' || ${next}; end $$`,
        )
      },
      async (sql) => {
        await sql`update private.audit_chains set hash = seal.hash from private.audit_seals as seal
          where seal.chain_id = audit_chains.chain_id and seal.sequence = audit_chains.sequence`
        await sql`delete from private.audit_unsealed where log_id = -1`
        await sql.unsafe(`do $$ begin execute 'drop table private.audit_logs_' || ${next}; end $$`)
        await sql`select private.ensure_month_partition('public.audit_logs', now() + interval '1 month')`
      },
    )
    expect(troubles(findings)).toEqual([
      `fail audit chain ${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}`,
      'fail audit seals',
      'warn audit partitions public.audit_logs',
    ])
    expect(findings.find(({ check }) => check.startsWith('audit chain'))?.message).toMatch(/^head_changed at link \d+/)
    expect(await checkDatabase(installation, buckets).then(troubles)).toEqual([])
  })

  it('[PLT-33] asks for webhooks of a provider that is used and never called', async () => {
    const environment = { ...installation.environment, STRIPE_SECRET_KEY: 'sk_test_x' }
    const findings = await checkDatabase({ ...installation, environment }, buckets)
    expect(findings.find(({ check }) => check === 'webhooks stripe')).toMatchObject({
      status: 'warn',
      fix: expect.stringContaining(`${stack.apiUrl}/functions/v1/webhooks/stripe`),
    })
  })

  it('[PLT-33] finds a function that is not deployed and a key that is refused', async () => {
    const findings = await checkServices({ ...installation, publishableKey: 'sb_publishable_wrong' }, [
      'health',
      'missing',
    ])
    expect(troubles(findings)).toEqual(['fail REST', 'fail auth settings', 'fail function missing'])
  })
})

describe('the doctor', () => {
  it('says that nothing answers, without the address of the database in its words', async () => {
    const nowhere = {
      ...hosted,
      apiUrl: 'http://127.0.0.1:1',
      databaseUrl: 'postgresql://postgres:pass-word@127.0.0.1:1/x',
    }
    const findings = [...(await checkServices(nowhere, ['health'])), ...(await checkDatabase(nowhere, []))]
    expect(troubles(findings)).toEqual([
      'fail REST',
      'fail auth settings',
      'fail function health',
      'fail readiness',
      'fail database',
    ])
    expect(reportText(findings)).not.toContain('pass-word')
  })

  it('[DEP-20] [DEP-22] [DEP-23] names each variable that a hosted installation lacks, has wrong or does not need', () => {
    expect(troubles(checkEnvironment(hosted))).toEqual([])
    const { VIRUS_SCANNER: _kind, VIRUS_SCANNER_URL: _url, ...bare } = hosted.environment ?? {}
    expect(troubles(checkEnvironment({ ...hosted, environment: bare }))).toEqual(['warn environment VIRUS_SCANNER'])
    const environment = {
      ...hosted.environment,
      MAIL_FROM: '',
      STRIPE_SECRET_KEY: 'sk_test_x',
      STRIPE_WEBHOOK_SECRET: 'whsec_x',
      REDIS_URL: 'redis://cache',
      PORT: '3000',
      SUPABASE_URL: 'https://example.supabase.co',
    }
    const findings = checkEnvironment({ ...hosted, environment })
    expect(troubles(findings)).toEqual([
      'warn environment REDIS_URL',
      'warn environment PORT',
      'warn environment SUPABASE_URL',
      'fail environment MAIL_FROM',
      'fail environment STRIPE_SECRET_KEY',
    ])
    expect(findings.find(({ check }) => check === 'environment MAIL_FROM')?.fix).toBe(
      'supabase secrets set MAIL_FROM=...',
    )
  })

  it('tells keys of the wrong kind', () => {
    expect(
      troubles(checkEnvironment({ ...hosted, secretKey: 'sb_publishable_x', publishableKey: 'eyJhbGciOi' })),
    ).toEqual(['fail secret key', 'warn publishable key'])
    expect(troubles(checkEnvironment({ ...hosted, environment: null, secretKey: null }))).toEqual([
      'skip environment',
      'skip secret key',
    ])
  })

  it.each([
    ['5 seconds', 5],
    ['* * * * *', 60],
    ['*/5 * * * *', 300],
    ['17 * * * *', 3600],
    ['27 3 * * *', null],
  ])('knows how often "%s" is', (schedule, seconds) => {
    expect(interval(schedule)).toBe(seconds)
  })
})
