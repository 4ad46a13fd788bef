import { beforeAll, describe, expect, it } from 'vitest'
import { withRollback } from '../../support/database.ts'
import { furtherActors, givenCast, type Verb, verbs } from './actors.ts'
import { answersTo } from './attempts.ts'
import {
  type Answer,
  actors,
  everybodyIn,
  executable,
  givenScene,
  matrix,
  type Scene,
  type TableAccess,
} from './matrix.ts'

/** What each actor got, by table and verb. */
const got = new Map<string, Record<string, string>>()

beforeAll(
  () =>
    withRollback(async (db) => {
      const cast = await givenCast(db, await givenScene(db))
      // All at once: one table after another, each in a transaction of its own, would take a minute.
      const tries = matrix.flatMap((entry) =>
        verbs.flatMap((verb) =>
          everybodyIn(cast).map((one) => ({
            ...one,
            key: `${entry.table} ${verb}`,
            statement: statementOf(entry, verb, cast),
          })),
        ),
      )
      const answers = await answersTo(db, tries)
      for (const [index, { key, name }] of tries.entries()) {
        got.set(key, { ...got.get(key), [name]: answers[index] ?? 'not tried' })
      }
    }),
  120_000,
)

function statementOf(entry: TableAccess, verb: Verb, scene: Scene): string {
  switch (verb) {
    case 'select':
      return `select * from ${entry.table} where ${entry.row(scene)}`
    case 'insert':
      return `insert into ${entry.table} ${entry.insert(scene)}`
    case 'update':
      return `update ${entry.table} set ${entry.update} where ${entry.row(scene)}`
    case 'delete':
      return `delete from ${entry.table} where ${entry.row(scene)}`
  }
}

/** What the matrix says that each actor gets. */
function expected(entry: TableAccess, verb: Verb): Record<string, string> {
  const line = { select: entry.select, insert: entry.inserted, update: entry.updated, delete: entry.deleted }[verb]
  const given = line.trim().split(/\s+/)
  const columns = Object.fromEntries(actors.map((name, index) => [name, given[index] ?? 'not written']))
  const like = (column: (typeof actors)[number]): Answer => answerOf(columns[column])
  const further = furtherActors.map(({ name, rule }) => [name, entry.others?.[name]?.[verb] ?? rule(like, verb)])
  return { ...columns, ...Object.fromEntries(further) }
}

const answerOf = (text: string | undefined): Answer => (text === 'yes' || text === 'none' ? text : 'denied')

describe.each(matrix.map((entry) => [entry.table, entry] as const))('%s', (table, entry) => {
  it('[ORG-01] [ORG-12] [A1-11] shows its rows to whom the matrix says', () => {
    expect(got.get(`${table} select`)).toEqual(expected(entry, 'select'))
  })
  it('[ORG-01] [ORG-12] [A1-11] takes new rows from whom the matrix says', () => {
    expect(got.get(`${table} insert`)).toEqual(expected(entry, 'insert'))
  })
  it('[ORG-01] [ORG-12] [A1-11] lets change its rows whom the matrix says', () => {
    expect(got.get(`${table} update`)).toEqual(expected(entry, 'update'))
  })
  it('[ORG-01] [ORG-12] [A1-11] lets delete its rows whom the matrix says', () => {
    expect(got.get(`${table} delete`)).toEqual(expected(entry, 'delete'))
  })
})

it('[ORG-19] [A1-11] has a line for every table and view of the API', () =>
  withRollback(async (db) => {
    const found = await db.rows<{ name: string }>(
      `select 'public.' || relname as name from pg_class
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f') and not relispartition order by 1`,
    )
    expect(found.map(({ name }) => name)).toEqual(matrix.map(({ table }) => table).sort())
  }))

it('[A1-11] lets each function of the API run for whom the matrix says', () =>
  withRollback(async (db) => {
    const found = await db.rows<{ name: string; roles: string[] }>(
      `select replace(oid::regprocedure::text, 'public.', '') as name, (
         select coalesce(array_agg(role order by role), '{}')
         from unnest(array['anon', 'authenticated', 'service_role']) as role
         where has_function_privilege(role, pg_proc.oid, 'execute')
       ) as roles
       from pg_proc where pronamespace = 'public'::regnamespace order by 1`,
    )
    const wanted = Object.entries(executable).map(([name, roles]) => [name.replace('public.', ''), [...roles]])
    expect(Object.fromEntries(found.map(({ name, roles }) => [name, roles]))).toEqual(Object.fromEntries(wanted))
  }))

it('[ORG-11] shows nobody but the owner of the schemas any table of schema private', () =>
  withRollback(async (db) => {
    expect(
      await db.rows(
        `select role, oid::regclass::text as table_name
         from pg_class cross join unnest(array['anon', 'authenticated', 'service_role']) as role
         where relnamespace = 'private'::regnamespace and relkind in ('r', 'p', 'v', 'm')
           and has_table_privilege(role, oid, 'select, insert, update, delete, truncate, references, trigger')`,
      ),
    ).toEqual([])
  }))

it('[ORG-11] has row-level security switched on for every table, partitions too', () =>
  withRollback(async (db) => {
    expect(
      await db.rows(
        `select oid::regclass::text as table_name from pg_class
         where relnamespace in ('public'::regnamespace, 'private'::regnamespace) and relkind in ('r', 'p')
           and not relrowsecurity`,
      ),
    ).toEqual([])
  }))
