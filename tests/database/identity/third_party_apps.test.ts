import { describe, expect, it } from 'vitest'
import { withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { appReads, appScene, grant, members, seen, verified } from './apps_support.ts'

describe('an app', () => {
  it('[IDN-26] acts where the person let it, with what they let it, and never with more than they have', () =>
    withRollback(async (db) => {
      const { ours, second, person, clientId } = await appScene(db)
      const app = await given.appOf(db, { person, clientId })
      await db.actAs(app)
      expect(await seen(db)).toEqual([])
      await db.actAs(await verified(db, person))
      await grant(db, clientId, [ours, second], ['organization.read', 'organization.update'])
      await db.actAs(app)
      expect(await seen(db)).toEqual([ours.id, second.id])
      expect(await members(db, ours)).toEqual([])
      // A viewer of the second organization changes nothing there, and neither does their app.
      const renamed = (of: { id: string }) =>
        db.exec(`update public.organizations set name = 'Renamed' where id = $1`, [of.id])
      expect([await renamed(ours), await renamed(second)]).toEqual([1, 0])
      await db.actAs(person)
      await grant(db, clientId, [second], appReads)
      await db.actAs(app)
      expect(await seen(db)).toEqual([second.id])
      expect(await members(db, second)).toHaveLength(4)
    }))

  it.each([
    ['the platform narrows it', `update private.apps set permissions = '{organization.read}'`, [1, 0]],
    ['the platform closes permissions', 'update public.permissions set is_open_to_apps = false', [0, 0]],
    ['it is deleted at Auth', 'update auth.oauth_clients set deleted_at = now()', [0, 0]],
    ['its session is ended', 'delete from auth.sessions', [0, 0]],
    ['the person takes the consent back at Auth', 'update auth.oauth_consents set revoked_at = now()', [0, 0]],
    ['the person is banned', `update auth.users set banned_until = 'infinity'`, [0, 0]],
    ['the person is suspended', `update public.memberships set status = 'suspended' where role = 'admin'`, [0, 0]],
    ['a second factor is required', 'update public.organizations set is_second_factor_required = true', [1, 0]],
    ['the person disconnects it', 'delete from private.app_grants', [0, 0]],
  ])('[IDN-26] loses with the next statement what is gone when %s', (_what, change, left) =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const app = await given.appOf(db, { person: ours.admin, organizations: [ours], permissions: appReads })
      const sees = async () => {
        await db.actAs(app)
        return [(await seen(db)).length, (await members(db, ours)).length]
      }
      expect(await sees()).toEqual([1, 3])
      await db.asOwner(() => db.exec(change))
      expect(await sees()).toEqual(left)
    }),
  )

  it('[IDN-26] has nothing with a session that is not its own, or without one', () =>
    withRollback(async (db) => {
      const { ours, person, clientId } = await appScene(db)
      const of = { person, organizations: [ours], permissions: appReads }
      const [app, other] = [await given.appOf(db, { ...of, clientId }), await given.appOf(db, of)]
      const own = await given.session(db, { person })
      const sees = async (claims: Record<string, unknown>) => {
        await db.actAs({ ...person, claims })
        return (await seen(db)).length
      }
      expect(await sees({ ...app.claims })).toBe(1)
      expect(await sees({ ...app.claims, app_session_id: other.claims?.app_session_id })).toBe(0)
      expect(await sees({ ...app.claims, app_session_id: own.claims?.session_id })).toBe(0)
      // As Auth makes it where the hook is off: refused rather than let through.
      expect(await sees({ client_id: clientId, session_id: app.claims?.app_session_id, scope: 'openid' })).toBe(0)
      // The session of an app is no session of the person's own.
      expect(await sees({ session_id: app.claims?.app_session_id })).toBe(0)
    }))

  it('[IDN-26] in an organization with a required second factor acts if it was granted with one', () =>
    withRollback(async (db) => {
      const { ours, person, clientId } = await appScene(db)
      await db.exec('update public.organizations set is_second_factor_required = true where id = $1', [ours.id])
      await db.actAs({ ...person, claims: { aal: 'aal1' } })
      await expect(grant(db, clientId, [ours], appReads)).rejects.toMatchObject({ code: 'second_factor_required' })
      await db.actAs({ ...person, claims: { aal: 'aal2' } })
      await grant(db, clientId, [ours], appReads)
      await db.actAs(await given.appOf(db, { person, clientId }))
      expect(await members(db, ours)).toHaveLength(3)
    }))

  it('[IDN-26] knows nothing of the person and reaches nothing that decides who has access', () =>
    withRollback(async (db) => {
      const { ours, person } = await appScene(db)
      const all = (await db.rows<{ permission: string }>('select permission from public.permissions')).map(
        ({ permission }) => permission,
      )
      const clientId = await given.app(db, { permissions: all })
      const app = await given.appOf(db, { person, clientId, organizations: [ours], permissions: all })
      const membership = await given.membershipId(db, { organization: ours, person: ours.member })
      const service = await given.serviceAccount(db, { organization: ours, scopes: [] })
      await given.session(db, { person })
      await db.actAs(app)
      for (const nothing of [
        'select * from public.list_my_sessions()',
        'select * from public.list_my_sign_ins()',
        'select * from public.list_my_apps()',
        'select * from public.profile_details',
        'select * from public.consents',
        `select * from public.audit_logs`,
        `select * from public.api_keys`,
        `select * from public.profiles where id not in (select user_id from public.memberships where user_id is not null)`,
      ]) {
        expect(await db.rows(nothing), nothing).toEqual([])
      }
      for (const refused of [
        `select public.end_other_sessions()`,
        `select public.end_session(gen_random_uuid())`,
        `select public.generate_recovery_codes()`,
        `select public.delete_my_account('me')`,
        `select public.request_my_data_export()`,
        `select public.record_consent('terms', '1', false)`,
        `select public.create_organization('Mine')`,
        `select public.delete_organization('${ours.id}')`,
        `select public.add_member('${ours.id}', '${person.id}', 'admin')`,
        `select public.change_member_role('${membership}', 'admin')`,
        `select public.remove_member('${membership}')`,
        `select public.create_custom_role('${ours.id}', 'Mine', 'member', '{members.read}')`,
        `select public.create_service_account('${ours.id}', 'Mine', 'member')`,
        `select public.create_api_key('${service.id}', 'Mine', '{members.read}')`,
        `select public.grant_app('${clientId}', array['${ours.id}']::uuid[], '{members.read}')`,
        `select public.get_app_request('${clientId}')`,
        `select public.disconnect_app('${clientId}')`,
        `select public.list_organization_apps('${ours.id}')`,
        `select public.admin_list_apps()`,
        `select public.admin_register_app('${clientId}', '{}')`,
        `select public.admin_list_people()`,
      ]) {
        await expect(db.rows(refused), refused).rejects.toMatchObject({
          status: expect.toSatisfy((s) => s === 403 || s === 404),
        })
      }
      expect(await db.exec(`update public.profiles set headline = 'Hacked' where id = $1`, [person.id])).toBe(0)
    }))

  it('[IDN-26] leaves its name beside the person’s in the audit log', () =>
    withRollback(async (db) => {
      const { ours, person, clientId } = await appScene(db)
      const permissions = ['organization.read', 'organization.update']
      await db.actAs(await given.appOf(db, { person, clientId, organizations: [ours], permissions }))
      await db.exec(`update public.organizations set name = 'Renamed' where id = $1`, [ours.id])
      await db.actAs(person)
      expect(
        await db.rows(
          `select actor_kind, actor_id, user_agent from public.audit_logs
           where organization_id = $1 and action = 'update' and object_type = 'organizations'`,
          [ours.id],
        ),
      ).toEqual([{ actor_kind: 'app', actor_id: person.id, user_agent: `app ${clientId}` }])
    }))
})

