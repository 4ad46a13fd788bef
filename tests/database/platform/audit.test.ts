import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

interface Entry {
  id: string
  organization_id: string | null
  actor_kind: string
  actor_id: string | null
  action: string
  object_type: string
  object_id: string | null
  changes: { before?: Record<string, unknown>; after?: Record<string, unknown> } | null
  ip_address: string | null
  user_agent: string | null
  request_id: string | null
  occurred_at: Date
}

const entries = (db: Database, where: string, parameters: string[] = []) =>
  db.asOwner(() => db.rows<Entry>(`select * from public.audit_logs where ${where} order by id`, parameters))

/** What PostgREST tells of a request. */
const request = (db: Database, headers: Record<string, string>) =>
  db.rows(`select set_config('request.headers', $1, true)`, [JSON.stringify(headers)])

/** A table of the platform that is audited, with one row for each of `count` numbers. */
async function givenThings(db: Database, options: { organization: { id: string }; count?: number }): Promise<void> {
  await db.asOwner(async () => {
    await db.exec(`
      create table public.audit_things (
        organization_id uuid not null, number int not null, title text, secret text, view_count int not null default 0,
        primary key (organization_id, number)
      );
      select private.audit_table('public.audit_things', '{title, secret}', masked := '{secret}')`)
    await db.exec(
      `insert into public.audit_things (organization_id, number, title, secret)
       select $1, n, 'Title ' || n, case when n % 2 = 1 then 'secret ' || n end from generate_series(1, $2::int) as n`,
      [options.organization.id, options.count ?? 3],
    )
  })
}

