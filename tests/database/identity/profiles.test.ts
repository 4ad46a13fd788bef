import { expect, it } from 'vitest'
import { type Database, type Person, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

const profileOf = (db: Database, person: Person) =>
  db.asOwner(() =>
    db.row('select display_name, headline, company, position, location from public.profiles where id = $1', [
      person.id,
    ]),
  )
const sourcesOf = (db: Database, person: Person) =>
  db.asOwner(async () => {
    const { sources } = await db.row<{ sources: object }>(
      'select field_sources as sources from public.profile_details where user_id = $1',
      [person.id],
    )
    return sources
  })

/** Links a provider as Auth does, or tells again what it says at a later sign-in. */
const link = (db: Database, person: Person, provider: string, claims: object) =>
  db.asOwner(() =>
    db.exec(
      `insert into auth.identities (provider_id, user_id, identity_data, provider, created_at, updated_at)
       values ($1, $2, $3::text::jsonb, $4, now(), now())
       on conflict (provider_id, provider) do update set identity_data = excluded.identity_data`,
      [person.id, person.id, JSON.stringify(claims), provider],
    ),
  )

it('[IDN-19] fills a profile from the provider of the sign-up and notes where it comes from', () =>
  withRollback(async (db) => {
    const ana = await given.person(db, { metadata: { full_name: 'Ana', name: 'Ana' } })
    await link(db, ana, 'linkedin_oidc', {
      name: 'Ana Okafor',
      picture: 'https://media.example/ana.png',
      custom_claims: { company: ' Northwind ', position: 'CFO' },
    })
    expect(await profileOf(db, ana)).toEqual({
      display_name: 'Ana Okafor',
      headline: null,
      company: 'Northwind',
      position: 'CFO',
      location: null,
    })
    expect(await sourcesOf(db, ana)).toEqual({
      display_name: 'linkedin_oidc',
      company: 'linkedin_oidc',
      position: 'linkedin_oidc',
    })
    await db.actAs(ana)
    expect(await db.rows('select picture_url from public.profile_details')).toEqual([
      { picture_url: 'https://media.example/ana.png' },
    ])
  }))

it.each([
  ['nothing', {}],
  ['no e-mail, company or position', { name: 'Ana' }],
  [
    'things that are no words',
    { name: { first: 'A' }, company: 7, position: [], custom_claims: 'x', picture: 'file:///' },
  ],
  ['too many words', { headline: 'x'.repeat(5000), company: 'y'.repeat(5000), picture: `https://${'z'.repeat(5000)}` }],
  ['a list', ['x']],
])('[IDN-19] goes on with a provider that tells %s', (_case, claims) =>
  withRollback(async (db) => {
    const ana = await given.person(db, { name: 'Ana' })
    await link(db, ana, 'linkedin_oidc', claims)
    expect(await profileOf(db, ana)).toMatchObject({ display_name: 'Ana' })
  }),
)

it('[IDN-19] never overwrites what the person typed or cleared, nor what another provider gave', () =>
  withRollback(async (db) => {
    const ana = await given.person(db, { metadata: {} })
    await link(db, ana, 'linkedin_oidc', { name: 'Ana L', company: 'Northwind', position: 'CFO' })
    await db.actAs(ana)
    await db.exec(`update public.profiles set company = 'Mine & Co', position = null`)
    await link(db, ana, 'linkedin_oidc', { name: 'Ana Linked', company: 'Southwind', position: 'CEO' })
    await link(db, ana, 'github', { name: 'ana-dev', company: '@hub', location: 'Lagos' })
    expect(await profileOf(db, ana)).toEqual({
      display_name: 'Ana Linked',
      headline: null,
      company: 'Mine & Co',
      position: null,
      location: 'Lagos',
    })
    expect(await sourcesOf(db, ana)).toEqual({
      display_name: 'linkedin_oidc',
      company: 'person',
      position: 'person',
      location: 'github',
    })
  }))

it('shows the phone number that Auth verified to its person alone, who cannot claim another', () =>
  withRollback(async (db) => {
    const ana = await given.person(db)
    const details = () =>
      db.row('select phone, phone_verified_at is not null as is_verified from public.profile_details')
    await db.exec('update auth.users set phone = $1 where id = $2', ['46701740605', ana.id])
    await db.actAs(ana)
    expect(await details()).toEqual({ phone: '+46701740605', is_verified: false })
    await db.asOwner(() => db.exec('update auth.users set phone_confirmed_at = now() where id = $1', [ana.id]))
    expect(await details()).toEqual({ phone: '+46701740605', is_verified: true })
    await expect(db.exec('update public.profile_details set phone_verified_at = now()')).rejects.toMatchObject({
      sqlstate: '42501',
    })
  }))

it.each([
  ['an address without https', [{ label: 'Home', url: 'http://example.test' }]],
  ['a script', [{ label: 'Home', url: 'javascript:alert(1)' }]],
  ['a name before the host', [{ label: 'Home', url: 'https://bank.test@evil.test/' }]],
  ['no label', [{ url: 'https://example.test' }]],
  ['more fields', [{ label: 'Home', url: 'https://example.test', onclick: 'x' }]],
  ['eleven links', Array.from({ length: 11 }, () => ({ label: 'Home', url: 'https://example.test' }))],
  ['no list', { label: 'Home', url: 'https://example.test' }],
])('takes no links with %s', (_case, links) =>
  withRollback(async (db) => {
    await db.actAs(await given.person(db))
    const set = (value: unknown) =>
      db.exec('update public.profiles set links = $1::text::jsonb', [JSON.stringify(value)])
    await expect(set(links)).rejects.toMatchObject({ sqlstate: '23514' })
    expect(await set([{ label: 'Home', url: 'https://example.test/a?b=c#d' }])).toBe(1)
  }),
)

it('shows a profile to strangers as far as its person wants, and never a banned one', () =>
  withRollback(async (db) => {
    const [ana, eve] = [await given.person(db, { name: 'Ana' }), await given.person(db)]
    const seen = async () => {
      await db.actAs(eve)
      const network = await db.rows('select id from public.profiles where id = $1', [ana.id])
      await db.actAs('anon')
      const everybody = await db.rows('select id from public.get_public_profile($1)', [ana.id])
      await db.actAs('postgres')
      return [network.length, everybody.length]
    }
    const show = (visibility: string) =>
      db.exec('update public.profiles set visibility = $1::text::public.profile_visibility where id = $2', [
        visibility,
        ana.id,
      ])
    expect(await seen()).toEqual([0, 0])
    await show('network')
    expect(await seen()).toEqual([1, 0])
    await show('public')
    expect(await seen()).toEqual([1, 1])
    await db.exec(`update auth.users set banned_until = now() + interval '1 hour' where id = $1`, [ana.id])
    expect(await seen()).toEqual([0, 0])
    await db.exec('update auth.users set banned_until = null where id = $1', [ana.id])
    expect(await seen()).toEqual([1, 1])
  }))

interface Found {
  readonly id: string
  readonly cursor: string
}
const search = (db: Database, query: string, size = 20, after: string | null = null) =>
  db.rows<Found>('select id, cursor from public.search_profiles($1, $2, $3)', [query, size, after])

it('finds visible people by parts of words and with typing errors, and nobody who hides', () =>
  withRollback(async (db) => {
    const eve = await given.person(db, { name: 'Eve' })
    const people: Person[] = []
    for (const visibility of ['network', 'public', 'private', 'network']) {
      const person = await given.person(db, { name: 'Zephyrine Quillfeather' })
      await db.exec('update public.profiles set visibility = $1::text::public.profile_visibility where id = $2', [
        visibility,
        person.id,
      ])
      people.push(person)
    }
    const [first, second, hidden, banned] = people
    await db.exec(`update auth.users set banned_until = now() + interval '1 day' where id = $1`, [banned?.id ?? ''])
    const fellow = await given.organization(db)
    await given.member(db, { organization: fellow, person: hidden ?? eve })
    await db.actAs(eve)
    const visible = [first?.id, second?.id].sort()
    for (const query of ['zephyrine', 'QUILL', 'Zephirine Quilfeather']) {
      expect((await search(db, query)).map(({ id }) => id).sort()).toEqual(visible)
    }
    expect(await search(db, '%%%')).toEqual([])
    await db.actAs(fellow.owner)
    expect(await search(db, 'zephyrine')).toHaveLength(3)
  }))

it('gives every profile of a long search once, page by page', () =>
  withRollback(async (db) => {
    const eve = await given.person(db, { name: 'Eve' })
    for (let count = 0; count < 7; count += 1) {
      const person = await given.person(db, { name: `Zephyrine ${'Quillfeather '.repeat(count)}`.trim() })
      await db.exec(`update public.profiles set visibility = 'network' where id = $1`, [person.id])
    }
    await db.actAs(eve)
    const whole = await search(db, 'zephyrine quill')
    const found: string[] = []
    let after: string | null = null
    for (let page = await search(db, 'zephyrine quill', 3); page.length > 0; ) {
      found.push(...page.map(({ id }) => id))
      after = page.at(-1)?.cursor ?? null
      page = await search(db, 'zephyrine quill', 3, after)
    }
    expect(found).toEqual(whole.map(({ id }) => id))
    expect(new Set(found).size).toBe(7)
    await expect(search(db, 'zephyrine', 3, 'x')).rejects.toMatchObject({ status: 400, code: 'cursor_invalid' })
    await expect(search(db, 'z')).rejects.toMatchObject({ status: 422, code: 'search_query_invalid' })
    await expect(search(db, 'zephyrine', 51)).rejects.toMatchObject({ status: 422, code: 'page_size_invalid' })
  }))

it('stops who reads out the whole network', () =>
  withRollback(async (db) => {
    await db.exec(`update private.rate_limit_rules set limit_count = 2 where name = 'profile_search_minute'`)
    await db.actAs(await given.person(db))
    await search(db, 'anybody')
    await search(db, 'anybody')
    await expect(search(db, 'anybody')).rejects.toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
  }))
