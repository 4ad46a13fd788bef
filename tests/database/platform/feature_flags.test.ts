import { describe, expect, it } from 'vitest'
import { bucket } from '../../../supabase/functions/_shared/platform/mod.ts'
import { type Database, type Person, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator, actWithLevel, givenPlatformAdmin } from './operator_session.ts'

/** Saves flag "editor" as an operator: enabled, with what is said. */
async function saveFlag(db: Database, more = ''): Promise<void> {
  await actAsOperator(db)
  await db.rows(`select public.save_feature_flag('editor', 'The new editor', is_enabled := true ${more})`)
}

async function isOn(db: Database, organization: { id: string } | null = null, person: Person | null = null) {
  await db.actAs('service_role')
  const { is_on } = await db.row<{ is_on: boolean }>(`select public.is_feature_enabled('editor', $1, $2) as is_on`, [
    organization?.id ?? null,
    person?.id ?? null,
  ])
  return is_on
}

describe('a feature flag', () => {
  it('[ADM-05] is off until it is enabled, and one that does not exist is off', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      expect(await isOn(db, organization)).toBe(false)
      await actAsOperator(db)
      await db.rows(`select public.save_feature_flag('editor', 'The new editor')`)
      expect(await isOn(db, organization)).toBe(false)
      await saveFlag(db)
      expect([await isOn(db, organization), await isOn(db)]).toEqual([true, true])
      await actAsOperator(db)
      expect(await db.row(`select public.delete_feature_flag('editor') as gone`)).toEqual({ gone: true })
      expect(await isOn(db, organization)).toBe(false)
    }))

  it('[A10-02] is on for the plans and roles it names', () =>
    withRollback(async (db) => {
      const { id, admin, member } = await given.organization(db)
      await saveFlag(db, `, plans := '{fundraising.pro}', roles := '{admin}'`)
      expect(await isOn(db, { id }, admin)).toBe(false)
      await db.asOwner(() =>
        db.exec(`insert into private.organization_plans (organization_id, plan)
          values ('${id}', 'chat.free'), ('${id}', 'fundraising.pro')`),
      )
      expect([await isOn(db, { id }, admin), await isOn(db, { id }, member), await isOn(db, { id })]).toEqual([
        true,
        false,
        false,
      ])
      expect(await isOn(db, null, admin), 'who acts in no organization').toBe(false)
    }))

  it('[A10-02] is on or off for organizations that it names, whatever plan, role and share say', () =>
    withRollback(async (db) => {
      const [ours, theirs] = [await given.organization(db), await given.organization(db)]
      const name = (organization: { id: string }, value: boolean | null) =>
        db.row('select public.set_feature_flag_organization($1, $2, $3) as is_on', ['editor', organization.id, value])
      await saveFlag(db, `, rollout_percentage := 0, plans := '{chat.team}'`)
      expect(await name(ours, true)).toEqual({ is_on: true })
      expect([await isOn(db, ours), await isOn(db, theirs)]).toEqual([true, false])
      await saveFlag(db)
      await name(theirs, false)
      expect([await isOn(db, ours), await isOn(db, theirs)]).toEqual([true, false])
      await actAsOperator(db)
      await name(theirs, null)
      expect(await isOn(db, theirs)).toBe(true)
    }))

  it('[A10-02] killed is off for everybody, until it is revived', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await saveFlag(db)
      await db.rows(`select public.set_feature_flag_organization('editor', $1, true)`, [organization.id])
      for (let call = 0; call < 2; call += 1)
        await db.rows(`select public.kill_feature_flag('editor', 'It loses text')`)
      expect(await isOn(db, organization)).toBe(false)
      await saveFlag(db)
      expect(await isOn(db, organization), 'saving does not revive').toBe(false)
      await actAsOperator(db)
      expect(await db.row('select kill_reason from public.list_feature_flags()')).toEqual({
        kill_reason: 'It loses text',
      })
      await db.rows(`select public.revive_feature_flag('editor')`)
      expect(await isOn(db, organization)).toBe(true)
    }))

  it('[A10-01] [A10-02] is on for a share that only grows when the percentage does', () =>
    withRollback(async (db) => {
      const people: Person[] = []
      for (let count = 0; count < 40; count += 1) people.push(await given.person(db))
      const onFor = async (percentage: number) => {
        await saveFlag(db, `, rollout_unit := 'person', rollout_percentage := ${percentage}`)
        const on: string[] = []
        for (const person of people) if (await isOn(db, null, person)) on.push(person.id)
        return on
      }
      const [some, more] = [await onFor(20), await onFor(70.5)]
      expect(more).toEqual(people.map(({ id }) => id).filter((id) => bucket('flag:editor', id) < 0.705))
      expect(some).toEqual(more.filter((id) => bucket('flag:editor', id) < 0.2))
      expect(await onFor(0)).toEqual([])
      expect(await onFor(100)).toHaveLength(people.length)
      await saveFlag(db, `, rollout_unit := 'person', rollout_percentage := 99.99`)
      expect(await isOn(db), 'nobody in particular').toBe(false)
    }))

  it.each([
    [`select public.save_feature_flag('Editor', 'Upper case')`],
    [`select public.save_feature_flag('editor', '')`],
    [`select public.save_feature_flag('editor', 'Too much', rollout_percentage := 101)`],
    [`select public.save_feature_flag('editor', 'No such type', flag_type := 'eternal')`],
    [`select public.save_feature_flag('editor', 'No such unit', rollout_unit := 'planet')`],
    [`select public.save_feature_flag('editor', 'For nobody', plans := '{}')`],
  ])('is refused when it makes no sense: %s', (call) =>
    withRollback(async (db) => {
      await actAsOperator(db)
      await expect(db.rows(call)).rejects.toMatchObject({ status: 422, code: 'feature_flag_invalid' })
    }),
  )

  it('is refused for a role that does not exist', () =>
    withRollback(async (db) => {
      await actAsOperator(db)
      await expect(
        db.rows(`select public.save_feature_flag('editor', 'For emperors', roles := '{emperor}')`),
      ).rejects.toMatchObject({ status: 422, code: 'role_unknown' })
    }))

  it('[A10-06] is stale once nobody reviewed it for the life time of its type', () =>
    withRollback(async (db) => {
      await actAsOperator(db)
      for (const type of ['release', 'operational', 'permission']) {
        await db.rows(`select public.save_feature_flag($1, 'A flag', flag_type := $1)`, [type])
      }
      await db.asOwner(() => db.exec(`update private.feature_flags set reviewed_at = now() - interval '29 days'`))
      const stale = async () => {
        await actAsOperator(db)
        const rows = await db.rows<{ key: string }>('select key from public.list_feature_flags() where is_stale')
        return rows.map(({ key }) => key)
      }
      expect(await stale()).toEqual(['operational'])
      await db.asOwner(() => db.exec(`update private.feature_flags set reviewed_at = now() - interval '31 days'`))
      expect(await stale()).toEqual(['operational', 'release'])
      expect(
        await db.row(`select public.review_feature_flag('release') = now() + interval '30 days' as in_a_month,
          public.review_feature_flag('permission') is null as never`),
      ).toEqual({ in_a_month: true, never: true })
      expect(await stale()).toEqual(['operational'])
      await db.rows(`select public.set_setting('feature_flags.lifetime_days', '{"operational": 60}')`)
      expect(await stale(), 'life times are a setting').toEqual([])
    }))

  it('[A10-07] is audited with each change of it', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await saveFlag(db, ', rollout_percentage := 10')
      await saveFlag(db, ', rollout_percentage := 20')
      await saveFlag(db, ', rollout_percentage := 20')
      await db.rows(`select public.set_feature_flag_organization('editor', $1, true)`, [organization.id])
      const operator = await actAsOperator(db)
      await db.rows(`select public.kill_feature_flag('editor', 'It loses text')`)
      await db.actAs('postgres')
      const entries = await db.rows<{ actor_id: string; entry: string; changes: object }>(
        `select actor_id, action || ' ' || object_type as entry, changes from public.audit_logs
         where object_type in ('feature_flags', 'feature_flag_organizations') order by id`,
      )
      expect(entries.map(({ entry }) => entry)).toEqual([
        'create feature_flags',
        'update feature_flags',
        'create feature_flag_organizations',
        'update feature_flags',
      ])
      expect(entries[1]?.changes).toEqual({ before: { rollout_percentage: 10 }, after: { rollout_percentage: 20 } })
      expect(entries[3]).toMatchObject({ actor_id: operator.id, changes: { after: { kill_reason: 'It loses text' } } })
    }))

  it.each([
    'select * from public.list_feature_flags()',
    `select public.save_feature_flag('editor', 'The new editor')`,
    `select public.kill_feature_flag('editor', 'Because')`,
    `select public.revive_feature_flag('editor')`,
    `select public.review_feature_flag('editor')`,
    `select public.delete_feature_flag('editor')`,
    `select public.set_feature_flag_organization('editor', gen_random_uuid(), true)`,
  ])('is managed by platform admins with a second factor: %s', (call) =>
    withRollback(async (db) => {
      await saveFlag(db)
      const { owner } = await given.organization(db)
      await actWithLevel(db, owner, 'aal2')
      await expect(db.rows(call)).rejects.toMatchObject({ status: 403, code: 'platform_admin_required' })
      await actWithLevel(db, await givenPlatformAdmin(db), 'aal1')
      await expect(db.rows(call)).rejects.toMatchObject({ status: 403, code: 'second_factor_required' })
    }),
  )

  it.each(['kill_feature_flag($1, $1)', 'revive_feature_flag($1)', 'review_feature_flag($1)'])(
    'that does not exist cannot be changed: %s',
    (call) =>
      withRollback(async (db) => {
        await actAsOperator(db)
        await expect(db.rows(`select public.${call}`, ['none'])).rejects.toMatchObject({
          status: 404,
          code: 'feature_flag_not_found',
        })
      }),
  )
})
