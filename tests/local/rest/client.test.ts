import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RestStack, startRestStack, tokenFor } from './rest_stack.ts'

let stack: RestStack
beforeAll(async () => {
  stack = await startRestStack()
})
afterAll(() => stack?.[Symbol.asyncDispose]())

const client = (claims: object = { role: 'anon' }) =>
  createClient(stack.url, tokenFor(claims), {
    db: { schema: 'library' },
    auth: { persistSession: false, autoRefreshToken: false },
  })

describe('the official client', () => {
  it('reads with embeds, filters, order and ranges', async () => {
    const { data, error, count } = await client()
      .from('books')
      .select('title, publishers!inner(name), genres(name)', { count: 'exact' })
      .or('pages.gt.250,title.ilike.%sol%')
      .order('name', { referencedTable: 'publishers' })
      .order('id')
      .range(0, 1)
    expect(error).toBeNull()
    expect(count).toBe(3)
    expect(data).toEqual([
      { title: 'The Dispossessed', publishers: { name: 'Ace' }, genres: [{ name: 'science fiction' }] },
      { title: 'Solaris', publishers: { name: 'Czytelnik' }, genres: [{ name: 'science fiction' }] },
    ])
  })

  it('asks for one row, or perhaps one', async () => {
    const authors = client().from('authors')
    expect((await authors.select('name').eq('id', 1).single()).data).toEqual({ name: 'Ursula' })
    expect((await authors.select().eq('id', 99).maybeSingle()).data).toBeNull()
    const { error, status } = await authors.select().single()
    expect([status, error?.code, error?.details]).toEqual([406, 'PGRST116', 'The result contains 3 rows'])
  })

  it('knows every filter by name', async () => {
    const books = () => client().from('books').select('id').order('id')
    const ids = async (query: ReturnType<typeof books>) => (await query).data?.map(({ id }) => id)
    expect(await ids(books().in('title', ['Solaris', 'no, such "book"']))).toEqual([2])
    expect(await ids(books().contains('tags', ['utopia']))).toEqual([1])
    expect(await ids(books().containedBy('tags', ['ocean', 'x']))).toEqual([2, 4])
    expect(await ids(books().overlaps('tags', ['robots', 'ocean']))).toEqual([2, 3])
    expect(await ids(books().contains('meta', { lang: 'pl' }))).toEqual([2, 3])
    expect(await ids(books().is('lent', null))).toEqual([3, 4])
    expect(await ids(books().not('is_lent', 'is', true))).toEqual([2, 3, 4])
    expect(await ids(books().textSearch('search', 'ocean', { type: 'websearch' }))).toEqual([2])
    expect(await ids(books().likeAnyOf('title', ['The*', 'Sol*']))).toEqual([1, 2, 3])
    expect(await ids(books().match({ author_id: 2, shelf: 'upper' }))).toEqual([2, 3])
    expect(await ids(books().rangeAdjacent('lent', '[2026-01-10,2026-01-20)'))).toEqual([1])
  })

  it('writes and reads back', async () => {
    const members = () => client().from('members')
    const added = await members()
      .insert([{ email: 'x@example.org' }, { email: 'y@example.org', name: 'Y' }])
      .select('id, email')
    expect(added.error).toBeNull()
    expect(added.data).toMatchObject([{ email: 'x@example.org' }, { email: 'y@example.org' }])
    const merged = await members()
      .upsert({ email: 'x@example.org', visits: 3 }, { onConflict: 'email' })
      .select('visits')
      .single()
    expect(merged.data).toEqual({ visits: 3 })
    const changed = await members().update({ visits: 4 }).like('email', '%@example.org').select('visits')
    expect(changed.data).toEqual([{ visits: 4 }, { visits: 4 }])
    expect((await members().delete({ count: 'exact' }).like('email', '%@example.org')).count).toBe(2)
  })

  it('calls functions and counts what they answer', async () => {
    expect((await client().rpc('add', { a: 1, b: 1 })).data).toBe(2)
    expect((await client().rpc('add', { a: 1 }, { get: true })).data).toBe(11)
    const books = await client()
      .rpc('find_books', { min_pages: 200 }, { count: 'exact' })
      .select('id')
      .order('id')
      .limit(1)
    expect([books.data, books.count]).toEqual([[{ id: 1 }], 3])
    expect((await client().rpc('add', { a: 'x' })).error).toMatchObject({ code: '22P02' })
    expect((await client().rpc('enlist', { email: 'z@example.org' }, { head: false })).status).toBe(204)
  })

  it('takes other forms of an answer, other schemas and other roles', async () => {
    expect((await client().from('authors').select('id,name').eq('id', 1).csv()).data).toBe('id,name\n1,Ursula')
    expect((await client().from('authors').select().eq('id', 1).explain({ format: 'json' })).data).toMatchObject([
      { Plan: {} },
    ])
    expect((await client().schema('archive').from('authors').select('epitaph')).data).toEqual([
      { epitaph: 'Wrote much' },
    ])
    expect((await client({ role: 'authenticated', sub: 'bob' }).from('secrets').select('id')).data).toEqual([{ id: 2 }])
    const { error, status } = await client().from('secrets').select()
    expect([status, error?.code]).toEqual([401, '42501'])
    const undone = await client().from('authors').insert({ id: 900, name: 'x' }).rollback().select()
    expect(undone.data).toEqual([{ id: 900, name: 'x', born: null }])
    expect((await client().from('authors').select('*', { head: true, count: 'exact' }).eq('id', 900)).count).toBe(0)
  })
})
