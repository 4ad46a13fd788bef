import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { check, seal, tamper } from './audit_chain_support.ts'

describe('the retention job', () => {
  /** Entries as if they had been written and sealed some months ago. */
  async function givenOldChain(db: Database, months: number[]): Promise<GivenOrganization> {
    const ours = await given.organization(db)
    for (const [index, ago] of months.entries()) {
      await db.exec(
        `select private.ensure_month_partition(name, now() - make_interval(months => $1::int))
         from unnest(array['public.audit_logs', 'private.audit_seals']::regclass[]) as name`,
        [ago],
      )
      await tamper(
        db,
        `insert into public.audit_logs (organization_id, actor_kind, action, object_type, object_id, occurred_at)
         values ('${ours.id}', 'system', 'download', 'files', '${index}', now() - interval '${ago} months')`,
      )
      await db.exec(
        `with entry as (
           select *, private.audit_entry_digest(audit_logs) as digest from public.audit_logs
           where organization_id = $1 and object_type = 'files' and object_id = $2
         ),
         seal as (
           insert into private.audit_seals (chain_id, sequence, log_id, occurred_at, entry_digest, hash, sealed_at)
           select $1, coalesce(chain.sequence, 0) + 1, entry.id, entry.occurred_at, entry.digest,
             sha256(coalesce(chain.hash, private.audit_chain_start($1)) || entry.digest), entry.occurred_at
           from entry left join private.audit_chains as chain on chain.chain_id = $1
           returning sequence, hash, sealed_at
         )
         insert into private.audit_chains (chain_id, sequence, hash, sealed_at)
         select $1, sequence, hash, sealed_at from seal
         on conflict (chain_id) do update
           set sequence = excluded.sequence, hash = excluded.hash, sealed_at = excluded.sealed_at`,
        [ours.id, `${index}`],
      )
    }
    await seal(db)
    return ours
  }

  it('[AUD-17] drops whole months after 24 months and leaves a chain that begins where they ended', () =>
    withRollback(async (db) => {
      const ours = await givenOldChain(db, [30, 30, 26, 23])
      expect(await check(db, ours)).toMatchObject({ is_intact: true, head_sequence: '8', oldest_sequence: '0' })
      const { hash } = await db.row<{ hash: string }>(
        `select encode(hash, 'hex') as hash from private.audit_seals where chain_id = $1 and sequence = 3`,
        [ours.id],
      )
      expect(await db.row('select private.job_cleanup_audit_logs(10) as dropped')).toEqual({ dropped: 2 })
      expect(await check(db, ours)).toMatchObject({
        is_intact: true,
        is_complete: true,
        checked_count: '5',
        head_sequence: '8',
        oldest_sequence: '3',
        oldest_hash: hash,
      })
      expect(
        await db.rows(`select object_id from public.audit_logs where organization_id = $1 and object_type = 'files'`, [
          ours.id,
        ]),
      ).toEqual([{ object_id: '3' }])
      expect(await db.rows('select entry_count from private.audit_dropped_months order by month')).toEqual([
        { entry_count: '2' },
        { entry_count: '1' },
      ])
      expect(await db.row('select private.job_cleanup_audit_logs(10) as dropped')).toEqual({ dropped: 0 })
    }))

  it('[AUD-17] keeps the seals of entries that were sealed in a later month', () =>
    withRollback(async (db) => {
      const ours = await givenOldChain(db, [30])
      await tamper(
        db,
        `insert into public.audit_logs (organization_id, actor_kind, action, object_type, occurred_at)
           values ('${ours.id}', 'system', 'download', 'files', now() - interval '30 months');
         insert into private.audit_unsealed (log_id, chain_id, occurred_at)
           select id, organization_id, occurred_at from public.audit_logs order by id desc limit 1`,
      )
      expect(await db.row('select private.job_cleanup_audit_logs(10) as dropped')).toEqual({ dropped: 1 })
      expect(await check(db, ours)).toMatchObject({ is_intact: true, oldest_sequence: '1', checked_count: '5' })
    }))

  it('notices a month that was dropped by hand', () =>
    withRollback(async (db) => {
      const ours = await givenOldChain(db, [3])
      await db.exec(
        `do $$ begin execute 'drop table private.' ||
           private.month_partition_name('public.audit_logs', now() - interval '3 months'); end $$`,
      )
      expect(await check(db, ours)).toMatchObject({ problem: 'entry_missing', broken_sequence: '1' })
    }))
})
