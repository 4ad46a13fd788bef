import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import postgres from 'postgres'
import { z } from 'zod'
import { withFreshDatabase } from '../scripts/fresh_database.ts'
import type { BenchOptions } from './run.ts'
import { writeContactsCsv, writeContactsWorkbook } from './support/contact_files.ts'

/** What an import is to reach, as a share of what COPY does. */
const goal = 1 / 3

const resultSchema = z.object({ seconds: z.number(), cpuSeconds: z.number(), peakMegabytes: z.number() })
const importSchema = z.object({
  state: z.string(),
  inserted_count: z.number(),
  failed_count: z.number(),
  most_step_cpu_ms: z.number(),
})

/** One turn of a contender. */
interface Turn {
  readonly seconds: number
  readonly peakMegabytes: number | null
  readonly stepCpuMs: number | null
}

/** Rows a second and memory of an import of contacts, beside COPY of the same contacts into the same table. */
export async function measureImport(options: BenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'atrium-bench-import-'))
  try {
    await withFreshDatabase(async (url) => {
      const sql = postgres(url, { max: 1, onnotice: () => {} })
      try {
        const owner = await makeOwner(sql)
        const rows: object[] = []
        for (const [count, rounds] of [
          [100_000, options.rounds],
          [1_000_000, Math.ceil(options.rounds / 5)],
        ] as const) {
          rows.push(...(await measureCount({ sql, url, folder, owner, count, rounds })))
        }
        console.table(rows)
      } finally {
        await sql.end()
      }
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Owner {
  readonly personId: string
  readonly organizationId: string
}

async function measureCount(of: {
  sql: postgres.Sql
  url: string
  folder: string
  owner: Owner
  count: number
  rounds: number
}): Promise<object[]> {
  const { sql, url, folder, owner, count, rounds } = of
  const [plain, own, workbook] = [join(folder, 'copy.csv'), join(folder, 'import.csv'), join(folder, 'import.xlsx')]
  await writeContactsCsv(plain, count, {
    organization_id: owner.organizationId,
    created_by: owner.personId,
    import_id: crypto.randomUUID(),
  })
  await writeContactsCsv(own, count)
  const contenders: [string, () => Promise<Turn>][] = [
    ['COPY', () => copy(sql, plain)],
    ['import of CSV', () => runImport(sql, url, owner, own, count)],
  ]
  // As many rows as a workbook of the size that people upload has.
  if (count <= 100_000) {
    await writeContactsWorkbook(workbook, count)
    contenders.push(['import of XLSX', () => runImport(sql, url, owner, workbook, count)])
  }
  const turns = new Map<string, Turn[]>()
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, turn] of contenders) {
      await sql`truncate public.contacts, private.contact_counts, public.imports cascade`
      await sql`checkpoint`.catch(() => {})
      const result = await turn()
      const [counted] = await sql<{ count: number }[]>`select count(*)::int as count from public.contacts`
      if (counted?.count !== count) throw new Error(`${name} left ${counted?.count} contacts of ${count}`)
      turns.set(name, [...(turns.get(name) ?? []), result])
      console.log(`  ${count} rows, round ${round}  ${name.padEnd(16)} ${Math.round(count / result.seconds)} rows/s`)
    }
  }
  return summarise(count, turns)
}

