import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Database, withCommit, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

interface Verdict {
  is_intact: boolean
  problem: string | null
  broken_sequence: string | null
  broken_entry_id: string | null
}

interface Step {
  kind: string
  chain: number
  count: number
}

/** What happens to two chains. Of a late transaction the ids are taken before the next step and committed after it. */
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('write'), chain: fc.nat(1), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('late'), chain: fc.nat(1), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('seal'), chain: fc.constant(0), count: fc.integer({ min: 1, max: 5 }) }),
)
const damages = {
  entry_changed: (id: string) => `update public.audit_logs set changes = '{"x": 2}' where id = ${id}`,
  entry_missing: (id: string) => `delete from public.audit_logs where id = ${id}`,
  seal_changed: (id: string) => `update private.audit_seals set entry_digest = sha256('x') where log_id = ${id}`,
} as const
const damage = fc.record({
  kind: fc.constantFrom('entry_changed', 'entry_missing', 'seal_changed'),
  place: fc.double({ min: 0, max: 0.999, noNaN: true }),
})

const write = (db: Database, organization: string, count: number) =>
  db.exec(
    `select private.record_audit_event('download', $1, 'files', n::text, '{"x": 1}') from generate_series(1, $2::int) as n`,
    [organization, count],
  )
const seal = (count: number) => withCommit((db) => db.exec('select private.seal_audit_logs($1)', [count]))
const check = (db: Database, organization: string) =>
  db.row<Verdict>('select * from private.check_audit_chain($1, 0, 50000)', [organization])
const sealed = async (db: Database, organization: string) =>
  (
    await db.rows<{ id: string }>(
      'select log_id::text as id from private.audit_seals where chain_id = $1 order by sequence',
      [organization],
    )
  ).map(({ id }) => id)

it('[A11-11] [AUD-01] whatever was written and sealed in which order, the verifier finds it intact, and the first row that was tampered with', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 2, maxLength: 8 }),
      fc.array(damage, { minLength: 1, maxLength: 3 }),
      async (steps, wounds) => {
        const chains = await withCommit(async (db) => [
          (await given.organization(db)).id,
          (await given.organization(db)).id,
        ])
        const act = ({ kind, chain, count }: Step) =>
          kind === 'seal' ? seal(count) : withCommit((db) => write(db, chains[chain] ?? '', count))
        for (let index = 0; index < steps.length; index += 1) {
          const [now, next] = [steps[index], steps[index + 1]]
          if (now?.kind === 'late' && next) {
            await withCommit(async (db) => {
              await write(db, chains[now.chain] ?? '', now.count)
              await act(next)
            })
            index += 1
          } else if (now) await act(now)
        }
        await seal(1_000_000)

        for (const chain of chains) {
          const ids = await withCommit((db) => sealed(db, chain))
          expect(new Set(ids).size).toBe(ids.length)
          expect(await withCommit((db) => check(db, chain))).toMatchObject({ is_intact: true, problem: null })
        }
        const [ours = '', theirs = ''] = chains
        const ids = await withCommit((db) => sealed(db, ours))
        const hits = wounds.map(({ kind, place }) => ({ kind, index: Math.floor(place * ids.length) }))
        const first = Math.min(...hits.map(({ index }) => index))
        const statements = hits.map(({ kind, index }) => damages[kind](ids[index] ?? ''))
        const verdicts = await withRollback(async (db) => {
          await db.exec(`alter table public.audit_logs disable trigger user;
            alter table private.audit_seals disable trigger user; ${statements.join(';')}`)
          return { ours: await check(db, ours), theirs: await check(db, theirs) }
        })
        expect(verdicts.ours).toMatchObject({
          is_intact: false,
          broken_sequence: String(first + 1),
          broken_entry_id: ids[first],
        })
        expect(verdicts.theirs).toMatchObject({ is_intact: true })
      },
    ),
    { numRuns: 15, endOnFailure: true },
  )
}, 120_000)