describe('connecting an app', () => {
  it('[IDN-26] shows what it asks for, in organizations of the person', () =>
    withRollback(async (db) => {
      const { ours, second, person } = await appScene(db)
      const clientId = await given.app(db, { permissions: ['organization.update', 'organization.read'] })
      await db.actAs(await verified(db, person))
      await grant(db, clientId, [second], ['organization.read'])
      const { request } = await db.row<{ request: { organizations: { kind: string }[]; permissions: object[] } }>(
        'select public.get_app_request($1) as request',
        [clientId],
      )
      expect(request.permissions).toEqual([
        { permission: 'organization.read', description: expect.any(String), needs_verification: false },
        { permission: 'organization.update', description: expect.any(String), needs_verification: true },
      ])
      expect(request.organizations.filter(({ kind }) => kind !== 'personal')).toEqual([
        { organization_id: ours.id, name: 'A', kind: 'company', granted: [] },
        { organization_id: second.id, name: 'B', kind: 'company', granted: ['organization.read'] },
      ])
      const { request: unknown } = await db.row<{ request: unknown }>('select public.get_app_request($1) as request', [
        crypto.randomUUID(),
      ])
      expect(unknown).toMatchObject({ permissions: [], organizations: [] })
    }))

  it('[IDN-26] takes permissions that the app asks for, and organizations that the person is in', () =>
    withRollback(async (db) => {
      const { ours, person } = await appScene(db)
      const theirs = await given.organization(db)
      const clientId = await given.app(db, { permissions: ['organization.read', 'members.manage'] })
      await db.actAs(await verified(db, person))
      const refused = (organizations: readonly { id: string }[], permissions: readonly string[], id = clientId) =>
        expect(grant(db, id, organizations, permissions)).rejects
      await refused([ours], ['members.read']).toMatchObject({ status: 422, code: 'permission_not_requested' })
      // Registered before it was closed, as an older row could be.
      await refused([ours], ['members.manage']).toMatchObject({ status: 422, code: 'permission_not_requested' })
      await refused([theirs], ['organization.read']).toMatchObject({ status: 404, code: 'organization_not_found' })
      await refused([ours], []).toMatchObject({ status: 422, code: 'app_grant_empty' })
      await refused([], ['organization.read']).toMatchObject({ status: 422, code: 'app_grant_empty' })
      await refused([ours], ['organization.read'], crypto.randomUUID()).toMatchObject({ code: 'app_not_found' })
      await db.asOwner(() => db.exec('update auth.oauth_clients set deleted_at = now() where id = $1', [clientId]))
      await refused([ours], ['organization.read']).toMatchObject({ status: 404, code: 'app_not_found' })
    }))

  it('[IDN-26] needs a code verified just now for permissions that change something', () =>
    withRollback(async (db) => {
      const { ours, person, clientId } = await appScene(db)
      await db.actAs(await given.session(db, { person }))
      await expect(grant(db, clientId, [ours], ['organization.update'])).rejects.toMatchObject({
        status: 403,
        code: 'verification_required',
      })
      expect(await grant(db, clientId, [ours], appReads)).toMatchObject({ organization_ids: [ours.id] })
      await db.actAs(await verified(db, person))
      expect(await grant(db, clientId, [ours], ['organization.update'])).toMatchObject({
        permissions: ['organization.update'],
      })
    }))

  it('[IDN-26] is the person’s alone: nobody does it who sees the product as them', () =>
    withRollback(async (db) => {
      const { ours, person, clientId } = await appScene(db)
      const seenAs = await given.session(db, { person, claims: { aal: 'aal2' } })
      await db.exec(
        `insert into private.impersonations (session_id, user_id, reason, expires_at)
         values ($1, $2, 'Support case 4711', now() + interval '30 minutes')`,
        [String(seenAs.claims?.session_id), person.id],
      )
      await db.actAs(seenAs)
      await expect(grant(db, clientId, [ours], appReads)).rejects.toMatchObject({
        status: 403,
        code: 'person_required',
      })
      // Auth knows of no impersonation, so a session for an app is refused where Auth writes it.
      await expect(given.appOf(db, { person, clientId })).rejects.toMatchObject({ code: 'impersonation_read_only' })
    }))

  it('[IDN-26] is told: in the audit log, as topics and by mail', () =>
    withRollback(async (db) => {
      const { ours, person, clientId } = await appScene(db)
      await db.exec(`insert into private.event_subscriptions (topic_pattern, kind) values ('app.*', 'probe.tell')`)
      await db.actAs(await verified(db, person))
      await grant(db, clientId, [ours], appReads)
      await grant(db, clientId, [ours], ['organization.read'])
      await grant(db, clientId, [ours], ['organization.read'])
      await db.rows('select public.disconnect_app($1)', [clientId])
      expect(
        await db.rows(
          `select action, changes -> 'permissions' as permissions from public.audit_logs
           where organization_id = $1 and object_type = 'apps' order by id`,
          [ours.id],
        ),
      ).toEqual([
        { action: 'app_connected', permissions: ['members.read', 'organization.read'] },
        { action: 'app_connected', permissions: ['organization.read'] },
        { action: 'app_disconnected', permissions: ['organization.read'] },
      ])
      const topics = await db.asOwner(() =>
        db.rows<{ topic: string }>(
          `select payload ->> 'topic' as topic from private.jobs where payload ->> 'topic' like 'app.%' order by id`,
        ),
      )
      expect(topics.map(({ topic }) => topic)).toEqual(['app.connected', 'app.connected', 'app.disconnected'])
      const jobs = await db.asOwner(() =>
        db.rows<{ details: object }>(
          `select payload -> 'details' as details from private.jobs
           where kind = 'identity.security_mail' and payload ->> 'event' = 'app_connected' and payload ->> 'user_id' = $1`,
          [person.id],
        ),
      )
      expect(jobs[0]).toEqual({ details: { app: 'Partner' } })
    }))
})
