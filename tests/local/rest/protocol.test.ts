import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf, type RestStack, startRestStack } from './rest_stack.ts'

let stack: RestStack
beforeAll(async () => {
  stack = await startRestStack()
})
afterAll(() => stack?.[Symbol.asyncDispose]())

const get = (path: string, headers: Record<string, string> = {}) => stack.request(path, { headers })

describe('ranges and counts', () => {
  it.each([
    ['/books', {}, 200, '0-3/*'],
    ['/books', { prefer: 'count=exact' }, 200, '0-3/4'],
    ['/books?limit=2', { prefer: 'count=exact' }, 206, '0-1/4'],
    ['/books?limit=2&offset=3', { prefer: 'count=exact' }, 206, '3-3/4'],
    ['/books?limit=0', { prefer: 'count=exact' }, 206, '*/4'],
    ['/books?id=eq.99', { prefer: 'count=exact' }, 200, '*/0'],
    ['/books', { range: '1-2' }, 200, '1-2/*'],
    ['/books', { range: '1-', prefer: 'count=exact' }, 206, '1-3/4'],
    ['/books?limit=3', { range: '2-9', prefer: 'count=exact' }, 206, '2-2/4'],
    ['/books', { range: 'bytes', prefer: 'count=exact' }, 200, '0-3/4'],
  ])('%s with %j answers %i and %s', async (path, headers, status, range) => {
    const answer = await get(path, headers)
    expect([answer.status, answer.headers.get('content-range')]).toEqual([status, range])
  })

  it('are refused when nothing can be in them', async () => {
    for (const [path, headers, details] of [
      [
        '/books',
        { range: '5-2' },
        'The lower boundary must be lower than or equal to the upper boundary in the Range header.',
      ],
      ['/books?limit=-1', {}, 'Limit should be greater than or equal to zero.'],
    ] as const) {
      const answer = await get(path, headers)
      expect(codeOf(answer)).toBe('416 PGRST103')
      expect(answer.json()).toMatchObject({ message: 'Requested range not satisfiable', details })
    }
    const behind = await get('/books?offset=9', { prefer: 'count=exact' })
    expect([codeOf(behind), behind.headers.get('content-range')]).toEqual(['416 PGRST103', '*/4'])
    expect(behind.json()).toMatchObject({ details: 'An offset of 9 was requested, but there are only 4 rows.' })
  })

  it('know the planner’s opinion', async () => {
    const answer = await get('/books?limit=1', { prefer: 'count=planned' })
    expect([200, 206]).toContain(answer.status)
    expect(answer.headers.get('content-range')).toMatch(/^0-0\/\d+$/)
    expect(answer.headers.get('preference-applied')).toBe('count=planned')
  })

  it('stay below the server’s limit, of embeds too', async () => {
    await using limited = await startRestStack({ maxRows: 2 })
    expect(await limited.rows('/books?select=id&order=id')).toEqual([{ id: 1 }, { id: 2 }])
    expect(await limited.rows('/books?select=id&order=id&limit=9&offset=3')).toEqual([{ id: 4 }])
    expect(await limited.rows('/genres?select=genres(id)&id=eq.1')).toMatchObject([{ genres: [{}, {}] }])
    const answer = await limited.request('/books', { headers: { prefer: 'count=exact' } })
    expect([answer.status, answer.headers.get('content-range')]).toEqual([206, '0-1/4'])
    const write = await limited.request('/authors?id=gt.0', {
      method: 'PATCH',
      body: { born: 1 },
      headers: { prefer: 'return=representation' },
    })
    expect(write.json()).toHaveLength(3)
  })
})

