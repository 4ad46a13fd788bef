import { describe, expect, it } from 'vitest'
import { withCommit, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { check, givenChain, seal, tamper, type Verdict, write } from './audit_chain_support.ts'

describe('the hash chain of an organization', () => {
  it('[AUD-01] holds every entry once, in order, and is found intact', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await write(db, ours, 3)
      const before = await check(db, ours)
      expect(before).toMatchObject({ is_intact: true, is_complete: true, head_sequence: '0', checked_count: '0' })
      expect(Number(before.unsealed_count)).toBe(7)
      expect(before.oldest_unsealed_at).toBeInstanceOf(Date)
      expect(await seal(db)).toBeGreaterThanOrEqual(7)
      expect(await seal(db)).toBe(0)
      const after = await check(db, ours)
      expect(after).toMatchObject({
        is_intact: true,
        is_complete: true,
        problem: null,
        checked_count: '7',
        head_sequence: '7',
        oldest_sequence: '0',
        unsealed_count: '0',
        oldest_unsealed_at: null,
      })
      expect(after.head_hash).toMatch(/^[0-9a-f]{64}$/)
      expect(after.head_hash).not.toBe(before.head_hash)
      expect(after.oldest_hash).toBe(before.head_hash)
      const order = await db.rows('select log_id from private.audit_seals where chain_id = $1 order by sequence', [
        ours.id,
      ])
      expect(order).toEqual([...order].sort((a, b) => Number(a.log_id) - Number(b.log_id)))
    }))

  it('goes on from where the last run ended, and stands apart from the chains of others', () =>
    withRollback(async (db) => {
      const [ours, theirs] = [await givenChain(db), await givenChain(db)]
      await write(db, ours, 2)
      await write(db, null, 1)
      expect(await seal(db)).toBe(3)
      expect(await check(db, ours)).toMatchObject({ is_intact: true, head_sequence: `${ours.last + 2}` })
      expect(await check(db, theirs)).toMatchObject({ is_intact: true, head_sequence: `${theirs.last}` })
      expect(await check(db, null)).toMatchObject({ is_intact: true, is_complete: true })
    }))

  it('can be checked in pieces', () =>
    withRollback(async (db) => {
      const ours = await givenChain(db, 10)
      const first = await check(db, ours, 0, 6)
      expect(first).toMatchObject({ is_intact: true, is_complete: false, checked_count: '6', checked_sequence: '6' })
      const rest = await check(db, ours, 6)
      expect(rest).toMatchObject({ is_intact: true, is_complete: true, checked_sequence: `${ours.last}` })
      await tamper(db, `update public.audit_logs set action = 'upload' where id = ${ours.ids[8]}`)
      expect(await check(db, ours, 0, 6)).toMatchObject({ is_intact: true })
      expect(await check(db, ours, 6)).toMatchObject({ is_intact: false, broken_sequence: '8' })
    }))

  it('does not depend on the settings of who checks it', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.exec(
        `select private.record_audit_event('download', $1, 'files', changes := '{"b": 1.50, "a": ["ü"]}', ip_address := '2001:db8::1')`,
        [ours.id],
      )
      await seal(db)
      await db.exec(`set local timezone = 'Asia/Kolkata'; set local datestyle = 'German'; set local extra_float_digits = 0;
        set local intervalstyle = 'iso_8601'; set local bytea_output = 'escape'`)
      expect(await check(db, ours)).toMatchObject({ is_intact: true, checked_count: '5' })
    }))

  it('takes entries whose transaction commits late', async () => {
    const ours = await withCommit((db) => given.organization(db))
    await withCommit(seal)
    await withCommit(async (slow) => {
      // Its id is lower than that of the next one, which commits first.
      await write(slow, ours, 1)
      await withCommit((db) => write(db, ours, 1))
      expect(await withCommit(seal)).toBe(1)
      expect(await withCommit((db) => check(db, ours))).toMatchObject({ is_intact: true, unsealed_count: '0' })
    })
    expect(await withCommit((db) => check(db, ours))).toMatchObject({ is_intact: true, unsealed_count: '1' })
    expect(await withCommit(seal)).toBe(1)
    expect(await withCommit((db) => check(db, ours))).toMatchObject({
      is_intact: true,
      unsealed_count: '0',
      checked_count: '6',
    })
    await withCommit(async (db) => {
      const order = await db.rows<{ log_id: string }>(
        'select log_id from private.audit_seals where chain_id = $1 order by sequence desc limit 2',
        [ours.id],
      )
      expect(Number(order[0]?.log_id)).toBeLessThan(Number(order[1]?.log_id))
    })
  })

  it('is sealed by a job each minute', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      expect(await db.row(`select schedule from cron.job where jobname = 'platform_seal_audit_logs'`)).toEqual({
        schedule: '* * * * *',
      })
      await db.exec('select private.job_seal_audit_logs(50000)')
      expect(await check(db, ours)).toMatchObject({ head_sequence: '4', unsealed_count: '0' })
      expect(await db.row(`select state from private.cron_runs where name = 'platform_seal_audit_logs'`)).toEqual({
        state: 'succeeded',
      })
    }))
})

