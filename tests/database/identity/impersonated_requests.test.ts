import { expect, it } from 'vitest'
import { withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

it('gives the REST requests of an impersonated session a read-only transaction', () =>
  withRollback(async (db) => {
    const person = await given.session(db, { person: await given.person(db) })
    await db.actAs(person)
    await db.exec('select private.before_request()')
    expect(await db.exec('update public.profiles set headline = $1 where id = $2', ['Own', person.id])).toBe(1)
    await db.asOwner(() =>
      db.exec(
        `insert into private.impersonations (session_id, user_id, reason, expires_at)
         values ($1, $2, 'Looking into a report', now() + interval '30 minutes')`,
        [String(person.claims?.session_id), person.id],
      ),
    )
    // One text, because a savepoint ends the mode of its transaction.
    const request = (statement: string) => db.exec(`select private.before_request(); ${statement}`)
    const change = `update public.profiles set headline = null where id = '${person.id}'`
    await request(`select display_name from public.profiles where id = '${person.id}'`)
    await expect(request(change)).rejects.toMatchObject({ sqlstate: '25006' })
    // Not even where no policy stands in the way.
    await expect(request(`reset role; ${change}`)).rejects.toMatchObject({ sqlstate: '25006' })
  }))
