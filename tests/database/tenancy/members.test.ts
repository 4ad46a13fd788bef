import { describe, expect, it } from 'vitest'
import { atOnce, type Database, type Person, withCommit, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

interface Membership {
  id: string
  organization_id: string
  user_id: string
  role: string
}

const add = (db: Database, organization: { id: string }, person: { id: string }, role = 'member') =>
  db.row<Membership>('select * from public.add_member($1, $2, $3)', [organization.id, person.id, role])
const change = (db: Database, id: string, role: string) =>
  db.row<Membership>('select * from public.change_member_role($1, $2)', [id, role])
const remove = (db: Database, id: string) => db.row<Membership>('select * from public.remove_member($1)', [id])

describe('add_member', () => {
  it('adds a registered person, who sees the organization from then on', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const grace = await given.person(db)
      await db.actAs(ours.admin)
      expect(await add(db, ours, grace, 'agent')).toMatchObject({ user_id: grace.id, role: 'agent' })
      await db.actAs(grace)
      expect(await db.rows('select id from public.organizations where id = $1', [ours.id])).toHaveLength(1)
    }))

  it('returns the same membership on a repeated call, and 409 for another role', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const grace = await given.person(db)
      await db.actAs(ours.admin)
      const membership = await add(db, ours, grace)
      expect(await add(db, ours, grace)).toEqual(membership)
      await expect(add(db, ours, grace, 'viewer')).rejects.toMatchObject({ status: 409, code: 'member_exists' })
    }))

  it('needs members.manage, and tells strangers nothing', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const grace = await given.person(db)
      await db.actAs(ours.member)
      await expect(add(db, ours, grace)).rejects.toMatchObject({ status: 403, code: 'permission_missing' })
      await db.actAs(grace)
      await expect(add(db, ours, grace)).rejects.toMatchObject({ status: 404, code: 'organization_not_found' })
    }))

  it('[A1-04] grants no role at or above the own rank, except for owners', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const grace = await given.person(db)
      await db.actAs(ours.admin)
      for (const role of ['admin', 'owner']) {
        await expect(add(db, ours, grace, role)).rejects.toMatchObject({ status: 403, code: 'role_too_high' })
      }
      await db.actAs(ours.owner)
      expect(await add(db, ours, grace, 'owner')).toMatchObject({ role: 'owner' })
    }))

  it('refuses roles of outsiders, unknown roles and unknown people', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const grace = await given.person(db)
      await db.actAs(ours.owner)
      for (const role of ['vendor', 'emperor']) {
        await expect(add(db, ours, grace, role)).rejects.toMatchObject({ status: 422, code: 'role_unknown' })
      }
      await expect(add(db, ours, { id: ours.id })).rejects.toMatchObject({ status: 404, code: 'person_not_found' })
    }))

  it('lets nobody else into a personal organization', () =>
    withRollback(async (db) => {
      const [ada, grace] = [await given.person(db), await given.person(db)]
      await db.actAs(ada)
      const personal = { id: await given.personalOrganizationId(db, ada) }
      await expect(add(db, personal, grace)).rejects.toMatchObject({ status: 409, code: 'organization_is_personal' })
    }))

  it('stops at the seat limit, and not without one', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const grace = await given.person(db)
      await given.limit(db, { organization: ours, key: 'members', value: 3 })
      await db.actAs(ours.owner)
      await expect(add(db, ours, grace)).rejects.toMatchObject({ status: 409, code: 'member_limit_reached' })
      await given.limit(db, { organization: ours, key: 'members', value: null })
      expect(await add(db, ours, grace)).toMatchObject({ user_id: grace.id })
    }))

  it('fills the last seat once when two are added at once', async () => {
    const { ours, people } = await withCommit(async (db) => {
      const organization = await given.organization(db)
      await given.limit(db, { organization, key: 'members', value: 4 })
      return { ours: organization, people: [await given.person(db), await given.person(db)] as const }
    })
    const ask = (person: Person) => async (db: Database) => {
      await db.actAs(ours.owner)
      return add(db, ours, person)
    }
    const [first, second] = await atOnce(ask(people[0]), ask(people[1]))
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'member_limit_reached' } })
  })
})

