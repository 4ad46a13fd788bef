import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { codeOf, type RestStack, startRestStack } from './rest_stack.ts'

let stack: RestStack
beforeAll(async () => {
  stack = await startRestStack({ useDatabaseConfig: true, poolSize: 2 })
})
afterAll(() => stack?.[Symbol.asyncDispose]())

const status = async (path: string) => (await stack.request(path)).status

describe('a changed schema', () => {
  it.each([
    ["notify pgrst, 'reload schema'", 'one'],
    ['notify pgrst', 'two'],
  ])('is known after %s', async (notification, name) => {
    await stack.sql(`create table library.new_${name} (id int)`)
    expect(await status(`/new_${name}`)).toBe(404)
    await stack.sql(notification)
    await vi.waitFor(async () => expect(await status(`/new_${name}`)).toBe(200), 10_000)
  })

  it('is known after a reload, also when several are asked for at once', async () => {
    await stack.sql('create table library.new_three (id int)')
    await Promise.all([stack.service.reload(), stack.service.reload(), stack.service.reload()])
    expect(await status('/new_three')).toBe(200)
  })

  it('does not break statements that were prepared before', async () => {
    await stack.sql('create table library.grows (id int); insert into library.grows values (1)')
    await stack.service.reload()
    for (let i = 0; i < 8; i++) expect(await stack.rows('/grows')).toEqual([{ id: 1 }])
    await stack.sql('alter table library.grows add added text default $$x$$')
    for (let i = 0; i < 8; i++) expect(await stack.rows('/grows')).toEqual([{ id: 1, added: 'x' }])
    await stack.sql('alter table library.grows drop column id')
    for (let i = 0; i < 8; i++) expect(await stack.rows('/grows')).toEqual([{ added: 'x' }])
  })

  it('does not break calls whose result has another type now', async () => {
    const headers = { accept: 'text/html' }
    for (let i = 0; i < 8; i++) expect((await stack.request('/rpc/page', { headers })).text).toBe('<p>hello</p>')
    await stack.sql(`
      drop function library.page(); drop domain library."text/html"; create domain library."text/html" as bytea;
      create function library.page() returns library."text/html" immutable language sql as $$ select '<p>bytes</p>'::bytea $$`)
    await stack.service.reload()
    for (let i = 0; i < 8; i++) expect((await stack.request('/rpc/page', { headers })).text).toBe('<p>bytes</p>')
  })
})

describe('settings of the database', () => {
  it('override the options, and are read anew on request', async () => {
    await stack.sql(`
      alter role authenticator in database "${new URL(stack.superuserUrl).pathname.slice(1)}" set pgrst.db_max_rows = '1';
      alter role authenticator in database "${new URL(stack.superuserUrl).pathname.slice(1)}" set pgrst.db_aggregates_enabled = 'false';
      notify pgrst, 'reload config'`)
    await vi.waitFor(async () => expect(await stack.rows('/books?select=id&order=id')).toEqual([{ id: 1 }]), 10_000)
    expect(codeOf(await stack.request('/books?select=count()'))).toBe('400 PGRST123')
    await stack.sql(`
      alter role authenticator in database "${new URL(stack.superuserUrl).pathname.slice(1)}" reset all;
      notify pgrst, 'reload config'`)
    await vi.waitFor(async () => expect(await stack.rows('/books?select=id')).toHaveLength(4), 10_000)
  })
})

describe('connections', () => {
  it('that are ended fail their request with 503, and the next one works', async () => {
    const slow = stack.request('/rpc/nap', { method: 'POST', body: { seconds: 30 } })
    await vi.waitFor(() =>
      stack.sql(`do $$ begin
        perform pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and usename = 'authenticator' and query like '%nap%' and state = 'active';
        if not found then raise 'not yet'; end if;
      end $$`),
    )
    const answer = await slow
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('1')
    for (let i = 0; i < 6; i++) expect(await status('/books')).toBe(200)
  })

  it('that are ended while idle are not noticed', async () => {
    for (let i = 0; i < 3; i++) {
      await stack.sql(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and usename = 'authenticator' and application_name = 'rest'`)
      await vi.waitFor(async () => expect(await status('/books')).toBe(200))
    }
  })

  it('keep no transaction, role or claim of a request that failed', async () => {
    const claims = { role: 'authenticated', sub: 'ada' }
    for (let i = 0; i < 6; i++) {
      expect(codeOf(await stack.request('/books?id=eq.x', { claims }))).toBe('400 22P02')
      expect((await stack.request('/rpc/settings')).json()).toMatchObject({ role: 'anon', claims: { role: 'anon' } })
    }
  })

  it('serve many requests at once', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => stack.rows(`/rpc/add?a=${i}&b=1`)))
    expect(answers).toEqual(Array.from({ length: 60 }, (_, i) => i + 1))
  })

  it('are given up when none becomes free in time', async () => {
    await using narrow = await startRestStack({ poolSize: 1, poolTimeoutMs: 100 })
    const nap = narrow.request('/rpc/nap', { method: 'POST', body: { seconds: 1.5 } })
    await vi.waitFor(() =>
      narrow.sql(`do $$ begin
        perform from pg_stat_activity where query like '%nap%' and state = 'active'
          and usename = 'authenticator' and datname = current_database();
        if not found then raise 'not yet'; end if;
      end $$`),
    )
    expect(codeOf(await narrow.request('/books'))).toBe('504 PGRST003')
    expect((await nap).status).toBe(204)
    expect((await narrow.request('/books')).status).toBe(200)
  })
})

describe('roles', () => {
  it('bring their own settings and isolation level', async () => {
    const role = `reader_${randomUUID().slice(0, 8)}`
    await stack.sql(`
      create role ${role};
      grant ${role} to authenticator;
      grant usage on schema library to ${role};
      alter role ${role} set statement_timeout = '4321ms';
      alter role ${role} set default_transaction_isolation = 'repeatable read';
      create function library.frame() returns json stable language sql as $$
        select json_build_array(current_setting('statement_timeout'), current_setting('transaction_isolation')) $$`)
    try {
      await stack.service.reload()
      const answer = await stack.request('/rpc/frame', { claims: { role } })
      expect(answer.json()).toEqual(['4321ms', 'repeatable read'])
      expect(await stack.rows('/rpc/frame')).not.toEqual(answer.json())
    } finally {
      // Roles are shared by all databases of the server.
      await stack.sql(`drop owned by ${role}; drop role ${role}`)
    }
  })
})
