import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf, type RestStack, startRestStack } from './rest_stack.ts'

let stack: RestStack
beforeAll(async () => {
  stack = await startRestStack()
})
afterAll(() => stack?.[Symbol.asyncDispose]())

describe('select', () => {
  it('answers all columns when none are named', async () => {
    expect(await stack.rows('/authors?id=eq.1')).toEqual([{ id: 1, name: 'Ursula', born: 1929 }])
  })

  it('answers named columns, renamed and cast', async () => {
    expect(await stack.rows('/authors?select=who:name,born::text&id=eq.1')).toEqual([{ who: 'Ursula', born: '1929' }])
  })

  it('reaches into JSON, as JSON and as text', async () => {
    expect(await stack.rows('/books?select=meta->lang,first:meta->prints->>0,meta->prints->1&id=eq.1')).toEqual([
      { lang: 'en', first: '1974', prints: 1975 },
    ])
    expect(await stack.rows('/publishers?select=address->lines->-1&id=eq.1')).toEqual([{ lines: '345' }])
  })

  it('reaches into what is no JSON by making it so', async () => {
    expect(await stack.rows('/books?select=tags->0&id=eq.1')).toEqual([{ tags: 'utopia' }])
  })

  it('selects columns that a function computes', async () => {
    expect(await stack.rows('/authors?select=name,shout&id=eq.2')).toEqual([{ name: 'Stanislaw', shout: 'STANISLAW' }])
  })

  it('takes names apart only outside double quotes', async () => {
    const path = `/${encodeURIComponent('odd, "name" (x)')}?select=${encodeURIComponent('"a b.c"')}&id=eq.1`
    expect(await stack.rows(path)).toEqual([{ 'a b.c': 'plain' }])
  })

  it('counts, sums and groups', async () => {
    expect(await stack.rows('/books?select=author_id,pages.sum(),count()&order=author_id')).toEqual([
      { author_id: 1, sum: 571, count: 2 },
      { author_id: 2, sum: 499, count: 2 },
    ])
    expect(await stack.rows('/books?select=most:pages.max()::text,pages.min(),mean:pages.avg()::int')).toEqual([
      { most: '387', min: 184, mean: 268 },
    ])
  })

  it('says where a select cannot be read', async () => {
    const answer = await stack.request('/books?select=id,title(')
    expect(codeOf(answer)).toBe('400 PGRST100')
    expect(answer.json()).toMatchObject({
      message: '"failed to parse select parameter (id,title()" (line 1, column 10)',
      details: expect.stringContaining('unexpected end of input'),
    })
  })

  it('leaves unknown columns to Postgres', async () => {
    const answer = await stack.request('/books?select=nothing')
    expect(codeOf(answer)).toBe('400 42703')
    expect(answer.json()).toMatchObject({ message: 'column books.nothing does not exist' })
  })
})

describe('order, limit and offset', () => {
  it('orders by several columns and directions', async () => {
    expect(await stack.rows('/books?select=id&order=shelf.desc,pages.asc')).toEqual([
      { id: 4 },
      { id: 2 },
      { id: 3 },
      { id: 1 },
    ])
  })

  it('puts nulls where they are wanted', async () => {
    expect(await stack.rows('/authors?select=id&order=born.desc.nullsfirst')).toEqual([{ id: 3 }, { id: 1 }, { id: 2 }])
    expect(await stack.rows('/authors?select=id&order=born.nullslast')).toEqual([{ id: 2 }, { id: 1 }, { id: 3 }])
  })

  it('orders by what is inside JSON', async () => {
    expect(await stack.rows('/books?select=id&order=meta->>lang.asc.nullsfirst,id.desc')).toEqual([
      { id: 4 },
      { id: 1 },
      { id: 3 },
      { id: 2 },
    ])
  })

  it('takes a slice', async () => {
    expect(await stack.rows('/books?select=id&order=id&limit=2&offset=1')).toEqual([{ id: 2 }, { id: 3 }])
    expect(await stack.rows('/books?limit=0')).toEqual([])
  })

  it('explains a wrong order', async () => {
    expect((await stack.request('/books?order=id.up')).json()).toMatchObject({
      code: 'PGRST100',
      message: '"failed to parse order (id.up)" (line 1, column 4)',
      details: 'unexpected "u" expecting "asc", "desc", "nullsfirst" or "nullslast"',
    })
  })
})

describe('media types of reads', () => {
  it('writes CSV', async () => {
    const answer = await stack.request('/authors?order=id&select=id,name,born', { headers: { accept: 'text/csv' } })
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.text).toBe('id,name,born\n1,Ursula,1929\n2,Stanislaw,1921\n3,Anonymous,')
  })

  it('leaves nulls out on request', async () => {
    const accept = 'application/vnd.pgrst.array+json;nulls=stripped'
    const answer = await stack.request('/authors?id=eq.3', { headers: { accept } })
    expect(answer.json()).toEqual([{ id: 3, name: 'Anonymous' }])
    expect(answer.headers.get('content-type')).toBe(`${accept}; charset=utf-8`)
  })

  it('answers one row as an object, and nothing else as an error', async () => {
    const headers = { accept: 'application/vnd.pgrst.object+json' }
    expect(await stack.rows('/authors?id=eq.1&select=name', headers)).toEqual({ name: 'Ursula' })
    for (const [path, count] of [
      ['/authors', 3],
      ['/authors?id=eq.9', 0],
    ] as const) {
      const answer = await stack.request(path, { headers })
      expect(answer.status).toBe(406)
      expect(answer.json()).toEqual({
        code: 'PGRST116',
        message: 'Cannot coerce the result to a single JSON object',
        details: `The result contains ${count} rows`,
        hint: null,
      })
    }
  })

  it('tells the plan of a statement when that is allowed', async () => {
    const answer = await stack.request('/authors', { headers: { accept: 'application/vnd.pgrst.plan+json' } })
    expect(answer.status).toBe(200)
    expect(answer.json()).toMatchObject([{ Plan: { 'Node Type': 'Aggregate' } }])
  })

  it('answers a media type that a function makes', async () => {
    const answer = await stack.request('/rpc/page', { headers: { accept: 'text/html' } })
    expect(answer.headers.get('content-type')).toBe('text/html')
    expect(answer.text).toBe('<p>hello</p>')
  })

  it('refuses a media type that nobody makes', async () => {
    const answer = await stack.request('/authors', { headers: { accept: 'image/png' } })
    expect(codeOf(answer)).toBe('406 PGRST107')
    expect(answer.json()).toMatchObject({ message: 'None of these media types are available: image/png' })
  })

  it('takes the first media type it can make, by quality', async () => {
    const headers = { accept: 'image/png, text/csv;q=0.5, application/json;q=0.9' }
    expect((await stack.request('/authors', { headers })).headers.get('content-type')).toBe(
      'application/json; charset=utf-8',
    )
  })
})
