import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { checkReadiness } from '../../../supabase/functions/_shared/health/mod.ts'
import { systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import endpoint from '../../../supabase/functions/health/index.ts'

describe('the health endpoint', () => {
  let server: Server
  let url = ''
  const seen: { path: string; key: string }[] = []
  let answers: Record<string, number | 'hang'> = {}
  beforeEach(async () => {
    seen.length = 0
    answers = {}
    server = createServer((request, response) => {
      const path = (request.url ?? '').split('?')[0] ?? ''
      seen.push({ path, key: String(request.headers.apikey) })
      const answer = answers[path] ?? 200
      if (answer !== 'hang') response.writeHead(answer).end('[]')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    vi.stubEnv('SUPABASE_URL', url)
    vi.stubEnv('SUPABASE_SECRET_KEYS', '{"default":"sb_secret_x"}')
    vi.spyOn(console, 'info').mockImplementation(() => {})
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const get = (path: string) => endpoint.fetch(new Request(`http://internal${path}`))

  it('says that it runs without asking anybody', async () => {
    const response = await get('/health')
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ status: 'ok' })
    expect(seen).toEqual([])
  })

  it('is ready when database and auth answer, which it asks with the secret key', async () => {
    const response = await get('/health/ready')
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const check = { status: 'ok', reason: null, duration_ms: expect.any(Number) }
    expect(await response.json()).toEqual({ status: 'ready', checks: { database: check, auth: check } })
    expect(seen.map(({ path }) => path).sort()).toEqual(['/auth/v1/health', '/rest/v1/organizations'])
    expect(new Set(seen.map(({ key }) => key))).toEqual(new Set(['sb_secret_x']))
  })

  it('is degraded when one of them fails, and says which', async () => {
    answers['/rest/v1/organizations'] = 503
    const response = await get('/health/ready')
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({
      status: 'degraded',
      checks: { database: { status: 'failing', reason: 'answered 503' }, auth: { status: 'ok' } },
    })
  })

  it('does not wait longer than its limit, and knows a service that is not there', async () => {
    answers['/auth/v1/health'] = 'hang'
    const deps = { fetch, clock: systemClock, key: 'k', timeoutMs: 150 }
    const slow = await checkReadiness({ ...deps, url })
    expect(slow.checks.auth).toMatchObject({ status: 'failing', reason: 'did not answer in time' })
    const gone = await checkReadiness({ ...deps, url: 'http://127.0.0.1:1' })
    expect(gone).toMatchObject({ status: 'degraded', checks: { database: { reason: 'cannot be reached' } } })
  })

  it('[PLT-33] answers 500 and logs the missing variable when the settings are not valid', async () => {
    vi.stubEnv('SUPABASE_SECRET_KEYS', '')
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    const response = await get('/health/ready')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('SUPABASE_SECRET_KEYS')
    expect(String(logged.mock.calls[0]?.[0])).toContain('SUPABASE_SECRET_KEYS is missing')
  })
})
