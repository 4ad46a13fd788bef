import { expect, it } from 'vitest'
import { atOnce, type Database, type Person, withCommit, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

interface Organization {
  id: string
  name: string
  slug: string
  kind: string
  status: string
  owner_count: number
  deleted_at: Date | null
}

const create = (db: Database, name: string | null, kind = 'company') =>
  db.row<Organization>('select * from public.create_organization($1, $2::text::public.organization_kind)', [name, kind])
const remove = (db: Database, id: string) => db.row<Organization>('select * from public.delete_organization($1)', [id])
/** Somebody who verified a code just now, as a deletion asks for. */
const verified = (db: Database, person: Person) => given.session(db, { person, verifiedBy: 'otp' })
const restore = (db: Database, id: string) =>
  db.row<Organization>('select * from public.restore_organization($1)', [id])
const visible = async (db: Database, id: string) =>
  (await db.rows('select id from public.organizations where id = $1', [id])).length === 1

it('[A1-01] gives every new person a personal organization of which they are the owner', () =>
  withRollback(async (db) => {
    const ada = await given.person(db, { name: 'Ada' })
    await db.actAs(ada)
    expect(
      await db.rows(
        `select organizations.kind, organizations.name, organizations.owner_count, memberships.role
         from public.organizations join public.memberships on memberships.organization_id = organizations.id`,
      ),
    ).toEqual([{ kind: 'personal', name: 'Ada', owner_count: 1, role: 'owner' }])
  }))

it('creates an organization with the caller as its owner', () =>
  withRollback(async (db) => {
    const ada = await given.person(db)
    await db.actAs(ada)
    const made = await create(db, '  Café Zürich & Co. ', 'startup')
    expect(made).toMatchObject({ name: 'Café Zürich & Co.', slug: 'cafe-zurich-co', kind: 'startup', owner_count: 1 })
    expect(await db.rows('select user_id, role from public.memberships where organization_id = $1', [made.id])).toEqual(
      [{ user_id: ada.id, role: 'owner' }],
    )
  }))

it('creates a company when only the name is given, as clients call it', () =>
  withRollback(async (db) => {
    await db.actAs(await given.person(db))
    expect(await db.row(`select kind from public.create_organization(name => 'Acme')`)).toEqual({ kind: 'company' })
  }))

it('gives a second organization of the same name another slug', () =>
  withRollback(async (db) => {
    await db.actAs(await given.person(db))
    expect((await create(db, 'Acme')).slug).toBe('acme')
    await db.actAs(await given.person(db))
    expect((await create(db, 'Acme')).slug).toMatch(/^acme-[0-9a-f]{12}$/)
  }))

it('refuses a name that is empty or too long, and the kind "personal"', () =>
  withRollback(async (db) => {
    await db.actAs(await given.person(db))
    await expect(create(db, '  ')).rejects.toMatchObject({ status: 422, code: 'organization_name_invalid' })
    await expect(create(db, null)).rejects.toMatchObject({ status: 422, code: 'organization_name_invalid' })
    await expect(create(db, 'x'.repeat(121))).rejects.toMatchObject({ status: 422, code: 'organization_name_invalid' })
    await expect(create(db, 'Mine', 'personal')).rejects.toMatchObject({
      status: 422,
      code: 'organization_kind_invalid',
    })
  }))

it('creates nothing for anonymous callers and banned people', () =>
  withRollback(async (db) => {
    const ada = await given.person(db)
    await db.exec(`update auth.users set banned_until = now() + interval '1 hour' where id = $1`, [ada.id])
    await db.actAs(ada)
    await expect(create(db, 'Acme')).rejects.toMatchObject({ status: 403, code: 'person_required' })
    await db.actAs('anon')
    await expect(create(db, 'Acme')).rejects.toMatchObject({ sqlstate: '42501' })
  }))

it('answers 409 when the same organization is created again', () =>
  withRollback(async (db) => {
    await db.actAs(await given.person(db))
    await create(db, 'Acme')
    await expect(create(db, 'ACME ')).rejects.toMatchObject({ status: 409, code: 'organization_exists' })
  }))

it('creates one organization when a person asks twice at once', async () => {
  const ada = await withCommit((db) => given.person(db))
  const ask = async (db: Database) => {
    await db.actAs(ada)
    return create(db, 'Twice')
  }
  const [first, second] = await atOnce(ask, ask)
  expect(first.status).toBe('fulfilled')
  expect(second).toMatchObject({ status: 'rejected', reason: { status: 409, code: 'organization_exists' } })
})

it('creates both when two people take the same name at once', async () => {
  const [ada, mei] = await withCommit(async (db) => [await given.person(db), await given.person(db)] as const)
  const ask = (person: typeof ada) => async (db: Database) => {
    await db.actAs(person)
    return create(db, 'Same name')
  }
  const [first, second] = await atOnce(ask(ada), ask(mei))
  expect(first).toMatchObject({ status: 'fulfilled', value: { slug: 'same-name' } })
  expect(second).toMatchObject({
    status: 'fulfilled',
    value: { slug: expect.stringMatching(/^same-name-[0-9a-f]{12}$/) },
  })
})

it('[ORG-01] hides an organization and its people from everybody outside', () =>
  withRollback(async (db) => {
    const [ours, theirs] = [await given.organization(db), await given.organization(db)]
    await db.actAs(ours.member)
    expect(await visible(db, ours.id)).toBe(true)
    expect(await visible(db, theirs.id)).toBe(false)
    expect(await db.rows('select id from public.memberships where organization_id = $1', [theirs.id])).toEqual([])
    expect(await db.rows('select id from public.profiles where id = $1', [theirs.owner.id])).toEqual([])
    expect(await db.rows('select id from public.profiles where id = $1', [ours.owner.id])).toHaveLength(1)
  }))

it('deletes an organization for an owner: it vanishes for everybody and can be restored', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    await db.actAs(await verified(db, ours.owner))
    expect(await remove(db, ours.id)).toMatchObject({ status: 'deleted' })
    expect(await visible(db, ours.id)).toBe(false)
    await db.actAs(ours.member)
    expect(await visible(db, ours.id)).toBe(false)
    await db.actAs(await verified(db, ours.owner))
    expect(await restore(db, ours.id)).toMatchObject({ status: 'active', deleted_at: null })
    expect(await visible(db, ours.id)).toBe(true)
  }))

