import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator, actWithLevel, givenPlatformAdmin } from './operator_session.ts'

/** Defines a number from 1 to 60 that organizations may override, with 5 as default. */
async function definePause(db: Database, isOverridable = true): Promise<void> {
  await db.exec(
    `select private.define_setting('test.pause_minutes', 'integer', '5', 'A pause in minutes',
       minimum := 1, maximum := 60, is_overridable := $1)`,
    [isOverridable],
  )
}

const settingOf = async (db: Database, organizationId: string | null = null) =>
  (await db.asOwner(() => db.row('select private.setting($1, $2) as value', ['test.pause_minutes', organizationId])))
    .value

describe('a setting', () => {
  it('is the default, then what the installation says, then what the organization says', () =>
    withRollback(async (db) => {
      await definePause(db)
      const [ours, theirs] = [await given.organization(db), await given.organization(db)]
      expect(await settingOf(db, ours.id)).toBe(5)
      await actAsOperator(db)
      expect(await db.row(`select public.set_setting('test.pause_minutes', '7') as value`)).toEqual({ value: 7 })
      await db.actAs(ours.admin)
      expect(
        await db.row(`select public.set_organization_setting($1, 'test.pause_minutes', '9') as value`, [ours.id]),
      ).toEqual({ value: 9 })
      expect([await settingOf(db), await settingOf(db, ours.id), await settingOf(db, theirs.id)]).toEqual([7, 9, 7])
      await db.rows(`select public.set_organization_setting($1, 'test.pause_minutes')`, [ours.id])
      await actAsOperator(db)
      await db.rows(`select public.set_setting('test.pause_minutes')`)
      expect([await settingOf(db), await settingOf(db, ours.id)]).toEqual([5, 5])
    }))

  it.each([
    ['integer', '1.5'],
    ['integer', '61'],
    ['integer', '0'],
    ['integer', '"5"'],
    ['integer', 'null'],
    ['boolean', '1'],
    ['text', '7'],
    ['json', '"text"'],
    ['number', 'true'],
  ])('of type %s is never %s', (type, value) =>
    withRollback(async (db) => {
      const defaults: Record<string, string> = { boolean: 'true', text: '"abc"', json: '{"a": 1}' }
      await db.exec(
        `select private.define_setting('test.anything', $1::text::private.setting_type, $2::text::jsonb, 'Anything',
           minimum := $3, maximum := $4)`,
        [type, defaults[type] ?? '5', type === 'boolean' ? null : 1, type === 'boolean' ? null : 60],
      )
      await actAsOperator(db)
      await expect(
        db.rows(`select public.set_setting('test.anything', $1::text::jsonb)`, [value]),
      ).rejects.toMatchObject({ status: 422, code: 'setting_value_invalid' })
    }),
  )

  it('holds a text to its pattern and its list of values', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await actAsOperator(db)
      for (const [key, value] of [
        ['platform.minimum_client_version', '"one"'],
        ['platform.week_start', '"friday"'],
      ]) {
        await expect(
          db.rows('select public.set_setting($1, $2::text::jsonb)', [key ?? '', value ?? '']),
        ).rejects.toMatchObject({ code: 'setting_value_invalid' })
      }
      await db.actAs(organization.owner)
      await expect(
        db.rows(`select public.set_organization_setting($1, 'platform.week_start', '"friday"')`, [organization.id]),
      ).rejects.toMatchObject({ status: 422, code: 'setting_value_invalid' })
    }))

  it('is read in its type', () =>
    withRollback(async (db) => {
      await db.exec(`
        select private.define_setting('test.on', 'boolean', 'true', 'On');
        select private.define_setting('test.rate', 'number', '0.25', 'Rate');
        select private.define_setting('test.word', 'text', '"word"', 'Word');
        select private.define_setting('test.many', 'integer', '9007199254740991', 'Many')`)
      expect(
        await db.row(`select private.setting_boolean('test.on') as is_on, private.setting_number('test.rate')::text as rate,
          private.setting_text('test.word') as word, private.setting_integer('test.many')::text as many`),
      ).toEqual({ is_on: true, rate: '0.25', word: 'word', many: '9007199254740991' })
      await expect(db.rows(`select private.setting('test.none')`)).rejects.toThrow('Unknown setting "test.none"')
    }))

  it('keeps its value when its definition is made again, which fails when the value no longer fits', () =>
    withRollback(async (db) => {
      await definePause(db)
      await actAsOperator(db)
      await db.rows(`select public.set_setting('test.pause_minutes', '40')`)
      await db.actAs('postgres')
      await definePause(db, false)
      expect(await settingOf(db)).toBe(40)
      await expect(
        db.rows(`select private.define_setting('test.pause_minutes', 'integer', '5', 'A pause', maximum := 30)`),
      ).rejects.toMatchObject({ sqlstate: '23514' })
    }))
})

