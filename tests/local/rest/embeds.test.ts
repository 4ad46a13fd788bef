import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf, type RestStack, startRestStack } from './rest_stack.ts'

let stack: RestStack
beforeAll(async () => {
  stack = await startRestStack()
  await stack.sql(
    'alter table library.books add constraint books_second_reader foreign key (editor_id) references library.authors',
  )
  await stack.service.reload()
})
afterAll(() => stack?.[Symbol.asyncDispose]())

describe('embeds', () => {
  it('shows the one row that a foreign key points to, null without', async () => {
    expect(await stack.rows('/books?select=title,publishers(name)&id=in.(1,4)&order=id')).toEqual([
      { title: 'The Dispossessed', publishers: { name: 'Ace' } },
      { title: 'Lathe of Heaven', publishers: null },
    ])
  })

  it('shows the rows that point here as a list', async () => {
    expect(await stack.rows('/publishers?select=name,books(title)&order=id&books.order=title')).toEqual([
      { name: 'Ace', books: [{ title: 'The Dispossessed' }] },
      { name: 'Czytelnik', books: [{ title: 'Solaris' }, { title: 'The Cyberiad' }] },
    ])
  })

  it('goes through a junction, both ways', async () => {
    expect(await stack.rows('/books?select=genres(name)&id=eq.3&genres.order=name')).toEqual([
      { genres: [{ name: 'satire' }, { name: 'science fiction' }] },
    ])
    expect(await stack.rows('/genres?select=books(id)&id=eq.3')).toEqual([{ books: [{ id: 3 }] }])
  })

  it('shows a one-to-one row as an object on both sides', async () => {
    expect(await stack.rows('/books?select=details(isbn)&id=eq.1')).toEqual([{ details: { isbn: '978-1' } }])
    expect(await stack.rows('/details?select=books(title)&book_id=eq.1')).toEqual([
      { books: { title: 'The Dispossessed' } },
    ])
  })

  it('tells parent and children of one table apart', async () => {
    expect(
      await stack.rows('/genres?select=name,parent:parent_id(name),children:genres(name)&id=in.(1,2)&order=id'),
    ).toEqual([
      { name: 'fiction', parent: null, children: [{ name: 'science fiction' }, { name: 'satire' }] },
      { name: 'science fiction', parent: { name: 'fiction' }, children: [] },
    ])
  })

  it('compares every column of a composite key', async () => {
    expect(await stack.rows('/desks?select=id,branches(name)&order=id')).toEqual([
      { id: 1, branches: { name: 'East' } },
      { id: 2, branches: { name: 'West' } },
    ])
  })

  it('works through views', async () => {
    expect(await stack.rows('/long_books?select=name,authors(name)')).toEqual([
      { name: 'The Dispossessed', authors: { name: 'Ursula' } },
    ])
    expect(await stack.rows('/authors?select=long_books(name)&id=eq.1')).toEqual([
      { long_books: [{ name: 'The Dispossessed' }] },
    ])
    expect(await stack.rows('/isbns?select=isbn,books(title)&book=eq.2')).toEqual([
      { isbn: '978-2', books: { title: 'Solaris' } },
    ])
  })

  it('follows relationships that a function computes', async () => {
    expect(await stack.rows('/authors?select=masterpiece(title),works(id)&id=eq.2&works.order=id.desc')).toEqual([
      { masterpiece: { title: 'The Cyberiad' }, works: [{ id: 3 }, { id: 2 }] },
    ])
  })

  it('asks which relationship is meant, and takes names of keys and columns as answers', async () => {
    const answer = await stack.request('/books?select=authors(name)')
    expect(codeOf(answer)).toBe('300 PGRST201')
    expect(answer.json()).toMatchObject({
      message: "Could not embed because more than one relationship was found for 'books' and 'authors'",
      hint: expect.stringContaining("'authors!books_author_id_fkey'"),
    })
    const ursula = [{ authors: { name: 'Ursula' } }]
    expect(await stack.rows('/books?select=authors!books_author_id_fkey(name)&id=eq.1')).toEqual(ursula)
    expect(await stack.rows('/books?select=authors!author_id(name)&id=eq.1')).toEqual(ursula)
    expect(await stack.rows('/books?select=author_id(name)&id=eq.1')).toEqual([{ author_id: { name: 'Ursula' } }])
    expect(await stack.rows('/genres?select=books!book_genres(id)&id=eq.3')).toEqual([{ books: [{ id: 3 }] }])
  })

  it('says which relationship does not exist, and what may be meant', async () => {
    const answer = await stack.request('/publishers?select=book(title)')
    expect(codeOf(answer)).toBe('400 PGRST200')
    expect(answer.json()).toMatchObject({
      message: "Could not find a relationship between 'publishers' and 'book' in the schema cache",
      hint: "Perhaps you meant 'books' instead of 'book'.",
    })
  })

  it('nests', async () => {
    expect(await stack.rows('/publishers?select=name,books(title,author:author_id(name,works(id)))&id=eq.1')).toEqual([
      {
        name: 'Ace',
        books: [{ title: 'The Dispossessed', author: { name: 'Ursula', works: [{ id: 1 }, { id: 4 }] } }],
      },
    ])
  })
})