it('[IDN-32] deletes only after a code was verified', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    await db.actAs(await given.session(db, { person: ours.owner, verifiedBy: 'password' }))
    await expect(remove(db, ours.id)).rejects.toMatchObject({ status: 403, code: 'verification_required' })
    expect(await visible(db, ours.id)).toBe(true)
  }))

it('deletes and restores the same on a repeated call', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    await db.actAs(await verified(db, ours.owner))
    const deleted = await remove(db, ours.id)
    expect(await remove(db, ours.id)).toEqual(deleted)
    const restored = await restore(db, ours.id)
    expect(await restore(db, ours.id)).toEqual(restored)
  }))

it('deletes for owners only, and tells strangers nothing', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    const stranger = await given.person(db)
    await db.actAs(ours.admin)
    await expect(remove(db, ours.id)).rejects.toMatchObject({ status: 403, code: 'permission_missing' })
    await db.actAs(stranger)
    await expect(remove(db, ours.id)).rejects.toMatchObject({ status: 404, code: 'organization_not_found' })
    await db.actAs(await verified(db, ours.owner))
    await remove(db, ours.id)
    for (const other of [ours.admin, stranger]) {
      await db.actAs(other)
      await expect(remove(db, ours.id)).rejects.toMatchObject({ status: 404, code: 'organization_not_found' })
      await expect(restore(db, ours.id)).rejects.toMatchObject({ status: 404, code: 'organization_not_found' })
    }
  }))