describe('change_member_role', () => {
  it('gives a member another role; the same call again changes nothing', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const id = await given.membershipId(db, { organization: ours, person: ours.member })
      await db.actAs(ours.admin)
      const changed = await change(db, id, 'agent')
      expect(changed).toMatchObject({ id, role: 'agent' })
      expect(await change(db, id, 'agent')).toEqual(changed)
    }))

  it('[A1-04] changes nobody at or above the own rank, and nobody to it', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const other = await given.member(db, { organization: ours, role: 'admin' })
      const member = await given.membershipId(db, { organization: ours, person: ours.member })
      const owner = await given.membershipId(db, { organization: ours, person: ours.owner })
      const own = await given.membershipId(db, { organization: ours, person: ours.admin })
      await db.actAs(ours.admin)
      for (const [id, role] of [
        [other.id, 'viewer'],
        [owner, 'viewer'],
        [member, 'admin'],
        [own, 'owner'],
      ] as const) {
        await expect(change(db, id, role)).rejects.toMatchObject({ status: 403, code: 'role_too_high' })
      }
      await db.actAs(ours.owner)
      expect(await change(db, other.id, 'owner')).toMatchObject({ role: 'owner' })
      await expect(change(db, member, 'client')).rejects.toMatchObject({ status: 422, code: 'role_unknown' })
    }))

  it('needs members.manage, and hides members from strangers', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const id = await given.membershipId(db, { organization: ours, person: ours.member })
      await db.actAs(ours.member)
      await expect(change(db, id, 'owner')).rejects.toMatchObject({ status: 403, code: 'permission_missing' })
      await db.actAs((await given.organization(db)).owner)
      await expect(change(db, id, 'viewer')).rejects.toMatchObject({ status: 404, code: 'member_not_found' })
    }))

  it('keeps the last owner an owner', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const id = await given.membershipId(db, { organization: ours, person: ours.owner })
      await db.actAs(ours.owner)
      await expect(change(db, id, 'admin')).rejects.toMatchObject({ status: 409, code: 'last_owner' })
    }))

  it('leaves one owner when two step down at once', async () => {
    const { ours, second, ids } = await twoOwners()
    const [one, two] = await atOnce(
      async (db) => {
        await db.actAs(ours.owner)
        return change(db, ids.first, 'member')
      },
      async (db) => {
        await db.actAs(second)
        return change(db, ids.second, 'member')
      },
    )
    expect(one).toMatchObject({ status: 'fulfilled', value: { role: 'member' } })
    expect(two).toMatchObject({ status: 'rejected', reason: { status: 409, code: 'last_owner' } })
  })

  it('lets the first win when two owners demote each other at once', async () => {
    const { ours, second, ids } = await twoOwners()
    const [one, two] = await atOnce(
      async (db) => {
        await db.actAs(ours.owner)
        return change(db, ids.second, 'member')
      },
      async (db) => {
        await db.actAs(second)
        return change(db, ids.first, 'member')
      },
    )
    expect(one.status).toBe('fulfilled')
    expect(two).toMatchObject({ status: 'rejected', reason: { status: 403, code: 'permission_missing' } })
  })

  it('leaves one owner even when two repeatable-read transactions write past the RPCs at once', async () => {
    const { ids } = await twoOwners()
    const demote = (id: string) => async (db: Database) => {
      await db.actAs('service_role')
      return db.exec(`update public.memberships set role = 'member' where id = $1`, [id])
    }
    const [one, two] = await atOnce(demote(ids.first), demote(ids.second), 'repeatable read')
    expect(one.status).toBe('fulfilled')
    expect(two).toMatchObject({ status: 'rejected', reason: { sqlstate: '40001' } })
  })
})

describe('remove_member', () => {
  it('takes a member out, who sees nothing from then on; a second call answers 404', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const id = await given.membershipId(db, { organization: ours, person: ours.member })
      await db.actAs(ours.admin)
      expect(await remove(db, id)).toMatchObject({ id, role: 'member' })
      await expect(remove(db, id)).rejects.toMatchObject({ status: 404, code: 'member_not_found' })
      await db.actAs(ours.member)
      expect(await db.rows('select id from public.organizations where id = $1', [ours.id])).toEqual([])
    }))

  it('lets everybody leave, but not the last owner', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(ours.member)
      await remove(db, await given.membershipId(db, { organization: ours, person: ours.member }))
      await db.actAs(ours.owner)
      const owner = await given.membershipId(db, { organization: ours, person: ours.owner })
      await expect(remove(db, owner)).rejects.toMatchObject({ status: 409, code: 'last_owner' })
    }))

  it('[A1-04] removes nobody at or above the own rank, except for owners', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const other = await given.member(db, { organization: ours, role: 'admin' })
      await db.actAs(ours.admin)
      await expect(remove(db, other.id)).rejects.toMatchObject({ status: 403, code: 'role_too_high' })
      await db.actAs(ours.member)
      await expect(remove(db, other.id)).rejects.toMatchObject({ status: 403, code: 'permission_missing' })
      await db.actAs((await given.organization(db)).owner)
      await expect(remove(db, other.id)).rejects.toMatchObject({ status: 404, code: 'member_not_found' })
      await db.actAs(ours.owner)
      expect(await remove(db, other.id)).toMatchObject({ id: other.id })
    }))

  it('leaves one owner when two leave at once', async () => {
    const { ours, second, ids } = await twoOwners()
    const [one, two] = await atOnce(
      async (db) => {
        await db.actAs(ours.owner)
        return remove(db, ids.first)
      },
      async (db) => {
        await db.actAs(second)
        return remove(db, ids.second)
      },
    )
    expect(one.status).toBe('fulfilled')
    expect(two).toMatchObject({ status: 'rejected', reason: { status: 409, code: 'last_owner' } })
  })
})