describe('the settings of an organization', () => {
  it('need settings.manage, and tell strangers nothing', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const calls = [
        'select * from public.list_organization_settings($1)',
        `select public.set_organization_setting($1, 'platform.week_start', '"sunday"')`,
      ]
      for (const call of calls) {
        await db.actAs(organization.member)
        await expect(db.rows(call, [organization.id])).rejects.toMatchObject({
          status: 403,
          code: 'permission_missing',
        })
        await db.actAs(await given.person(db))
        await expect(db.rows(call, [organization.id])).rejects.toMatchObject({
          status: 404,
          code: 'organization_not_found',
        })
      }
    }))

  it('are only those that may differ', () =>
    withRollback(async (db) => {
      const { id, admin } = await given.organization(db)
      await definePause(db)
      await db.actAs(admin)
      const listed = await db.rows<{ key: string }>('select key from public.list_organization_settings($1)', [id])
      const overridable = await db.asOwner(() =>
        db.rows<{ key: string }>('select key from private.settings where is_overridable order by key'),
      )
      expect(listed).toEqual(overridable)
      const keys = listed.map(({ key }) => key)
      expect(keys).toEqual(expect.arrayContaining(['platform.week_start', 'test.pause_minutes']))
      expect(keys).not.toContain('platform.name')
      await expect(
        db.rows(`select public.set_organization_setting($1, 'platform.name', '"Ours"')`, [id]),
      ).rejects.toMatchObject({ status: 404, code: 'setting_not_found' })
      await db.actAs('postgres')
      await expect(
        db.exec(
          `insert into private.setting_overrides (organization_id, key, value) values ($1, 'platform.name', '"Ours"')`,
          [id],
        ),
      ).rejects.toMatchObject({ code: 'setting_not_overridable' })
      await db.exec(
        `insert into private.setting_overrides (organization_id, key, value) values ($1, 'test.pause_minutes', '9')`,
        [id],
      )
      await definePause(db, false)
      expect(await settingOf(db, id), 'one that may no longer differ').toBe(5)
    }))
})

describe('the settings of the installation', () => {
  it.each(['select * from public.list_settings()', `select public.set_setting('platform.name', '"Mine"')`])(
    'are for platform admins with a second factor: %s',
    (call) =>
      withRollback(async (db) => {
        const { owner } = await given.organization(db)
        await actWithLevel(db, owner, 'aal2')
        await expect(db.rows(call)).rejects.toMatchObject({ status: 403, code: 'platform_admin_required' })
        await actWithLevel(db, await givenPlatformAdmin(db), 'aal1')
        await expect(db.rows(call)).rejects.toMatchObject({ status: 403, code: 'second_factor_required' })
      }),
  )

  it('tell their bounds and how many organizations have their own value', () =>
    withRollback(async (db) => {
      const { id, owner } = await given.organization(db)
      await db.actAs(owner)
      await db.rows(`select public.set_organization_setting($1, 'platform.week_start', '"sunday"')`, [id])
      await actAsOperator(db)
      expect(
        await db.row(`select value_type, value, is_default, override_count::int as overrides, allowed_values
          from public.list_settings() where key = 'platform.week_start'`),
      ).toEqual({
        value_type: 'text',
        value: 'monday',
        is_default: true,
        overrides: 1,
        allowed_values: ['monday', 'saturday', 'sunday'],
      })
      await expect(db.rows(`select public.set_setting('platform.none', '1')`)).rejects.toMatchObject({
        status: 404,
        code: 'setting_not_found',
      })
    }))

  it('[AUD-01] [AUD-08] are audited: who changed what from what to what', () =>
    withRollback(async (db) => {
      const { id, owner } = await given.organization(db)
      const admin = await actAsOperator(db)
      await db.rows(`select public.set_setting('platform.name', '"Ours"')`)
      await db.rows(`select public.set_setting('platform.name', '"Ours"')`)
      await db.actAs(owner)
      await db.rows(`select public.set_organization_setting($1, 'platform.week_start', '"sunday"')`, [id])
      await db.actAs('postgres')
      expect(
        await db.rows(`select actor_id, organization_id, action, object_type, object_id, changes
          from public.audit_logs where object_type in ('settings', 'setting_overrides') and action <> 'create'
            or object_type = 'setting_overrides' order by id`),
      ).toEqual([
        {
          actor_id: admin.id,
          organization_id: null,
          action: 'update',
          object_type: 'settings',
          object_id: 'platform.name',
          changes: { before: { value: null }, after: { value: 'Ours' } },
        },
        {
          actor_id: owner.id,
          organization_id: id,
          action: 'create',
          object_type: 'setting_overrides',
          object_id: `${id}:platform.week_start`,
          changes: { after: { value: 'sunday' } },
        },
      ])
    }))
})
