import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type postgres from 'postgres'
import { freePorts } from '../local/ports.ts'
import { withConnection } from '../local/postgres/database.ts'
import { loadSecrets } from '../local/secrets.ts'
import { createTokens } from '../local/tokens.ts'
import { withFreshDatabase } from '../scripts/fresh_database.ts'
import type { BenchOptions } from './run.ts'
import { accessPeople, accessSize, fillAccessData, openAccess } from './support/access_data.ts'
import { startChild } from './support/child.ts'

const { one, many } = accessPeople
const big = accessSize.bigTenant
const page = `select id, amount_cents, created_at from public.bench_entries where organization_id = '${big}'
  order by created_at desc limit 50`
const aggregate = `select count(*), sum(amount_cents) from public.bench_entries where organization_id = '${big}'`
const everywhere = 'select id, amount_cents, created_at from public.bench_entries order by created_at desc limit 50'
const insert = `insert into public.bench_entries (organization_id, amount_cents, created_at) values ('${big}', 1, now())`
const update = `update public.bench_entries set amount_cents = amount_cents + 1 where id = 4711`

/** A statement of a person, and how often it is run in a turn. */
interface Kind {
  readonly name: string
  readonly person: { readonly id: string; readonly constantRole: string }
  readonly statement: string
  readonly calls: number
}

const kinds: readonly Kind[] = [
  { name: 'page of 50, one organization', person: one, statement: page, calls: 300 },
  { name: 'insert, one organization', person: one, statement: insert, calls: 300 },
  { name: 'update, one organization', person: one, statement: update, calls: 300 },
  { name: 'aggregate over 500,000 rows', person: one, statement: aggregate, calls: 3 },
  { name: 'page of 50 in a tenant, 200 organizations', person: many, statement: page, calls: 100 },
  { name: 'page of 50 over all, 200 organizations', person: many, statement: everywhere, calls: 3 },
]

/**
 * Reads and writes under row-level security beside the same with the visible organizations as a constant list: in SQL on
 * one connection, and through REST. Only the policies differ, and so the role does: `authenticated` has
 * those of the product, `bench_constant_...` the list.
 */
export async function measureAccess(options: BenchOptions): Promise<void> {
  await withFreshDatabase(async (_url, server) => {
    console.log('Filling 10,000 organizations, 200,000 memberships and 5,000,000 rows ...')
    await withConnection(server.url(), async (sql) => {
      await fillAccessData(sql)
      console.table(await measureSql(sql, options))
      // What a page over many organizations needs, whatever hides the others.
      await sql`create index on public.bench_entries (created_at desc, organization_id)`
      await sql`analyze public.bench_entries`
      console.log('With an index on (created_at desc, organization_id):')
      console.table(await measureSql(sql, options, kinds.slice(-1)))
    })
    console.log('Through REST:')
    console.table(await measureRest(server.url('postgres', 'authenticator'), options))
  })
}

const contenders = ['policies', 'constant list'] as const
type Contender = (typeof contenders)[number]
const roleOf = (contender: Contender, person: { readonly constantRole: string }) =>
  contender === 'policies' ? 'authenticated' : person.constantRole

async function measureSql(sql: postgres.Sql, { rounds }: BenchOptions, measured = kinds) {
  const rows: Record<string, string>[] = []
  for (const kind of measured) {
    const times = await inTurns(rounds, contenders, (contender) =>
      inTransaction(sql, roleOf(contender, kind.person), kind.person.id, (transaction) =>
        timed(kind.calls, () => transaction.unsafe(kind.statement)),
      ),
    )
    rows.push(compared(kind.name, times))
  }
  return rows
}

class Undo extends Error {}

/** Runs `work` with the rights of a person's token and undoes it. */
async function inTransaction(
  sql: postgres.Sql,
  role: string,
  person: string,
  work: (transaction: postgres.TransactionSql) => Promise<number[]>,
): Promise<number[]> {
  let result: number[] = []
  await sql
    .begin(async (transaction) => {
      await openAccess(transaction, role, person)
      result = await work(transaction)
      throw new Undo()
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undo)) throw error
    })
  return result
}

