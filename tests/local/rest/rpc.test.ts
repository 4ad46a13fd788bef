import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf, type RestStack, startRestStack } from './rest_stack.ts'

let stack: RestStack
beforeAll(async () => {
  stack = await startRestStack()
})
afterAll(() => stack?.[Symbol.asyncDispose]())

const post = async (name: string, body: unknown, headers = {}) =>
  stack.request(`/rpc/${name}`, { method: 'POST', body, headers })

describe('calls', () => {
  it('take arguments from the query or the body, and defaults for the rest', async () => {
    expect(await stack.rows('/rpc/add?a=1&b=2')).toBe(3)
    expect(await stack.rows('/rpc/add?a=1')).toBe(11)
    expect((await post('add', { a: 5 })).json()).toBe(15)
    expect((await post('add', 'a=4&b=4', { 'content-type': 'application/x-www-form-urlencoded' })).json()).toBe(8)
  })

  it('choose an overload by the names of the arguments', async () => {
    expect(await stack.rows('/rpc/pick?id=1')).toBe('by id')
    expect((await post('pick', { title: 'x' })).json()).toBe('by title')
  })

  it('give repeated arguments to a variadic parameter', async () => {
    expect(await stack.rows('/rpc/joined?words=a&words=b,c')).toBe('a+b,c')
    expect((await post('joined', { words: ['x', 'y "z"'] })).json()).toBe('x+y "z"')
  })

  it('answer rows that can be selected, filtered, ordered, cut, counted and embedded', async () => {
    expect(
      await stack.rows('/rpc/find_books?min_pages=200&select=title,publishers(name)&title=like.The*&order=pages.desc'),
    ).toEqual([
      { title: 'The Dispossessed', publishers: { name: 'Ace' } },
      { title: 'The Cyberiad', publishers: { name: 'Czytelnik' } },
    ])
    const answer = await stack.request('/rpc/find_books?min_pages=200&limit=1&offset=1', {
      headers: { prefer: 'count=exact' },
    })
    expect(answer.status).toBe(206)
    expect(answer.headers.get('content-range')).toBe('1-1/3')
  })

  it('answer one row as an object, scalars as they are, lists of scalars as lists', async () => {
    expect(await stack.rows('/rpc/one_author?id=1')).toEqual({ id: 1, name: 'Ursula', born: 1929 })
    expect(await stack.rows('/rpc/numbers')).toEqual([1, 2, 3])
    expect(await stack.rows('/rpc/stats')).toEqual({ books: 4, authors: 3 })
    expect((await stack.request('/rpc/numbers', { headers: { accept: 'text/csv' } })).text).toBe(
      'pgrst_scalar\n1\n2\n3',
    )
  })

  it('answer nothing when a function returns void', async () => {
    const answer = await post('enlist', { email: 'void@example.org' })
    expect([answer.status, answer.text, answer.headers.get('content-type')]).toEqual([204, '', null])
    expect(await stack.rows('/members?select=email&email=eq.void@example.org')).toEqual([{ email: 'void@example.org' }])
  })

  it('hand the whole body to an only, unnamed parameter', async () => {
    expect((await post('echo_json', { a: [1, { b: null }] })).json()).toEqual({ a: [1, { b: null }] })
    expect((await post('echo_text', 'plain "words"', { 'content-type': 'text/plain' })).json()).toBe('plain "words"')
    expect((await post('echo_bytes', 'a\\b\0c', { 'content-type': 'application/octet-stream' })).json()).toBe(5)
  })

  it('answer the headers alone to HEAD', async () => {
    const answer = await stack.request('/rpc/add?a=1', { method: 'HEAD' })
    expect([answer.status, answer.text]).toEqual([200, ''])
  })
})

describe('what a call may change', () => {
  it('is nothing by GET', async () => {
    const answer = await stack.request('/rpc/enlist?email=get@example.org')
    expect(codeOf(answer)).toBe('405 25006')
  })

  it('is nothing by POST when the function promises so', async () => {
    expect((await post('settings', {})).json()).toMatchObject({ read_only: 'on', method: 'POST' })
  })

  it('is kept only when the transaction is', async () => {
    const answer = await post('enlist', { email: 'undone@example.org' }, { prefer: 'tx=rollback' })
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([204, 'tx=rollback'])
    expect(await stack.rows('/members?email=eq.undone@example.org')).toEqual([])
  })
})

describe('calls that fit no function', () => {
  it('are told what was searched and what is similar', async () => {
    expect((await stack.request('/rpc/find_book?min_pages=1')).json()).toEqual({
      code: 'PGRST202',
      message: 'Could not find the function library.find_book(min_pages) in the schema cache',
      details:
        'Searched for the function library.find_book with parameter min_pages, but no matches were found in the schema cache.',
      hint: 'Perhaps you meant to call the function library.find_books',
    })
    expect((await post('add', { x: 1, a: 2 })).json()).toMatchObject({
      details:
        'Searched for the function library.add with parameters a, x or with a single unnamed json/jsonb parameter, but no matches were found in the schema cache.',
      hint: 'Perhaps you meant to call the function library.add(a, b)',
    })
    expect(codeOf(await stack.request('/rpc/add'))).toBe('404 PGRST202')
  })

  it('are refused by other methods', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const answer = await stack.request('/rpc/add', { method })
      expect(codeOf(answer)).toBe('405 PGRST101')
      expect(answer.json()).toMatchObject({ message: `Cannot use the ${method} method on RPC` })
    }
  })
})

