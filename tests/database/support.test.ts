import { describe, expect, it } from 'vitest'
import { withConnection } from '../../local/postgres/database.ts'
import { type Database, withRollback } from '../support/database.ts'
import { given } from '../support/given.ts'
import { testDatabase } from '../support/postgres.ts'

const count = async (db: Database) =>
  (await db.row<{ count: number }>('select count(*)::int as count from public.organizations')).count

describe('the support of the database tests', () => {
  it('[TST-20] makes an organization with people in its roles and takes all of it back', async () => {
    const roles = await withRollback(async (db) => {
      const made = await given.organization(db)
      const rows = await db.rows<{ user_id: string; role: string }>(
        'select user_id, role from public.memberships where organization_id = $1',
        [made.id],
      )
      return Object.fromEntries(rows.map((row) => [row.role, row.user_id])).owner === made.owner.id
    })
    expect(roles).toBe(true)
    expect(await withRollback(count)).toBe(0)
  })

  it('[TST-20] acts as a person under row-level security, and as the owner again for what is given later', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(ours.member)
      expect(await db.row('select current_user::text as role, private.current_person_id() as id')).toEqual({
        role: 'authenticated',
        id: ours.member.id,
      })
      await given.organization(db)
      // The member sees the shared and the own personal organization, nothing of what was given in between.
      expect(await count(db)).toBe(2)
      await db.actAs('anon')
      await expect(count(db)).rejects.toMatchObject({ sqlstate: '42501' })
    }))

  it('[TST-20] gives each test file a database of its own', async () => {
    await using first = await testDatabase()
    await using second = await testDatabase()
    await withConnection(first.url, (sql) => sql`create table private.only_here ()`)
    const [row] = await withConnection(second.url, (sql) => sql`select to_regclass('private.only_here') as found`)
    expect(row).toEqual({ found: null })
  })
})
