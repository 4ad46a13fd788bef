import { z } from '@hono/zod-openapi'
import { describe, expect, it } from 'vitest'
import { createApp, defineListing, deprecated, nextLink } from '../../../supabase/functions/_shared/http/mod.ts'
import { createLogger } from '../../../supabase/functions/_shared/runtime/mod.ts'

const id = (number: number) => `7d2f6a52-6d5f-4d8c-9a55-${String(number).padStart(12, '0')}`
const list = defineListing({
  item: z.object({
    id: z.uuid(),
    name: z.string(),
    kind: z.enum(['red', 'blue']),
    size: z.number(),
    is_open: z.boolean(),
    made_at: z.iso.datetime({ offset: true }),
    note: z.string().nullable(),
  }),
  filters: { kind: ['eq', 'in'], size: ['gte', 'lt'], is_open: ['eq'], made_at: ['gte'], note: ['eq'] },
  sorts: ['name', 'made_at'],
  defaultSort: '-made_at',
})
const read = (query: Record<string, string>) => list.read(list.querySchema.parse(query))
const problems = (query: Record<string, string>) =>
  list.querySchema.safeParse(query).error?.issues.map(({ message }) => message) ?? []
const row = (number: number) => ({ id: id(number), name: `n${number}`, made_at: '2026-01-01T00:00:00.123456+00:00' })

describe('a list of the REST face', () => {
  it('[PLT-34] [A11-06] has pages of 20, the newest first, and up to 100 on request', () => {
    expect(read({})).toMatchObject({
      limit: 20,
      sort: { field: 'made_at', isDescending: true },
      after: null,
      filters: [],
    })
    expect(read({ limit: '100', sort: 'name' })).toMatchObject({
      limit: 100,
      sort: { field: 'name', isDescending: false },
    })
    for (const limit of ['0', '101', '-1', '1.5', 'all']) expect(problems({ limit }), limit).toHaveLength(1)
  })

  it('[A11-06] reads filters with the types of their fields', () => {
    const query = { kind: 'red', 'kind[in]': 'red,blue', 'size[gte]': '3', is_open: 'true', note: 'x' }
    expect(read(query).filters).toEqual([
      { field: 'kind', operator: 'eq', value: 'red' },
      { field: 'kind', operator: 'in', value: ['red', 'blue'] },
      { field: 'size', operator: 'gte', value: 3 },
      { field: 'is_open', operator: 'eq', value: true },
      { field: 'note', operator: 'eq', value: 'x' },
    ])
    expect(problems({ kind: 'green' })).toHaveLength(1)
    expect(problems({ 'kind[in]': 'red,green' })).toHaveLength(1)
    expect(problems({ 'size[gte]': 'much' })).toHaveLength(1)
    const since = (value: string) => read({ 'made_at[gte]': value }).filters[0]?.value
    expect(since('2026-01-31T09:30:00+01:00')).toBe('2026-01-31T09:30:00+01:00')
    expect(since('2026-01-31')).toBe('2026-01-31T00:00:00Z')
    expect(problems({ 'made_at[gte]': 'yesterday' })).toEqual([
      'Must be a day such as 2026-01-31, in UTC, or a time such as 2026-01-31T09:30:00Z',
    ])
  })

  it('[A11-06] names what is allowed when it is asked for anything else', () => {
    const allowed = 'kind, kind[in], size[gte], size[lt], is_open, made_at[gte], note, limit, cursor, sort, fields'
    expect(problems({ owner: 'ann' })).toEqual([`No such parameter: owner. Allowed are ${allowed}`])
    expect(problems({ 'size[eq]': '1' })).toEqual([`No such parameter: size[eq]. Allowed are ${allowed}`])
    expect(problems({ sort: 'size' })[0]).toContain('"name"|"-name"|"made_at"|"-made_at"')
    expect(problems({ fields: 'id,secret' })).toEqual([
      'No such field: secret. There are id, name, kind, size, is_open, made_at, note',
    ])
  })

  it('[PLT-08] sends only the fields that were asked for, and always the id', () => {
    const request = read({ fields: 'name' })
    const page = list.page(request, [{ ...row(1), kind: 'red' }])
    expect(page).toEqual({ data: [{ id: id(1), name: 'n1' }], next_cursor: null })
  })

  it('[PLT-34] [A11-06] gives a cursor when there is more, which goes on after the last row that was shown', () => {
    const request = read({ limit: '2', kind: 'red' })
    const page = list.page(request, [row(3), row(2), row(1)])
    expect(page.data.map((shown) => shown.id)).toEqual([id(3), id(2)])
    const next = read({ limit: '50', kind: 'red', cursor: page.next_cursor ?? '' })
    expect(next.after).toEqual({ value: '2026-01-01T00:00:00.123456+00:00', id: id(2) })
    expect(list.page(request, [row(1)]).next_cursor).toBeNull()
  })

  it('[A11-06] refuses a cursor of another order or other filters, and one that was made up', () => {
    const cursor = list.page(read({ limit: '1' }), [row(2), row(1)]).next_cursor ?? ''
    expect(read({ cursor }).after).not.toBeNull()
    const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const [mark] = z.array(z.string()).parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    const wrong = [
      { cursor, sort: 'name' },
      { cursor, kind: 'red' },
      { cursor: 'nonsense' },
      { cursor: '' },
      { cursor: made([mark, "' or true --", id(1)]) },
      { cursor: made([mark, '2026-01-01T00:00:00Z', "x' or true --"]) },
      { cursor: made([mark, { toString: 1 }, id(1)]) },
    ]
    for (const query of wrong) {
      expect(() => read(query), JSON.stringify(query)).toThrow(
        expect.objectContaining({ code: 'cursor_invalid', status: 400 }),
      )
    }
  })

  it('[A11-06] links to the next page with the same parameters', () => {
    expect(nextLink('https://api.example/v1/things?kind=red&cursor=old', 'new')).toBe(
      '<https://api.example/v1/things?kind=red&cursor=new>; rel="next"',
    )
    expect(nextLink('https://api.example/v1/things', null)).toBeNull()
  })
})

it('[PLT-03] tells callers of an ageing route since when, until when and what instead', async () => {
  const app = createApp('sample', { logger: createLogger('sample', () => {}) })
  const notice = {
    since: new Date('2026-01-01T00:00:00Z'),
    sunset: new Date('2026-12-31T23:59:59Z'),
    link: 'https://docs.example/v2',
    successor: '/functions/v1/api/v2/things',
  }
  app.get('/things', deprecated(notice), (c) => c.json([]))
  const { headers, status } = await app.fetch(new Request('http://internal/sample/things'))
  expect(status).toBe(200)
  expect(headers.get('deprecation')).toBe('@1767225600')
  expect(headers.get('sunset')).toBe('Thu, 31 Dec 2026 23:59:59 GMT')
  expect(headers.get('link')).toBe(
    '<https://docs.example/v2>; rel="deprecation"; type="text/html", ' +
      '<https://docs.example/v2>; rel="sunset"; type="text/html", ' +
      '</functions/v1/api/v2/things>; rel="successor-version"',
  )
})