describe('an audited table', () => {
  it('[AUD-01] [AUD-02] [AUD-04] tells who created, updated and deleted a row, from where, and what changed', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const grace = await given.person(db)
      await db.actAs(ours.admin)
      await request(db, {
        'x-forwarded-for': '203.0.113.7, 10.0.0.1',
        'user-agent': 'Firefox',
        'x-request-id': 'request-0001',
      })
      const { id } = await db.row<{ id: string }>('select id from public.add_member($1, $2, $3)', [
        ours.id,
        grace.id,
        'member',
      ])
      await db.exec('select public.change_member_role($1, $2)', [id, 'viewer'])
      await db.exec('select public.remove_member($1)', [id])
      const who = {
        organization_id: ours.id,
        actor_kind: 'user',
        actor_id: ours.admin.id,
        object_type: 'memberships',
        object_id: id,
        ip_address: '203.0.113.7',
        user_agent: 'Firefox',
        request_id: 'request-0001',
        occurred_at: expect.any(Date),
      }
      const row = { user_id: grace.id, status: 'active' }
      expect(await entries(db, 'object_id = $1', [id])).toMatchObject([
        { ...who, action: 'create', changes: { after: { ...row, role: 'member' } } },
        { ...who, action: 'update', changes: { before: { role: 'member' }, after: { role: 'viewer' } } },
        { ...who, action: 'delete', changes: { before: { ...row, role: 'viewer' } } },
      ])
    }))

  it('[AUD-18] tells a change of the own profile without its personal data', () =>
    withRollback(async (db) => {
      const ada = await given.person(db, { name: 'Ada' })
      await db.actAs(ada)
      await db.exec(`update public.profiles set display_name = 'Augusta', locale = 'fr' where id = $1`, [ada.id])
      expect(await entries(db, `actor_id = $1`, [ada.id])).toMatchObject([
        {
          action: 'update',
          object_type: 'profiles',
          object_id: ada.id,
          organization_id: null,
          changes: {
            before: { display_name: '[masked]', locale: 'en' },
            after: { display_name: '[masked]', locale: 'fr' },
          },
        },
      ])
      expect(JSON.stringify(await entries(db, `object_id = $1`, [ada.id]))).not.toMatch(/Ada|Augusta/)
    }))

  it('writes nothing for an update that changes no tracked column', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await givenThings(db, { organization: ours })
      await db.exec(`update public.audit_things set view_count = view_count + 1, title = title`)
      expect(await entries(db, `object_type = 'audit_things' and action <> 'create'`)).toEqual([])
    }))

  it('names rows by their whole key, also when the key itself changes', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await givenThings(db, { organization: ours })
      await db.exec(`update public.audit_things set number = 4 - number + 10, title = title || '!'`)
      const told = await entries(db, `object_type = 'audit_things' and action = 'update'`)
      expect(told.map(({ object_id, changes }) => [object_id, changes?.before, changes?.after])).toEqual(
        [1, 2, 3].map((n) => [`${ours.id}:${14 - n}`, { title: `Title ${n}` }, { title: `Title ${n}!` }]),
      )
    }))

  it('keeps secrets out of every entry, and tells whether there was one', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await givenThings(db, { organization: ours, count: 2 })
      await db.exec(`update public.audit_things set secret = case when secret is null then 'secret new' end`)
      await db.exec('delete from public.audit_things')
      const told = await entries(db, `object_type = 'audit_things'`)
      expect(JSON.stringify(told)).not.toContain('secret new')
      expect(told.map(({ action, changes }) => [action, changes?.before?.secret, changes?.after?.secret])).toEqual([
        ['create', undefined, '[masked]'],
        ['create', undefined, null],
        ['update', '[masked]', null],
        ['update', null, '[masked]'],
        ['delete', null, undefined],
        ['delete', '[masked]', undefined],
      ])
    }))

  it('is audited by one insert for each statement, however many rows it touches', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.exec(`
        create table private.audit_inserts (rows bigint);
        create function private.count_audit_inserts() returns trigger language plpgsql set search_path = '' as $$
        begin
          insert into private.audit_inserts select count(*) from made where object_type = 'audit_things';
          return null;
        end $$;
        create trigger t900_count after insert on public.audit_logs
          referencing new table as made for each statement execute function private.count_audit_inserts()`)
      await givenThings(db, { organization: ours, count: 10_000 })
      // Plans are kept: those of single rows must serve many, too, and not compare each with each.
      await db.exec(`set local statement_timeout = '60s'`)
      for (let n = 0; n < 7; n += 1)
        await db.exec(`update public.audit_things set title = 'Title 1' || $1 where number = 1`, [n])
      await db.exec(`update public.audit_things set title = 'Row ' || number where number % 2 = 0`)
      await db.exec('delete from public.audit_things where number <= 100')
      expect(await db.rows('select rows from private.audit_inserts where rows > 0')).toEqual([
        { rows: '10000' },
        ...Array.from({ length: 7 }, () => ({ rows: '1' })),
        { rows: '5000' },
        { rows: '100' },
      ])
      const { wrong } = await db.row<{ wrong: string }>(
        `select count(*) as wrong from public.audit_logs
         where object_type = 'audit_things' and action = 'update' and object_id not like '%:1' and (
           changes #>> '{before,title}' <> 'Title ' || split_part(object_id, ':', 2)
           or changes #>> '{after,title}' <> 'Row ' || split_part(object_id, ':', 2)
         )`,
      )
      expect(wrong).toBe('0')
    }))

  it('is refused when the table has no key or no such column, or a masked column is not tracked', () =>
    withRollback(async (db) => {
      await db.exec('create table public.audit_loose (id int, organization_id uuid)')
      await expect(db.exec(`select private.audit_table('public.audit_loose', '{id}')`)).rejects.toThrow(
        'no primary key',
      )
      await expect(db.exec(`select private.audit_table('public.memberships', '{rank}')`)).rejects.toThrow(
        'no column rank',
      )
      await expect(db.exec(`select private.audit_table('public.profiles', '{locale}')`)).rejects.toThrow(
        'no column organization_id',
      )
      await expect(
        db.exec(`select private.audit_table('public.memberships', '{role}', masked := '{status}')`),
      ).rejects.toThrow('not tracked')
    }))
})

