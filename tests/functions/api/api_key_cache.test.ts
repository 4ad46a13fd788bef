import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { cachedApiKeys } from '../../../supabase/functions/_shared/api/mod.ts'

const keyOf = (prefix: string) => {
  const body = `atk_live_${prefix}_${'0'.repeat(48)}`
  return body + createHash('sha256').update(body).digest('hex').slice(0, 6)
}
const key = keyOf('00000001')
const row = {
  key_id: '7d2f6a52-6d5f-4d8c-9a55-000000000001',
  service_account_id: '7d2f6a52-6d5f-4d8c-9a55-000000000002',
  organization_id: '7d2f6a52-6d5f-4d8c-9a55-000000000003',
  scopes: ['organization.read'],
  expires_at: null,
  is_address_bound: false,
  is_address_admitted: true,
}

function given(found: object | null = row) {
  const calls: [name: string, parameters: object][] = []
  const state = { now: 0, found, live: [{ key_id: row.key_id }], error: null as { message: string } | null }
  const keys = cachedApiKeys({
    clock: { now: () => new Date(state.now) },
    database: {
      rpc: async (name, parameters) => {
        calls.push([name, parameters])
        if (state.error) return { data: null, error: state.error }
        const rows = name === 'resolve_api_key' ? (state.found ? [state.found] : []) : state.live
        return { data: rows, error: null }
      },
    },
  })
  return { keys, calls, state, names: () => calls.map(([name]) => name) }
}

it('[PLT-13] remembers a key, without a query for each request', async () => {
  const { keys, names } = given()
  for (let turn = 0; turn < 20; turn++) expect(await keys.resolveApiKey(key, undefined)).toMatchObject(row)
  expect(names()).toEqual(['resolve_api_key', 'refresh_api_keys'])
})

it('[ORG-05] lets nobody in with a remembered key that no longer works 5 seconds later', async () => {
  const { keys, state } = given()
  await keys.resolveApiKey(key, undefined)
  await keys.resolveApiKey(key, undefined)
  state.live = []
  state.found = null
  state.now = 4_999
  expect(await keys.resolveApiKey(key, undefined)).toBeNull()
  expect(await keys.resolveApiKey(key, undefined)).toBeNull()
})

it('asks once for many requests that come at the same time', async () => {
  const { keys, state, names } = given()
  await keys.resolveApiKey(key, undefined)
  state.now = 10_000
  await Promise.all(Array.from({ length: 10 }, () => keys.resolveApiKey(key, undefined)))
  expect(names()).toEqual(['resolve_api_key', 'refresh_api_keys'])
})

it('tells which keys were used since it last asked', async () => {
  const { keys, state, calls } = given()
  await keys.resolveApiKey(key, undefined)
  state.now = 10_000
  await keys.resolveApiKey(key, undefined)
  expect(calls.at(-1)).toEqual(['refresh_api_keys', { key_ids: [row.key_id], used_ids: [row.key_id] }])
})

it('[PLT-13] forgets a key after an hour, and at the end of its time', async () => {
  const { keys, state, names } = given()
  await keys.resolveApiKey(key, undefined)
  state.now = 3_600_000
  await keys.resolveApiKey(key, undefined)
  expect(names()).toEqual(['resolve_api_key', 'resolve_api_key'])
  const ending = given({ ...row, expires_at: '1970-01-01T00:00:01+00:00' })
  await ending.keys.resolveApiKey(key, undefined)
  ending.state.now = 1_000
  ending.state.found = null
  expect(await ending.keys.resolveApiKey(key, undefined)).toBeNull()
})

it('[SEC-20] asks for each address anew when a key has an allow-list', async () => {
  const { keys, state, names } = given({ ...row, is_address_bound: true })
  await keys.resolveApiKey(key, '203.0.113.1')
  state.found = { ...row, is_address_bound: true, is_address_admitted: false }
  expect(await keys.resolveApiKey(key, '198.51.100.1')).toMatchObject({ is_address_admitted: false })
  expect(await keys.resolveApiKey(key, '198.51.100.1')).toMatchObject({ is_address_admitted: false })
  expect(await keys.resolveApiKey(key, '203.0.113.1')).toMatchObject({ is_address_admitted: true })
  expect(names().filter((name) => name === 'resolve_api_key')).toHaveLength(3)
})

it('asks nobody about what is not written as keys are', async () => {
  const { keys, names } = given()
  for (const text of ['atk_', `${key.slice(0, -1)}z`, key.replace('00000001', '00000002'), `${key} `]) {
    expect(await keys.resolveApiKey(text, undefined)).toBeNull()
  }
  expect(names()).toEqual([])
})

it('refuses everybody while it cannot be known whether keys still work', async () => {
  const { keys, state } = given()
  await keys.resolveApiKey(key, undefined)
  state.now = 10_000
  state.error = { message: 'gone' }
  await expect(keys.resolveApiKey(key, undefined)).rejects.toMatchObject({ code: 'database_unavailable', status: 503 })
})
