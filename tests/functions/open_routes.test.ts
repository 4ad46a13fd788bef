import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { edgeRuntimeSection } from '../../local/functions/config.ts'
import { findFunctions } from '../../local/functions/function_catalog.ts'
import type { App } from '../../supabase/functions/_shared/http/mod.ts'

/** Routes that answer without credentials, each with the reason why it may. */
const openRoutes: Readonly<Record<string, string>> = {
  'POST /api/v1/auth/login': 'who signs in has no credentials yet but those in the body',
  'POST /api/v1/auth/refresh': 'the refresh token in the body is the credential',
  'POST /api/v1/auth/register': 'everybody may; the mail proves the address',
  'GET /api/v1/billing/credits/packs': 'the price list is public',
  'GET /api/v1/billing/plans': 'the price list is public',
  'GET /docs': 'the API document is public',
  'GET /files/shared/:token': 'the token is the credential',
  'POST /files/shared/:token/download': 'the token is the credential',
  'GET /health': 'tells only that functions run',
  'GET /health/deep': 'tells everybody one word; details are for operators',
  'GET /health/ready': 'for load balancers, tells states without insides',
}

it('asks for credentials or a signature on every route that is not on the list', async () => {
  vi.stubEnv('SUPABASE_URL', 'http://127.0.0.1:1')
  vi.stubEnv('SUPABASE_JWKS', '{"keys":[]}')
  vi.stubEnv('SUPABASE_PUBLISHABLE_KEYS', '{"default":"sb_publishable_x"}')
  vi.stubEnv('SUPABASE_SECRET_KEYS', '{"default":"sb_secret_x"}')
  vi.stubEnv('SEND_EMAIL_HOOK_SECRET', 'v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
  vi.spyOn(console, 'info').mockImplementation(() => {})
  const functions = findFunctions(join(import.meta.dirname, '..', '..', 'supabase', 'functions'), {
    functions: {},
    edge_runtime: edgeRuntimeSection.parse({}),
  })
  const open: string[] = []
  for (const { entrypoint } of functions.values()) {
    const { app }: { app: App } = await import(entrypoint)
    const routes = new Set(
      app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`),
    )
    for (const route of routes) {
      const [method = 'GET', pattern = ''] = route.split(' ')
      const path = pattern.replace(/:\w+(\{[^}]*\})?/g, '7d2f6a52-6d5f-4d8c-9a55-0c8a2f3b1c11')
      const body = method === 'GET' ? {} : { body: '{}', headers: { 'content-type': 'application/json' } }
      const response = await app.fetch(new Request(`http://internal${path}`, { method, ...body }))
      if (response.status !== 401) open.push(route)
    }
  }
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  expect(open.sort()).toEqual(Object.keys(openRoutes).sort())
})
