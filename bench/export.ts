import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import postgres from 'postgres'
import { z } from 'zod'
import { withConnection } from '../local/postgres/database.ts'
import { withFreshDatabase } from '../scripts/fresh_database.ts'
import type { BenchOptions } from './run.ts'

const rowCount = 200_000
const formats = ['csv', 'xlsx', 'ndjson']
const runShape = z.object({
  result: z.object({ row_count: z.number(), size_bytes: z.number() }),
  seconds: z.number(),
  steps: z.number(),
  mostCpuMs: z.number(),
  grownBytes: z.number(),
})

/** 200,000 invitations as each format, in steps and as the person who asked, beside COPY TO of the same query as the same person. */
export async function measureExport(options: BenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'atrium-bench-'))
  try {
    await withFreshDatabase(async (url, server) => {
      const people = { owner: randomUUID(), organization: randomUUID() }
      await fill(server.url(), people)
      const sql = postgres(url, { max: 1, onnotice: () => {} })
      try {
        for (let round = 1; round <= options.rounds; round += 1) {
          const copied = await copy(sql, people, join(folder, 'copy.csv'))
          console.log(`round ${round}: COPY TO ${Math.round(rowCount / copied)} rows/s`)
          for (const format of formats) {
            const exportId = await request(sql, people, format)
            const { result, seconds, steps, mostCpuMs, grownBytes } = await runExport({ url, exportId, folder })
            if (result.row_count !== rowCount) throw new Error(`${format} has ${result.row_count} rows`)
            console.log(
              `  ${format.padEnd(6)} ${Math.round(rowCount / seconds)} rows/s, ${(copied / seconds).toFixed(2)} of COPY; ` +
                `${(result.size_bytes / 1e6).toFixed(1)} MB in ${steps} steps of at most ${Math.round(mostCpuMs)} ms CPU; ` +
                `memory grew by ${Math.round(grownBytes / 1e6)} MB`,
            )
          }
        }
      } finally {
        await sql.end()
      }
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface People {
  readonly owner: string
  readonly organization: string
}

async function fill(superuserUrl: string, { owner, organization }: People): Promise<void> {
  await withConnection(superuserUrl, (sql) =>
    sql.unsafe(`
      insert into auth.users (id, instance_id, aud, role, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
      values ('${owner}', '00000000-0000-0000-0000-000000000000', 'authenticated', 'authenticated', 'bench@example.com',
        now(), '{}', '{}');
      set session_replication_role = replica;
      insert into public.organizations (id, name, slug, owner_count) values ('${organization}', 'Bench', 'bench', 1);
      insert into public.memberships (organization_id, user_id, role) values ('${organization}', '${owner}', 'owner');
      insert into public.invitations (organization_id, email, role, invited_by, expires_at, created_at)
      select '${organization}', 'invitee-' || number || '@example.com', 'member', '${owner}', now() + interval '7 days',
        now() - number * interval '1 second'
      from generate_series(1, ${rowCount}) as number;
      reset session_replication_role;
      analyze;
    `),
  )
}

const become = (sql: postgres.TransactionSql, { owner }: People) => sql`
  select set_config('request.jwt.claims', ${JSON.stringify({ sub: owner, role: 'authenticated' })}, true),
    set_config('role', 'authenticated', true)`

/** @returns seconds */
async function copy(sql: postgres.Sql, people: People, path: string): Promise<number> {
  const startedAt = performance.now()
  await sql.begin(async (transaction) => {
    await become(transaction, people)
    const rows = await transaction`
      copy (select * from public.invitations order by created_at, id) to stdout (format csv, header)`.readable()
    await pipeline(rows, createWriteStream(path))
  })
  return (performance.now() - startedAt) / 1000
}

async function request(sql: postgres.Sql, people: People, format: string): Promise<string> {
  const [row] = await sql.begin(async (transaction) => {
    await become(transaction, people)
    return transaction<{ id: string }[]>`
      select id from public.request_export(${people.organization}, 'invitations', ${format}::text::public.export_format)`
  })
  return row?.id ?? ''
}

async function runExport(input: { url: string; exportId: string; folder: string }) {
  const child = fork(join(import.meta.dirname, 'contenders', 'export_atrium.ts'), [JSON.stringify(input)], {
    // As little memory as a hosted function has; by itself Node lets garbage grow to some hundred megabytes.
    execArgv: ['--max-old-space-size=128', '--max-semi-space-size=16'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const [message] = await Promise.race([
    once(child, 'message'),
    exited.then(() => Promise.reject(new Error('The export ended without a result'))),
  ])
  await exited
  return runShape.parse(message)
}