function summarise(count: number, turns: ReadonlyMap<string, Turn[]>): object[] {
  const copies = turns.get('COPY') ?? []
  return [...turns].map(([name, all]) => {
    const seconds = median(all.map((turn) => turn.seconds))
    // By rounds, because the machine may have more to do in one than in another.
    const ratio = median(all.map((turn, round) => (copies[round]?.seconds ?? Number.NaN) / turn.seconds))
    const isGoal = name === 'import of CSV'
    if (isGoal) console.log(`import / COPY at ${count} rows: ${ratio.toFixed(2)} (goal: at least ${goal.toFixed(2)})`)
    const most = (values: readonly (number | null)[]) => {
      const known = values.filter((value) => value !== null)
      return known.length === 0 ? '' : Math.round(Math.max(...known))
    }
    return {
      rows: count,
      name,
      'rows/s': Math.round(count / seconds),
      'of COPY': ratio.toFixed(2),
      'peak MB': most(all.map(({ peakMegabytes }) => peakMegabytes)),
      'longest step, CPU ms': most(all.map(({ stepCpuMs }) => stepCpuMs)),
    }
  })
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Without the audit entries of single rows, which imports do not write either. */
async function copy(sql: postgres.Sql, path: string): Promise<Turn> {
  const startedAt = performance.now()
  await sql.begin(async (transaction) => {
    await transaction`select set_config('atrium.import_id', 'bench', true)`
    const target = await transaction`
      copy public.contacts (organization_id, created_by, import_id, email, phone, first_name, last_name, company, job_title, country, note)
      from stdin (format csv, header)`.writable()
    await pipeline(createReadStream(path, { highWaterMark: 262_144 }), target)
  })
  return { seconds: (performance.now() - startedAt) / 1000, peakMegabytes: null, stepCpuMs: null }
}

/** From the call that starts it to its end, in a worker of its own; what was found out of the file before is not counted. */
async function runImport(sql: postgres.Sql, url: string, owner: Owner, path: string, count: number): Promise<Turn> {
  const { size } = await stat(path)
  const importId = await sql.begin(async (transaction) => {
    const [file] = await transaction<{ id: string }[]>`
      select id from private.register_file(${owner.organizationId}, 'organization-files', 'import', 'contacts.csv',
        'text/csv', ${size}, ${'0'.repeat(64)}, ${owner.personId}, state := 'clean')`
    await actAs(transaction, owner)
    const [made] = await transaction<{ id: string }[]>`
      select id from public.create_import(${owner.organizationId}, 'contacts', ${file?.id ?? ''})`
    return made?.id ?? ''
  })
  await work(url, path)
  await sql.begin(async (transaction) => {
    await actAs(transaction, owner)
    await transaction`select public.start_import(${importId})`
  })
  const result = await work(url, path)
  const [row] =
    await sql`select state, inserted_count, failed_count, most_step_cpu_ms from public.imports where id = ${importId}`
  const ended = importSchema.parse(row)
  if (ended.state !== 'completed' || ended.inserted_count !== count) {
    throw new Error(`The import ended otherwise: ${JSON.stringify(ended)}`)
  }
  return { seconds: result.seconds, peakMegabytes: result.peakMegabytes, stepCpuMs: ended.most_step_cpu_ms }
}

async function actAs(transaction: postgres.TransactionSql, { personId }: Owner): Promise<void> {
  const claims = JSON.stringify({ role: 'authenticated', sub: personId })
  await transaction`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`
}

/** Lets a worker, a process of its own, do all there is. */
async function work(url: string, path: string): Promise<z.output<typeof resultSchema>> {
  const child = fork(join(import.meta.dirname, 'contenders', 'import_worker.ts'), [JSON.stringify({ url, path })], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // A hosted function has 256 MB in all; without a bound the engine takes more because it can.
    execArgv: ['--max-old-space-size=128'],
  })
  const exited = once(child, 'exit').then(() => ['exited'])
  const [message] = await Promise.race([once(child, 'message'), exited])
  await exited
  return resultSchema.parse(message)
}

/** An organization without limits, and who owns it. */
async function makeOwner(sql: postgres.Sql): Promise<Owner> {
  const personId = crypto.randomUUID()
  await sql`
    insert into auth.users (id, aud, role, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
    values (${personId}, 'authenticated', 'authenticated', 'owner@example.test', now(), '{}', '{"display_name": "Owner"}', now(), now())`
  const [organization] = await sql<{ id: string }[]>`
    insert into public.organizations (kind, name, slug, created_by)
    values ('company', 'Bench', 'bench', ${personId}) returning id`
  const organizationId = organization?.id ?? ''
  await sql`
    insert into public.memberships (organization_id, user_id, role, status)
    values (${organizationId}, ${personId}, 'owner', 'active')`
  await sql`
    insert into private.organization_limits (organization_id, key, value)
    select ${organizationId}, key, null from private.limit_definitions`
  return { personId, organizationId }
}
