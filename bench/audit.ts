import type postgres from 'postgres'
import { withConnection } from '../local/postgres/database.ts'
import { withFreshDatabase } from '../scripts/fresh_database.ts'
import type { BenchOptions } from './run.ts'

const rowCount = 10_000

/** One kind of change and how many rows it touches. */
interface Turn {
  readonly name: string
  /** Calls in one turn. */
  readonly calls: number
  call(index: number): Promise<unknown>
}

/** Updates of an audited table beside the same updates of one that is not audited: row by row, and all rows at once. */
export async function measureAudit(options: BenchOptions): Promise<void> {
  await withFreshDatabase((url) =>
    withConnection(url, async (sql) => {
      await makeTables(sql)
      const medians = await measure(turns(sql), options.rounds)
      report(medians)
      await reportSealing(sql)
    }),
  )
}

async function makeTables(sql: postgres.Sql): Promise<void> {
  for (const table of ['bench_plain', 'bench_audited']) {
    await sql.unsafe(`
      create table public.${table} (
        id int primary key, organization_id uuid not null default gen_random_uuid(), title text not null,
        status text not null default 'open', view_count int not null default 0
      );
      insert into public.${table} (id, title) select n, 'Title ' || n from generate_series(1, ${rowCount}) as n`)
  }
  await sql`select private.audit_table('public.bench_audited', '{title, status}')`
}

function turns(sql: postgres.Sql): Turn[] {
  const one = (table: string, column: string) => (index: number) =>
    sql.unsafe(`update public.${table} set ${column} = $1 where id = $2`, [`${index}`, 1 + (index % rowCount)], {
      prepare: true,
    })
  let bulk = 0
  const all = (table: string) => () =>
    sql.unsafe(`update public.${table} set title = 'Bulk ' || $1 || id`, [`${++bulk}.`])
  return [
    { name: 'one row, not audited', calls: 1_000, call: one('bench_plain', 'title') },
    { name: 'one row, audited', calls: 1_000, call: one('bench_audited', 'title') },
    { name: 'one row, audited, column not tracked', calls: 1_000, call: one('bench_audited', 'view_count') },
    { name: '10,000 rows, not audited', calls: 1, call: all('bench_plain') },
    { name: '10,000 rows, audited', calls: 1, call: all('bench_audited') },
  ]
}

/** Gives each kind a turn in each round, so that a slow moment of the machine hits all alike; medians count. */
async function measure(kinds: readonly Turn[], rounds: number): Promise<{ name: string; milliseconds: number }[]> {
  const times = new Map<string, number[]>(kinds.map(({ name }) => [name, []]))
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, calls, call } of kinds) {
      const start = performance.now()
      for (let index = 0; index < calls; index += 1) await call(round * calls + index)
      if (round > 0) times.get(name)?.push((performance.now() - start) / calls)
    }
  }
  return kinds.map(({ name }) => {
    const sorted = (times.get(name) ?? []).toSorted((a, b) => a - b)
    return { name, milliseconds: sorted[Math.floor(sorted.length / 2)] ?? 0 }
  })
}

function report(medians: readonly { name: string; milliseconds: number }[]): void {
  console.table(medians.map(({ name, milliseconds }) => ({ name, 'ms a statement': milliseconds.toFixed(3) })))
}

async function reportSealing(sql: postgres.Sql): Promise<void> {
  const start = performance.now()
  const [sealed] = await sql<{ count: number }[]>`select private.seal_audit_logs(50000) as count`
  console.log(`sealed ${sealed?.count ?? 0} entries in ${((performance.now() - start) / 1000).toFixed(2)} s`)
}
