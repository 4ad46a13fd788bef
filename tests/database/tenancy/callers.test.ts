import { describe, expect, it } from 'vitest'
import { type Database, type Person, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

const allowed = async (db: Database, permission: string) =>
  (await db.rows<{ id: string }>('select id from private.organizations_with($1) as id', [permission])).map(
    ({ id }) => id,
  )
const visible = (db: Database, id: string) => db.rows('select id from public.organizations where id = $1', [id])
const rename = (db: Database, id: string) =>
  db.exec(`update public.organizations set name = 'Renamed' where id = $1`, [id])

describe('a token', () => {
  it('of a session that was ended gives nothing any more, although it has not expired', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const owner = await given.session(db, { person: ours.owner })
      await db.actAs(owner)
      expect(await visible(db, ours.id)).toHaveLength(1)
      await db.asOwner(() => db.exec('delete from auth.sessions where user_id = $1', [owner.id]))
      expect(await visible(db, ours.id)).toHaveLength(0)
      expect(await rename(db, ours.id)).toBe(0)
    }))

  it("gives nothing with somebody else's session", () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const { claims } = await given.session(db, { person: await given.person(db) })
      await db.actAs({ ...ours.owner, ...(claims ? { claims } : {}) })
      expect(await visible(db, ours.id)).toHaveLength(0)
    }))

  it('[IDN-26] of a third-party app has the permissions that the person granted and no others', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const of = { person: ours.owner, organizations: [ours] }
      await db.actAs(await given.appOf(db, { ...of, permissions: ['organization.read'] }))
      expect(await visible(db, ours.id)).toHaveLength(1)
      expect(await rename(db, ours.id)).toBe(0)
      await db.actAs(await given.appOf(db, of))
      expect(await visible(db, ours.id)).toHaveLength(0)
    }))

  it('[IDN-26] of a third-party app changes nothing of the person and manages no members, whatever was granted', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const { id: newcomer } = await given.person(db)
      const add = () => db.rows('select public.add_member($1, $2)', [ours.id, newcomer])
      const permissions = ['organization.read', 'members.read', 'members.manage']
      const clientId = await given.app(db, { permissions })
      await db.actAs(await given.appOf(db, { person: ours.owner, organizations: [ours], permissions, clientId }))
      expect(await db.exec(`update public.profiles set headline = 'Hacked' where id = $1`, [ours.owner.id])).toBe(0)
      await expect(db.rows(`select public.create_organization('Mine')`)).rejects.toMatchObject({ status: 403 })
      await expect(add()).rejects.toMatchObject({ status: 403 })
      await db.actAs(ours.owner)
      expect(await add()).toHaveLength(1)
    }))
})

describe('an organization that requires a second factor', () => {
  const secured = async (db: Database) => {
    const ours = await given.organization(db)
    await db.exec('update public.organizations set is_second_factor_required = true where id = $1', [ours.id])
    return ours
  }

  it('[A1-10] shows its members nothing but itself in a session without one', () =>
    withRollback(async (db) => {
      const ours = await secured(db)
      await db.actAs({ ...ours.owner, claims: { aal: 'aal1' } })
      expect(await visible(db, ours.id)).toHaveLength(1)
      expect(await db.rows('select id from public.memberships where user_id <> $1', [ours.owner.id])).toEqual([])
      expect(await rename(db, ours.id)).toBe(0)
      await db.actAs({ ...ours.owner, claims: { aal: 'aal2' } })
      expect(await db.rows('select id from public.memberships where user_id <> $1', [ours.owner.id])).toHaveLength(2)
      expect(await rename(db, ours.id)).toBe(1)
    }))

  it('[A1-10] is made and unmade by sessions with a second factor alone', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const set = (to: boolean) =>
        db.exec('update public.organizations set is_second_factor_required = $1 where id = $2', [to, ours.id])
      await db.actAs({ ...ours.owner, claims: { aal: 'aal1' } })
      await expect(set(true)).rejects.toMatchObject({ status: 403, code: 'second_factor_required' })
      await db.actAs({ ...ours.owner, claims: { aal: 'aal2' } })
      expect(await set(true)).toBe(1)
      expect(await set(false)).toBe(1)
    }))
})