it('[ORG-08] shows the role that was assigned beside the profile of its person, and takes none written there', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    const { id, person } = await given.member(db, { organization: ours })
    const shown = () =>
      db.row(
        `select memberships.role from public.profiles join public.memberships on memberships.user_id = profiles.id
         where profiles.id = $1 and memberships.organization_id = $2`,
        [person.id, ours.id],
      )
    await db.actAs(ours.admin)
    await change(db, id, 'agent')
    expect(await shown()).toEqual({ role: 'agent' })
    // Roles stand in memberships alone: whoever may edit the own profile gains nothing by it.
    await db.actAs(person)
    await expect(db.exec(`update public.memberships set role = 'owner' where id = $1`, [id])).rejects.toMatchObject({
      sqlstate: '42501',
    })
    await expect(db.exec(`update public.profiles set role = 'owner' where id = $1`, [person.id])).rejects.toMatchObject(
      {
        sqlstate: '42703',
      },
    )
    expect(await shown()).toEqual({ role: 'agent' })
  }))

it("[ORG-10] [A1-03] answers the caller's role and permissions for the route guards of a client", () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    const access = () => db.row<{ permissions: string[] }>('select * from public.get_my_access($1)', [ours.id])
    await db.actAs(ours.member)
    const own = await access()
    expect(own).toEqual({
      organization_id: ours.id,
      role: 'member',
      rank: 20,
      custom_role_id: null,
      status: 'active',
      // Each domain has permissions of its own beside these.
      permissions: expect.arrayContaining(['jobs.read', 'members.read', 'organization.read']),
    })
    expect(own.permissions).not.toContain('members.manage')
    await db.asOwner(() => db.exec('update public.organizations set suspended_at = now() where id = $1', [ours.id]))
    await db.actAs(ours.owner)
    const suspended = await access()
    expect(suspended).toMatchObject({
      status: 'suspended',
      permissions: expect.arrayContaining(['members.read', 'organization.delete', 'organization.read']),
    })
    expect(suspended.permissions).not.toContain('organization.update')
    await db.actAs(await given.person(db))
    await expect(access()).rejects.toMatchObject({ status: 404, code: 'organization_not_found' })
  }))

it('takes every access from a suspended member and a banned person with the next statement', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    const seen = () => db.rows('select id from public.organizations where id = $1', [ours.id])
    const suspended = await given.member(db, { organization: ours, status: 'suspended' })
    await db.actAs(suspended.person)
    expect(await seen()).toEqual([])
    await db.actAs(ours.owner)
    expect(await seen()).toHaveLength(1)
    await db.asOwner(() =>
      db.exec(`update auth.users set banned_until = now() + interval '1 hour' where id = $1`, [ours.owner.id]),
    )
    expect(await seen()).toEqual([])
    expect(await db.rows('select id from public.profiles')).toEqual([])
    await db.asOwner(() =>
      db.exec(`update auth.users set banned_until = now() - interval '1 second' where id = $1`, [ours.owner.id]),
    )
    expect(await seen()).toHaveLength(1)
  }))

it('answers a limit of an organization, else the default, and knows no other limits', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    const limit = async (key: string) =>
      (await db.row<{ value: string | null }>('select private.entitlement($1, $2) as value', [ours.id, key])).value
    expect(await limit('members')).toBe('25')
    await given.limit(db, { organization: ours, key: 'members', value: 7 })
    expect(await limit('members')).toBe('7')
    await given.limit(db, { organization: ours, key: 'members', value: null })
    expect(await limit('members')).toBeNull()
    await expect(limit('unicorns')).rejects.toMatchObject({ sqlstate: '22023' })
    expect(await db.row(`select private.limit_action($1, 'members') as action`, [ours.id])).toEqual({ action: 'block' })
  }))

function twoOwners() {
  return withCommit(async (db) => {
    const ours = await given.organization(db)
    const { person: second, id } = await given.member(db, { organization: ours, role: 'owner' })
    const first = await given.membershipId(db, { organization: ours, person: ours.owner })
    return { ours, second, ids: { first, second: id } }
  })
}