describe('settings of a function', () => {
  it('hold for its whole transaction', async () => {
    expect((await post('strict_time', {})).json()).toBe('1234ms')
    expect((await post('isolation', {})).json()).toBe('serializable')
  })
})

describe('errors raised by functions', () => {
  it('have the status that stands in their code', async () => {
    const answer = await post('fail', { code: 'PT418', message: 'No coffee', detail: 'A teapot' })
    expect(answer.status).toBe(418)
    expect(answer.json()).toEqual({ code: 'PT418', message: 'No coffee', details: 'A teapot', hint: null })
  })

  it('may say the whole answer', async () => {
    const message = JSON.stringify({ code: '123', message: 'Pay first', details: 'Five coins', hint: 'Bring some' })
    const detail = JSON.stringify({ status: 402, status_text: 'Payment', headers: { 'X-Price': '5' } })
    const answer = await post('fail', { code: 'PGRST', message, detail })
    expect(answer.status).toBe(402)
    expect(answer.json()).toEqual({ code: '123', message: 'Pay first', details: 'Five coins', hint: 'Bring some' })
    expect(answer.headers.get('x-price')).toBe('5')
    expect(answer.headers.get('proxy-status')).toBe('PostgREST; error=123')
  })

  it('are errors themselves when what they say cannot be read', async () => {
    expect(codeOf(await post('fail', { code: 'PGRST', message: 'words', detail: '{}' }))).toBe('500 PGRST121')
    const message = JSON.stringify({ code: '1', message: 'm' })
    expect((await post('fail', { code: 'PGRST', message, detail: 'words' })).json()).toMatchObject({
      details: "Invalid JSON value for DETAIL: 'words'",
    })
  })

  it('cannot break the answer', async () => {
    const detail = JSON.stringify({ status: 400, headers: { 'X-A': 'a\r\nX-B: b' } })
    const message = JSON.stringify({ code: '1', message: 'm' })
    expect(codeOf(await post('fail', { code: 'PGRST', message, detail }))).toBe('500 PGRST121')
    const odd = JSON.stringify({ code: 'a\nb é', message: 'm' })
    const plain = JSON.stringify({ status: 409, status_text: 'né\n', headers: { 'X-Word': 'né' } })
    const answer = await post('fail', { code: 'PGRST', message: odd, detail: plain })
    expect(answer.status).toBe(409)
    expect(Buffer.from(answer.headers.get('x-word') ?? '', 'latin1').toString('utf8')).toBe('né')
    expect(codeOf(await post('fail', { code: 'PT101', message: 'm' }))).toBe('500 PT101')
    expect(codeOf(await post('fail', { code: 'PTXYZ', message: 'm' }))).toBe('500 PTXYZ')
  })

  it.each([
    ['P0001', 400],
    ['P0002', 500],
    ['23503', 409],
    ['23505', 409],
    ['22023', 400],
    ['25006', 405],
    ['28000', 403],
    ['40001', 500],
    ['42501', 401],
    ['42P17', 500],
    ['53400', 500],
    ['54001', 500],
    ['55006', 500],
    ['57014', 500],
    ['58000', 500],
    ['XX000', 500],
    ['AB123', 400],
  ])('%s is answered with %i', async (code, status) => {
    expect(codeOf(await post('fail', { code, message: 'no' }))).toBe(`${status} ${code}`)
  })
})

describe('the answer that a function makes', () => {
  const answer = (status: string, headers: string) => post('answer', { status, headers })

  it('has its status and headers', async () => {
    const made = await answer('202', '[{"X-One": "1"}, {"Set-Cookie": "a=1"}, {"Set-Cookie": "b=2"}]')
    expect(made.status).toBe(202)
    expect(made.headers.get('x-one')).toBe('1')
    expect(made.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it('replaces headers of the service', async () => {
    const made = await answer('', '[{"Content-Type": "application/vnd.custom+json"}]')
    expect(made.headers.get('content-type')).toBe('application/vnd.custom+json')
  })

  it('is an error when it cannot be read', async () => {
    expect(codeOf(await answer('soon', ''))).toBe('500 PGRST112')
    expect(codeOf(await answer('', '{"X-One": "1"}'))).toBe('500 PGRST111')
    expect(codeOf(await answer('', '[{"a": "1", "b": "2"}]'))).toBe('500 PGRST111')
    expect(codeOf(await answer('', '[{"a": "1\\r\\nb: 2"}]'))).toBe('500 PGRST111')
    expect(codeOf(await answer('', '[{"a b": "1"}]'))).toBe('500 PGRST111')
    expect(codeOf(await answer('100', ''))).toBe('500 PGRST112')
  })
})
