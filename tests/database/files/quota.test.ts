import { expect, it } from 'vitest'
import { atOnce, type Database, withCommit, withRollback } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { givenFiles } from '../../support/given_files.ts'

const begin = (organization: GivenOrganization) => async (db: Database) => {
  await db.actAs(organization.member)
  return givenFiles.upload(db, { organization, sizeBytes: 1000 })
}

it('[A11-10] lets no 64 uploads at once pass the storage of the plan', async () => {
  const organization = await withCommit(async (db) => {
    const made = await given.organization(db)
    await given.limit(db, { organization: made, key: 'storage_bytes', value: 20_500 })
    return made
  })
  const ends = await Promise.allSettled(Array.from({ length: 64 }, () => withCommit(begin(organization))))
  const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
  expect(ends.length - refused.length).toBe(20)
  for (const reason of refused) expect(reason).toMatchObject({ status: 409, code: 'storage_limit_reached' })
  expect(await withRollback((db) => givenFiles.usedBytes(db, organization))).toBe(20_000)
})

it('[A11-10] has an upload wait for one that may take the last room', async () => {
  const organization = await withCommit(async (db) => {
    const made = await given.organization(db)
    await given.limit(db, { organization: made, key: 'storage_bytes', value: 1000 })
    return made
  })
  const [first, second] = await atOnce(begin(organization), begin(organization))
  expect(first.status).toBe('fulfilled')
  expect(second).toMatchObject({ status: 'rejected', reason: { code: 'storage_limit_reached' } })
})

it('counts what was uploaded and not what was announced, equal files once, and says so', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    await db.actAs(organization.member)
    const upload = await givenFiles.upload(db, { organization, sizeBytes: 1000 })
    await givenFiles.object(db, upload, { owner: organization.member, sizeBytes: 300 })
    const usage = () => db.row<{ usage: unknown }>('select public.get_storage_usage($1) as usage', [organization.id])
    expect(await usage()).toEqual({ usage: { used_bytes: 300, limit_bytes: 1073741824 } })
    await db.actAs((await given.organization(db)).owner)
    await expect(usage()).rejects.toMatchObject({ code: 'organization_not_found' })
  }))

it('has room for whoever may pass the limit for money, or has none', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    await given.limit(db, { organization, key: 'storage_bytes', value: 10 })
    await expect(begin(organization)(db)).rejects.toMatchObject({ code: 'storage_limit_reached' })
    await db.asOwner(() => db.exec(`update private.organization_limits set action = 'overage'`))
    await begin(organization)(db)
    await db.asOwner(() => db.exec(`update private.organization_limits set action = 'block', value = null`))
    await begin(organization)(db)
  }))

it('is for the backend, too, which says so before it makes what finds no room', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    await given.limit(db, { organization, key: 'storage_bytes', value: 10 })
    await db.actAs('service_role')
    const register = (size: number | null) =>
      db.exec(
        `select public.register_file($1, 'exports', 'export', 'x.csv', 'text/csv', $2::int, null, state => 'clean')`,
        [organization.id, size],
      )
    await register(null)
    await expect(register(11)).rejects.toMatchObject({ code: 'storage_limit_reached' })
    await register(10)
    await expect(register(null)).rejects.toMatchObject({ code: 'storage_limit_reached' })
  }))
