import { describe, expect, it } from 'vitest'
import { type Database, type Person, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const sessionOf = (person: Person) => String(person.claims?.session_id)

/** Opens a session as Auth does. */
const signIn = (
  db: Database,
  person: Person,
  from: { userAgent?: string | null; ip?: string | null; ago?: string } = {},
) =>
  db.asOwner(() =>
    db.row<{ id: string }>(
      `insert into auth.sessions (id, user_id, created_at, updated_at, user_agent, ip, aal)
       values (gen_random_uuid(), $1, now() - $4::text::interval, now(), $2, $3::text::inet, 'aal1') returning id`,
      [
        person.id,
        from.userAgent === undefined ? firefox : from.userAgent,
        from.ip === undefined ? '203.0.113.7' : from.ip,
        from.ago ?? '0 seconds',
      ],
    ),
  )
const sessionIds = async (db: Database, person: Person) =>
  (await db.asOwner(() => db.rows<{ id: string }>('select id from auth.sessions where user_id = $1', [person.id]))).map(
    ({ id }) => id,
  )
const mails = (db: Database, person: Person) =>
  db.asOwner(() =>
    db.rows<{ event: string; details: Record<string, unknown> }>(
      `select payload ->> 'event' as event, payload -> 'details' as details from private.jobs
       where kind = 'identity.security_mail' and payload ->> 'user_id' = $1 order by id`,
      [person.id],
    ),
  )
const audited = (db: Database, action: string, objectId: string) =>
  db.asOwner(() =>
    db.rows('select action from public.audit_logs where action = $1 and object_id = $2', [action, objectId]),
  )

it.each([
  [firefox, 'Firefox on Windows'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15',
    'Safari on macOS',
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36',
    'Chrome on Linux',
  ],
  ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0', 'Edge on Windows'],
  [
    'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 SamsungBrowser/28.0 Chrome/130.0 Mobile',
    'Samsung Internet on Android',
  ],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 CriOS/141.0 Mobile', 'Chrome on iPhone'],
  ['Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36', 'Chrome on ChromeOS'],
  ['okhttp/4.12.0', 'okhttp'],
  ['AtriumApp (iOS 18)', 'AtriumApp'],
  ['', 'Unknown device'],
  [null, 'Unknown device'],
])('describes the device "%s"', (userAgent, device) =>
  withRollback(async (db) => {
    expect(await db.row('select private.describe_device($1) as device', [userAgent])).toEqual({ device })
  }),
)

describe('sessions', () => {
  it('[IDN-08] are listed to their person alone, the present one first', () =>
    withRollback(async (db) => {
      const [ada, eve] = [await given.person(db), await given.person(db)]
      await signIn(db, eve)
      const other = await signIn(db, ada)
      const here = await given.session(db, { person: ada })
      await signIn(db, ada, { ago: '30 days' })
      await db.actAs(here)
      const list = await db.rows('select * from public.list_my_sessions()')
      expect(list).toEqual([
        expect.objectContaining({ id: sessionOf(here), is_current: true, device: 'Unknown device' }),
        expect.objectContaining({
          id: other.id,
          is_current: false,
          device: 'Firefox on Windows',
          ip_address: '203.0.113.7',
          assurance_level: 'aal1',
        }),
      ])
    }))

  it('[IDN-08] can be ended one by one, by their person alone', () =>
    withRollback(async (db) => {
      const [ada, eve] = [await given.person(db), await given.person(db)]
      const [hers, his] = [await signIn(db, ada), await signIn(db, eve)]
      await db.actAs(await given.session(db, { person: ada }))
      await db.rows('select public.end_session($1)', [hers.id])
      expect(await sessionIds(db, ada)).not.toContain(hers.id)
      expect(await audited(db, 'logout', hers.id)).toHaveLength(1)
      for (const id of [hers.id, his.id]) {
        await expect(db.rows('select public.end_session($1)', [id])).rejects.toMatchObject({
          status: 404,
          code: 'session_not_found',
        })
      }
      expect(await sessionIds(db, eve)).toEqual([his.id])
    }))

  it('[IDN-08] can be ended all at once but for the present one', () =>
    withRollback(async (db) => {
      const ada = await given.person(db)
      await signIn(db, ada)
      await signIn(db, ada)
      const here = await given.session(db, { person: ada })
      await db.actAs(here)
      expect(await db.row('select public.end_other_sessions() as count')).toEqual({ count: 2 })
      expect(await db.row('select public.end_other_sessions() as count')).toEqual({ count: 0 })
      expect(await sessionIds(db, ada)).toEqual([sessionOf(here)])
    }))

  it('neither show nor end that of an admin who looks, nor let the admin end any', () =>
    withRollback(async (db) => {
      const [ada, admin] = [await given.person(db), await given.person(db)]
      const own = await given.session(db, { person: ada })
      const looking = await given.session(db, { person: ada })
      await db.exec(
        `insert into private.impersonations (session_id, admin_id, user_id, reason, expires_at)
         values ($1, $2, $3, 'Support of a customer', now() + interval '30 minutes')`,
        [sessionOf(looking), admin.id, ada.id],
      )
      await db.actAs(own)
      expect(await db.rows('select id from public.list_my_sessions()')).toEqual([{ id: sessionOf(own) }])
      expect(await db.row('select public.end_other_sessions() as count')).toEqual({ count: 0 })
      await db.actAs(looking)
      await expect(db.rows('select public.end_other_sessions()')).rejects.toMatchObject({ status: 403 })
      await expect(db.rows('select public.end_session($1)', [sessionOf(own)])).rejects.toMatchObject({ status: 404 })
    }))

  it('[IDN-31] are deleted by a job when their 30 days are over', () =>
    withRollback(async (db) => {
      const ada = await given.person(db)
      await signIn(db, ada, { ago: '30 days 1 second' })
      const young = await signIn(db, ada, { ago: '29 days' })
      const early = await signIn(db, ada)
      await db.exec(`update auth.sessions set not_after = now() - interval '1 second' where id = $1`, [early.id])
      await db.rows('select private.job_purge_sessions(1000)')
      expect(await sessionIds(db, ada)).toEqual([young.id])
    }))
})

describe('the history of sign-ins', () => {
  it('[AUD-05] tells a person of sign-ins and wrong passwords, page by page, and of nobody else', () =>
    withRollback(async (db) => {
      const [ada, eve] = [await given.person(db), await given.person(db)]
      await signIn(db, ada)
      await signIn(db, eve)
      await db.exec(`select private.check_password_attempt(jsonb_build_object('user_id', $1::text, 'valid', false))`, [
        ada.id,
      ])
      await db.actAs(ada)
      const page = (before: number | null) =>
        db.rows<{ id: number }>('select * from public.list_my_sign_ins($1, 1)', [before])
      const [failed] = await page(null)
      expect(failed).toMatchObject({ is_successful: false, device: null })
      const [succeeded] = await page(Number(failed?.id))
      expect(succeeded).toMatchObject({ is_successful: true, device: 'Firefox on Windows', ip_address: '203.0.113.7' })
      expect(await page(Number(succeeded?.id))).toEqual([])
    }))
})

describe('a sign-in', () => {
  it('is told by mail when device and network are new, and not for the first one', () =>
    withRollback(async (db) => {
      const ada = await given.person(db)
      await signIn(db, ada)
      // An update of the browser and another address of the same network change nothing.
      await signIn(db, ada, { userAgent: firefox.replaceAll('140', '141'), ip: '203.0.113.99' })
      expect(await mails(db, ada)).toEqual([])
      const { id } = await signIn(db, ada, { ip: '198.51.100.1' })
      expect(await mails(db, ada)).toEqual([
        { event: 'new_device', details: { session_id: id, device: 'Firefox on Windows', ip_address: '198.51.100.1' } },
      ])
      await signIn(db, ada, { ip: '198.51.100.1' })
      expect(await mails(db, ada)).toHaveLength(1)
      await signIn(db, ada, { userAgent: null, ip: null })
      expect(await mails(db, ada)).toHaveLength(2)
    }))

  it('is told again when the device was not seen for 90 days, also after the clean-up', () =>
    withRollback(async (db) => {
      const ada = await given.person(db)
      await signIn(db, ada, { ip: '198.51.100.1' })
      await signIn(db, ada)
      await db.exec(`update private.known_devices set last_seen_at = now() - interval '91 days' where user_id = $1`, [
        ada.id,
      ])
      await db.exec(
        `update private.known_devices set last_seen_at = last_seen_at + interval '1 hour'
         where user_id = $1 and fingerprint = private.device_fingerprint($1::text::uuid, $2, '203.0.113.7')`,
        [ada.id, firefox],
      )
      await db.rows('select private.job_purge_sessions(1000)')
      expect(await db.rows('select fingerprint from private.known_devices where user_id = $1', [ada.id])).toHaveLength(
        1,
      )
      const before = (await mails(db, ada)).length
      await signIn(db, ada)
      expect(await mails(db, ada)).toHaveLength(before + 1)
    }))
})

describe('a new password', () => {
  const change = (db: Database, person: Person) =>
    db.exec(`update auth.users set encrypted_password = 'another' where id = $1`, [person.id])

  it('[IDN-11] ends all sessions and is audited when it is written past Auth', () =>
    withRollback(async (db) => {
      const [ada, eve] = [await given.person(db), await given.person(db)]
      await signIn(db, ada)
      await signIn(db, eve)
      await change(db, ada)
      expect(await sessionIds(db, ada)).toEqual([])
      expect(await sessionIds(db, eve)).toHaveLength(1)
      expect(await audited(db, 'password_changed', ada.id)).toHaveLength(1)
      await change(db, ada)
      expect(await audited(db, 'password_changed', ada.id)).toHaveLength(1)
    }))
})
