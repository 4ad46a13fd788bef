import { type Client, newClient, type Person, signUp } from './people.ts'
import { expect, say } from './story.ts'
import type { Target } from './target.ts'

async function organizationNames(client: Client): Promise<string[]> {
  const { data, error } = await client.from('organizations').select('name, kind').eq('kind', 'company')
  if (error) throw error
  return data.map((row) => row.name)
}

/**
 * One founds an organisation, the other is added and sees it, outsiders fail.
 *
 * @returns id of the organisation
 */
export async function walkOrganization(target: Target, ada: Person, ben: Person): Promise<string> {
  say('Ada founds an organisation')
  const founded = await ada.client.rpc('create_organization', { name: 'Lovelace Works' })
  if (founded.error) throw founded.error
  const organization = founded.data
  expect(organization.name === 'Lovelace Works', `it has the slug “${organization.slug}”`)
  expect((await organizationNames(ada.client)).includes('Lovelace Works'), 'Ada sees it')

  say('Ben looks for it')
  expect((await organizationNames(ben.client)).length === 0, 'Ben does not see it: he is no member')

  say('Ada adds Ben as a member')
  const added = await ada.client.rpc('add_member', {
    organization_id: organization.id,
    user_id: ben.id,
    role: 'member',
  })
  if (added.error) throw added.error
  expect((await organizationNames(ben.client)).includes('Lovelace Works'), 'now Ben sees it')

  say('An outsider with nothing but the public key tries every verb')
  await tryEveryVerb(newClient(target), organization.id)
  const eve = await signUp(target, 'Eve')
  say('Eve, signed in but no member, tries every verb')
  await tryEveryVerb(eve.client, organization.id)
  expect((await organizationNames(ada.client)).includes('Lovelace Works'), 'the organisation is unchanged')
  return organization.id
}

/** Each attempt must change and reveal nothing: an error, or no row. */
async function tryEveryVerb(client: Client, id: string): Promise<void> {
  const read = await client.from('organizations').select('id').eq('id', id)
  expect(read.error !== null || read.data.length === 0, `select: ${read.error?.code ?? 'no rows'}`)
  const insert = await client.from('organizations').insert({ name: 'Intruders', slug: 'intruders' }).select()
  expect(insert.error !== null, `insert: ${insert.error?.code}`)
  const update = await client.from('organizations').update({ name: 'Taken over' }).eq('id', id).select()
  expect(update.error !== null || update.data.length === 0, `update: ${update.error?.code ?? 'no rows'}`)
  const remove = await client.from('organizations').delete().eq('id', id).select()
  expect(remove.error !== null || remove.data.length === 0, `delete: ${remove.error?.code ?? 'no rows'}`)
  const { data } = await client.auth.getUser()
  const joining = await client.rpc('add_member', {
    organization_id: id,
    user_id: data.user?.id ?? crypto.randomUUID(),
    role: 'owner',
  })
  expect(joining.error !== null, `joining as owner: ${joining.error?.code}`)
}