describe('conditions on embeds', () => {
  it('filter, order and cut the embedded rows only', async () => {
    expect(
      await stack.rows('/publishers?select=id,books(id)&books.pages=gt.250&books.order=id.desc&books.limit=1&order=id'),
    ).toEqual([
      { id: 1, books: [{ id: 1 }] },
      { id: 2, books: [{ id: 3 }] },
    ])
    expect(await stack.rows('/publishers?select=id,books(id)&books.or=(id.eq.2,id.eq.9)&id=eq.2')).toEqual([
      { id: 2, books: [{ id: 2 }] },
    ])
  })

  it('drop rows without a match when the embed is inner', async () => {
    expect(await stack.rows('/publishers?select=name,books!inner(id)&books.title=eq.Solaris')).toEqual([
      { name: 'Czytelnik', books: [{ id: 2 }] },
    ])
    expect(await stack.rows('/books?select=id,publishers!inner(name)&publishers.name=eq.Ace')).toEqual([
      { id: 1, publishers: { name: 'Ace' } },
    ])
  })

  it('ask whether there are embedded rows', async () => {
    expect(await stack.rows('/authors?select=name,works()&works=is.null')).toEqual([{ name: 'Anonymous' }])
    expect(await stack.rows('/books?select=id,publishers()&publishers=not.is.null&order=id')).toEqual([
      { id: 1 },
      { id: 2 },
      { id: 3 },
    ])
    expect(
      await stack.rows('/books?select=id,publishers(),details()&or=(publishers.is.null,details.not.is.null)&order=id'),
    ).toEqual([{ id: 1 }, { id: 2 }, { id: 4 }])
  })

  it('order by a column of a to-one embed', async () => {
    expect(
      await stack.rows(
        '/books?select=id,publishers(name)&order=publishers(name).desc.nullslast,id&publishers=not.is.null',
      ),
    ).toMatchObject([{ id: 2 }, { id: 3 }, { id: 1 }])
    expect(codeOf(await stack.request('/publishers?select=books(id)&order=books(id)'))).toBe('400 PGRST118')
  })

  it('are refused for what is not embedded', async () => {
    const answer = await stack.request('/books?genres.name=eq.satire')
    expect(codeOf(answer)).toBe('400 PGRST108')
    expect(answer.json()).toMatchObject({
      message: "'genres' is not an embedded resource in this request",
      hint: "Verify that 'genres' is included in the 'select' query parameter.",
    })
  })

  it('count correctly with inner embeds', async () => {
    const answer = await stack.request('/publishers?select=id,books!inner(id)&limit=1', {
      headers: { prefer: 'count=exact' },
    })
    expect(answer.headers.get('content-range')).toBe('0-0/2')
  })
})

describe('spread embeds', () => {
  it('put the columns of a to-one embed beside the own ones', async () => {
    expect(await stack.rows('/books?select=title,...publishers(publisher:name)&id=eq.1')).toEqual([
      { title: 'The Dispossessed', publisher: 'Ace' },
    ])
  })

  it('make lists of the columns of a to-many embed', async () => {
    expect(await stack.rows('/publishers?select=name,...books(titles:title,pages)&id=eq.2&books.order=pages')).toEqual([
      { name: 'Czytelnik', titles: ['Solaris', 'The Cyberiad'], pages: [204, 295] },
    ])
  })

  it('aggregate in the level that they are spread into', async () => {
    expect(
      await stack.rows('/books?select=...publishers(name),pages.sum()&publisher_id=not.is.null&order=publishers(name)'),
    ).toEqual([
      { name: 'Ace', sum: 387 },
      { name: 'Czytelnik', sum: 499 },
    ])
    expect(codeOf(await stack.request('/publishers?select=...books(pages.sum())'))).toBe('400 PGRST127')
  })
})
