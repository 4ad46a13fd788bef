import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf, type RestStack, startRestStack } from './rest_stack.ts'

let stack: RestStack
beforeAll(async () => {
  stack = await startRestStack()
  await stack.sql('comment on schema library is $$The library\n\nBooks and who writes them$$')
})
afterAll(() => stack?.[Symbol.asyncDispose]())

const documentFor = async (claims?: Record<string, unknown>) =>
  (await stack.request('/', claims ? { claims } : {})).json()

describe('the root path', () => {
  it('describes the schema, its tables and functions', async () => {
    const answer = await stack.request('/')
    expect(answer.headers.get('content-type')).toBe('application/openapi+json; charset=utf-8')
    expect(answer.json()).toMatchObject({
      swagger: '2.0',
      info: { title: 'The library', description: 'Books and who writes them' },
      host: new URL(stack.url).host,
      paths: {
        '/authors': { get: { summary: 'People who write books.', description: 'Also those who are long dead.' } },
        '/rpc/add': {
          get: {
            parameters: [
              { name: 'a', required: true, type: 'integer' },
              { name: 'b', required: false },
            ],
          },
        },
        '/rpc/joined': {
          get: { parameters: [{ name: 'words', collectionFormat: 'multi', items: { type: 'string' } }] },
        },
      },
      definitions: {
        authors: { required: ['id', 'name'], properties: { born: { type: 'integer', format: 'int32' } } },
        books: {
          properties: {
            id: { description: 'Note:\nThis is a Primary Key.<pk/>' },
            pages: { default: 100 },
            tags: { type: 'array', items: { type: 'string' } },
            shelf: { enum: ['ground', 'upper', 'cellar'] },
            publisher_id: { description: expect.stringContaining("<fk table='publishers' column='id'/>") },
          },
        },
      },
    })
  })

  it('shows a role only what it may use', async () => {
    await stack.sql('revoke execute on function library.enlist(text) from public, anon')
    const forAnon = await documentFor()
    expect(forAnon).not.toHaveProperty(['paths', '/secrets'])
    expect(forAnon).not.toHaveProperty(['paths', '/rpc/enlist'])
    const forPeople = await documentFor({ role: 'authenticated' })
    expect(forPeople).toHaveProperty(['paths', '/secrets'])
    expect(forPeople).toHaveProperty(['paths', '/rpc/enlist', 'post'])
    expect(forPeople).not.toHaveProperty(['paths', '/rpc/enlist', 'get'])
  })

  it('can describe everything, be answered by a function, or be closed', async () => {
    const openApi = { securityActive: true, proxyUri: 'https://api.example.org/rest' } as const
    await using everything = await startRestStack({ openApi: { ...openApi, mode: 'ignore-privileges' } })
    expect((await everything.request('/')).json()).toMatchObject({
      host: 'api.example.org:443',
      basePath: '/rest',
      schemes: ['https'],
      security: [{ JWT: [] }],
      paths: { '/secrets': {} },
    })
    await using closed = await startRestStack({ openApi: { ...openApi, mode: 'disabled' } })
    expect(codeOf(await closed.request('/'))).toBe('404 PGRST126')
    await using own = await startRestStack({ rootSpec: 'numbers' })
    expect((await own.request('/')).json()).toEqual([1, 2, 3])
  })

  it('refuses media types that it is not', async () => {
    expect(codeOf(await stack.request('/', { headers: { accept: 'text/csv' } }))).toBe('406 PGRST107')
  })
})
