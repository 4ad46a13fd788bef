import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Database, type Person, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator, actWithLevel, givenPlatformAdmin } from '../platform/operator_session.ts'

const reason = 'Ticket 4711: cannot see the invoice'

/** What the function does between asking and answering: the session, and the record that makes it one to read with. */
async function impersonate(db: Database, admin: Person, person: Person): Promise<Person & { impersonation: string }> {
  const seen = await given.session(db, { person })
  await db.actAs('service_role')
  const { id } = await db.row<{ id: string }>(
    'select impersonation_id as id from public.record_impersonation($1, $2, $3, $4)',
    [String(seen.claims?.session_id), admin.id, person.id, reason],
  )
  // What Auth's hook makes of the claims.
  const claims = { session_id: randomUUID(), impersonated_session_id: seen.claims?.session_id, is_impersonated: true }
  return { ...seen, claims, impersonation: id }
}

describe('an impersonation', () => {
  it('[ADM-02] [A1-09] reads as the person, changes nothing, and ends when an admin ends it', () =>
    withRollback(async (db) => {
      const { id, owner } = await given.organization(db)
      const admin = await actAsOperator(db)
      const asked = await db.row('select public.admin_request_impersonation($1, $2) as email', [owner.id, reason])
      expect(asked).toEqual({ email: owner.email })
      const seen = await impersonate(db, admin, owner)
      await db.actAs(seen)
      const read = () => db.rows('select id from public.organizations where id = $1', [id])
      expect(await read()).toHaveLength(1)
      expect(await db.exec(`update public.organizations set name = 'Taken' where id = $1`, [id])).toBe(0)
      await expect(db.rows(`select public.create_organization('Another')`)).rejects.toMatchObject({ status: 403 })
      const account = await db.row(
        `select state, impersonation_expires_at = now() + interval '30 minutes' as is_half_an_hour
         from public.get_my_account()`,
      )
      expect(account).toEqual({ state: 'active', is_half_an_hour: true })
      await actWithLevel(db, admin, 'aal2')
      for (let call = 0; call < 2; call += 1) {
        expect(await db.rows('select public.admin_end_impersonation($1)', [seen.impersonation])).toHaveLength(1)
      }
      await db.actAs(seen)
      expect(await read()).toEqual([])
      const sessions = await db.asOwner(() =>
        db.rows('select id from auth.sessions where id = $1', [String(seen.claims?.impersonated_session_id)]),
      )
      expect(sessions).toEqual([])
    }))

  it('is never of another platform admin, of nobody, of who is kept out, or the second at once', () =>
    withRollback(async (db) => {
      const [person, banned, other] = [await given.person(db), await given.person(db), await givenPlatformAdmin(db)]
      await db.exec(`update auth.users set banned_until = now() + interval '1 day' where id = $1`, [banned.id])
      const admin = await actAsOperator(db)
      const ask = (id: string) => db.rows('select public.admin_request_impersonation($1, $2)', [id, reason])
      await expect(ask(other.id)).rejects.toMatchObject({ status: 409, code: 'person_not_impersonable' })
      await expect(ask(banned.id)).rejects.toMatchObject({ status: 409, code: 'person_not_impersonable' })
      await expect(ask('7d2f6a52-6d5f-4d8c-9a55-0c8a2f3b1c11')).rejects.toMatchObject({ status: 404 })
      await ask(person.id)
      await impersonate(db, admin, person)
      await actWithLevel(db, admin, 'aal2')
      await expect(ask(person.id)).rejects.toMatchObject({ status: 409, code: 'impersonation_exists' })
    }))

  it('is recorded for a session of the person and an admin who still is one only', () =>
    withRollback(async (db) => {
      const [person, plain, admin] = [await given.person(db), await given.person(db), await givenPlatformAdmin(db)]
      await expect(impersonate(db, plain, person)).rejects.toMatchObject({ code: 'person_not_impersonable' })
      const foreign = await given.session(db, { person: plain })
      await db.actAs('service_role')
      await expect(
        db.rows('select public.record_impersonation($1, $2, $3, $4)', [
          String(foreign.claims?.session_id),
          admin.id,
          person.id,
          reason,
        ]),
      ).rejects.toMatchObject({ code: 'person_not_impersonable' })
    }))

  const changes = [
    `update auth.users set encrypted_password = 'x' where id = $1`,
    `update auth.users set email = 'new@example.test' where id = $1`,
    `update auth.users set phone = '2348000000000' where id = $1`,
    `update auth.users set email_change = 'new@example.test' where id = $1`,
    `insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at)
     values (gen_random_uuid(), $1::uuid, 'totp', 'unverified', now(), now())`,
    `insert into auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
     values ('1', $1::uuid, '{"sub": "1"}', 'github', now(), now(), now())`,
  ]
  it.each(changes)('[ADM-02] lets nobody change how the person signs in while it lasts: %s', (change) =>
    withRollback(async (db) => {
      const [person, admin] = [await given.person(db), await givenPlatformAdmin(db)]
      const seen = await impersonate(db, admin, person)
      await db.actAs('postgres')
      await expect(db.exec(change, [person.id])).rejects.toMatchObject({ sqlstate: 'PT403' })
      await db.exec('update auth.users set last_sign_in_at = now() where id = $1', [person.id])
      await db.exec('update private.impersonations set expires_at = now() where id = $1', [seen.impersonation])
      expect(await db.exec(change, [person.id])).toBe(1)
    }),
  )

  it('[ADM-02] keeps what the person says of themselves as it was, and lets a sign-in that would change it through', () =>
    withRollback(async (db) => {
      const [person, admin] = [await given.person(db, { name: 'Ada' }), await givenPlatformAdmin(db)]
      const seen = await impersonate(db, admin, person)
      const rename = () =>
        db.asOwner(() =>
          db.row<{ name: string }>(
            `update auth.users set raw_user_meta_data = '{"display_name": "Eve"}' where id = $1
             returning raw_user_meta_data ->> 'display_name' as name`,
            [person.id],
          ),
        )
      expect(await rename()).toEqual({ name: 'Ada' })
      await db.asOwner(() =>
        db.exec('update private.impersonations set expires_at = now() where id = $1', [seen.impersonation]),
      )
      expect(await rename()).toEqual({ name: 'Eve' })
    }))

  it('lets the account itself be deleted', () =>
    withRollback(async (db) => {
      const [person, admin] = [await given.person(db), await givenPlatformAdmin(db)]
      await db.exec(changes[4] ?? '', [person.id])
      await impersonate(db, admin, person)
      await db.actAs('postgres')
      expect(await db.exec('delete from auth.users where id = $1', [person.id])).toBe(1)
    }))

  it('has its session ended by a job once it is over', () =>
    withRollback(async (db) => {
      const [over, open] = [await given.person(db), await given.person(db)]
      const admin = await givenPlatformAdmin(db)
      const ended = await impersonate(db, admin, over)
      await impersonate(db, admin, open)
      await db.actAs('postgres')
      await db.exec('update private.impersonations set expires_at = now() where id = $1', [ended.impersonation])
      expect(await db.row('select private.end_impersonations(10) as count')).toEqual({ count: 1 })
      const left = await db.rows('select user_id from auth.sessions where user_id in ($1, $2)', [over.id, open.id])
      expect(left).toEqual([{ user_id: open.id }])
    }))
})
