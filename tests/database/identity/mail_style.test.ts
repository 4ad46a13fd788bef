import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { address, invite, invited } from './invitation_support.ts'

interface Style {
  locale: string | null
  organization: { name: string; primary_color: string | null; mail_footer: string | null } | null
}

async function styleOf(db: Database, userId: string, email: string | null = null): Promise<Style> {
  await db.actAs('service_role')
  return (await db.row<{ style: Style }>('select public.get_mail_style($1, $2) as style', [userId, email])).style
}

const brand = (db: Database, organization: { id: string }) =>
  db.asOwner(() =>
    db.exec(`update public.organizations set primary_color = '#0b3d2e', mail_footer = 'Box 7' where id = $1`, [
      organization.id,
    ]),
  )

describe('a mail of Auth', () => {
  it('has the look of the one organization a person works with, and ours when there are several', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db, { name: 'Harbour Ventures' })
      await brand(db, ours)
      expect((await styleOf(db, ours.member.id)).organization).toMatchObject({
        name: 'Harbour Ventures',
        primary_color: '#0b3d2e',
        mail_footer: 'Box 7',
      })
      await given.member(db, { organization: await given.organization(db), person: ours.member })
      expect((await styleOf(db, ours.member.id)).organization).toBeNull()
      expect((await styleOf(db, (await given.person(db)).id)).organization).toBeNull()
    }))

  it('has the look of the organization that invited who is signing up, as long as the invitation stands', () =>
    withRollback(async (db) => {
      const { ours, email, id } = await invited(db)
      const newcomer = randomUUID()
      expect((await styleOf(db, newcomer, email.toUpperCase())).organization).toMatchObject({ name: ours.name })
      expect((await styleOf(db, newcomer, address())).organization).toBeNull()
      await db.actAs(ours.admin)
      await db.exec('select public.revoke_invitation($1)', [id])
      expect((await styleOf(db, newcomer, email)).organization).toBeNull()
    }))

  it('does not take the look of whoever invites an address that has an account', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const stranger = await given.person(db)
      const { email } = await db.asOwner(() =>
        db.row<{ email: string }>('select email from auth.users where id = $1', [stranger.id]),
      )
      await db.actAs(ours.admin)
      await invite(db, ours, { email })
      expect((await styleOf(db, stranger.id, email)).organization).toBeNull()
    }))

  it('has ours while the organization is suspended', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.asOwner(() => db.exec('update public.organizations set suspended_at = now() where id = $1', [ours.id]))
      expect((await styleOf(db, ours.member.id)).organization).toBeNull()
    }))
})
