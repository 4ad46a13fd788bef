import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf, type RestStack, startRestStack } from './rest_stack.ts'

let stack: RestStack
beforeAll(async () => {
  stack = await startRestStack()
})
afterAll(() => stack?.[Symbol.asyncDispose]())

const idsOf = async (query: string): Promise<unknown> => {
  const rows = await stack.rows(`/books?select=id&order=id&${query}`)
  return Array.isArray(rows) ? rows.map((row: { id?: unknown }) => row.id) : rows
}

describe('operators', () => {
  it.each([
    ['pages=eq.204', [2]],
    ['pages=neq.204', [1, 3, 4]],
    ['pages=gt.204', [1, 3]],
    ['pages=gte.204', [1, 2, 3]],
    ['pages=lt.204', [4]],
    ['pages=lte.204', [2, 4]],
    ['title=like.The*', [1, 3]],
    ['title=ilike.*LATHE*', [4]],
    ['title=match.^S', [2]],
    ['title=imatch.^s', [2]],
    ['id=in.(1,3)', [1, 3]],
    ['id=in.()', []],
    ['title=in.("Solaris","The Cyberiad")', [2, 3]],
    ['is_lent=is.true', [1]],
    ['is_lent=is.false', [2, 4]],
    ['is_lent=is.unknown', [3]],
    ['lent=is.null', [3, 4]],
    ['lent=is.not_null', [1, 2]],
    ['lent=not.is.null', [1, 2]],
    ['editor_id=isdistinct.3', [2, 3, 4]],
    ['tags=cs.{utopia}', [1]],
    ['tags=cd.{ocean,robots}', [2, 4]],
    ['tags=ov.{ocean,physics}', [1, 2]],
    ['meta=cs.{"lang":"pl"}', [2, 3]],
    ['lent=sl.[2026-02-01,2026-03-01)', [1]],
    ['lent=sr.[2026-01-01,2026-01-10)', [2]],
    ['lent=nxr.[2026-01-01,2026-01-15)', [1]],
    ['lent=nxl.[2026-01-15,2026-03-01)', [2]],
    ['lent=adj.[2026-01-10,2026-01-20)', [1]],
    ['lent=ov.[2026-01-05,2026-02-05)', [1, 2]],
    ['search=fts.wall', [1]],
    ['search=plfts.ocean visitors', [2]],
    ['search=phfts(english).cybernetic age', [3]],
    ['search=wfts.ocean or fables', [2, 3]],
    ['blurb=fts(english).dream', [4]],
    ['blurb=not.fts.worlds', [2, 3]],
    ['meta->>lang=eq.pl', [2, 3]],
    ['meta->prints->>0=eq.1961', [2]],
    ['shelf=eq.upper', [2, 3]],
    ['pages=not.gt.204', [2, 4]],
  ])('%s finds %j', async (query, ids) => {
    expect(await idsOf(query)).toEqual(ids)
  })

  it.each([
    ['title=like(any).{The*,*aris}', [1, 2, 3]],
    ['title=like(all).{The*,*iad}', [3]],
    ['title=not.ilike(any).{the*,sol*}', [4]],
    ['pages=eq(any).{204,295}', [2, 3]],
    ['pages=gt(all).{100,204}', [1, 3]],
  ])('%s compares with each of a list', async (query, ids) => {
    expect(await idsOf(query)).toEqual(ids)
  })

  it('compares with values that need quotes', async () => {
    const table = encodeURIComponent('odd, "name" (x)')
    const query = encodeURIComponent('"a b.c"')
    const value = encodeURIComponent('in.("with \\"quotes\\", and (parens)")')
    expect(await stack.rows(`/${table}?select=id&${query}=${value}`)).toEqual([{ id: 2 }])
    expect(await idsOf(`tags=cs.${encodeURIComponent('{"fables, tall"}')}`)).toEqual([3])
  })

  it('combines filters on different and on the same column', async () => {
    expect(await idsOf('pages=gt.200&pages=lt.300&author_id=eq.2')).toEqual([2, 3])
  })
})

