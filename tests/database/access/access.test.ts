import { describe, expect, it } from 'vitest'
import { type Database, SqlError, withRollback } from '../../support/database.ts'
import { type Answer, actorIn, actors, executable, givenScene, matrix, type TableAccess } from './matrix.ts'

class Undo extends Error {}

/** Tries a statement and leaves nothing of it behind. */
async function attempt(db: Database, statement: string): Promise<Answer> {
  try {
    return (await db.exec(statement)) > 0 ? 'yes' : 'none'
  } catch (error) {
    if (error instanceof SqlError && error.sqlstate === '42501') return 'denied'
    throw error
  }
}

async function answers(entry: TableAccess, verb: 'select' | 'insert' | 'update' | 'delete'): Promise<string> {
  const given: Answer[] = []
  for (const actor of actors) {
    const tried = withRollback(async (db) => {
      const scene = await givenScene(db)
      const statement = {
        select: `select * from ${entry.table} where ${entry.row(scene)}`,
        insert: `insert into ${entry.table} ${entry.insert(scene)}`,
        update: `update ${entry.table} set ${entry.update} where ${entry.row(scene)}`,
        delete: `delete from ${entry.table} where ${entry.row(scene)}`,
      }[verb]
      await db.actAs(actorIn(scene, actor))
      given.push(await attempt(db, statement))
      throw new Undo()
    })
    await expect(tried).rejects.toBeInstanceOf(Undo)
  }
  return lineOf(given)
}

const lineOf = (given: readonly string[]) => actors.map((actor, index) => `${actor}: ${given[index]}`).join(', ')
const expected = (line: string) => lineOf(line.trim().split(/\s+/))

describe.each(matrix.map((entry) => [entry.table, entry] as const))('%s', (_table, entry) => {
  it('[ORG-01] [A1-11] shows its rows to whom the matrix says', async () => {
    expect(await answers(entry, 'select')).toBe(expected(entry.select))
  })
  it('[ORG-01] [A1-11] takes new rows from whom the matrix says', async () => {
    expect(await answers(entry, 'insert')).toBe(expected(entry.inserted))
  })
  it('[ORG-01] [A1-11] lets change its rows whom the matrix says', async () => {
    expect(await answers(entry, 'update')).toBe(expected(entry.updated))
  })
  it('[ORG-01] [A1-11] lets delete its rows whom the matrix says', async () => {
    expect(await answers(entry, 'delete')).toBe(expected(entry.deleted))
  })
})

it('[A1-11] has a line for every table and view of the API', () =>
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