describe('headers of the answer', () => {
  it('say what it is made of', async () => {
    const answer = await get('/books?id=eq.1&select=title')
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(answer.headers.get('content-location')).toBe('/books?id=eq.1&select=title')
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(answer.text)))
    expect(answer.headers.get('vary')).toBe('Accept, Prefer, Range')
  })

  it('come without a body to HEAD', async () => {
    const answer = await stack.request('/books', { method: 'HEAD', headers: { prefer: 'count=exact' } })
    expect([answer.status, answer.text, answer.headers.get('content-range')]).toEqual([200, '', '0-3/4'])
  })

  it('tell OPTIONS what a resource can do', async () => {
    const allow = async (path: string) => (await stack.request(path, { method: 'OPTIONS' })).headers.get('allow')
    expect(await allow('/books')).toBe('OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE')
    expect(await allow('/keyless')).toBe('OPTIONS,GET,HEAD,POST,PATCH,DELETE')
    expect(await allow('/rpc/numbers')).toBe('OPTIONS,GET,HEAD,POST')
    expect(await allow('/rpc/enlist')).toBe('OPTIONS,POST')
    expect(await allow('/')).toBe('OPTIONS,GET,HEAD')
  })

  it('name the error for proxies', async () => {
    expect((await get('/nowhere')).headers.get('proxy-status')).toBe('PostgREST; error=PGRST205')
  })
})

describe('schemas', () => {
  it('are chosen by profile headers, and named in the answer', async () => {
    const first = await get('/authors?id=eq.1&select=*')
    expect([first.json(), first.headers.get('content-profile')]).toMatchObject([[{ name: 'Ursula' }], 'library'])
    const other = await get('/authors', { 'accept-profile': 'archive' })
    expect(other.json()).toEqual([{ id: 1, epitaph: 'Wrote much' }])
    expect(other.headers.get('content-profile')).toBe('archive')
    const write = await stack.request('/authors', {
      method: 'POST',
      body: { id: 2 },
      headers: { 'content-profile': 'archive', 'accept-profile': 'library' },
    })
    expect(codeOf(write)).toBe('401 42501')
  })

  it('that are not exposed are not there', async () => {
    const answer = await get('/users', { 'accept-profile': 'auth' })
    expect(codeOf(answer)).toBe('406 PGRST106')
    expect(answer.json()).toMatchObject({
      message: 'Invalid schema: auth',
      hint: 'Only the following schemas are exposed: library, archive',
    })
  })
})

describe('the settings of a request', () => {
  it('hold who asks, what and how', async () => {
    const answer = await stack.request('/rpc/settings', {
      claims: { role: 'authenticated', sub: 'ada', nested: { a: [1] } },
      headers: { 'x-custom': 'yes', cookie: 'a=1; b=2' },
    })
    expect(answer.json()).toMatchObject({
      role: 'authenticated',
      claims: { role: 'authenticated', sub: 'ada', nested: { a: [1] } },
      method: 'GET',
      path: '/rpc/settings',
      headers: { 'x-custom': 'yes' },
      cookies: { a: '1', b: '2' },
      search_path: '"library", "public"',
      read_only: 'on',
      greeting: 'hello',
    })
    expect((await get('/rpc/settings')).json()).toMatchObject({ role: 'anon', claims: { role: 'anon' } })
  })

  it('include the time zone that a client prefers', async () => {
    const answer = await get('/rpc/settings', { prefer: 'timezone=Asia/Tokyo' })
    expect(answer.headers.get('preference-applied')).toBe('timezone=Asia/Tokyo')
    expect(codeOf(await get('/books', { prefer: 'timezone=Mars/Base' }))).toBe('400 22023')
  })
})

describe('preferences', () => {
  it('that are not known matter only when they must be', async () => {
    expect((await get('/books', { prefer: 'nonsense, count=exact' })).status).toBe(200)
    const answer = await get('/books', { prefer: 'handling=strict, nonsense, count=exact' })
    expect(codeOf(answer)).toBe('400 PGRST122')
    expect(answer.json()).toMatchObject({ details: 'Invalid preferences: nonsense' })
  })

  it('undo a transaction', async () => {
    const answer = await stack.request('/authors', {
      method: 'POST',
      body: { id: 77, name: 'x' },
      headers: { prefer: 'tx=rollback, return=representation' },
    })
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([
      201,
      'return=representation, tx=rollback',
    ])
    expect(await stack.rows('/authors?id=eq.77')).toEqual([])
  })

  it('limit what a function may affect only when it can affect many', async () => {
    const prefer = 'handling=strict, max-affected=1'
    expect(codeOf(await get('/rpc/numbers', { prefer }))).toBe('400 PGRST124')
    expect(codeOf(await get('/rpc/add?a=1', { prefer }))).toBe('400 PGRST128')
  })
})

