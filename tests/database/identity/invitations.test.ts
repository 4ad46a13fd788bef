import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import {
  accept,
  address,
  create,
  expire,
  invite,
  invited,
  mail,
  nothing,
  preview,
  statusOf,
} from './invitation_support.ts'

describe('create_invitations', () => {
  it('[A1-02] invites a list at once and tells of each row what became of it', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(ours.admin)
      const taken = address()
      await invite(db, ours, { email: taken })
      const results = await create(db, ours, [
        { email: '  Grace@Example.TEST ', role: 'viewer', kind: '24_hour' },
        { email: 'grace@example.test' },
        { email: 'not an address' },
        { email: taken },
        { email: address(), role: 'emperor' },
        { email: address(), role: 'admin' },
        { email: address(), kind: 'for_ever' },
        { email: address(), custom_role_id: randomUUID() },
        { email: address(), binding_id: randomUUID() },
        { email: address(), role: 'vendor', binding_kind: 'client' },
        { email: address(), role: 'vendor', binding_id: randomUUID() },
        {},
      ])
      expect(results.map(({ code }) => code)).toEqual([
        null,
        'email_repeated',
        'email_invalid',
        'invitation_exists',
        'role_unknown',
        'role_too_high',
        'invitation_kind_unknown',
        'custom_role_not_found',
        'binding_invalid',
        'binding_invalid',
        null,
        'email_invalid',
      ])
      expect(results.map(({ row_number }) => row_number)).toEqual(results.map((_, index) => index + 1))
      expect(results.map(({ invitation_id }) => invitation_id !== null)).toEqual(
        results.map(({ code }) => code === null),
      )
      const stored = await db.row(
        `select email, role, kind::text, status::text, invited_by, extract(epoch from expires_at - created_at)::int as seconds
         from public.invitations where id = $1`,
        [results[0]?.invitation_id ?? ''],
      )
      expect(stored).toEqual({
        email: 'grace@example.test',
        role: 'viewer',
        kind: '24_hour',
        status: 'pending',
        invited_by: ours.admin.id,
        seconds: 24 * 3600,
      })
    }))

  it('[A1-02] enqueues one mail for each, whose job holds ids and no secret', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(ours.admin)
      const email = address()
      const id = await invite(db, ours, { email })
      await db.actAs('postgres')
      const jobs = await db.rows(`select payload, organization_id from private.jobs where kind = 'invitation.send'`)
      expect(jobs).toEqual([{ payload: { invitation_id: id, mail_number: 1 }, organization_id: ours.id }])
    }))

  it('[A1-04] gives nobody a role at or above the own one, and ownership not at all', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(ours.owner)
      const [admin, owner] = await create(db, ours, [
        { email: address(), role: 'admin' },
        { email: address(), role: 'owner' },
      ])
      expect([admin?.code, owner?.code]).toEqual([null, 'role_too_high'])
    }))

  it('needs members.manage, tells strangers nothing and takes no programs', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const list = [{ email: address() }]
      await db.actAs(ours.member)
      await expect(create(db, ours, list)).rejects.toMatchObject({ status: 403, code: 'permission_missing' })
      await db.actAs(await given.person(db))
      await expect(create(db, ours, list)).rejects.toMatchObject({ status: 404, code: 'organization_not_found' })
      await db.actAs(await given.serviceAccount(db, { organization: ours, role: 'admin', scopes: ['members.manage'] }))
      await expect(create(db, ours, list)).rejects.toMatchObject({ status: 403, code: 'person_required' })
    }))

  it('takes lists of one to 500 rows', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(ours.admin)
      for (const list of [[], {}, null, 'a', Array.from({ length: 501 }, () => ({ email: address() }))]) {
        await expect(create(db, ours, list)).rejects.toMatchObject({ status: 422, code: 'invitations_invalid' })
      }
      const all = await create(
        db,
        ours,
        Array.from({ length: 500 }, () => ({ email: address() })),
      )
      expect(all.filter(({ invitation_id }) => invitation_id !== null)).toHaveLength(500)
    }))

  it('invites nobody of a list beyond the daily limit', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await given.limit(db, { organization: ours, key: 'invitations_daily', value: 2 })
      await db.actAs(ours.admin)
      await invite(db, ours, { email: address() })
      const list = [{ email: address() }, { email: address() }]
      await expect(create(db, ours, list)).rejects.toMatchObject({ status: 409, code: 'invitation_limit_reached' })
      expect(await db.rows('select id from public.invitations')).toHaveLength(1)
    }))

  it('gives a role of the own kind only with permissions that the inviter has', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(ours.owner)
      const make = (permission: string) =>
        db.row<{ id: string }>(`select * from public.create_custom_role($1, $2, 'member', array[$2])`, [
          ours.id,
          permission,
        ])
      const [low, high] = [await make('members.read'), await make('organization.delete')]
      await db.actAs(ours.admin)
      const results = await create(db, ours, [
        { email: address(), role: 'member', custom_role_id: low.id },
        { email: address(), role: 'member', custom_role_id: high.id },
        { email: address(), role: 'viewer', custom_role_id: low.id },
      ])
      expect(results.map(({ code }) => code)).toEqual([null, 'permission_too_high', 'custom_role_mismatch'])
    }))

  it('tells nothing of accounts: an address is invited whether or not somebody has it', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(ours.admin)
      const results = await create(db, ours, [{ email: ours.member.email }, { email: address() }])
      expect(results.map(({ code }) => code)).toEqual([null, null])
    }))

  it('keeps members out of personal organizations, but not clients', () =>
    withRollback(async (db) => {
      const ada = await given.person(db)
      const personal = { id: await given.personalOrganizationId(db, ada) }
      await db.actAs(ada)
      const results = await create(db, personal, [{ email: address() }, { email: address(), role: 'client' }])
      expect(results.map(({ code }) => code)).toEqual(['organization_is_personal', null])
    }))
})