describe('logic', () => {
  it.each([
    ['or=(id.eq.1,id.eq.4)', [1, 4]],
    ['and=(pages.gt.200,author_id.eq.1)', [1]],
    ['not.or=(id.eq.1,id.eq.4)', [2, 3]],
    ['or=(id.eq.1,and(author_id.eq.2,pages.lt.210))', [1, 2]],
    ['or=(title.like.The*,not.and(pages.gt.100,pages.lt.400))', [1, 3]],
    ['or=(id.in.(1,2),tags.cs.{robots,"fables, tall"})', [1, 2, 3]],
    ['or=(title.eq."Lathe of Heaven",lent.is.null)', [3, 4]],
    ['or=(meta->>lang.eq.en,id.not.lt.4)', [1, 4]],
    ['and=(search.fts.ocean,title.isdistinct.Solaris)', []],
  ])('%s finds %j', async (query, ids) => {
    expect(await idsOf(query)).toEqual(ids)
  })

  it('says what is missing', async () => {
    expect((await stack.request('/books?or=(id.in.1,2)')).json()).toMatchObject({
      code: 'PGRST100',
      message: '"failed to parse logic tree ((id.in.1,2))" (line 1, column 10)',
      details: 'unexpected "1" expecting "("',
    })
    expect((await stack.request('/books?or=()')).json()).toMatchObject({
      details: expect.stringContaining('negation operator (not) or logic operator (and, or)'),
    })
  })
})

describe('what cannot be understood', () => {
  it('names the operators', async () => {
    const answer = await stack.request('/books?id=is.5')
    expect(answer.json()).toMatchObject({
      code: 'PGRST100',
      message: '"failed to parse filter (is.5)" (line 1, column 4)',
    })
    expect((await stack.request('/books?id=5')).json()).toMatchObject({
      details: 'unexpected "5" expecting "not" or operator (eq, gt, ...)',
    })
  })

  it('is refused by Postgres when the value has the wrong type', async () => {
    expect(codeOf(await stack.request('/books?id=eq.five'))).toBe('400 22P02')
  })
})

describe('attempts at injection', () => {
  const hostile = [
    `1;drop table library.books`,
    `1' or '1'='1`,
    `$1`,
    `1)--`,
    `\\'; select 1`,
    `"; drop schema library --`,
  ]

  it('are values wherever values go', async () => {
    for (const text of hostile) {
      const value = encodeURIComponent(text)
      expect(await idsOf(`title=eq.${value}`)).toEqual([])
      expect(await idsOf(`title=in.(${encodeURIComponent(JSON.stringify(text))})`)).toEqual([])
      expect(await idsOf(`meta->>${encodeURIComponent(JSON.stringify(text))}=eq.1`)).toEqual([])
      expect(await idsOf(`or=(title.eq.${encodeURIComponent(JSON.stringify(text))})`)).toEqual([])
    }
    expect(await idsOf('id=gt.0')).toEqual([1, 2, 3, 4])
  })

  it('are names wherever names go', async () => {
    for (const text of hostile) {
      const name = encodeURIComponent(`"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
      for (const query of [`select=${name}`, `${name}=eq.1`, `order=${name}`, `select=x:id,${name}(id)`]) {
        const answer = await stack.request(`/books?${query}`)
        expect(answer.status).toBe(400)
        expect(['42703', 'PGRST200']).toContain(codeOf(answer).slice(4))
      }
      expect((await stack.request(`/${encodeURIComponent(text)}`)).status).toBe(404)
      expect((await stack.request(`/rpc/${encodeURIComponent(text)}`)).status).toBe(404)
    }
    expect(await idsOf('id=gt.0')).toEqual([1, 2, 3, 4])
  })

  it('do not get through casts, languages, aliases or limits', async () => {
    for (const query of [
      'select=id::int)%20from%20library.secrets--',
      'select=id::text;drop',
      'search=fts(english;drop).a',
      'limit=1;drop&select=id',
      `select=${encodeURIComponent('"x"";drop":id')}`,
    ]) {
      expect((await stack.request(`/books?${query}`)).status).toBeLessThan(500)
    }
    expect(await idsOf('id=gt.0')).toEqual([1, 2, 3, 4])
  })
})
