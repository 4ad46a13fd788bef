import { expect, it } from 'vitest'
import { atOnce, type Database, type Person, withCommit, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

const generate = async (db: Database) =>
  (await db.rows<{ code: string }>('select code from public.generate_recovery_codes() as code')).map(({ code }) => code)
const left = async (db: Database) =>
  (await db.row<{ count: number }>('select public.count_my_recovery_codes() as count')).count
const redeem = (db: Database, person: Person, code: string) =>
  db.rows<{ factor: string }>('select factor from public.redeem_recovery_code($1, $2, $3) as factor', [
    person.id,
    String(person.claims?.session_id),
    code,
  ])
const mailedEvents = async (db: Database, person: Person) =>
  (
    await db.asOwner(() =>
      db.rows<{ event: string }>(
        `select payload ->> 'event' as event from private.jobs
         where kind = 'identity.security_mail' and payload ->> 'user_id' = $1 order by id`,
        [person.id],
      ),
    )
  ).map(({ event }) => event)

/** Somebody with a second factor, verified just now. */
async function secured(db: Database): Promise<{ person: Person; factor: string }> {
  const person = await given.person(db)
  const { id } = await db.asOwner(() =>
    db.row<{ id: string }>(
      `insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at)
       values (gen_random_uuid(), $1, 'totp', 'verified', now(), now()) returning id`,
      [person.id],
    ),
  )
  return { person: await given.session(db, { person, verifiedBy: 'totp', claims: { aal: 'aal2' } }), factor: id }
}

it('[IDN-29] are ten, shown once, kept as slow hashes, and void when new ones are made', () =>
  withRollback(async (db) => {
    const { person, factor } = await secured(db)
    await db.actAs(person)
    const first = await generate(db)
    expect(new Set(first).size).toBe(10)
    for (const code of first) expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){2}$/)
    expect(await left(db)).toBe(10)
    const kept = await db.asOwner(() =>
      db.rows<{ row: string }>('select recovery_codes::text as row from private.recovery_codes where user_id = $1', [
        person.id,
      ]),
    )
    for (const code of first) {
      expect(JSON.stringify(kept)).not.toContain(code)
      expect(JSON.stringify(kept)).not.toContain(code.replaceAll('-', ''))
    }
    const second = await generate(db)
    expect(await left(db)).toBe(10)
    await db.actAs('service_role')
    await expect(redeem(db, person, first[0] ?? '')).rejects.toMatchObject({ code: 'recovery_code_invalid' })
    expect(await redeem(db, person, second[0] ?? '')).toEqual([{ factor }])
    expect(await mailedEvents(db, person)).toEqual([
      'recovery_codes_generated',
      'recovery_codes_generated',
      'recovery_code_used',
    ])
  }))

it('[IDN-29] [IDN-32] are given to who has a second factor and verified it just now', () =>
  withRollback(async (db) => {
    const { person } = await secured(db)
    await db.actAs(await given.session(db, { person: { id: person.id, email: person.email } }))
    await expect(generate(db)).rejects.toMatchObject({ status: 403, code: 'verification_required' })
    await db.actAs(await given.session(db, { person: await given.person(db), verifiedBy: 'otp' }))
    await expect(generate(db)).rejects.toMatchObject({ status: 409, code: 'second_factor_missing' })
  }))

it('[IDN-29] are good once, in any writing, for their person alone', () =>
  withRollback(async (db) => {
    const [{ person, factor }, other] = [await secured(db), await secured(db)]
    await db.actAs(person)
    const [code = ''] = await generate(db)
    await db.actAs('service_role')
    await expect(redeem(db, other.person, code)).rejects.toMatchObject({ status: 422, code: 'recovery_code_invalid' })
    expect(await redeem(db, person, ` ${code.toUpperCase().replaceAll('-', ' ')} `)).toEqual([{ factor }])
    // The same call again, because its answer may have been lost; but not from elsewhere, and not for ever.
    expect(await redeem(db, person, code)).toEqual([{ factor }])
    const elsewhere = await given.session(db, { person: { id: person.id, email: person.email } })
    await expect(redeem(db, elsewhere, code)).rejects.toMatchObject({ code: 'recovery_code_invalid' })
    await db.asOwner(() => db.exec(`update private.recovery_codes set used_at = used_at - interval '10 minutes'`))
    await expect(redeem(db, person, code)).rejects.toMatchObject({ code: 'recovery_code_invalid' })
    await db.actAs(person)
    expect(await left(db)).toBe(9)
    const entries = await db.asOwner(() =>
      db.rows(`select action from public.audit_logs where object_id = $1 and action like 'recovery%' order by id`, [
        person.id,
      ]),
    )
    expect(entries).toEqual([{ action: 'recovery_codes_generated' }, { action: 'recovery_code_used' }])
  }))

it('[IDN-29] are no use to a session that was ended, or to somebody banned', () =>
  withRollback(async (db) => {
    const { person } = await secured(db)
    await db.actAs(person)
    const [code = ''] = await generate(db)
    await db.actAs('postgres')
    await db.exec(`update auth.users set banned_until = now() + interval '1 day' where id = $1`, [person.id])
    await expect(redeem(db, person, code)).rejects.toMatchObject({ status: 403, code: 'person_required' })
    await db.exec('update auth.users set banned_until = null where id = $1', [person.id])
    await db.exec('delete from auth.sessions where user_id = $1', [person.id])
    await expect(redeem(db, person, code)).rejects.toMatchObject({ status: 403, code: 'person_required' })
  }))

it('[IDN-29] are spent by one of two sessions at once', async () => {
  const { person, code, elsewhere } = await withCommit(async (db) => {
    const { person } = await secured(db)
    await db.actAs(person)
    const [code = ''] = await generate(db)
    return { person, code, elsewhere: await given.session(db, { person: { id: person.id, email: person.email } }) }
  })
  const use = (by: Person) => async (db: Database) => {
    await db.actAs('service_role')
    return redeem(db, by, code)
  }
  const [first, second] = await atOnce(use(person), use(elsewhere))
  expect(first.status).toBe('fulfilled')
  expect(second).toMatchObject({ status: 'rejected', reason: { code: 'recovery_code_invalid' } })
})
