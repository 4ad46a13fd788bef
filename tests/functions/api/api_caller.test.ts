import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type ApiKeyResolver, apiCaller, requireScope } from '../../../supabase/functions/_shared/api/mod.ts'
import { createApp } from '../../../supabase/functions/_shared/http/mod.ts'
import { createLogger } from '../../../supabase/functions/_shared/runtime/mod.ts'

const key = 'atk_live_3f0a5c1d_secret'
const account = {
  key_id: '7d2f6a52-6d5f-4d8c-9a55-000000000001',
  service_account_id: '7d2f6a52-6d5f-4d8c-9a55-000000000002',
  organization_id: '7d2f6a52-6d5f-4d8c-9a55-000000000003',
  scopes: ['organization.read'],
  expires_at: null,
  is_address_bound: true,
}
const keys: ApiKeyResolver = {
  resolveApiKey: async (text, address) =>
    text === key ? { ...account, is_address_admitted: address === '203.0.113.9' } : null,
}

function appWith(resolver: ApiKeyResolver | null) {
  const app = createApp('sample', { logger: createLogger('sample', () => {}) })
  app.get('/who', apiCaller(resolver), (c) => c.json(c.var.caller))
  app.get('/members', apiCaller(resolver), (c) => {
    requireScope(c.var.caller, 'members.read')
    return c.json({})
  })
  return (path: string, authorization: string, headers: Record<string, string> = {}) =>
    app.fetch(
      new Request(`http://internal/sample${path}`, {
        headers: { authorization, 'x-forwarded-for': '203.0.113.9', ...headers },
      }),
    )
}

beforeEach(() => {
  vi.stubEnv('SUPABASE_URL', 'http://127.0.0.1:54321')
  vi.stubEnv('SUPABASE_JWKS', '{"keys":[]}')
  vi.stubEnv('SUPABASE_PUBLISHABLE_KEYS', '{"default":"sb_publishable_x"}')
  vi.stubEnv('SUPABASE_SECRET_KEYS', '{"default":"sb_secret_default"}')
})
afterEach(() => vi.unstubAllEnvs())

it('makes a service account of an API key that the resolver knows, with the claims its transaction runs under', async () => {
  const response = await appWith(keys)('/who', `Bearer ${key}`)
  expect(await response.json()).toEqual({
    kind: 'service_account',
    id: account.service_account_id,
    organizationId: account.organization_id,
    keyId: account.key_id,
    scopes: ['organization.read'],
    claims: {
      role: 'authenticated',
      service_account_id: account.service_account_id,
      api_key_id: account.key_id,
      scopes: ['organization.read'],
    },
  })
})

it('refuses a key that is not known, and every key while an installation has none', async () => {
  for (const call of [appWith(keys), appWith(null)]) {
    const response = await call('/who', 'Bearer atk_someotherkey')
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toContain('invalid_token')
    expect(await response.json()).toMatchObject({ code: 'api_key_invalid' })
  }
  expect((await appWith(null)('/who', `Bearer ${key}`)).status).toBe(401)
})

it('keeps a key to the scopes it was given', async () => {
  const response = await appWith(keys)('/members', `Bearer ${key}`)
  expect(response.status).toBe(403)
  expect(await response.json()).toMatchObject({
    code: 'scope_missing',
    message: expect.stringContaining('members.read'),
  })
})

it('[ORG-05] takes a key from the header X-API-Key, whatever else a library sends', async () => {
  const response = await appWith(keys)('/who', 'Bearer sb_publishable_x', { 'x-api-key': key })
  expect(await response.json()).toMatchObject({ kind: 'service_account', keyId: account.key_id })
})

it('[SEC-20] refuses a key from outside the networks of its allow-list', async () => {
  const response = await appWith(keys)('/who', `Bearer ${key}`, { 'x-forwarded-for': '198.51.100.1' })
  expect(response.status).toBe(403)
  expect(await response.json()).toMatchObject({ code: 'api_key_address_refused' })
})
