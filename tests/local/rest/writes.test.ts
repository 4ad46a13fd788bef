import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf, type RestStack, startRestStack } from './rest_stack.ts'

let stack: RestStack
beforeAll(async () => {
  stack = await startRestStack()
})
afterAll(() => stack?.[Symbol.asyncDispose]())

const full = { prefer: 'return=representation' }
const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  stack.request(path, { method, body, headers })

describe('insert', () => {
  it('answers 201 and nothing else unless asked', async () => {
    const answer = await send('POST', '/members', { email: 'a@example.org' })
    expect([answer.status, answer.text]).toEqual([201, ''])
    expect(answer.headers.get('content-range')).toBe('*/*')
    expect(answer.headers.get('content-length')).toBe('0')
    expect(answer.headers.get('location')).toBeNull()
  })

  it('tells where the row is', async () => {
    const answer = await send('POST', '/members', { email: 'b@example.org' }, { prefer: 'return=headers-only' })
    expect(answer.headers.get('location')).toMatch(/^\/members\?id=eq\.\d+$/)
    expect(answer.headers.get('preference-applied')).toBe('return=headers-only')
    expect(await stack.rows(`${answer.headers.get('location')}&select=email`)).toEqual([{ email: 'b@example.org' }])
    const composite = await send(
      'POST',
      '/branches',
      { country: 'DE', city: 'Bad Ems', name: 'Old' },
      { prefer: 'return=headers-only' },
    )
    expect(composite.headers.get('location')).toBe('/branches?country=eq.DE&city=eq.Bad%20Ems')
  })

  it('answers the rows, with embeds', async () => {
    const answer = await send(
      'POST',
      '/books?select=id,title,pages,publishers(name)',
      { id: 10, title: 'New', publisher_id: 1 },
      full,
    )
    expect(answer.status).toBe(201)
    expect(answer.json()).toEqual([{ id: 10, title: 'New', pages: 100, publishers: { name: 'Ace' } }])
  })

  it('takes many rows, of JSON or CSV', async () => {
    const rows = [
      { id: 11, name: 'x' },
      { id: 12, name: 'y' },
    ]
    expect((await send('POST', '/authors?select=id', rows, full)).json()).toEqual([{ id: 11 }, { id: 12 }])
    const csv = await send('POST', '/authors', 'id,name,born\n13,"Quoted, name",NULL\n14,z,1900', {
      ...full,
      'content-type': 'text/csv',
    })
    expect(csv.json()).toEqual([
      { id: 13, name: 'Quoted, name', born: null },
      { id: 14, name: 'z', born: 1900 },
    ])
    expect((await send('POST', '/authors', [], full)).json()).toEqual([])
  })

  it('refuses rows with different keys, and what is no JSON', async () => {
    for (const [body, message] of [
      ['[{"id":1},{"name":"x"}]', 'All object keys must match'],
      ['[{"id":1},2]', 'All object keys must match'],
      ['{"id":', 'Empty or invalid json'],
      ['', 'Empty or invalid json'],
    ] as const) {
      const answer = await send('POST', '/authors', body)
      expect(codeOf(answer)).toBe('400 PGRST102')
      expect(answer.json()).toMatchObject({ message })
    }
    expect((await send('POST', '/authors', 'x', { 'content-type': 'text/html' })).json()).toMatchObject({
      message: 'Content-Type not acceptable: text/html',
    })
  })

  it('sets only the columns that are named', async () => {
    const body = [{ id: 20, name: 'kept', junk: 1 }, { id: 21 }]
    const answer = await send('POST', '/authors?columns=id,name', [{ id: 20, name: 'kept', junk: 1 }], full)
    expect(answer.json()).toEqual([{ id: 20, name: 'kept', born: null }])
    expect(codeOf(await send('POST', '/authors?columns=id,name', body))).toBe('409 23505')
    expect((await send('POST', '/authors?columns=id,nope', body)).json()).toMatchObject({
      code: 'PGRST204',
      message: "Could not find the 'nope' column of 'authors' in the schema cache",
    })
  })

  it('fills gaps with null or, on request, with defaults', async () => {
    const body = [{ email: 'c@example.org', name: 'Cy' }, { email: 'd@example.org' }]
    const path = '/members?columns=email,name&select=name'
    const answer = await send('POST', path, body, { prefer: 'return=representation, missing=default' })
    expect(answer.json()).toEqual([{ name: 'Cy' }, { name: 'nobody' }])
    expect(answer.headers.get('preference-applied')).toBe('missing=default, return=representation')
    const nulls = await send('POST', path, [{ email: 'e@example.org' }], full)
    expect(nulls.json()).toEqual([{ name: null }])
  })

  it('answers conflicts with 409', async () => {
    expect(codeOf(await send('POST', '/authors', { id: 1, name: 'again' }))).toBe('409 23505')
    expect(codeOf(await send('POST', '/books', { id: 99, title: 'x', author_id: 999 }))).toBe('409 23503')
  })
})

