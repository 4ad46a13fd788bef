import { expect, it } from 'vitest'
import { type Database, type Person, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

const isVerified = async (db: Database, person: Person) => {
  await db.actAs(person)
  return (await db.row<{ answer: boolean }>('select private.is_recently_verified() as answer')).answer
}
const withFactor = (
  db: Database,
  person: Person,
  { status = 'verified', age = '2 days' }: { status?: 'verified' | 'unverified'; age?: string } = {},
) =>
  db.asOwner(() =>
    db.exec(
      `insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at)
       values (gen_random_uuid(), $1, 'totp', $2::text::auth.factor_status, now() - $3::text::interval, now())`,
      [person.id, status, age],
    ),
  )

it('[IDN-32] counts a code by SMS or mail, and no password, for who has no second factor', () =>
  withRollback(async (db) => {
    const person = await given.person(db)
    await withFactor(db, person, { status: 'unverified' })
    for (const [verifiedBy, answer] of [
      ['otp', true],
      ['magiclink', true],
      ['totp', false],
      ['password', false],
      ['oauth', false],
    ] as const) {
      expect([verifiedBy, await isVerified(db, await given.session(db, { person, verifiedBy }))]).toEqual([
        verifiedBy,
        answer,
      ])
    }
  }))

it('[IDN-32] counts the second factor alone for who has one', () =>
  withRollback(async (db) => {
    const person = await given.person(db)
    await withFactor(db, person)
    for (const [verifiedBy, answer] of [
      ['totp', true],
      ['mfa/phone', true],
      ['otp', false],
      ['magiclink', false],
    ] as const) {
      expect([verifiedBy, await isVerified(db, await given.session(db, { person, verifiedBy }))]).toEqual([
        verifiedBy,
        answer,
      ])
    }
  }))

it('[IDN-32] counts no second factor of the last day, which a stolen session is enough to add, but a code by mail', () =>
  withRollback(async (db) => {
    const person = await given.person(db)
    await withFactor(db, person, { age: '23 hours' })
    expect(await isVerified(db, await given.session(db, { person, verifiedBy: 'totp' }))).toBe(false)
    expect(await isVerified(db, await given.session(db, { person, verifiedBy: 'otp' }))).toBe(true)
    await withFactor(db, person, { age: '25 hours' })
    expect(await isVerified(db, await given.session(db, { person, verifiedBy: 'totp' }))).toBe(true)
  }))

it('[IDN-32] counts no code for a day after another phone number, which may be the one it came to', () =>
  withRollback(async (db) => {
    const person = await given.person(db)
    const verified = await given.verified(db, person)
    const confirmPhone = (age: string) =>
      db.asOwner(() =>
        db.exec(
          `update auth.users set phone = '2348000000000', phone_confirmed_at = now() - $2::text::interval,
             email_confirmed_at = now() - interval '9 days' where id = $1`,
          [person.id, age],
        ),
      )
    await confirmPhone('23 hours')
    expect(await isVerified(db, verified)).toBe(false)
    await confirmPhone('25 hours')
    expect(await isVerified(db, verified)).toBe(true)
  }))

it('[IDN-32] counts for ten minutes, in the session in which it was done and for its person', () =>
  withRollback(async (db) => {
    const [ada, eve] = [await given.person(db), await given.person(db)]
    const here = await given.session(db, { person: ada, verifiedBy: 'otp' })
    expect(await isVerified(db, here)).toBe(true)
    expect(await isVerified(db, await given.session(db, { person: ada }))).toBe(false)
    expect(await isVerified(db, ada)).toBe(false)
    expect(await isVerified(db, { ...eve, claims: here.claims ?? {} })).toBe(false)
    // What the token says of itself does not count.
    const amr = [{ method: 'otp', timestamp: Math.floor(Date.now() / 1000) }]
    expect(await isVerified(db, await given.session(db, { person: ada, claims: { amr, aal: 'aal2' } }))).toBe(false)
    await db.actAs('postgres')
    await db.exec(`update auth.mfa_amr_claims set updated_at = now() - interval '10 minutes' where session_id = $1`, [
      String(here.claims?.session_id),
    ])
    expect(await isVerified(db, here)).toBe(false)
  }))

it('[IDN-32] never counts for a program or for an admin who looks', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    expect(
      await isVerified(db, await given.serviceAccount(db, { organization, scopes: ['organization.delete'] })),
    ).toBe(false)
    const looking = await given.session(db, { person: organization.owner, verifiedBy: 'otp' })
    await db.asOwner(() =>
      db.exec(
        `insert into private.impersonations (session_id, admin_id, user_id, reason, expires_at)
         values ($1, $2, $3, 'Support of a customer', now() + interval '30 minutes')`,
        [String(looking.claims?.session_id), organization.admin.id, organization.owner.id],
      ),
    )
    expect(await isVerified(db, looking)).toBe(false)
  }))
