import type { RealtimeChannel } from '@supabase/supabase-js'
import { decodeJwt } from 'jose'
import { TOTP } from 'otpauth'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { type TestTarget, testTarget } from '../../support/target.ts'

const reason = 'Reported by three members'
const impersonationSchema = z.object({ id: z.uuid(), access_token: z.string(), expires_at: z.string() })

describe('what platform admins do, on the running stack', { timeout: 90_000 }, () => {
  let target: TestTarget
  let admin: ApiPerson
  beforeAll(async () => {
    target = await testTarget()
    admin = await platformAdmin()
  }, 90_000)
  afterAll(() => target[Symbol.asyncDispose]())

  /** Somebody with the right and a session with a second factor. */
  async function platformAdmin(): Promise<ApiPerson> {
    const person = await signedInPerson(target)
    const given = await target.adminClient().auth.admin.updateUserById(person.id, {
      app_metadata: { platform_admin: true },
    })
    expect(given.error).toBeNull()
    const { mfa } = person.client.auth
    const enrolled = await mfa.enroll({ factorType: 'totp', friendlyName: 'Phone' })
    const secret = enrolled.data?.type === 'totp' ? enrolled.data.totp.secret : ''
    const code = new TOTP({ secret }).generate()
    const raised = await mfa.challengeAndVerify({ factorId: enrolled.data?.id ?? '', code })
    expect(raised.error).toBeNull()
    return { ...person, token: raised.data?.access_token ?? '' }
  }

  const call = (path: string, method: string, token: string, body?: object) =>
    fetch(`${target.apiUrl}/functions/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })

  /** Requests with a token, whatever Auth thinks of its session, as of an app that is open somewhere. */
  const withToken =
    (token: string) =>
    (path: string, init: RequestInit = {}) =>
      fetch(`${target.apiUrl}${path}`, {
        ...init,
        headers: { apikey: target.publishableKey, authorization: `Bearer ${token}`, ...init.headers },
      })

  async function join(who: ApiPerson, topic: string, heard: unknown[]): Promise<RealtimeChannel | null> {
    const channel = who.client.channel(topic, { config: { private: true } })
    channel.on('broadcast', { event: 'access_changed' }, ({ payload }) => heard.push(payload))
    return new Promise((resolve) => {
      channel.subscribe((status) => {
        if (status === 'SUBSCRIBED') resolve(channel)
        else if (status === 'CHANNEL_ERROR' || status === 'TIMED_OUT') {
          void who.client.removeChannel(channel)
          resolve(null)
        }
      })
    })
  }

  /** An organization of Ada's with Ben and Cleo. */
  async function founded() {
    const [ada, ben, cleo] = [await signedInPerson(target), await signedInPerson(target), await signedInPerson(target)]
    const id = (await ada.client.rpc('create_organization', { name: `Works ${crypto.randomUUID()}` })).data?.id ?? ''
    const add = async ({ id: user_id }: ApiPerson) => {
      const added = await ada.client.rpc('add_member', { organization_id: id, user_id, role: 'member' })
      expect(added.error).toBeNull()
      return added.data?.id ?? ''
    }
    const memberships = [await add(ben), await add(cleo)]
    const topic = async () => {
      const { data } = await ada.client.from('organizations').select('topic_epoch').eq('id', id).single()
      return `organization:${id}:${data?.topic_epoch}`
    }
    return { ada, ben, cleo, id, memberships, topic }
  }

  it('[ADM-02] [A1-09] a ban ends table reads, RPCs, uploads and broadcasts at once, while the token is still good', async () => {
    const { ada, ben, id, memberships, topic } = await founded()
    const ask = withToken(ben.token)
    const read = async () => (await ask(`/rest/v1/organizations?select=id&id=eq.${id}`)).json()
    const rpc = () =>
      ask('/rest/v1/rpc/create_organization', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: `Mine ${crypto.randomUUID()}` }),
      })
    const picture = await sharp({ create: { width: 20, height: 20, channels: 3, background: '#808080' } })
      .png()
      .toBuffer()
    const upload = (name: string) =>
      ask(`/storage/v1/object/picture-uploads/${ben.id}/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'image/png' },
        body: new Uint8Array(picture),
      })
    const [hers, his]: [unknown[], unknown[]] = [[], []]
    expect(await read()).toEqual([{ id }])
    expect((await rpc()).status).toBe(200)
    expect((await upload('before.png')).status).toBe(200)
    expect(await join(ben, await topic(), his)).not.toBeNull()

    const banned = await call(`/api/v1/admin/people/${ben.id}/ban`, 'POST', admin.token, { reason })
    expect([banned.status, await banned.json()]).toEqual([
      200,
      expect.objectContaining({ id: ben.id, state: 'banned' }),
    ])

    expect(await read()).toEqual([])
    expect((await rpc()).status).toBe(403)
    expect((await upload('after.png')).status).not.toBe(200)
    expect((await ben.client.auth.getUser(ben.token)).error).not.toBeNull()
    await expect.poll(() => his, { timeout: 25_000 }).toMatchObject([{ organization_id: id }])
    expect(await join(ben, await topic(), his)).toBeNull()
    expect(await join(ada, await topic(), hers)).not.toBeNull()
    const removed = await ada.client.rpc('remove_member', { membership_id: memberships[1] ?? '' })
    expect(removed.error).toBeNull()
    await expect.poll(() => hers, { timeout: 25_000 }).toMatchObject([{ organization_id: id }])
    expect(his).toHaveLength(1)
    for (const { client } of [ada, ben]) await client.removeAllChannels()

    expect((await call(`/api/v1/admin/people/${ben.id}/unban`, 'POST', admin.token)).status).toBe(200)
    const again = await target.client().auth.signInWithPassword({ email: ben.email, password: 'Correct-horse-1' })
    expect(again.error).toBeNull()
  })

  it('[A1-09] who is taken out of an organization reads and hears nothing of it any more', async () => {
    const { ada, ben, cleo, id, topic } = await founded()
    const ask = withToken(ben.token)
    const read = async () => (await ask(`/rest/v1/memberships?select=id&organization_id=eq.${id}`)).json()
    const [hers, his]: [unknown[], unknown[]] = [[], []]
    expect(await read()).toHaveLength(3)
    expect(await join(ben, await topic(), his)).not.toBeNull()
    const path = (person: ApiPerson) => `/api/v1/admin/organizations/${id}/members/${person.id}`
    const out = await call(path(ben), 'PUT', admin.token, { role: null, reason })
    expect([out.status, await out.json()]).toEqual([200, expect.objectContaining({ user_id: ben.id, role: 'member' })])
    expect(await read()).toEqual([])
    const access = await ben.client.rpc('get_my_access', { organization_id: id })
    expect(access.error?.code).toBe('organization_not_found')
    await expect.poll(() => his, { timeout: 25_000 }).toMatchObject([{ organization_id: id }])
    expect(await join(ben, await topic(), his)).toBeNull()
    expect(await join(ada, await topic(), hers)).not.toBeNull()
    expect((await call(path(cleo), 'PUT', admin.token, { role: null, reason })).status).toBe(200)
    await expect.poll(() => hers, { timeout: 25_000 }).toMatchObject([{ organization_id: id }])
    expect(his).toHaveLength(1)
    const last = await call(path(ada), 'PUT', admin.token, { role: null, reason })
    expect([last.status, await last.json()]).toEqual([409, expect.objectContaining({ code: 'last_owner' })])
    for (const { client } of [ada, ben]) await client.removeAllChannels()
  })

  it('[ADM-02] [A1-09] an impersonation reads as the person, changes nothing and ends', async () => {
    const { ada, id } = await founded()
    const request = { user_id: ada.id, reason }
    expect((await call('/identity/impersonations', 'POST', ada.token, request)).status).toBe(403)
    const begun = await call('/identity/impersonations', 'POST', admin.token, request)
    expect(begun.status).toBe(201)
    const seen = impersonationSchema.parse(await begun.json())
    expect(decodeJwt(seen.access_token)).toMatchObject({ sub: ada.id, is_impersonated: true })
    const ask = withToken(seen.access_token)
    const json = { 'content-type': 'application/json' }
    const read = async () => (await ask(`/rest/v1/organizations?select=id&id=eq.${id}`)).json()
    expect(await read()).toEqual([{ id }])
    const account = await ask('/rest/v1/rpc/get_my_account', { method: 'POST', headers: json, body: '{}' })
    const [told] = z
      .array(z.object({ state: z.string(), impersonation_expires_at: z.string() }))
      .parse(await account.json())
    expect(Date.parse(told?.impersonation_expires_at ?? '')).toBe(Date.parse(seen.expires_at))
    const body = JSON.stringify({ name: 'Taken' })
    await ask(`/rest/v1/organizations?id=eq.${id}`, { method: 'PATCH', headers: json, body })
    expect((await ada.client.from('organizations').select('name').eq('id', id).single()).data?.name).not.toBe('Taken')
    const made = await ask('/rest/v1/rpc/create_organization', { method: 'POST', headers: json, body })
    expect(made.ok).toBe(false)
    const password = JSON.stringify({ password: 'Another-horse-2' })
    const refusal = await ask('/auth/v1/user', { method: 'PUT', headers: json, body: password })
    expect([refusal.status, await refusal.json()]).toMatchObject([403, { error_code: 'session_not_found' }])
    const own = { current_password: ada.password, new_password: 'Another-horse-2' }
    const changed = await call('/api/v1/auth/change-password', 'POST', ada.token, own)
    expect([changed.status, await changed.json()]).toMatchObject([409, { code: 'impersonation_exists' }])
    expect((await call('/identity/impersonations', 'POST', admin.token, request)).status).toBe(409)
    const other = await platformAdmin()
    const refused = await call('/identity/impersonations', 'POST', admin.token, { user_id: other.id, reason })
    expect(refused.status).toBe(409)
    expect((await call(`/identity/impersonations/${seen.id}`, 'DELETE', admin.token)).status).toBe(204)
    expect(await read()).toEqual([])
    const again = await target.client().auth.signInWithPassword({ email: ada.email, password: 'Correct-horse-1' })
    expect(again.error).toBeNull()
  })

  it('[ADM-01] the REST face lists, finds and shows people and organizations to admins alone', async () => {
    const { ada, id } = await founded()
    const get = (path: string, token = admin.token) => call(`/api/v1/admin${path}`, 'GET', token)
    expect((await get('/people', ada.token)).status).toBe(403)
    const found = await get(`/people?search=${ada.email}&state=active`)
    expect(await found.json()).toMatchObject({ data: [{ id: ada.id, email: ada.email }], next_cursor: null })
    const shown = await get(`/people/${ada.id}`)
    expect(await shown.json()).toMatchObject({
      memberships: [{ kind: 'personal' }, { organization_id: id, role: 'owner' }],
    })
    const organizations = await get(`/organizations?search=${id}`)
    expect(await organizations.json()).toMatchObject({ data: [{ id, kind: 'company' }], next_cursor: null })
    const page = z.object({ data: z.array(z.object({ id: z.string() })), next_cursor: z.string().nullable() })
    const first = page.parse(await (await get('/people?limit=1')).json())
    const second = page.parse(await (await get(`/people?limit=1&cursor=${first.next_cursor}`)).json())
    expect(second.data[0]?.id).not.toBe(first.data[0]?.id)
    expect((await call(`/api/v1/admin/people/${ada.id}/approve`, 'POST', admin.token)).status).toBe(200)
  })
})
