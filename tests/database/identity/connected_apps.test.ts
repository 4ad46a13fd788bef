import { describe, expect, it } from 'vitest'
import { type Database, type Person, withRollback } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { appReads, appScene, seen } from './apps_support.ts'

describe('who sees and ends apps', () => {
  const connected = async (db: Database, { ours, person, clientId }: Awaited<ReturnType<typeof appScene>>) =>
    given.appOf(db, { person, clientId, organizations: [ours], permissions: ['organization.read'] })

  it('[IDN-26] the person lists them, apart from devices, and disconnects them', () =>
    withRollback(async (db) => {
      const made = await appScene(db)
      const { ours, person, clientId } = made
      const app = await connected(db, made)
      const own = await given.session(db, { person })
      await db.actAs(own)
      expect(await db.rows('select * from public.list_my_apps()')).toMatchObject([
        { client_id: clientId, name: 'Partner', organization_ids: [ours.id], permissions: ['organization.read'] },
      ])
      expect(await db.rows('select id from public.list_my_sessions()')).toEqual([{ id: own.claims?.session_id }])
      await db.rows('select public.disconnect_app($1)', [clientId])
      expect(await db.rows('select * from public.list_my_apps()')).toEqual([])
      await expect(db.rows('select public.disconnect_app($1)', [clientId])).rejects.toMatchObject({ status: 404 })
      expect(
        await db.asOwner(() =>
          db.rows(
            `select (select count(*)::int from auth.sessions where id = $1) as sessions,
               (select count(*)::int from auth.oauth_consents where user_id = $2 and revoked_at is null) as consents`,
            [String(app.claims?.app_session_id), person.id],
          ),
        ),
      ).toEqual([{ sessions: 0, consents: 0 }])
      await db.actAs((await given.organization(db)).owner)
      await expect(db.rows('select public.disconnect_app($1)', [clientId])).rejects.toMatchObject({ status: 404 })
    }))

  it('[IDN-26] admins of an organization list them and take them out', () =>
    withRollback(async (db) => {
      const made = await appScene(db)
      const { ours, clientId } = made
      const app = await connected(db, made)
      const list = () => db.rows('select * from public.list_organization_apps($1)', [ours.id])
      const end = () => db.row('select public.disconnect_organization_app($1, $2) as count', [ours.id, clientId])
      await db.actAs(ours.member)
      await expect(list()).rejects.toMatchObject({ status: 403, code: 'permission_missing' })
      await expect(end()).rejects.toMatchObject({ status: 403, code: 'permission_missing' })
      await db.actAs(ours.admin)
      expect(await list()).toMatchObject([
        { client_id: clientId, name: 'Partner', person_count: 1, permissions: ['organization.read'] },
      ])
      expect(await end()).toEqual({ count: 1 })
      await expect(end()).rejects.toMatchObject({ status: 404, code: 'app_not_found' })
      await db.actAs(app)
      expect(await seen(db)).toEqual([])
    }))

  it('[IDN-26] who leaves an organization takes their apps along, and comes back without them', () =>
    withRollback(async (db) => {
      const made = await appScene(db)
      const { second, person } = made
      const app = await given.appOf(db, { person, organizations: [second], permissions: ['organization.read'] })
      const membership = await given.membershipId(db, { organization: second, person })
      await db.exec('delete from public.memberships where id = $1', [membership])
      await given.member(db, { organization: second, person })
      await db.actAs(app)
      expect(await seen(db)).toEqual([])
    }))

  it('[IDN-26] platform admins say what an app may ask for, and remove it for everybody', () =>
    withRollback(async (db) => {
      const made = await appScene(db)
      const { clientId } = made
      const app = await connected(db, made)
      const admin = await platformAdmin(db)
      await db.actAs({ ...admin, claims: { aal: 'aal1' } })
      await expect(db.rows('select * from public.admin_list_apps()')).rejects.toMatchObject({
        code: 'second_factor_required',
      })
      await db.actAs({ ...admin, claims: { aal: 'aal2' } })
      expect(await db.rows('select * from public.admin_list_apps()')).toMatchObject([
        { client_id: clientId, redirect_urls: ['https://app.partner.test/callback'], person_count: 1 },
      ])
      const register = (permissions: string[], id = clientId) =>
        db.row('select * from public.admin_register_app($1, $2)', [id, permissions])
      await expect(register(['api_keys.manage'])).rejects.toMatchObject({ status: 422, code: 'permission_not_open' })
      await expect(register(['no.such'])).rejects.toMatchObject({ status: 422, code: 'permission_not_open' })
      await expect(register([], crypto.randomUUID())).rejects.toMatchObject({ status: 404, code: 'app_not_found' })
      expect(await register(['members.read', 'members.read'])).toMatchObject({ permissions: ['members.read'] })
      await db.actAs(app)
      expect(await seen(db)).toEqual([])
      await db.actAs({ ...admin, claims: { aal: 'aal2' } })
      await register(['organization.read'])
      await db.actAs(app)
      expect(await seen(db)).toHaveLength(1)
      await db.actAs({ ...admin, claims: { aal: 'aal2' } })
      await db.rows('select public.admin_remove_app($1)', [clientId])
      await expect(db.rows('select public.admin_remove_app($1)', [clientId])).rejects.toMatchObject({ status: 404 })
      await db.actAs(app)
      expect(await seen(db)).toEqual([])
    }))
})

describe('the token of an app', () => {
  const tokenOf = async (db: Database, app: Person, scope: string) => {
    const claims = {
      sub: app.id,
      session_id: app.claims?.app_session_id,
      client_id: app.claims?.client_id,
      scope,
      email: 'ana@example.test',
      phone: '46701740605',
      app_metadata: { platform_admin: true },
      user_metadata: { name: 'Ana' },
    }
    const { answer } = await db.asOwner(() =>
      db.row<{ answer: { claims: Record<string, unknown> } }>(
        'select private.add_token_claims($1::text::jsonb) as answer',
        [JSON.stringify({ user_id: app.id, claims })],
      ),
    )
    return answer.claims
  }
  const withApp = async (db: Database): Promise<{ app: Person; ours: GivenOrganization }> => {
    const { ours, person, clientId } = await appScene(db)
    return { ours, app: await given.appOf(db, { person, clientId, organizations: [ours], permissions: appReads }) }
  }

  it('[IDN-26] lists what was granted as scopes, and of the account what the scopes say', () =>
    withRollback(async (db) => {
      const { app } = await withApp(db)
      expect(await tokenOf(db, app, 'openid email')).toMatchObject({
        scope: 'openid email members.read organization.read',
        email: 'ana@example.test',
        phone: '',
        user_metadata: {},
        app_metadata: {},
      })
      expect(await tokenOf(db, app, 'phone profile')).toMatchObject({
        email: '',
        phone: '46701740605',
        user_metadata: { name: 'Ana' },
      })
    }))

  it('[IDN-26] names a session that the database knows and Auth does not', () =>
    withRollback(async (db) => {
      const { app, ours } = await withApp(db)
      const claims = await tokenOf(db, app, 'openid')
      expect(claims.app_session_id).toBe(app.claims?.app_session_id)
      expect(claims.session_id).toMatch(/^[0-9a-f-]{36}$/)
      expect(claims.session_id).not.toBe(app.claims?.app_session_id)
      await db.actAs({ ...app, claims })
      expect(await seen(db)).toEqual([ours.id])
    }))
})

async function platformAdmin(db: Database): Promise<Person> {
  const person = await given.person(db)
  await db.exec(`update auth.users set raw_app_meta_data = '{"platform_admin": true}' where id = $1`, [person.id])
  return person
}
