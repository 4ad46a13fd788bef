import { describe, expect, it } from 'vitest'
import { type Actor, type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator } from './operator_session.ts'

interface ClientConfig {
  person_id: string | null
  topic: string | null
  organization: Record<string, unknown> | null
  settings: Record<string, unknown>
  flags: Record<string, boolean>
  experiments: Record<string, unknown>
}

async function configOf(db: Database, actor: Actor, organizationId: string | null = null): Promise<ClientConfig> {
  await db.actAs(actor)
  const { config } = await db.row<{ config: ClientConfig }>('select public.get_client_config($1) as config', [
    organizationId,
  ])
  return config
}

async function givenFlags(db: Database): Promise<void> {
  await actAsOperator(db)
  await db.rows(`select public.save_feature_flag('for_all', 'All', is_enabled := true)`)
  await db.rows(`select public.save_feature_flag('for_owners', 'Owners', is_enabled := true, roles := '{owner}')`)
  await db.rows(`select public.save_feature_flag('for_half', 'Half', is_enabled := true, rollout_percentage := 50)`)
  await db.rows(`select public.save_feature_flag('inside', 'Backend', is_enabled := true, is_public := false)`)
}

describe('get_client_config', () => {
  it('gives anonymous callers the public settings and what is on for all, and nothing else', () =>
    withRollback(async (db) => {
      await givenFlags(db)
      await db.rows(
        `select public.save_experiment('welcome', 'A', '[{"variant":"a","weight":1},{"variant":"b","weight":1}]', 'test.done')`,
      )
      await db.rows(`select public.start_experiment('welcome')`)
      const { settings: publicSettings } = await db.asOwner(() =>
        db.row<{ settings: Record<string, unknown> }>(
          'select jsonb_object_agg(key, default_value) as settings from private.settings where is_public',
        ),
      )
      expect(publicSettings).toMatchObject({ 'platform.name': 'Atrium', 'platform.week_start': 'monday' })
      expect(await configOf(db, 'anon')).toEqual({
        person_id: null,
        topic: null,
        organization: null,
        settings: publicSettings,
        flags: { for_all: true, for_owners: false, for_half: false },
        experiments: {},
      })
    }))

  it('[ADM-05] gives a member their flags, own settings, access and the present topic of the organization', () =>
    withRollback(async (db) => {
      const { id, owner, member } = await given.organization(db)
      await givenFlags(db)
      await db.actAs(owner)
      await db.rows(`select public.set_organization_setting($1, 'platform.week_start', '"sunday"')`, [id])
      const [ofOwner, ofMember] = [await configOf(db, owner, id), await configOf(db, member, id)]
      expect(ofOwner).toMatchObject({
        person_id: owner.id,
        topic: `user:${owner.id}`,
        organization: { organization_id: id, role: 'owner', status: 'active', topic: `organization:${id}:1` },
        settings: { 'platform.week_start': 'sunday' },
        flags: { for_owners: true },
      })
      expect(ofOwner.organization?.permissions).toContain('settings.manage')
      expect(ofMember.flags).toMatchObject({ for_owners: false, for_half: ofOwner.flags.for_half })
      expect((await configOf(db, member)).settings['platform.week_start']).toBe('monday')
    }))

  it('moves to the next topic when somebody lost access, who gets nothing of it', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.owner)
      const membership = await given.membershipId(db, { organization, person: organization.member })
      await db.rows('select public.remove_member($1)', [membership])
      const { organization: seen } = await configOf(db, organization.owner, organization.id)
      expect(seen?.topic).toBe(`organization:${organization.id}:2`)
      for (const actor of [organization.member, 'anon'] as const) {
        await expect(configOf(db, actor, organization.id)).rejects.toMatchObject({
          status: 404,
          code: 'organization_not_found',
        })
      }
    }))

  it('is stable, so that PostgREST answers GET from a read-only transaction', () =>
    withRollback(async (db) => {
      await givenFlags(db)
      await db.actAs('anon')
      await db.exec('set transaction read only')
      expect(await db.row(`select public.get_client_config() -> 'flags' -> 'for_all' as is_on`)).toEqual({
        is_on: true,
      })
    }))
})
