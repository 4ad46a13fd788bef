import type { Database } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'

/** What checking a chain answers. */
export interface Verdict {
  is_intact: boolean
  problem: string | null
  broken_sequence: string | null
  broken_entry_id: string | null
  checked_count: string
  checked_sequence: string
  is_complete: boolean
  head_sequence: string
  head_hash: string
  oldest_sequence: string
  oldest_hash: string
  unsealed_count: string
  oldest_unsealed_at: Date | null
}

/** Seals what was written. @returns how many entries */
export const seal = async (db: Database) =>
  (await db.asOwner(() => db.row<{ count: number }>('select private.seal_audit_logs(1000000) as count'))).count

/** Checks the chain of an organization; null for what belongs to none. */
export const check = (db: Database, organization: { id: string } | null, after = 0, size = 50_000) =>
  db.asOwner(() =>
    db.row<Verdict>('select * from private.check_audit_chain(private.audit_chain_id($1), $2, $3)', [
      organization?.id ?? null,
      after,
      size,
    ]),
  )

/** An organization whose chain has the entries of its making and `count` events, all sealed. */
export async function givenChain(
  db: Database,
  count = 5,
): Promise<GivenOrganization & { last: number; ids: string[] }> {
  const organization = await given.organization(db)
  await write(db, organization, count)
  await seal(db)
  const rows = await db.rows<{ log_id: string }>(
    'select log_id from private.audit_seals where chain_id = $1 order by sequence',
    [organization.id],
  )
  return { ...organization, last: rows.length, ids: ['', ...rows.map(({ log_id }) => log_id)] }
}

/** Writes `count` entries. */
export const write = (db: Database, organization: { id: string } | null, count: number) =>
  db.asOwner(() =>
    db.exec(
      `select private.record_audit_event('download', $1, 'files', n::text, '{"x": 1}') from generate_series(1, $2::int) as n`,
      [organization?.id ?? null, count],
    ),
  )

/** What an administrator of the server could do: puts the triggers aside and changes what is written. */
export async function tamper(db: Database, statement: string): Promise<void> {
  await db.exec(`
    alter table public.audit_logs disable trigger user; alter table private.audit_seals disable trigger user;
    ${statement};
    alter table public.audit_logs enable always trigger t300_refuse_change;
    alter table private.audit_seals enable always trigger t300_refuse_change;
    alter table public.audit_logs enable trigger t500_queue_seal`)
}
