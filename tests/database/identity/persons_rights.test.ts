import { expect, it } from 'vitest'
import { type Database, type Person, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

const ask = (db: Database, confirmation: string) =>
  db.row<{ status: string; days: number }>(
    `select status::text, extract(day from due_at - created_at)::int as days from public.delete_my_account($1)`,
    [confirmation],
  )
const cancel = (db: Database) => db.row('select status::text from public.cancel_my_account_deletion()')
const eraseDue = (db: Database) =>
  db.asOwner(async () => {
    const { count } = await db.row<{ count: number }>('select private.erase_due_accounts(10) as count')
    return count
  })
const account = (db: Database, person: Person) =>
  db.asOwner(() =>
    db.row('select email, encrypted_password, deleted_at is not null as is_deleted from auth.users where id = $1', [
      person.id,
    ]),
  )

it('[A1-07] waits fourteen days for a change of mind, and asks for the address of the account', () =>
  withRollback(async (db) => {
    const ana = await given.verified(db, await given.person(db))
    await db.actAs(ana)
    await expect(ask(db, 'yes')).rejects.toMatchObject({ status: 422, code: 'confirmation_invalid' })
    await expect(cancel(db)).rejects.toMatchObject({ status: 404, code: 'account_deletion_not_found' })
    expect(await ask(db, ana.email.toUpperCase())).toEqual({ status: 'waiting', days: 14 })
    expect(await ask(db, ana.email)).toEqual({ status: 'waiting', days: 14 })
    expect(await eraseDue(db)).toBe(0)
    expect(await cancel(db)).toEqual({ status: 'cancelled' })
    await db.asOwner(() => db.exec('update public.account_deletions set due_at = now()'))
    expect(await eraseDue(db)).toBe(0)
    expect(await account(db, ana)).toMatchObject({ email: ana.email, is_deleted: false })
  }))

it('[A1-07] tells the person by mail of the request, once, and of its end', () =>
  withRollback(async (db) => {
    const ana = await given.verified(db, await given.person(db))
    await db.actAs(ana)
    await ask(db, ana.email)
    await ask(db, ana.email)
    await cancel(db)
    await db.actAs('postgres')
    const mails = await db.rows<{ event: string; is_dated: boolean }>(
      `select payload ->> 'event' as event, payload -> 'details' ? 'due_at' as is_dated from private.jobs
       where kind = 'identity.security_mail' and payload ->> 'user_id' = $1 order by id`,
      [ana.id],
    )
    expect(mails).toEqual([
      { event: 'deletion_requested', is_dated: true },
      { event: 'deletion_cancelled', is_dated: false },
    ])
    const entries = await db.rows<{ action: string }>(
      `select action from public.audit_logs where actor_id = $1 and object_type = 'account_deletions' order by id`,
      [ana.id],
    )
    expect(entries.map(({ action }) => action)).toEqual(['create', 'update'])
  }))

it('[A1-07] [IDN-32] is asked for by who verified a code within the last ten minutes', () =>
  withRollback(async (db) => {
    const ana = await given.session(db, { person: await given.person(db), verifiedBy: 'password' })
    await db.actAs(ana)
    await expect(ask(db, ana.email)).rejects.toMatchObject({ status: 403, code: 'verification_required' })
    await db.actAs(await given.verified(db, ana))
    expect(await ask(db, ana.email)).toMatchObject({ status: 'waiting' })
    // What was asked for already is answered again without; calling it off is never made hard.
    await db.actAs(ana)
    expect(await ask(db, ana.email)).toMatchObject({ status: 'waiting' })
    expect(await cancel(db)).toEqual({ status: 'cancelled' })
  }))

it('[A1-07] makes the person anonymous, frees the address and keeps what others need', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    const ana = await given.verified(db, ours.member)
    await db.actAs(ana)
    await db.exec(`update public.profiles set headline = 'Auditor', visibility = 'public' where id = $1`, [ana.id])
    await ask(db, ana.email)
    await db.asOwner(() => db.exec('update public.account_deletions set due_at = now()'))
    expect(await eraseDue(db)).toBe(1)
    expect(await eraseDue(db)).toBe(0)
    // The token lives on, its session does not.
    expect(await db.rows('select id from public.profiles')).toEqual([])
    await db.actAs('postgres')
    expect(await account(db, ana)).toEqual({ email: null, encrypted_password: null, is_deleted: true })
    expect(
      await db.row(
        'select display_name, headline, visibility::text, deleted_at is not null as gone from public.profiles where id = $1',
        [ana.id],
      ),
    ).toEqual({ display_name: 'Deleted person', headline: null, visibility: 'private', gone: true })
    for (const table of [
      'auth.sessions',
      'auth.identities',
      'auth.mfa_factors',
      'public.memberships',
      'public.profile_details',
    ]) {
      expect(await db.rows(`select 1 from ${table} where user_id = $1`, [ana.id]), table).toEqual([])
    }
    const entries = await db.rows<{ action: string }>('select action from public.audit_logs where object_id = $1', [
      ana.id,
    ])
    expect(entries.map(({ action }) => action)).toEqual(expect.arrayContaining(['update', 'person_deleted']))
    expect(await db.rows(`select 1 from private.jobs where kind = 'person.remove_files'`)).toHaveLength(1)
    expect((await given.person(db, { email: ana.email })).id).not.toBe(ana.id)
  }))