describe('an invitation that is out', () => {
  it('[A1-02] is seen and revoked by managers; its link is dead at once', () =>
    withRollback(async (db) => {
      const { ours, id, token } = await invited(db)
      await db.actAs(ours.member)
      expect(await db.rows('select id from public.invitations')).toEqual([])
      await expect(db.exec('select public.revoke_invitation($1)', [id])).rejects.toMatchObject({ status: 404 })
      await db.actAs(ours.admin)
      expect(await db.rows('select id, status::text from public.invitations')).toEqual([{ id, status: 'pending' }])
      const revoke = () => db.row('select * from public.revoke_invitation($1)', [id])
      expect(await revoke()).toEqual(await revoke())
      expect(await preview(db, token)).toEqual(nothing)
      const again = db.exec('select public.resend_invitation($1)', [id])
      await expect(again).rejects.toMatchObject({ status: 409, code: 'invitation_not_pending' })
    }))

  it('cannot be revoked or sent again by who could not have made it', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(ours.owner)
      const id = await invite(db, ours, { email: address(), role: 'admin' })
      await db.actAs(ours.admin)
      for (const call of ['revoke', 'resend']) {
        const tried = db.exec(`select public.${call}_invitation($1)`, [id])
        await expect(tried).rejects.toMatchObject({ status: 403, code: 'role_too_high' })
      }
    }))

  it('[A1-02] is sent again after the cooldown with a new token, five times at most', () =>
    withRollback(async (db) => {
      const { ours, id, token } = await invited(db)
      await db.actAs(ours.admin)
      const resend = () => db.row<{ sent_count: number }>('select * from public.resend_invitation($1)', [id])
      await expect(resend()).rejects.toMatchObject({ status: 429, code: 'invitation_sent_recently' })
      const wait = () =>
        db.asOwner(() => db.exec('update public.invitations set resendable_at = now() where id = $1', [id]))
      await wait()
      expect(await resend()).toMatchObject({ sent_count: 2 })
      expect(await preview(db, token)).toEqual(nothing)
      expect(await preview(db, await mail(db, id))).toMatchObject({ is_valid: true })
      for (const _ of [3, 4, 5]) {
        await wait()
        await resend()
      }
      await wait()
      await expect(resend()).rejects.toMatchObject({ status: 409, code: 'invitation_limit_reached' })
    }))

  it('keeps every token of one mail valid, so that a repeated try harms nothing, and none of an older mail', () =>
    withRollback(async (db) => {
      const { ours, id, token } = await invited(db)
      const second = await mail(db, id)
      await db.actAs('anon')
      expect([(await preview(db, token)).is_valid, (await preview(db, second)).is_valid]).toEqual([true, true])
      await db.asOwner(() => db.exec('update public.invitations set resendable_at = now() where id = $1', [id]))
      await db.actAs(ours.admin)
      await db.exec('select public.resend_invitation($1)', [id])
      await db.actAs('service_role')
      const hash = '0'.repeat(64)
      expect(await db.rows('select * from public.start_invitation_mail($1, 1, $2)', [id, hash])).toEqual([])
    }))

  it('[A1-02] ends by itself when its time is over, and is forgotten after 90 days', () =>
    withRollback(async (db) => {
      const { id } = await invited(db)
      const other = await invited(db)
      await expire(db, id)
      await db.actAs('postgres')
      expect(await db.row('select private.job_expire_invitations(100) as count')).toEqual({ count: 1 })
      expect([await statusOf(db, id), await statusOf(db, other.id)]).toEqual(['expired', 'pending'])
      await db.exec(`update public.invitations set ended_at = now() - interval '91 days' where id = $1`, [id])
      expect(await db.row('select private.job_purge_invitations(100) as count')).toEqual({ count: 1 })
      expect(await db.rows('select id from public.invitations')).toEqual([{ id: other.id }])
    }))

  it('[A1-02] is shown, and no more, while the organization is suspended', () =>
    withRollback(async (db) => {
      const { ours, id } = await invited(db)
      await db.asOwner(() => db.exec('update public.organizations set suspended_at = now() where id = $1', [ours.id]))
      await db.actAs(ours.admin)
      expect(await db.rows('select id from public.invitations')).toEqual([{ id }])
      await expect(db.exec('select public.revoke_invitation($1)', [id])).rejects.toMatchObject({ status: 404 })
      await db.actAs(ours.member)
      expect(await db.rows('select id from public.invitations')).toEqual([])
    }))

  it('is revoked with the custom role it would give, and goes with its organization', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(ours.owner)
      const make = (name: string) =>
        db.row<{ id: string }>(`select * from public.create_custom_role($1, $2, 'member', '{members.read}')`, [
          ours.id,
          name,
        ])
      const [first, second] = [await make('First'), await make('Second')]
      const id = await invite(db, ours, { email: address(), role: 'member', custom_role_id: first.id })
      await invite(db, ours, { email: address(), role: 'member', custom_role_id: second.id })
      await db.exec('select public.delete_custom_role($1)', [first.id])
      expect(await statusOf(db, id)).toBe('revoked')
      await db.actAs(await given.session(db, { person: ours.owner, verifiedBy: 'otp' }))
      await db.exec('select public.delete_organization($1)', [ours.id])
      await db.actAs('postgres')
      await db.exec(`update public.organizations set deleted_at = now() - interval '31 days' where id = $1`, [ours.id])
      expect(await db.row('select private.job_purge_deleted_organizations(10) as count')).toEqual({ count: 1 })
      expect(await db.rows('select id from public.invitations')).toEqual([])
    }))

  it('[AUD-05] leaves its story in the audit log, without the address', () =>
    withRollback(async (db) => {
      const { ours, email, id, token } = await invited(db)
      await db.actAs(await given.person(db, { email }))
      await accept(db, token)
      await db.actAs('postgres')
      const entries = await db.rows<{ action: string; changes: unknown }>(
        `select action, changes from public.audit_logs where organization_id = $1 and object_id = $2 order by id`,
        [ours.id, id],
      )
      expect(entries.map(({ action }) => action)).toEqual(['create', 'update'])
      expect(JSON.stringify(entries)).toContain('accepted')
      expect(JSON.stringify(entries)).not.toContain(email)
    }))
})