describe('a service account', () => {
  it('[ORG-06] acts in its organization with the permissions that its role and its scopes have in common', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const theirs = await given.organization(db)
      const scopes = ['organization.read', 'organization.update']
      await db.actAs(await given.serviceAccount(db, { organization: ours, role: 'admin', scopes }))
      expect(await allowed(db, 'organization.update')).toEqual([ours.id])
      expect(await allowed(db, 'members.read')).toEqual([])
      expect(await rename(db, ours.id)).toBe(1)
      expect(await visible(db, theirs.id)).toHaveLength(0)
      await db.actAs(await given.serviceAccount(db, { organization: ours, role: 'viewer', scopes }))
      expect(await allowed(db, 'organization.update')).toEqual([])
    }))

  it('[ORG-06] that is disabled, or without scopes, has nothing', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const scopes = ['organization.read']
      await db.actAs(await given.serviceAccount(db, { organization, scopes, isDisabled: true }))
      expect(await visible(db, organization.id)).toHaveLength(0)
      await db.actAs(await given.serviceAccount(db, { organization, scopes: [] }))
      expect(await visible(db, organization.id)).toHaveLength(0)
    }))

  it('is no owner, belongs to its own organization and takes no seat', () =>
    withRollback(async (db) => {
      const [ours, theirs] = [await given.organization(db), await given.organization(db)]
      const { id } = await given.serviceAccount(db, { organization: ours, scopes: [] })
      const change = (set: string) =>
        db.exec(`update public.memberships set ${set} where service_account_id = $1`, [id])
      await expect(change(`role = 'owner'`)).rejects.toMatchObject({ sqlstate: '23514' })
      await db.exec('delete from public.memberships where service_account_id = $1', [id])
      await expect(
        db.exec(
          `insert into public.memberships (organization_id, service_account_id, role) values ($1, $2, 'viewer')`,
          [theirs.id, id],
        ),
      ).rejects.toMatchObject({ sqlstate: '23503' })
      await given.serviceAccount(db, { organization: ours, scopes: [] })
      await given.limit(db, { organization: ours, key: 'members', value: 4 })
      const { id: newcomer } = await given.person(db)
      await db.actAs(ours.owner)
      expect(await db.rows('select * from public.add_member($1, $2)', [ours.id, newcomer])).toHaveLength(1)
    }))
})

describe('an impersonated session', () => {
  const impersonate = async (db: Database, person: Person, expires = `now() + interval '30 minutes'`) => {
    const seen = await given.session(db, { person, claims: { aal: 'aal2' } })
    await db.exec(
      `insert into private.impersonations (session_id, user_id, reason, expires_at)
       values ($1, $2, 'Support case 4711', ${expires})`,
      [String(seen.claims?.session_id), person.id],
    )
    return seen
  }

  it('reads what the person reads and changes nothing, through tables and RPCs', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(await impersonate(db, ours.owner))
      expect(await visible(db, ours.id)).toHaveLength(1)
      expect(await rename(db, ours.id)).toBe(0)
      expect(await db.exec(`update public.profiles set headline = 'Hacked' where id = $1`, [ours.owner.id])).toBe(0)
      await expect(db.rows(`select public.create_organization('Mine')`)).rejects.toMatchObject({ status: 403 })
      await expect(db.rows('select public.delete_organization($1)', [ours.id])).rejects.toMatchObject({ status: 403 })
      const own = await given.membershipId(db, { organization: ours, person: ours.owner })
      await expect(db.rows('select public.remove_member($1)', [own])).rejects.toMatchObject({ status: 403 })
    }))

  it('sees nothing after its half hour', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(await impersonate(db, ours.owner, 'now()'))
      expect(await visible(db, ours.id)).toHaveLength(0)
    }))
})

it('answers a question about no organization with no, so that no guard is passed', () =>
  withRollback(async (db) => {
    await db.actAs((await given.organization(db)).owner)
    expect(await db.row(`select private.has_permission(null, 'organization.read') as allowed`)).toEqual({
      allowed: false,
    })
    await expect(
      db.rows(`select private.require_permission(null, 'organization.update', 'try')`),
    ).rejects.toMatchObject({ status: 404 })
  }))