it('[A1-07] does not let the last owner go, at the request or at its time, and names the organizations', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db, { name: 'Alone Ltd' })
    await db.actAs(ours.owner)
    await expect(ask(db, ours.owner.email)).rejects.toMatchObject({
      status: 409,
      code: 'last_owner',
      message: expect.stringContaining('Alone Ltd'),
    })
    await db.asOwner(() =>
      db.exec('insert into public.account_deletions (user_id, due_at) values ($1, now())', [ours.owner.id]),
    )
    expect(await eraseDue(db)).toBe(0)
    await given.member(db, { organization: ours, role: 'owner' })
    expect(await eraseDue(db)).toBe(1)
  }))

it('[A1-07] lets platform admins delete a person at once, with a reason in the audit log', () =>
  withRollback(async (db) => {
    const [ana, admin] = [await given.person(db), await given.person(db)]
    const remove = (reason: string) => db.row('select public.delete_person($1, $2) as done', [ana.id, reason])
    await db.actAs(admin)
    await expect(remove('Asked by letter')).rejects.toMatchObject({ code: 'platform_admin_required' })
    await db.asOwner(() =>
      db.exec(`update auth.users set raw_app_meta_data = '{"platform_admin": true}' where id = $1`, [admin.id]),
    )
    await db.actAs({ ...admin, claims: { aal: 'aal2' } })
    await expect(remove('')).rejects.toMatchObject({ code: 'reason_invalid' })
    expect(await remove('Asked by letter')).toEqual({ done: true })
    expect(await remove('Asked by letter')).toEqual({ done: false })
    await db.actAs('postgres')
    expect(
      await db.rows(`select actor_id from public.audit_logs where action = 'person_deletion_ordered' limit 1`),
    ).toEqual([{ actor_id: admin.id }])
  }))

it('records consents by version with their history, and asks again for a new version', () =>
  withRollback(async (db) => {
    const ana = await given.person(db)
    await db.actAs(ana)
    const say = (kind: string, version: string, granted: boolean) =>
      db.exec('select public.record_consent($1, $2, $3)', [kind, version, granted])
    const missing = async () =>
      await db.rows<{ kind: string; version: string }>(
        'select kind, version from public.list_missing_consents() order by kind',
      )
    expect((await missing()).map(({ kind }) => kind)).toEqual(['privacy', 'terms'])
    await say('terms', '1', true)
    await say('terms', '1', true)
    await say('privacy', '1', true)
    expect(await missing()).toEqual([])
    await expect(say('terms', '1', false)).rejects.toMatchObject({ status: 409, code: 'consent_required' })
    await expect(say('terms', '9', true)).rejects.toMatchObject({ status: 404, code: 'consent_document_not_found' })
    for (const granted of [true, false, true, false]) await say('marketing', '1', granted)
    const history = await db.rows(`select is_granted from public.consents where kind = 'marketing' order by id`)
    expect(history).toEqual([true, false, true, false].map((is_granted) => ({ is_granted })))
    await db.actAs('postgres')
    expect(await db.row(`select private.has_consent($1, 'marketing') as now`, [ana.id])).toEqual({ now: false })
    await expect(db.exec('update public.consents set is_granted = true')).rejects.toMatchObject({ sqlstate: '42501' })
    await db.exec(
      `insert into public.consent_documents (kind, version, title, url, is_required, published_at)
       values ('terms', '2', 'Terms', 'https://a.test', true, now())`,
    )
    await db.actAs(ana)
    expect(await missing()).toEqual([{ kind: 'terms', version: '2' }])
  }))
