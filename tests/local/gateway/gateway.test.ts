import { once } from 'node:events'
import { connect } from 'node:net'
import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type Gateway, startGateway } from '../../../local/gateway.ts'
import { silentLogger } from '../../../local/logger.ts'
import type { RequestContext, Service } from '../../../local/service.ts'
import { createKeys, createTokens, type StackKeys, type Tokens } from '../../../local/tokens.ts'

const bodySchema = z.looseObject({
  bearer: z.string().nullish(),
  requestId: z.string().optional(),
  way: z.string().optional(),
})

/** Answers with the context it was given. */
function echoService(): Service {
  return {
    async handle(request, response, context: RequestContext) {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ method: request.method, way: request.headers['x-forwarded-for'], ...context }))
    },
    close: async () => {},
  }
}

const failingService: Service = {
  async handle() {
    throw new Error('secret detail')
  },
  close: async () => {},
}

describe('the gateway', () => {
  let gateway: Gateway
  let keys: StackKeys
  let tokens: Tokens
  let url: string
  beforeAll(async () => {
    keys = await createKeys()
    tokens = await createTokens(keys)
    gateway = await startGateway({
      port: 0,
      host: '127.0.0.1',
      keys,
      tokens,
      logger: silentLogger,
      mounts: [
        { prefix: '/rest/v1', service: echoService(), isOpen: () => false },
        { prefix: '/auth/v1', service: echoService(), isOpen: (path) => path.startsWith('/verify') },
        { prefix: '/functions/v1', service: echoService(), isOpen: () => true, answersPreflight: true },
        { prefix: '/anonymous/v1', service: echoService(), isOpen: () => false, knowsAnonymous: true },
        { prefix: '/broken/v1', service: failingService, isOpen: () => true },
      ],
    })
    url = `http://127.0.0.1:${gateway.port}`
  })
  afterAll(() => gateway.close())

  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, { headers })
    return { status: response.status, headers: response.headers, body: bodySchema.parse(await response.json()) }
  }

  it.each(['publishableKey', 'anonKey'] as const)('lets %s in as anon', async (name) => {
    const { status, body } = await get('/rest/v1/organizations', { apikey: keys[name] })
    expect(status).toBe(200)
    expect(body).toMatchObject({ apiKeyRole: 'anon', path: '/organizations' })
    expect((await tokens.verify(body.bearer ?? '')).role).toBe('anon')
  })

  it.each(['secretKey', 'serviceRoleKey'] as const)('lets %s in as service_role', async (name) => {
    const { body } = await get('/rest/v1/organizations', { apikey: keys[name] })
    expect(body.apiKeyRole).toBe('service_role')
    expect((await tokens.verify(body.bearer ?? '')).role).toBe('service_role')
  })

  it('passes the token of a person on and keeps the role of the key beside it', async () => {
    const token = await tokens.sign({ sub: 'someone', role: 'authenticated' })
    const { body } = await get('/rest/v1/x', { apikey: keys.publishableKey, authorization: `Bearer ${token}` })
    expect(body).toMatchObject({ bearer: token, apiKeyRole: 'anon' })
  })

  it('takes a new-format key in the Authorization header for the role it stands for', async () => {
    const { body } = await get('/rest/v1/x', {
      apikey: keys.publishableKey,
      authorization: `Bearer ${keys.publishableKey}`,
    })
    expect((await tokens.verify(body.bearer ?? '')).role).toBe('anon')
  })

  it('gives no token for the anonymous key to a service that knows its anonymous role', async () => {
    const anonymous = await get('/anonymous/v1/x', { apikey: keys.publishableKey })
    expect(anonymous.body).toMatchObject({ bearer: null, apiKeyRole: 'anon' })
    const service = await get('/anonymous/v1/x', { apikey: keys.secretKey })
    expect((await tokens.verify(service.body.bearer ?? '')).role).toBe('service_role')
  })

  it('serves the official client, which sends the key twice', async () => {
    const client = createClient(url, keys.publishableKey, { auth: { persistSession: false } })
    const { data, error } = await client.from('organizations').select('id')
    expect(error).toBeNull()
    expect(data).toMatchObject({ apiKeyRole: 'anon', path: '/organizations?select=id' })
  })

  it('takes the key from the query and removes it, for links that cannot carry headers', async () => {
    const { body } = await get(`/rest/v1/x?id=eq.1&apikey=${keys.anonKey}&order=id`)
    expect(body).toMatchObject({ apiKeyRole: 'anon', path: '/x?id=eq.1&order=id' })
  })

  it('refuses a request without a key, and one with an unknown key', async () => {
    expect(await get('/rest/v1/x')).toMatchObject({ status: 401, body: { message: 'No API key found in request' } })
    expect(await get('/rest/v1/x', { apikey: 'sb_publishable_wrong' })).toMatchObject({
      status: 401,
      body: { message: 'Invalid API key' },
    })
  })

  it('needs no key for links in mails', async () => {
    const { status, body } = await get('/auth/v1/verify?token=abc')
    expect(status).toBe(200)
    expect(body).toMatchObject({ bearer: null, apiKeyRole: null, path: '/verify?token=abc' })
  })

  it('answers preflights of browsers for every service but functions, which answer their own', async () => {
    const ask = (path: string) =>
      fetch(url + path, {
        method: 'OPTIONS',
        headers: {
          origin: 'https://app.example.com',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'apikey, content-type',
        },
      })
    const rest = await ask('/rest/v1/x')
    expect(rest.status).toBe(200)
    expect(rest.headers.get('access-control-allow-origin')).toBe('*')
    expect(rest.headers.get('access-control-allow-headers')).toBe('apikey, content-type')
    expect(rest.headers.get('access-control-allow-methods')).toContain('PATCH')
    const functions = await ask('/functions/v1/health')
    expect(await functions.json()).toMatchObject({ method: 'OPTIONS', path: '/health' })
  })

  it('lets browsers read the headers that clients use', async () => {
    const { headers } = await get('/rest/v1/x', { apikey: keys.publishableKey })
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('access-control-expose-headers')).toContain('Content-Range')
  })

  it("tells services the addresses of the way, the client's first", async () => {
    const headers = { apikey: keys.publishableKey }
    expect((await get('/rest/v1/things', headers)).body.way).toMatch(/127\.0\.0\.1$/)
    const proxied = await get('/rest/v1/things', { ...headers, 'x-forwarded-for': '203.0.113.7' })
    expect(proxied.body.way).toMatch(/^203\.0\.113\.7, .*127\.0\.0\.1$/)
  })

  it('gives each request an id', async () => {
    const [first, second] = await Promise.all([get('/functions/v1/x'), get('/functions/v1/x')])
    expect(first.headers.get('sb-request-id')).toBe(first.body.requestId)
    expect(first.body.requestId).not.toBe(second.body.requestId)
  })

  it('answers 404 where no service is, also beside the prefix of one', async () => {
    expect((await get('/nothing')).status).toBe(404)
    expect((await get('/rest/v1x', { apikey: keys.publishableKey })).status).toBe(404)
  })

  it('answers a failing service without telling its secrets', async () => {
    const { status, body } = await get('/broken/v1/x')
    expect(status).toBe(500)
    expect(JSON.stringify(body)).not.toContain('secret')
  })

  it('waits at its end for no connection on which nothing was asked', async () => {
    const mounts = [{ prefix: '/functions/v1', service: echoService(), isOpen: () => true }]
    const ending = await startGateway({ port: 0, host: '127.0.0.1', keys, tokens, logger: silentLogger, mounts })
    const unused = connect(ending.port, '127.0.0.1').on('error', () => {})
    await once(unused, 'connect')
    // Accepted in order: by the time of the answer the gateway has the connection, too.
    await (await fetch(`http://127.0.0.1:${ending.port}/functions/v1/x`)).text()
    // What waits for a time would wait for ever.
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    try {
      await ending.close()
    } finally {
      vi.useRealTimers()
      unused.destroy()
    }
    await expect(fetch(`http://127.0.0.1:${ending.port}/functions/v1/x`)).rejects.toThrow('fetch failed')
  })
})