describe('upsert', () => {
  it('merges what exists, and tells whether anything was new', async () => {
    const prefer = 'resolution=merge-duplicates, return=representation'
    const mixed = await send(
      'POST',
      '/authors',
      [
        { id: 1, name: 'Ursula K.' },
        { id: 30, name: 'New' },
      ],
      { prefer },
    )
    expect([mixed.status, mixed.headers.get('preference-applied')]).toEqual([201, prefer])
    expect(mixed.json()).toMatchObject([{ name: 'Ursula K.', born: 1929 }, { name: 'New' }])
    const known = await send('POST', '/authors', [{ id: 1, name: 'Ursula' }], { prefer })
    expect(known.status).toBe(200)
  })

  it('leaves what exists as it is', async () => {
    const prefer = 'resolution=ignore-duplicates, return=representation'
    const answer = await send(
      'POST',
      '/authors',
      [
        { id: 1, name: 'Nobody' },
        { id: 31, name: 'New' },
      ],
      { prefer },
    )
    expect(answer.json()).toEqual([{ id: 31, name: 'New', born: null }])
  })

  it('finds duplicates by other unique columns', async () => {
    const prefer = 'resolution=merge-duplicates, return=representation'
    const answer = await send('POST', '/publishers?on_conflict=name&select=id', { id: 1, name: 'Ace' }, { prefer })
    expect(answer.json()).toEqual([{ id: 1 }])
  })
})

describe('update', () => {
  it('changes the filtered rows and counts them', async () => {
    const answer = await send('PATCH', '/authors?id=in.(1,2)', { born: 1900 }, { prefer: 'count=exact' })
    expect([answer.status, answer.text, answer.headers.get('content-range')]).toEqual([204, '', '0-1/2'])
    expect(await stack.rows('/authors?select=id&born=eq.1900&id=lt.10&order=id')).toEqual([{ id: 1 }, { id: 2 }])
  })

  it('answers the rows, with embeds', async () => {
    const answer = await send('PATCH', '/books?id=eq.2&select=pages,details(isbn)', { pages: 205 }, full)
    expect([answer.status, answer.json()]).toEqual([200, [{ pages: 205, details: { isbn: '978-2' } }]])
  })

  it('changes nothing without a match or without columns', async () => {
    const none = await send('PATCH', '/authors?id=eq.999', { name: 'x' }, full)
    expect([none.status, none.json(), none.headers.get('content-range')]).toEqual([200, [], '*/*'])
    expect((await send('PATCH', '/authors?id=eq.1', {}, full)).json()).toEqual([])
  })

  it('takes defaults for named columns that the body lacks', async () => {
    const prefer = 'return=representation, missing=default'
    const answer = await send('PATCH', '/books?id=eq.3&columns=pages&select=pages', {}, { prefer })
    expect(answer.json()).toEqual([{ pages: 100 }])
  })

  it('is undone when it changes more than one row but one was wanted', async () => {
    const headers = { ...full, accept: 'application/vnd.pgrst.object+json' }
    expect(codeOf(await send('PATCH', '/authors?id=in.(1,2)', { name: 'same' }, headers))).toBe('406 PGRST116')
    expect(await stack.rows('/authors?name=eq.same')).toEqual([])
    expect((await send('PATCH', '/authors?id=eq.2&select=id', { name: 'S.' }, headers)).json()).toEqual({ id: 2 })
  })

  it('is undone when it exceeds max-affected', async () => {
    const prefer = 'handling=strict, max-affected=1'
    const answer = await send('PATCH', '/authors?id=in.(1,2)', { name: 'same' }, { prefer })
    expect(codeOf(answer)).toBe('400 PGRST124')
    expect(answer.json()).toMatchObject({ details: 'The query affects 2 rows' })
    expect(await stack.rows('/authors?name=eq.same')).toEqual([])
    const lenient = await send('PATCH', '/authors?id=in.(11,12)', { name: 'same' }, { prefer: 'max-affected=1' })
    expect(lenient.status).toBe(204)
  })
})

