import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

const create = (db: Database, organization: { id: string }, permissions: string, base = 'member', name = 'Clerk') =>
  db.row<{ id: string; base_role: string }>('select * from public.create_custom_role($1, $2, $3, $4::text::text[])', [
    organization.id,
    name,
    base,
    permissions,
  ])
const update = (db: Database, organization: { id: string }, id: string, permissions: string) =>
  db.row('select * from public.update_custom_role($1, $2, $3, $4::text::text[])', [
    organization.id,
    id,
    'Clerk',
    permissions,
  ])
const give = (db: Database, membershipId: string, role: string, customRoleId: string | null) =>
  db.row('select * from public.change_member_role($1, $2, $3)', [membershipId, role, customRoleId])
const access = (db: Database, organization: { id: string }) =>
  db.row<{ permissions: string[] }>('select * from public.get_my_access($1)', [organization.id])

describe("a role of the organization's own", () => {
  it('[ORG-07] gives exactly its permissions with the rank of its base role, to whoever has it, at once', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const membership = await given.membershipId(db, { organization: ours, person: ours.member })
      await db.actAs(ours.admin)
      const role = await create(db, ours, '{organization.read,organization.update}')
      expect(await give(db, membership, 'member', role.id)).toMatchObject({ role: 'member', custom_role_id: role.id })
      await db.actAs(ours.member)
      expect(await access(db, ours)).toMatchObject({
        role: 'member',
        rank: 20,
        custom_role_id: role.id,
        permissions: ['organization.read', 'organization.update'],
      })
      expect(await db.exec(`update public.organizations set name = 'By clerk' where id = $1`, [ours.id])).toBe(1)
      await db.actAs(ours.admin)
      await update(db, ours, role.id, '{organization.read}')
      await db.actAs(ours.member)
      expect((await access(db, ours)).permissions).toEqual(['organization.read'])
    }))

  it('[A1-04] gives nothing that its maker does not have, and no rank at or above theirs', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(ours.admin)
      await expect(create(db, ours, '{organization.delete}')).rejects.toMatchObject({ code: 'permission_too_high' })
      await expect(create(db, ours, '{organization.read}', 'admin')).rejects.toMatchObject({ code: 'role_too_high' })
      await db.actAs(ours.owner)
      const strong = await create(db, ours, '{organization.read,organization.delete}')
      const membership = await given.membershipId(db, { organization: ours, person: ours.member })
      await db.actAs(ours.admin)
      await expect(give(db, membership, 'member', strong.id)).rejects.toMatchObject({ code: 'permission_too_high' })
      await db.actAs(ours.member)
      await expect(create(db, ours, '{organization.read}')).rejects.toMatchObject({ code: 'permission_missing' })
    }))

  it('is known by its organization alone, and goes with one base role', () =>
    withRollback(async (db) => {
      const [ours, theirs] = [await given.organization(db), await given.organization(db)]
      await db.actAs(theirs.owner)
      const foreign = await create(db, theirs, '{organization.read}')
      const membership = await given.membershipId(db, { organization: ours, person: ours.member })
      await db.actAs(ours.owner)
      await expect(give(db, membership, 'member', foreign.id)).rejects.toMatchObject({ code: 'custom_role_not_found' })
      await expect(update(db, ours, foreign.id, '{}')).rejects.toMatchObject({ code: 'custom_role_not_found' })
      expect(await db.rows('select * from public.custom_roles')).toEqual([])
      const own = await create(db, ours, '{organization.read}')
      await expect(give(db, membership, 'viewer', own.id)).rejects.toMatchObject({ code: 'custom_role_mismatch' })
      await expect(
        db.asOwner(() =>
          db.exec('update public.memberships set custom_role_id = $1 where id = $2', [foreign.id, membership]),
        ),
      ).rejects.toMatchObject({ sqlstate: '23503' })
    }))

  it('is refused without a name, with one that is taken, with unknown permissions and as owner', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(ours.owner)
      await create(db, ours, '{}')
      await expect(create(db, ours, '{}')).rejects.toMatchObject({ status: 409, code: 'custom_role_exists' })
      await expect(create(db, ours, '{}', 'member', ' ')).rejects.toMatchObject({ code: 'custom_role_name_invalid' })
      await expect(create(db, ours, '{all.allow}')).rejects.toMatchObject({ code: 'permission_unknown' })
      await expect(create(db, ours, '{}', 'vendor', 'V')).rejects.toMatchObject({ code: 'role_unknown' })
      await expect(create(db, ours, '{}', 'owner', 'O')).rejects.toMatchObject({ sqlstate: '23514' })
    }))

  it('stays while members have it', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const membership = await given.membershipId(db, { organization: ours, person: ours.member })
      await db.actAs(ours.owner)
      const role = await create(db, ours, '{organization.read}')
      await give(db, membership, 'member', role.id)
      const drop = () => db.row('select * from public.delete_custom_role($1)', [role.id])
      await expect(drop()).rejects.toMatchObject({ status: 409, code: 'custom_role_in_use' })
      await give(db, membership, 'member', null)
      expect(await drop()).toMatchObject({ id: role.id })
      await expect(drop()).rejects.toMatchObject({ status: 404, code: 'custom_role_not_found' })
    }))
})