describe('the actor of an entry', () => {
  const told = async (db: Database) => {
    const { id } = await db.asOwner(async () => ({ id: randomUUID() }))
    return { id, write: `select private.record_audit_event('export', null, 'reports', '${id}')` }
  }

  /** Writes an event with the claims and headers of a request and reads it. */
  async function eventOf(db: Database, claims: object | null, headers: Record<string, string> = {}): Promise<Entry> {
    const { id, write } = await told(db)
    await db.rows(`select set_config('request.jwt.claims', $1, true)`, [claims ? JSON.stringify(claims) : ''])
    await request(db, headers)
    await db.exec(write)
    const [entry] = await entries(db, 'object_id = $1', [id])
    if (!entry) throw new Error('No entry')
    return entry
  }

  it('[AUD-02] is the person, the service account, the platform admin, nobody or the backend', () =>
    withRollback(async (db) => {
      const [ada, root, account] = [await given.person(db), await given.person(db), randomUUID()]
      await db.exec(`update auth.users set raw_app_meta_data = '{"platform_admin": true}' where id = $1`, [root.id])
      const kinds = [
        [{ role: 'authenticated', sub: ada.id }, 'user', ada.id],
        [{ role: 'authenticated', sub: account, service_account_id: account }, 'service_account', account],
        [{ role: 'authenticated', sub: root.id }, 'platform_admin', root.id],
        [{ role: 'anon' }, 'anonymous', null],
        [{ role: 'service_role' }, 'system', null],
        [null, 'system', null],
      ] as const
      for (const [claims, actor_kind, actor_id] of kinds) {
        expect(await eventOf(db, claims)).toMatchObject({ actor_kind, actor_id, impersonated_user_id: null })
      }
    }))

  it('is the impersonator, with the person in whose account it happened', () =>
    withRollback(async (db) => {
      const [ada, root, session] = [await given.person(db), await given.person(db), randomUUID()]
      await db.exec(
        `insert into private.impersonations (session_id, admin_id, user_id, reason, expires_at)
         values ($1, $2, $3, 'Asked for help by mail', now() + interval '30 minutes')`,
        [session, root.id, ada.id],
      )
      expect(await eventOf(db, { role: 'authenticated', sub: ada.id, session_id: session })).toMatchObject({
        actor_kind: 'impersonator',
        actor_id: root.id,
        impersonated_user_id: ada.id,
      })
      expect(await eventOf(db, { role: 'authenticated', sub: ada.id, session_id: randomUUID() })).toMatchObject({
        actor_kind: 'user',
        actor_id: ada.id,
      })
    }))

  it('is told by headers of the secret key only', () =>
    withRollback(async (db) => {
      const [ada, grace] = [await given.person(db), await given.person(db)]
      const headers = {
        'x-actor-id': grace.id,
        'x-actor-ip': '198.51.100.9',
        'x-actor-user-agent': 'Phone',
        'x-forwarded-for': '203.0.113.7',
        'user-agent': 'Server',
      }
      expect(await eventOf(db, { role: 'service_role' }, headers)).toMatchObject({
        actor_kind: 'user',
        actor_id: grace.id,
        ip_address: '198.51.100.9',
        user_agent: 'Phone',
      })
      expect(await eventOf(db, { role: 'authenticated', sub: ada.id }, headers)).toMatchObject({
        actor_id: ada.id,
        ip_address: '203.0.113.7',
        user_agent: 'Server',
      })
    }))

  it('survives whatever a client sends: no address, a request id with a line break, a very long name', () =>
    withRollback(async (db) => {
      const headers = { 'x-forwarded-for': 'unknown', 'x-request-id': 'a\nb', 'user-agent': 'x'.repeat(2000) }
      expect(await eventOf(db, { role: 'anon', sub: 'nobody' }, headers)).toMatchObject({
        actor_id: null,
        ip_address: null,
        request_id: null,
        user_agent: 'x'.repeat(500),
      })
    }))

  it('is kept when the account is deleted', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(ours.admin)
      await db.exec(`update public.organizations set name = 'New' where id = $1`, [ours.id])
      await db.asOwner(() => db.exec('delete from auth.users where id = $1', [ours.admin.id]))
      expect(await entries(db, `actor_id = $1`, [ours.admin.id])).toMatchObject([{ object_type: 'organizations' }])
    }))
})

describe('events', () => {
  it('[AUD-07] [AUD-13] [AUD-19] of the backend are entries: an export, a failed call, a failed sign-in, a look at data', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs('service_role')
      const events = [
        ['export', ours.id, 'vendors', ours.member.id],
        ['call_failed', ours.id, 'api_requests', ours.member.id],
        ['login_failed', null, 'sessions', null],
        ['read', ours.id, 'documents', ours.member.id],
      ] as const
      for (const [action, organization, type, actor] of events) {
        await db.exec(
          `select public.record_audit_event($1, $3, $2, changes := '{"status": 403}', actor_kind := $4::text::public.audit_actor_kind,
             actor_id := $5, ip_address := '203.0.113.9', user_agent := 'curl', request_id := 'request-0002')`,
          [action, organization, type, actor ? 'user' : 'anonymous', actor],
        )
      }
      const told = await entries(db, `request_id = 'request-0002'`)
      expect(told.map((entry) => [entry.action, entry.organization_id, entry.object_type, entry.actor_id])).toEqual(
        events.map(([...event]) => event),
      )
      expect(told[0]).toMatchObject({ changes: { status: 403 }, ip_address: '203.0.113.9', user_agent: 'curl' })
    }))

  it('are not for clients to write', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(ours.owner)
      await expect(
        db.exec(`select public.record_audit_event('login', 'sessions', $1)`, [ours.id]),
      ).rejects.toMatchObject({ sqlstate: '42501' })
      await expect(
        db.exec(`select private.record_audit_event('login', $1, 'sessions')`, [ours.id]),
      ).rejects.toMatchObject({ sqlstate: '42501' })
    }))
})