describe('PUT', () => {
  it('makes a row or replaces it', async () => {
    const made = await send('PUT', '/publishers?id=eq.50', { id: 50, name: 'Made', address: null }, full)
    expect([made.status, made.json()]).toEqual([201, [{ id: 50, name: 'Made', address: null }]])
    const replaced = await send('PUT', '/publishers?id=eq.50', { id: 50, name: 'Replaced' }, full)
    expect([replaced.status, replaced.json()]).toMatchObject([200, [{ name: 'Replaced' }]])
    expect((await send('PUT', '/publishers?id=eq.50', { id: 50, name: 'Again' })).status).toBe(204)
  })

  it('needs exactly the primary key, and a body that agrees with it', async () => {
    const body = { id: 51, name: 'x' }
    for (const query of ['', '?name=eq.x', '?id=gt.51', '?id=eq.51&name=eq.x', '?id=not.eq.51', '?and=(id.eq.51)']) {
      expect(codeOf(await send('PUT', `/publishers${query}`, body))).toBe('405 PGRST105')
    }
    expect(codeOf(await send('PUT', '/keyless?value=eq.x', { value: 'x' }))).toBe('405 PGRST105')
    expect(codeOf(await send('PUT', '/publishers?id=eq.52', body))).toBe('400 PGRST115')
    expect(codeOf(await send('PUT', '/publishers?id=eq.51&limit=1', body))).toBe('400 PGRST114')
    expect(await stack.rows('/publishers?id=in.(51,52)')).toEqual([])
  })
})

describe('delete', () => {
  it('removes the filtered rows', async () => {
    await send('POST', '/authors', [
      { id: 60, name: 'a' },
      { id: 61, name: 'b' },
      { id: 62, name: 'c' },
    ])
    const one = await send('DELETE', '/authors?id=eq.60&select=name', undefined, full)
    expect([one.status, one.json()]).toEqual([200, [{ name: 'a' }]])
    const rest = await send('DELETE', '/authors?or=(id.eq.61,id.eq.62)', undefined, { prefer: 'count=exact' })
    expect([rest.status, rest.headers.get('content-range')]).toEqual([204, '*/2'])
    expect(await stack.rows('/authors?id=gte.60')).toEqual([])
  })
})

describe('rows that are not the own ones', () => {
  it('are not seen, and not written', async () => {
    const ada = { role: 'authenticated', sub: 'ada' }
    expect((await stack.request('/secrets?select=id', { claims: ada })).json()).toEqual([{ id: 1 }])
    expect(codeOf(await stack.request('/secrets'))).toBe('401 42501')
    const write = await stack.request('/secrets', { method: 'POST', body: { id: 3, owner: 'ada' }, claims: ada })
    expect(codeOf(write)).toBe('403 42501')
  })
})
