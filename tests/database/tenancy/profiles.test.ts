import { describe, expect, it } from 'vitest'
import { type Database, type Person, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

const profileOf = (db: Database, person: Person) =>
  db.row('select display_name, locale, time_zone from public.profiles where id = $1', [person.id])

it('[IDN-16] makes a profile with every account and takes it away with the account', () =>
  withRollback(async (db) => {
    const ada = await given.person(db, {
      metadata: { display_name: ' Ada ', locale: 'pt-BR', time_zone: 'Africa/Lagos' },
    })
    expect(await profileOf(db, ada)).toEqual({ display_name: 'Ada', locale: 'pt-BR', time_zone: 'Africa/Lagos' })
    await db.exec('delete from auth.users where id = $1', [ada.id])
    expect(await db.rows('select id from public.profiles where id = $1', [ada.id])).toEqual([])
  }))

it.each([
  ['the name of an identity provider', { full_name: 'Grace H' }, { display_name: 'Grace H' }],
  ['the part of the address before the @ when there is no name', {}, { display_name: 'grace' }],
  ['blank names as none', { display_name: '  ', name: 'G' }, { display_name: 'G' }],
  ['too long names cut', { name: 'x'.repeat(300) }, { display_name: 'x'.repeat(120) }],
  [
    'unknown locales and zones as defaults',
    { name: 'G', locale: 7, time_zone: 'Mars/Base' },
    { locale: 'en', time_zone: 'UTC' },
  ],
  ['metadata that is no object as none', ['x'], { display_name: 'grace' }],
])('[IDN-16] takes %s', (_case, metadata, profile) =>
  withRollback(async (db) => {
    const grace = await given.person(db, { email: 'grace@example.test', metadata })
    expect(await profileOf(db, grace)).toMatchObject(profile)
  }),
)

describe('a person', () => {
  it('changes the own profile in the open columns only', () =>
    withRollback(async (db) => {
      const ada = await given.person(db)
      await db.actAs(ada)
      expect(await db.exec(`update public.profiles set display_name = 'Ada L', time_zone = 'Asia/Tokyo'`)).toBe(1)
      for (const change of ['id = gen_random_uuid()', 'created_at = now()', 'updated_at = now()']) {
        await expect(db.exec(`update public.profiles set ${change}`)).rejects.toMatchObject({ sqlstate: '42501' })
      }
    }))

  it.each([
    [`display_name = ''`, 'profiles_display_name_has_length'],
    [`display_name = ' x'`, 'profiles_display_name_is_trimmed'],
    [`time_zone = 'XYZ5'`, 'profiles_time_zone_exists'],
    [`locale = 'english'`, 'profiles_locale_is_language_tag'],
    [`avatar_path = 'someone-else/a.png'`, 'profiles_avatar_path_is_own'],
  ])('[PLT-27] cannot store %s', (change, constraint) =>
    withRollback(async (db) => {
      await db.actAs(await given.person(db))
      await expect(db.exec(`update public.profiles set ${change}`)).rejects.toMatchObject({
        sqlstate: '23514',
        message: expect.stringContaining(constraint),
      })
    }),
  )
})

it('[PLT-26] tells when a row last changed, whatever the client says', () =>
  withRollback(async (db) => {
    const ada = await given.person(db)
    await db.exec(`update public.profiles set updated_at = '2000-01-01', headline = 'Busy' where id = $1`, [ada.id])
    expect(await db.row('select updated_at = now() as is_now from public.profiles where id = $1', [ada.id])).toEqual({
      is_now: true,
    })
  }))

it('refuses to delete an account that is the last owner of a shared organization', () =>
  withRollback(async (db) => {
    const ours = await given.organization(db)
    const remove = () => db.exec('delete from auth.users where id = $1', [ours.owner.id])
    await expect(remove()).rejects.toMatchObject({ status: 409, code: 'last_owner' })
    await given.member(db, { organization: ours, role: 'owner' })
    expect(await remove()).toBe(1)
  }))
