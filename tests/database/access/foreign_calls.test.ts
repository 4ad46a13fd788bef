import { expect, it } from 'vitest'
import { type Actor, type Database, SqlError, withRollback } from '../../support/database.ts'
import { type Cast, givenCast } from './actors.ts'
import { everythingOf } from './everything_of.ts'
import { givenScene } from './matrix.ts'

interface Rpc {
  readonly name: string
  /** A call in which each parameter has a value of its type, and each uuid is the organization's id. */
  readonly call: string
}

/** Every function that people may call and that takes a uuid. */
const foreignCalls = (db: Database, organizationId: string) =>
  db.rows<Rpc>(
    `select pg_proc.oid::regprocedure::text as name, format('select to_jsonb(answer) as answer from public.%I(%s) as answer',
       proname, string_agg(format('%I => %s', argument.name, case
         when argument.type = 'uuid'::regtype then quote_literal($1::text) || '::uuid'
         when typtype = 'e' then (select quote_literal(enumlabel) from pg_enum where enumtypid = pg_type.oid limit 1)
           || '::' || argument.type::regtype
         when argument.type = 'uuid[]'::regtype then 'array[' || quote_literal($1::text) || ']::uuid[]'
         when typcategory = 'A' then '''{}''::' || argument.type::regtype
         when typcategory = 'N' then '1'
         when typcategory = 'B' then 'true'
         when typcategory = 'D' then 'now()::' || argument.type::regtype
         when argument.type in ('json'::regtype, 'jsonb'::regtype) then '''{}'''
         when typcategory = 'T' then '''1 day'''
         else '''member''' end), ', ')) as call
     from pg_proc
     cross join lateral (
       select type, proargnames[place] as name from unnest(proargtypes::oid[]) with ordinality as given (type, place)
     ) as argument
     join pg_type on pg_type.oid = argument.type
     where pronamespace = 'public'::regnamespace and has_function_privilege('authenticated', pg_proc.oid, 'execute')
     group by pg_proc.oid, proname having bool_or(argument.type = 'uuid'::regtype)
     order by 1`,
    [organizationId],
  )

const strangers: readonly [string, (cast: Cast) => Actor][] = [
  ['an outsider', (cast) => cast.outsider],
  ['a suspended admin', (cast) => cast.suspendedAdmin],
  ['an app that may nothing', (cast) => cast.idleAppOfOwner],
  ['a service account without a scope', (cast) => cast.narrowAccount],
]

it.each(strangers)('[ORG-12] [A1-11] calls of %s about the organization learn and change nothing', (_who, actorOf) =>
  withRollback(async (db) => {
    const cast = await givenCast(db, await givenScene(db))
    const { id } = cast.organization
    const calls = await foreignCalls(db, id)
    expect(calls.length).toBeGreaterThan(20)
    const before = await everythingOf(db, id)
    await db.actAs(actorOf(cast))
    const answered: string[] = []
    for (const { name, call } of calls) {
      try {
        const rows = await db.rows<{ answer: unknown }>(call)
        const told = JSON.stringify(rows.map(({ answer }) => answer))
        if (told.includes(id) || told.includes(cast.organization.name)) answered.push(`${name}: ${told}`)
      } catch (error) {
        if (!(error instanceof SqlError)) throw error
        // Raised for a client, or refused by Postgres; anything else is a fault that tells how it is made.
        if (error.status === undefined && !/^(42501|22|23)/.test(error.sqlstate)) {
          answered.push(`${name}: ${error.sqlstate} ${error.message}`)
        }
      }
    }
    expect(answered).toEqual([])
    expect(await everythingOf(db, id)).toBe(before)
  }),
)
