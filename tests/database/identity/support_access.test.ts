import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator, actWithLevel, givenPlatformAdmin } from '../platform/operator_session.ts'

const reason = 'Ticket 4711: members are missing'

describe('the support access of platform admins', () => {
  const members = (db: Database, organization: string) =>
    db.rows('select user_id from public.memberships where organization_id = $1', [organization])

  it('[ORG-13] shows all rows of every organization once a reason is given, and none before', () =>
    withRollback(async (db) => {
      const [ours, theirs] = [await given.organization(db), await given.organization(db)]
      await db.asOwner(() =>
        db.exec('update public.organizations set suspended_at = now(), deleted_at = now() where id = $1', [theirs.id]),
      )
      await actAsOperator(db)
      expect(await members(db, ours.id)).toEqual([])
      const count = () => db.row('select count(*)::int as count from public.organizations')
      await db.rows('select * from public.open_support_access($1)', [reason])
      const all = await db.asOwner(count)
      expect(await count()).toEqual(all)
      for (const { id, member } of [ours, theirs]) {
        expect(await members(db, id)).toHaveLength(3)
        expect(await db.rows('select id from public.profiles where id = $1', [member.id])).toHaveLength(1)
      }
      expect(await db.rows('select public.close_support_access() as closed')).toEqual([{ closed: true }])
      expect(await members(db, ours.id)).toEqual([])
      expect(await db.rows('select public.close_support_access() as closed')).toEqual([{ closed: false }])
    }))

  it('[ORG-13] of one organization shows no other, ends by time, and stands in the log of the organization', () =>
    withRollback(async (db) => {
      const [ours, theirs] = [await given.organization(db), await given.organization(db)]
      const admin = await actAsOperator(db)
      await db.rows('select * from public.open_support_access($1, $2, 30)', [reason, ours.id])
      expect(await members(db, ours.id)).toHaveLength(3)
      expect(await members(db, theirs.id)).toEqual([])
      await db.actAs(ours.owner)
      const log = await db.rows(
        `select actor_id, changes -> 'after' ->> 'reason' as reason from public.audit_logs
         where object_type = 'support_accesses'`,
      )
      expect(log).toEqual([{ actor_id: admin.id, reason }])
      await db.asOwner(() => db.exec('update private.support_accesses set expires_at = now()'))
      await actWithLevel(db, admin, 'aal2')
      expect(await members(db, ours.id)).toEqual([])
    }))

  it('[ORG-13] [A1-09] needs the second factor and the right in every statement, from token and account', () =>
    withRollback(async (db) => {
      const { id } = await given.organization(db)
      const admin = await actAsOperator(db)
      await db.rows('select * from public.open_support_access($1, $2)', [reason, id])
      expect(await members(db, id)).toHaveLength(3)
      await actWithLevel(db, admin, 'aal1')
      expect(await members(db, id)).toEqual([])
      const other = await givenPlatformAdmin(db)
      await actWithLevel(db, other, 'aal2')
      expect(await members(db, id)).toEqual([])
      const app = await given.appOf(db, { person: admin })
      await db.actAs({ ...app, claims: { ...app.claims, aal: 'aal2', app_metadata: { platform_admin: true } } })
      expect(await members(db, id)).toEqual([])
      await db.asOwner(() => db.exec(`update auth.users set raw_app_meta_data = '{}' where id = $1`, [admin.id]))
      await actWithLevel(db, admin, 'aal2')
      expect(await members(db, id)).toEqual([])
    }))

  it('[ORG-13] only reads, and follows no channel', () =>
    withRollback(async (db) => {
      const { id } = await given.organization(db)
      const admin = await actAsOperator(db)
      await db.rows('select * from public.open_support_access($1, $2)', [reason, id])
      expect(await db.exec(`update public.organizations set name = 'Taken' where id = $1`, [id])).toBe(0)
      await expect(db.rows(`select public.add_member($1, $2, 'member')`, [id, admin.id])).rejects.toMatchObject({
        status: 403,
        code: 'permission_missing',
      })
      const follows = await db.rows(`select private.can_follow_topic('organization:' || $1 || ':1') as follows`, [id])
      expect(follows).toEqual([{ follows: false }])
    }))

  it('lasts four hours at most', () =>
    withRollback(async (db) => {
      await actAsOperator(db)
      const opened = await db.row(
        `select expires_at = now() + interval '4 hours' as is_longest
         from public.open_support_access($1, duration_minutes => 10000)`,
        [reason],
      )
      expect(opened).toEqual({ is_longest: true })
      await expect(db.rows(`select public.open_support_access('why not')`)).rejects.toMatchObject({ status: 422 })
    }))
})

describe('memberships that a platform admin sets', () => {
  const set = (db: Database, organization: string, user: string, role: string | null) =>
    db.row<{ role: string; status: string }>('select role, status from public.admin_set_membership($1, $2, $3, $4)', [
      organization,
      user,
      role,
      reason,
    ])

  it('[A1-09] add, change and end, again without effect, with the reason in the log', () =>
    withRollback(async (db) => {
      const { id } = await given.organization(db)
      const person = await given.person(db)
      const admin = await actAsOperator(db)
      expect(await set(db, id, person.id, 'owner')).toEqual({ role: 'owner', status: 'active' })
      for (let call = 0; call < 2; call += 1) {
        expect(await set(db, id, person.id, 'viewer')).toEqual({ role: 'viewer', status: 'active' })
      }
      expect(await set(db, id, person.id, null)).toEqual({ role: 'viewer', status: 'active' })
      expect(await set(db, id, person.id, null)).toEqual({ role: null, status: null })
      const log = await db.asOwner(() =>
        db.rows(
          `select changes ->> 'role' as role, changes ->> 'reason' as reason from public.audit_logs
           where organization_id = $1 and actor_id = $2 and action = 'set_membership' order by id`,
          [id, admin.id],
        ),
      )
      expect(log).toEqual(['owner', 'viewer', null].map((role) => ({ role, reason })))
    }))

  it('keep the last owner, personal organizations and the list of roles', () =>
    withRollback(async (db) => {
      const { id, owner } = await given.organization(db)
      const personal = await given.personalOrganizationId(db, owner)
      await actAsOperator(db)
      for (const role of [null, 'member']) {
        await expect(set(db, id, owner.id, role)).rejects.toMatchObject({ status: 409, code: 'last_owner' })
      }
      await expect(set(db, personal, owner.id, null)).rejects.toMatchObject({ code: 'organization_is_personal' })
      await expect(set(db, id, owner.id, 'vendor')).rejects.toMatchObject({ status: 422, code: 'role_unknown' })
      await expect(set(db, personal.replace(/^.{8}/, '00000000'), owner.id, 'member')).rejects.toMatchObject({
        code: 'organization_not_found',
      })
    }))

  it('list all organizations, deleted ones too', () =>
    withRollback(async (db) => {
      const { id } = await given.organization(db, { name: 'Zz Medlar' })
      await db.exec('update public.organizations set deleted_at = now() where id = $1', [id])
      await actAsOperator(db)
      const find = (more: string) => db.rows(`select id, status from public.admin_list_organizations('medlar'${more})`)
      expect(await find('')).toEqual([{ id, status: 'deleted' }])
      expect(await find(`, status => 'active'`)).toEqual([])
      expect(await find(`, kind => 'fund'`)).toEqual([])
    }))
})
