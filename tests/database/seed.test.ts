import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withRollback } from '../support/database.ts'

const seed = await readFile(join(import.meta.dirname, '..', '..', 'supabase', 'seed.sql'), 'utf8')

it('[PLT-37] seeds people who can sign in and organizations they belong to, and nothing twice', () =>
  withRollback(async (db) => {
    const counts = () =>
      db.row(`select (select count(*) from auth.users) as users, (select count(*) from auth.identities) as identities,
        (select count(*) from public.organizations) as organizations, (select count(*) from public.memberships) as members,
        (select count(*) from public.invitations) as invitations`)
    await db.exec(seed)
    const first = await counts()
    expect(first).toEqual({ users: '4', identities: '4', organizations: '6', members: '10', invitations: '1' })
    await db.exec(seed)
    expect(await counts()).toEqual(first)
    expect(
      await db.rows(
        `select email from auth.users
         where encrypted_password <> extensions.crypt('atrium-demo-1', encrypted_password) or email_confirmed_at is null
           or confirmation_token is null or recovery_token is null or email_change is null`,
      ),
    ).toEqual([])
    expect(await db.rows('select name from public.organizations where owner_count <> 1')).toEqual([])
  }))
