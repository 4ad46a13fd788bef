import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { type TestTarget, testTarget } from '../../support/target.ts'

describe('an API key', { timeout: 60_000 }, () => {
  let target: TestTarget
  let ada: ApiPerson
  let organizationId = ''
  let accountId = ''
  beforeAll(async () => {
    target = await testTarget()
    ada = await signedInPerson(target, { isVerified: true })
    const organization = await ada.client.rpc('create_organization', { name: 'Analytical Estates' })
    organizationId = organization.data?.id ?? ''
    const account = await ada.client.rpc('create_service_account', {
      organization_id: organizationId,
      name: 'Importer',
    })
    expect(account.error).toBeNull()
    accountId = account.data?.id ?? ''
  }, 60_000)
  afterAll(() => target[Symbol.asyncDispose]())

  const makeKey = async (scopes: string[]) => {
    const { data, error } = await ada.client
      .rpc('create_api_key', { service_account_id: accountId, name: 'Nightly', scopes })
      .single()
    if (error) throw error
    return data
  }
  const call = (path: string, headers: Record<string, string>) =>
    fetch(`${target.apiUrl}/functions/v1/api/v1${path}`, { headers })

  it('[ORG-05] [ORG-06] [A1-13] lets a program in as its service account, under row-level security', async () => {
    const { secret } = await makeKey(['organization.read'])
    const me = await call('/me', { authorization: `Bearer ${secret}` })
    expect(await me.json()).toEqual({
      kind: 'service_account',
      id: accountId,
      organization_id: organizationId,
      scopes: ['organization.read'],
    })
    const list = await call('/organizations', { 'x-api-key': secret })
    expect(await list.json()).toMatchObject({ data: [{ id: organizationId }], next_cursor: null })
    const { data } = await ada.client.from('api_keys').select('last_used_at, prefix').eq('prefix', secret.slice(0, 17))
    expect(data).toEqual([{ prefix: secret.slice(0, 17), last_used_at: expect.any(String) }])
  })

  it('[A1-13] does no more than its scopes', async () => {
    const { secret } = await makeKey(['members.read'])
    const list = await call('/organizations', { authorization: `Bearer ${secret}` })
    expect(list.status).toBe(403)
    expect(await list.json()).toMatchObject({ code: 'scope_missing' })
  })

  it('[ORG-05] is refused soon after it was revoked, and at once when it is none', async () => {
    const { key_id, secret } = await makeKey(['organization.read'])
    const ask = () => call('/organizations', { authorization: `Bearer ${secret}` })
    expect((await ask()).status).toBe(200)
    expect((await ada.client.rpc('revoke_api_key', { api_key_id: key_id })).error).toBeNull()
    await vi.waitFor(async () => expect((await ask()).status).toBe(401), { timeout: 20_000, interval: 250 })
    const other = await call('/me', { authorization: `Bearer ${secret.slice(0, -1)}x` })
    expect(await other.json()).toMatchObject({ code: 'api_key_invalid' })
  })

  it('opens nothing but the REST face', async () => {
    const { secret } = await makeKey(['organization.read'])
    const headers = { apikey: target.publishableKey, authorization: `Bearer ${secret}` }
    expect((await fetch(`${target.apiUrl}/rest/v1/organizations`, { headers })).status).toBe(401)
    expect((await fetch(`${target.apiUrl}/auth/v1/user`, { headers })).status).toBe(403)
  })
})