async function measureRest(authenticatorUrl: string, { rounds }: BenchOptions) {
  const secretsFolder = await mkdtemp(join(tmpdir(), 'atrium-bench-'))
  const [port = 0] = await freePorts(1)
  const { keys } = await loadSecrets(secretsFolder)
  const tokens = await createTokens(keys)
  const rest = await startChild('atrium.ts', {
    databaseUrl: authenticatorUrl,
    port: String(port),
    secretsFolder,
    aggregates: 'true',
  })
  try {
    const now = Math.floor(Date.now() / 1000)
    const headersOf = async (contender: Contender, person: typeof one | typeof many) => ({
      apikey: keys.publishableKey,
      authorization: `Bearer ${await tokens.sign({ sub: person.id, role: roleOf(contender, person), aud: 'authenticated', iat: now, exp: now + 86_400 })}`,
    })
    const paths = [
      {
        name: 'page of 50, one organization',
        person: one,
        path: `select=id,amount_cents,created_at&organization_id=eq.${big}&order=created_at.desc&limit=50`,
        calls: 200,
      },
      {
        name: 'aggregate over 500,000 rows',
        person: one,
        path: `select=count(),amount_cents.sum()&organization_id=eq.${big}`,
        calls: 3,
      },
      {
        name: 'page of 50 over all, 200 organizations',
        person: many,
        path: 'select=id,amount_cents,created_at&order=created_at.desc&limit=50',
        calls: 100,
      },
    ]
    const rows: Record<string, string>[] = []
    for (const { name, person, path, calls } of paths) {
      const headers = {
        policies: await headersOf('policies', person),
        'constant list': await headersOf('constant list', person),
      }
      const ask = async (contender: Contender) => {
        const response = await fetch(`http://127.0.0.1:${port}/rest/v1/bench_entries?${path}`, {
          headers: headers[contender],
        })
        const text = await response.text()
        if (response.status !== 200) throw new Error(`${contender} was answered ${response.status}: ${text}`)
        return text
      }
      if ((await ask('policies')) !== (await ask('constant list'))) throw new Error(`answers to ${name} differ`)
      const times = await inTurns(rounds, contenders, (contender) => timed(calls, () => ask(contender)))
      rows.push(compared(name, times))
    }
    return rows
  } finally {
    await rest.stop()
    await rm(secretsFolder, { recursive: true, force: true })
  }
}

/** Milliseconds of each of so many calls. */
async function timed(calls: number, call: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; index < calls; index += 1) {
    const start = performance.now()
    await call()
    times.push(performance.now() - start)
  }
  return times
}

/** Gives each contender a turn in each round, so that a slow moment of the machine hits all alike. @returns all times, sorted */
async function inTurns<Name extends string>(
  rounds: number,
  names: readonly Name[],
  turn: (name: Name) => Promise<number[]>,
): Promise<Map<Name, number[]>> {
  const times = new Map<Name, number[]>(names.map((name) => [name, []]))
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      const turnTimes = await turn(name)
      if (round > 0) times.get(name)?.push(...turnTimes)
    }
  }
  return new Map([...times].map(([name, all]) => [name, all.toSorted((a, b) => a - b)]))
}

/** Medians; beside their ratio that of the fastest tenth, which other programs on the machine disturb least. */
function compared(name: string, times: Map<Contender, number[]>): Record<string, string> {
  const at = (share: number) =>
    contenders.map((contender) => {
      const all = times.get(contender) ?? []
      return all[Math.floor(all.length * share)] ?? Number.NaN
    })
  const [policies = Number.NaN, constant = Number.NaN] = at(0.5)
  const [fastPolicies = Number.NaN, fastConstant = Number.NaN] = at(0.1)
  return {
    name,
    'policies ms': policies.toFixed(3),
    'constant list ms': constant.toFixed(3),
    'added ms': (policies - constant).toFixed(3),
    ratio: (policies / constant).toFixed(2),
    'of the fastest tenth': (fastPolicies / fastConstant).toFixed(2),
  }
}