it('keeps a personal organization as long as its person', () =>
  withRollback(async (db) => {
    const ada = await given.person(db)
    const id = await given.personalOrganizationId(db, ada)
    await db.actAs(ada)
    await expect(remove(db, id)).rejects.toMatchObject({ status: 409, code: 'organization_is_personal' })
    await db.actAs('postgres')
    await db.exec('delete from auth.users where id = $1', [ada.id])
    expect(await visible(db, id)).toBe(false)
  }))

it('restores nothing after 30 days', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    await db.exec(`update public.organizations set deleted_at = now() - interval '30 days' where id = $1`, [ours.id])
    await db.actAs(ours.owner)
    await expect(restore(db, ours.id)).rejects.toMatchObject({ status: 410, code: 'organization_restore_expired' })
  }))

it('restores a suspended organization as suspended', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    await db.exec('update public.organizations set suspended_at = now() where id = $1', [ours.id])
    await db.actAs(await verified(db, ours.owner))
    await remove(db, ours.id)
    expect(await restore(db, ours.id)).toMatchObject({ status: 'suspended' })
  }))

it('lets a deletion and a restoration at once happen one after the other', async () => {
  const ours = await withCommit((db) => given.organization(db))
  const [deletion, restoration] = await atOnce(
    async (db) => {
      await db.actAs(await verified(db, ours.owner))
      return remove(db, ours.id)
    },
    async (db) => {
      await db.actAs(await verified(db, ours.owner))
      return restore(db, ours.id)
    },
  )
  expect(deletion).toMatchObject({ status: 'fulfilled', value: { status: 'deleted' } })
  expect(restoration).toMatchObject({ status: 'fulfilled', value: { status: 'active' } })
})

it('[A1-05] refuses to change what an organization is, even with the service key', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    await db.actAs(await verified(db, ours.owner))
    for (const change of [`kind = 'fund'`, 'owner_count = 9', 'suspended_at = null', 'created_by = null']) {
      await expect(db.exec(`update public.organizations set ${change}`)).rejects.toMatchObject({ sqlstate: '42501' })
    }
    await db.actAs('service_role')
    await expect(db.exec('update public.organizations set owner_count = 9')).rejects.toMatchObject({
      sqlstate: '42501',
    })
    await db.actAs('postgres')
    await expect(
      db.exec(`update public.organizations set kind = 'fund' where id = $1`, [ours.id]),
    ).rejects.toMatchObject({
      status: 409,
      code: 'column_protected',
    })
  }))

it('turns every change off and keeps reading on while an organization is suspended', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    const rename = () => db.exec(`update public.organizations set name = 'New' where id = $1`, [ours.id])
    await db.actAs(await verified(db, ours.owner))
    expect(await rename()).toBe(1)
    await db.asOwner(() => db.exec('update public.organizations set suspended_at = now() where id = $1', [ours.id]))
    expect(await rename()).toBe(0)
    expect(await visible(db, ours.id)).toBe(true)
  }))

it('purges organizations 30 days after their deletion, a batch at a time', () =>
  withRollback(async (db) => {
    const [old, older, recent] = [
      await given.organization(db),
      await given.organization(db),
      await given.organization(db),
    ]
    for (const [organization, days] of [
      [old, 31],
      [older, 40],
      [recent, 29],
    ] as const) {
      await db.exec(`update public.organizations set deleted_at = now() - make_interval(days => $2) where id = $1`, [
        organization.id,
        days,
      ])
    }
    const purge = () => db.row<{ count: number }>('select private.job_purge_deleted_organizations(1) as count')
    const left = async () =>
      (await db.rows<{ id: string }>('select id from public.organizations where deleted_at is not null')).map(
        ({ id }) => id,
      )
    expect(await purge()).toEqual({ count: 1 })
    expect((await left()).sort()).toEqual([old.id, recent.id].sort())
    expect(await purge()).toEqual({ count: 1 })
    expect(await purge()).toEqual({ count: 0 })
    expect(await left()).toEqual([recent.id])
    expect(await db.rows('select id from public.memberships where organization_id = $1', [old.id])).toEqual([])
  }))
