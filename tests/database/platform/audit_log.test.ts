import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { withConnection } from '../../../local/postgres/database.ts'
import { type Database, fileDatabase, type Person, withCommit, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

describe('reading', () => {
  const seen = async (db: Database, reader: Person, from: 'audit_logs' | 'user_actions') => {
    await db.actAs(reader)
    return (await db.rows<{ object_id: string }>(`select object_id from public.${from} where action = 'download'`)).map(
      ({ object_id }) => object_id,
    )
  }

  it('[AUD-01] is for members with audit.read, and of the own actions for everybody', () =>
    withRollback(async (db) => {
      const [ours, theirs] = [await given.organization(db), await given.organization(db)]
      const act = async (organization: string | null, object: string, actor: Person | null) =>
        db.asOwner(() =>
          db.exec(
            `select private.record_audit_event('download', $1, 'files', $2, actor_id := $3,
               actor_kind := case when $3::uuid is null then 'system' else 'user' end::public.audit_actor_kind)`,
            [organization, object, actor?.id ?? null],
          ),
        )
      await act(ours.id, 'by the member', ours.member)
      await act(ours.id, 'by the backend', null)
      await act(null, 'outside', ours.member)
      await act(theirs.id, 'elsewhere', theirs.owner)
      await act(theirs.id, 'formerly', ours.member)
      expect(await seen(db, ours.admin, 'audit_logs')).toEqual(['by the member', 'by the backend'])
      expect(await seen(db, ours.admin, 'user_actions')).toEqual(['by the member'])
      // Not what was done in an organization that is no longer one's own.
      expect(await seen(db, ours.member, 'audit_logs')).toEqual(['by the member', 'outside'])
      expect(await seen(db, ours.member, 'user_actions')).toEqual(['by the member', 'outside'])
      expect(await seen(db, theirs.admin, 'audit_logs')).toEqual(['elsewhere', 'formerly'])
    }))

  it.each([
    ['organization', 'organization_id'],
    ['user', 'actor_id'],
  ])('[AUD-03] finds the latest entries of one %s by an index', (_who, column) =>
    withRollback(async (db) => {
      await db.exec('set local enable_seqscan = off')
      await db.exec('set local enable_bitmapscan = off')
      const plan = await db.rows<{ 'QUERY PLAN': string }>(
        `explain select id from public.audit_logs where ${column} = '${randomUUID()}'
           and occurred_at > now() - interval '1 day' order by occurred_at desc limit 10`,
      )
      expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toMatch(
        new RegExp(`Index Scan Backward using \\w+_${column}_occurred_at_idx on audit_logs_\\d{4}_\\d\\d`),
      )
    }),
  )
})

describe('the audit log', () => {
  const partition = `(select min(inhrelid::regclass::text) from pg_inherits where inhparent = 'public.audit_logs'::regclass)`

  it('[A11-11] is append-only for its owner, too, on the table and on every partition', () =>
    withRollback(async (db) => {
      await given.organization(db)
      const { name } = await db.row<{ name: string }>(`select ${partition} as name`)
      for (const table of ['public.audit_logs', name]) {
        for (const statement of [
          `update ${table} set action = 'nothing'`,
          `delete from ${table}`,
          `truncate ${table}`,
        ]) {
          await expect(db.exec(statement), statement).rejects.toThrow('append-only')
        }
      }
    }))

  it('[A11-11] is append-only even where triggers are set to sleep', async () => {
    await withCommit((db) => given.organization(db))
    const { superuserUrl } = await fileDatabase()
    await withConnection(superuserUrl, async (sql) => {
      await expect(
        sql.begin(async (session) => {
          await session`set local session_replication_role = replica`
          await session`delete from public.audit_logs`
        }),
      ).rejects.toThrow('append-only')
    })
  })

  it('[A11-11] has a partition for this month and three more, made ahead by a job', () =>
    withRollback(async (db) => {
      const months = async () =>
        (
          await db.rows<{ name: string }>(
            `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'public.audit_logs'::regclass order by 1`,
          )
        ).map(({ name }) => name)
      expect(await months()).toHaveLength(4)
      const { made, expected } = await db.row<{ made: number; expected: string }>(
        `select private.job_make_audit_partitions(5) as made,
           'private.audit_logs_' || to_char(now() at time zone 'UTC' + interval '5 months', 'YYYY_MM') as expected`,
      )
      // Those of the log and those of its seals.
      expect(made).toBe(4)
      expect((await months()).at(-1)).toBe(expected)
      expect((await db.row<{ made: number }>('select private.job_make_audit_partitions(5) as made')).made).toBe(0)
    }))

  it('[A11-11] makes the partition of its month itself when the job never ran', () =>
    withRollback(async (db) => {
      await db.exec(
        `do $$ declare part regclass; begin
           for part in select inhrelid from pg_inherits where inhparent = 'public.audit_logs'::regclass loop
             execute format('drop table %s', part);
           end loop; end $$`,
      )
      await given.organization(db)
      expect(await db.rows(`select from public.audit_logs where object_type = 'organizations'`)).not.toEqual([])
    }))
})
