import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { type Actor, type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { address, invited } from './invitation_support.ts'

/** Calls after which Postgres plans no more: planning may run a function to see what it gives. */
const warmUp = 12

/**
 * What Postgres did for a call, which is undone: for each table the reads begun, rows read and rows written. What two calls
 * may be told apart by is a difference here, on every machine; a clock would have to be lucky.
 */
async function workOf(db: Database, actor: Actor, call: string): Promise<Record<string, string>> {
  const counted = () =>
    db.asOwner(() =>
      db.rows<{ place: string; counts: string[] }>(
        `select schemaname || '.' || relname as place, array[
           seq_scan, seq_tup_read, coalesce(idx_scan, 0), coalesce(idx_tup_fetch, 0), n_tup_ins, n_tup_upd, n_tup_del
         ]::text[] as counts
         from pg_stat_xact_all_tables
         where schemaname in ('public', 'private', 'auth')
         order by place`,
      ),
    )
  await db.actAs(actor)
  const run = () => db.exec(`${call}; select 1 / 0`).catch(({ sqlstate }: { sqlstate: string }) => sqlstate)
  for (let turn = 0; turn < warmUp; turn += 1) await run()
  const before = new Map((await counted()).map(({ place, counts }) => [place, counts]))
  await run()
  const differences = (await counted()).map(({ place, counts }) => ({
    place,
    done: counts.map((count, at) => Number(count) - Number(before.get(place)?.[at] ?? 0)),
  }))
  return Object.fromEntries(
    differences
      .filter(({ done }) => done.some((count) => count !== 0))
      .map(({ place, done }) => [place, done.join(' ')]),
  )
}

it('[TST-19] [A1-02] does the same work for a token that is almost right as for any other', () =>
  withRollback(async (db) => {
    const { token } = await invited(db)
    const somebody = await given.person(db)
    const [last, first] = [token.endsWith('A') ? 'B' : 'A', token.startsWith('A') ? 'B' : 'A']
    const close = [token.slice(0, -1) + last, first + token.slice(1), `${token}x`]
    for (const [actor, name] of [
      ['anon', 'look_up_invitation'],
      [somebody, 'accept_invitation'],
      [somebody, 'decline_invitation'],
    ] as const) {
      const workFor = (text: string) => workOf(db, actor, `select public.${name}('${text}')`)
      const unknown = await workFor(randomBytes(32).toString('base64url'))
      expect(unknown).toHaveProperty(['private.invitation_tokens'])
      for (const text of close) expect(await workFor(text), name).toEqual(unknown)
      // The right one is more work, so a difference would be seen.
      expect(await workFor(token), name).not.toEqual(unknown)
    }
  }))

it('[TST-19] [A1-02] does the same work to invite who has an account as who has none', () =>
  withRollback(async (db) => {
    const { ours, email: pending } = await invited(db)
    const known = await given.person(db, { email: address() })
    const workFor = (email: string) =>
      workOf(db, ours.admin, `select public.create_invitations('${ours.id}', '[{"email": "${email}"}]')`)
    const unknown = await workFor(address())
    expect(unknown).toHaveProperty(['public.invitations'])
    expect(await workFor(known.email)).toEqual(unknown)
    expect(await workFor(pending)).not.toEqual(unknown)
  }))
