import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { type TestTarget, testTarget } from '../../support/target.ts'

const withId = z.looseObject({ id: z.string() })
const page = z.object({ data: z.array(withId) })
const madeKey = z.looseObject({ id: z.string(), secret: z.string(), prefix: z.string(), scopes: z.array(z.string()) })

describe('people, organizations and keys through the REST face', { timeout: 90_000 }, () => {
  let target: TestTarget
  let ada: ApiPerson
  let grace: ApiPerson
  let organizationId = ''
  beforeAll(async () => {
    target = await testTarget()
    ada = await signedInPerson(target, { isVerified: true })
    grace = await signedInPerson(target)
    const made = await call('POST', '/organizations', ada.token, { name: 'Analytical Estates', kind: 'startup' })
    expect(made.status).toBe(201)
    organizationId = withId.parse(await made.json()).id
  }, 60_000)
  afterAll(() => target[Symbol.asyncDispose]())

  async function call(
    method: string,
    path: string,
    token: string,
    body?: object,
    headers: Record<string, string> = {},
  ) {
    for (;;) {
      const response = await fetch(`${target.apiUrl}/functions/v1/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
        ...(body && { body: JSON.stringify(body) }),
      })
      if (response.status !== 429) return response
      await delay(Number(response.headers.get('retry-after')) * 1000)
    }
  }

  it('[IDN-13] [IDN-14] shows and changes the own profile, unless somebody changed it meanwhile', async () => {
    const first = await call('GET', '/users/me', ada.token)
    expect(await first.json()).toMatchObject({ id: ada.id, email: ada.email, locale: 'en' })
    const etag = first.headers.get('etag') ?? ''
    const change = (body: object, version: string) => call('PUT', '/users/me', ada.token, body, { 'if-match': version })
    const changed = await change({ display_name: 'Ada Okafor', headline: null, time_zone: 'Africa/Lagos' }, etag)
    expect([changed.status, await changed.json()]).toMatchObject([
      200,
      { display_name: 'Ada Okafor', time_zone: 'Africa/Lagos', headline: null },
    ])
    const stale = await change({ display_name: 'Somebody' }, etag)
    expect([stale.status, await stale.json()]).toMatchObject([412, { code: 'precondition_failed' }])
    expect((await change({ headline: 'Founder' }, changed.headers.get('etag') ?? '')).status).toBe(200)
    expect((await change({}, 'nonsense')).status).toBe(400)
    const nowhere = await call('PUT', '/users/me', ada.token, { time_zone: 'Atlantis/Centre' })
    expect([nowhere.status, await nowhere.json()]).toMatchObject([422, { code: 'value_not_allowed' }])
    expect((await call('PUT', '/users/me', ada.token, { id: grace.id })).status).toBe(400)
  })

  it('[IDN-13] [IDN-14] has everything of a profile, and what others may not see of it', async () => {
    const profile = {
      headline: 'Founder',
      company: 'Analytical Estates',
      position: 'CEO',
      location: 'Lagos, Nigeria',
      visibility: 'network',
      links: [{ label: 'Home', url: 'https://example.com/ada' }],
    }
    const changed = await call('PUT', '/users/me', ada.token, profile)
    expect([changed.status, await changed.json()]).toMatchObject([200, profile])
    const shown = await (await call('GET', '/users/me', ada.token)).json()
    expect(shown).toMatchObject({ ...profile, phone: null, phone_verified_at: null })
    // A list is replaced as a whole, and left alone when it is left out.
    expect(await (await call('PUT', '/users/me', ada.token, { company: null })).json()).toMatchObject({
      company: null,
      links: profile.links,
    })
    expect(await (await call('PUT', '/users/me', ada.token, { links: [] })).json()).toMatchObject({ links: [] })
    expect(await (await call('PUT', '/users/me', ada.token, {})).json()).toMatchObject({
      links: [],
      headline: 'Founder',
    })
    for (const wrong of [
      { links: [{ label: 'Home', url: 'javascript:alert(1)' }] },
      { visibility: 'everybody' },
      { phone: '+46701234567' },
    ]) {
      expect((await call('PUT', '/users/me', ada.token, wrong)).status).toBe(400)
    }
    const trap = await call('PUT', '/users/me', ada.token, { links: [{ label: 'Bank', url: 'https://bank.com@x.y/' }] })
    expect(trap.status).toBe(422)
  })

  it('changes an organization and its members by the rules of the RPCs', async () => {
    const path = `/organizations/${organizationId}`
    const patched = await call('PATCH', path, ada.token, {
      country: 'NG',
      primary_color: '#0b3d2e',
      mail_footer: 'Box 7',
    })
    expect([patched.status, await patched.json()]).toMatchObject([
      200,
      { country: 'NG', kind: 'startup', primary_color: '#0b3d2e', mail_footer: 'Box 7' },
    ])
    const added = await call('POST', `${path}/members`, ada.token, { user_id: grace.id, role: 'viewer' })
    expect(added.status).toBe(201)
    const member = withId.parse(await added.json())
    expect((await call('PATCH', path, grace.token, { name: 'Mine' })).status).toBe(403)
    const raised = await call('PATCH', `${path}/members/${member.id}`, ada.token, { role: 'agent' })
    expect(await raised.json()).toMatchObject({ id: member.id, role: 'agent', user_id: grace.id })
    const list = page.parse(await (await call('GET', `${path}/members?role=agent`, grace.token)).json())
    expect(list.data.map(({ id }) => id)).toEqual([member.id])
    const named = await call('GET', `${path}/members?sort=display_name&fields=display_name,avatar_path`, grace.token)
    const { data: names } = page.parse(await named.json())
    expect(names).toHaveLength(2)
    expect(names).toContainEqual(expect.objectContaining({ display_name: 'Ada Okafor', avatar_path: null }))
    // What supabase-js reads, for who is a member and who is not.
    const { data: seen } = await grace.client
      .from('members')
      .select('display_name')
      .eq('organization_id', organizationId)
    expect(seen).toContainEqual({ display_name: 'Ada Okafor' })
    const stranger = await signedInPerson(target)
    const { data: hidden } = await stranger.client
      .from('members')
      .select('display_name')
      .eq('organization_id', organizationId)
    expect(hidden).toEqual([])
    expect((await call('DELETE', `${path}/members/${member.id}`, grace.token)).status).toBe(204)
    expect((await call('GET', path, grace.token)).status).toBe(404)
    expect((await call('GET', `${path}/members`, grace.token)).status).toBe(404)
    const [personal] = page.parse(await (await call('GET', '/organizations?kind=personal', grace.token)).json()).data
    const elsewhere = `/organizations/${personal?.id}/members/${member.id}`
    expect((await call('DELETE', elsewhere, ada.token)).status).toBe(404)
  })

  it('[ORG-05] [ORG-06] [A1-13] [IDN-32] makes, lists, replaces and revokes the keys of a service account', async () => {
    const path = `/organizations/${organizationId}`
    const account = await call('POST', `${path}/service-accounts`, ada.token, { name: 'Importer' })
    expect(account.status).toBe(201)
    const { id: service_account_id } = withId.parse(await account.json())
    const body = { service_account_id, name: 'Nightly', scopes: ['organization.read'] }
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const made = await call('POST', '/api-keys', ada.token, body, headers)
    expect(made.status).toBe(201)
    const key = madeKey.parse(await made.json())
    const { data: session } = await target.client().auth.signInWithPassword(ada)
    const unproven = await call('POST', '/api-keys', session.session?.access_token ?? '', body)
    expect([unproven.status, await unproven.json()]).toMatchObject([403, { code: 'verification_required' }])
    expect(key.secret.startsWith(`${key.prefix}_`)).toBe(true)
    const again = await call('POST', '/api-keys', ada.token, body, headers)
    expect([again.status, await again.json()]).toMatchObject([409, { code: 'idempotency_answer_not_kept' }])
    const rotated = madeKey.parse(await (await call('POST', `/api-keys/${key.id}/rotate`, ada.token, {})).json())
    expect(rotated).toMatchObject({ scopes: ['organization.read'], rotated_from_id: key.id })
    for (const { secret } of [key, rotated]) expect((await call('GET', path, secret)).status).toBe(200)
    const revoked = await call('DELETE', `/api-keys/${rotated.id}`, ada.token)
    expect(await revoked.json()).toMatchObject({ id: rotated.id, revoked_at: expect.any(String) })
    const text = await (
      await call('GET', `${path}/api-keys?service_account_id=${service_account_id}`, ada.token)
    ).text()
    expect(page.parse(JSON.parse(text)).data).toHaveLength(2)
    expect(text).not.toMatch(/secret|hash/)
    // A program makes no programs, no keys and no organizations.
    expect((await call('POST', '/api-keys', key.secret, body)).status).toBe(404)
    expect((await call('POST', '/organizations', key.secret, { name: 'Own' })).status).toBe(403)
    expect((await call('GET', '/users/me', key.secret)).status).toBe(403)
    expect((await call('PATCH', path, key.secret, { name: 'Mine' })).status).toBe(403)
    expect((await call('GET', `${path}/api-keys`, grace.token)).status).toBe(404)
    expect((await call('DELETE', `/service-accounts/${service_account_id}`, ada.token)).status).toBe(204)
  })
})