describe('the verifier', () => {
  it.each([
    [
      'a changed entry',
      (id: string) => `update public.audit_logs set changes = '{"x": 2}' where id = ${id}`,
      'entry_changed',
    ],
    [
      'another actor',
      (id: string) => `update public.audit_logs set actor_id = gen_random_uuid() where id = ${id}`,
      'entry_changed',
    ],
    [
      'another address',
      (id: string) => `update public.audit_logs set ip_address = '::1' where id = ${id}`,
      'entry_changed',
    ],
    [
      'another organization',
      (id: string) => `update public.audit_logs set organization_id = null where id = ${id}`,
      'entry_changed',
    ],
    [
      'another time',
      (id: string) =>
        `update public.audit_logs set occurred_at = occurred_at - interval '1 microsecond' where id = ${id}`,
      'entry_missing',
    ],
    ['a removed entry', (id: string) => `delete from public.audit_logs where id = ${id}`, 'entry_missing'],
    [
      'a removed entry and its seal',
      (id: string) =>
        `delete from public.audit_logs where id = ${id}; delete from private.audit_seals where log_id = ${id}`,
      'seal_missing',
    ],
    [
      'a changed seal',
      (id: string) => `update private.audit_seals set entry_digest = sha256('x') where log_id = ${id}`,
      'seal_changed',
    ],
    [
      'a changed entry with a seal to match',
      (id: string) =>
        `update public.audit_logs set action = 'upload' where id = ${id};
         update private.audit_seals set entry_digest = private.audit_entry_digest(audit_logs)
         from public.audit_logs where audit_logs.id = ${id} and log_id = ${id}`,
      'seal_changed',
    ],
  ])('[A11-11] names the first broken row: %s', (_what, statement, problem) =>
    withRollback(async (db) => {
      const ours = await givenChain(db)
      await tamper(db, `${statement(ours.ids[6] ?? '')}; ${statement(ours.ids[8] ?? '')}`)
      expect(await check(db, ours)).toMatchObject({
        is_intact: false,
        problem,
        broken_sequence: '6',
        broken_entry_id: problem === 'seal_missing' ? null : ours.ids[6],
        checked_sequence: '5',
        is_complete: false,
      })
    }),
  )

  it('[A11-11] notices that two entries changed places', () =>
    withRollback(async (db) => {
      const ours = await givenChain(db)
      await tamper(
        db,
        `update private.audit_seals set sequence = 0 where chain_id = '${ours.id}' and sequence = 6;
         update private.audit_seals set sequence = 6 where chain_id = '${ours.id}' and sequence = 7;
         update private.audit_seals set sequence = 7 where chain_id = '${ours.id}' and sequence = 0`,
      )
      expect(await check(db, ours)).toMatchObject({ problem: 'seal_changed', broken_sequence: '6' })
    }))

  it('[A11-11] notices that the end was cut off, with and without its seals', () =>
    withRollback(async (db) => {
      const ours = await givenChain(db)
      await tamper(
        db,
        `delete from public.audit_logs where id in (${ours.ids[8]}, ${ours.ids[9]});
         delete from private.audit_seals where chain_id = '${ours.id}' and sequence > 7`,
      )
      expect(await check(db, ours)).toMatchObject({ problem: 'tail_missing', broken_sequence: '8', head_sequence: '9' })
    }))

  it('[A11-11] notices that the end of the chain was written anew', () =>
    withRollback(async (db) => {
      const ours = await givenChain(db)
      await tamper(db, `update private.audit_chains set hash = sha256('x') where chain_id = '${ours.id}'`)
      expect(await check(db, ours)).toMatchObject({ problem: 'head_changed', broken_sequence: `${ours.last}` })
    }))

  it('[A11-11] notices an entry that was slipped in, or removed before it was sealed', () =>
    withRollback(async (db) => {
      const ours = await givenChain(db)
      const slipIn = `insert into public.audit_logs (organization_id, actor_kind, action, object_type, occurred_at)
        values ('${ours.id}', 'system', 'download', 'files', now())`
      await tamper(db, slipIn)
      expect(await check(db, ours)).toMatchObject({ problem: 'entry_unknown', broken_sequence: null })
      const theirs = await givenChain(db)
      await write(db, theirs, 1)
      const { log_id } = await db.row<{ log_id: string }>('select log_id from private.audit_unsealed')
      await tamper(db, `delete from public.audit_logs where id = ${log_id}`)
      await write(db, theirs, 1)
      expect(await seal(db)).toBe(1)
      expect(await check(db, theirs)).toMatchObject({ problem: 'entry_missing', broken_entry_id: log_id })
    }))

  it('[AUD-01] is for members with audit.read and platform admins, and tells strangers nothing', () =>
    withRollback(async (db) => {
      const [ours, root] = [await givenChain(db), await given.person(db)]
      const verify = (id: string | null) => db.row<Verdict>('select * from public.verify_audit_chain($1)', [id])
      await db.actAs(ours.admin)
      expect(await verify(ours.id)).toMatchObject({ is_intact: true, is_complete: true, checked_count: `${ours.last}` })
      await expect(verify(null)).rejects.toMatchObject({ status: 403, code: 'platform_admin_required' })
      await db.actAs(ours.member)
      await expect(verify(ours.id)).rejects.toMatchObject({ status: 403, code: 'permission_missing' })
      await db.actAs(root)
      await expect(verify(ours.id)).rejects.toMatchObject({ status: 404, code: 'organization_not_found' })
      await db.asOwner(() =>
        db.exec(`update auth.users set raw_app_meta_data = '{"platform_admin": true}' where id = $1`, [root.id]),
      )
      await expect(verify(ours.id)).rejects.toMatchObject({ status: 403, code: 'second_factor_required' })
      await db.rows(`select set_config('request.jwt.claims', $1, true)`, [
        JSON.stringify({ sub: root.id, aal: 'aal2' }),
      ])
      expect(await verify(ours.id)).toMatchObject({ is_intact: true })
      expect(await verify(null)).toMatchObject({ is_complete: true })
    }))
})
it('keeps seals and dropped months append-only', () =>
  withRollback(async (db) => {
    await givenChain(db)
    await db.exec(`insert into private.audit_dropped_months (month, entry_count) values ('2020-01-01Z', 1)`)
    for (const table of ['audit_seals', 'audit_dropped_months']) {
      for (const statement of [
        `update private.${table} set`,
        `delete from private.${table}`,
        `truncate private.${table}`,
      ]) {
        const column = table === 'audit_seals' ? 'log_id = 1' : 'entry_count = 0'
        const whole = statement.endsWith('set') ? `${statement} ${column}` : statement
        await expect(db.exec(whole), whole).rejects.toThrow('append-only')
      }
    }
  }))