describe('requests that lead nowhere', () => {
  it.each([
    ['GET', '/book', '404 PGRST205'],
    ['GET', '/books/1', '404 PGRST125'],
    ['GET', '/rpc/add/1', '404 PGRST125'],
    ['SEARCH', '/books', '405 PGRST117'],
    ['POST', '/', '405 PGRST117'],
    ['GET', '/books?select=id,(', '400 PGRST100'],
    ['GET', '/%ff%fe', '404 PGRST205'],
    ['GET', '/books?id=eq.%ff', '400 22P02'],
    ['GET', '/books?title=eq.%00', '400 22021'],
  ])('%s %s answers %s', async (method, path, expected) => {
    expect(codeOf(await stack.request(path, { method }))).toBe(expected)
  })

  it('get a hint when something similar exists', async () => {
    expect((await get('/bookz')).json()).toEqual({
      code: 'PGRST205',
      message: "Could not find the table 'library.bookz' in the schema cache",
      details: null,
      hint: "Perhaps you meant the table 'library.books'",
    })
    expect((await get('/completely_else')).json()).toMatchObject({ hint: null })
  })

  it('never say more than a code and words', async () => {
    for (const path of [
      '/books?a.b.c=eq.1',
      '/books?order=,',
      '/books?and=((',
      '/books?select=...',
      '/books?columns=',
    ]) {
      const answer = await get(path)
      expect(answer.status).toBeLessThan(500)
      expect(answer.text).not.toMatch(/at .*\.ts:/)
    }
  })

  it('are refused when their body is too large', async () => {
    await using small = await startRestStack({ maxBodyBytes: 100 })
    const answer = await small.request('/authors', { method: 'POST', body: { id: 5, name: 'x'.repeat(200) } })
    expect(answer.status).toBe(413)
    expect((await small.request('/authors?id=eq.1')).status).toBe(200)
  })
})

describe('tokens', () => {
  const withToken = (token: string) => get('/books', { authorization: `Bearer ${token}` })

  it.each([
    ['x.expired.x', 'PGRST303', 'JWT expired'],
    ['x.not-yet-valid.x', 'PGRST303', 'JWT not yet valid'],
    ['x.audience.x', 'PGRST303', 'JWT not in audience'],
    ['x.signature.x', 'PGRST301', 'No suitable key or wrong key type'],
    ['x.broken.x', 'PGRST301', 'JWT cryptographic operation failed'],
    ['nonsense', 'PGRST301', 'Expected 3 parts in JWT; got 1'],
    ['', 'PGRST301', 'Empty JWT is sent in Authorization header'],
  ])('%s is refused with %s: %s', async (token, code, message) => {
    const answer = await withToken(token)
    expect(codeOf(answer)).toBe(`401 ${code}`)
    expect(answer.json()).toMatchObject({ message })
    expect(answer.headers.get('www-authenticate')).toBe(`Bearer error="invalid_token", error_description="${message}"`)
  })

  it('are needed where nobody may stay anonymous', async () => {
    await using closed = await startRestStack({ anonRole: null })
    const answer = await closed.request('/books')
    expect([codeOf(answer), answer.headers.get('www-authenticate')]).toEqual(['401 PGRST302', 'Bearer'])
    expect((await closed.request('/books', { claims: { role: 'authenticated' } })).status).toBe(200)
  })

  it('of a role that does not exist are refused', async () => {
    expect(codeOf(await stack.request('/books', { claims: { role: 'nobody' } }))).toBe('401 22023')
  })

  it('may carry the role elsewhere', async () => {
    await using nested = await startRestStack({ roleClaim: '.app.roles[?(@ ^== "auth")]' })
    const answer = await nested.request('/rpc/settings', { claims: { app: { roles: ['x', 'authenticated'] } } })
    expect(answer.json()).toMatchObject({ role: 'authenticated' })
  })
})

describe('the pre-request function', () => {
  it('runs in the transaction of every request and may refuse it', async () => {
    await using guarded = await startRestStack({ preRequest: 'library.check_visitor' })
    expect((await guarded.request('/books')).status).toBe(200)
    const answer = await guarded.request('/books', { headers: { 'x-banned': '1' } })
    expect([codeOf(answer), answer.json()]).toMatchObject(['402 PT402', { message: 'Go away' }])
  })
})
