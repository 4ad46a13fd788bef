import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import postgres from 'postgres'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../local/logger.ts'
import { createScheduler, type Scheduler } from '../../../local/scheduler/mod.ts'
import { type TestDatabase, testDatabase } from '../../support/postgres.ts'

interface Received {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

let database: TestDatabase
let owner: postgres.Sql
let scheduler: Scheduler
let server: Server
let origin: string
let received: Received[]

beforeEach(async () => {
  received = []
  server = createServer(async (request, response) => {
    const { method, url, headers } = request
    received.push({ method, url, headers, body: await text(request) })
    if (url === '/never') return
    if (url === '/broken') return void request.socket.destroy()
    response.writeHead(url === '/missing' ? 404 : 201, { 'content-type': 'text/plain', 'x-answer': 'yes' })
    response.end(`hello ${url}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  database = await testDatabase()
  owner = postgres(database.url, { max: 4, onnotice: () => {} })
  await owner`create extension if not exists pg_net`
  scheduler = createScheduler({ databaseUrl: database.superuserUrl, logger: silentLogger })
})

afterEach(async () => {
  await scheduler.close()
  await owner.end()
  await database[Symbol.asyncDispose]()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

async function answer(id: unknown): Promise<postgres.Row | undefined> {
  const [row] = await owner`select * from net._http_response where id = ${String(id)}`
  return row
}

async function answered(id: unknown): Promise<postgres.Row> {
  await expect.poll(() => answer(id), { timeout: 15_000, interval: 10 }).toBeDefined()
  const row = await answer(id)
  if (!row) throw new Error('no answer')
  return row
}

describe('a queued request', () => {
  it('is sent after commit and its answer stored', async () => {
    await scheduler.start()
    const [row] = await owner`
      select net.http_post(${`${origin}/hook`}, '{"a": 1}', '{"q": "x y"}', '{"x-token": "t"}') as id`
    expect(await answered(row?.id)).toMatchObject({
      status_code: 201,
      content_type: 'text/plain',
      content: 'hello /hook?q=x%20y',
      timed_out: false,
      error_msg: null,
    })
    expect((await answer(row?.id))?.headers).toMatchObject({ 'x-answer': 'yes' })
    expect(received).toHaveLength(1)
    expect(received[0]).toMatchObject({ method: 'POST', url: '/hook?q=x%20y', body: '{"a": 1}' })
    expect(received[0]?.headers).toMatchObject({ 'x-token': 't', 'content-type': 'application/json' })
    expect(await owner`select * from net.http_request_queue`).toHaveLength(0)
    const [collected] = await owner`select (net._http_collect_response(${row?.id})).status as status`
    expect(collected?.status).toBe('SUCCESS')
  })

  it('leaves on the notification of its commit and does not wait for the next look', async () => {
    await scheduler.close()
    scheduler = createScheduler({
      databaseUrl: database.superuserUrl,
      logger: silentLogger,
      pollMilliseconds: 3_600_000,
    })
    await scheduler.start()
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const [row] = await owner`select net.http_get(${`${origin}/quick`}) as id`
      expect(await answered(row?.id)).toMatchObject({ status_code: 201 })
    }
  })

  it('is never sent when the transaction rolls back', async () => {
    await scheduler.start()
    await owner
      .begin(async (sql) => {
        await sql`select net.http_get(${`${origin}/undone`})`
        throw new Error('undo')
      })
      .catch(() => {})
    const [row] = await owner`select net.http_get(${`${origin}/done`}) as id`
    await answered(row?.id)
    expect(received.map(({ url }) => url)).toEqual(['/done'])
  })

  it('uses DELETE with a body, and stores an error status as an answer', async () => {
    const [row] = await owner`
      select net.http_delete(${`${origin}/missing`}, headers => '{"content-type": "application/json"}',
        body => '{"id": 1}') as id`
    await scheduler.runDue(new Date())
    expect(await answer(row?.id)).toMatchObject({ status_code: 404, timed_out: false, error_msg: null })
    expect(received[0]).toMatchObject({ method: 'DELETE', body: '{"id": 1}' })
  })

  it('ends at its own timeout without holding up the others', async () => {
    await scheduler.start()
    const [slow] = await owner`select net.http_get(${`${origin}/never`}, timeout_milliseconds => 400) as id`
    const [quick] = await owner`select net.http_get(${`${origin}/quick`}) as id`
    await answered(quick?.id)
    expect(await answer(slow?.id)).toBeUndefined()
    const row = await answered(slow?.id)
    expect(row).toMatchObject({ status_code: null, timed_out: true, content: null })
    expect(row.error_msg).toMatch(/^Timeout of 400 ms reached/)
  })

  it('stores why it could not be sent', async () => {
    const [refused] = await owner`select net.http_get('http://127.0.0.1:1/') as id`
    const [broken] = await owner`select net.http_get(${`${origin}/broken`}) as id`
    const [hurried] = await owner`select net.http_get(${`${origin}/quick`}, timeout_milliseconds => 0) as id`
    const [split] = await owner`select net.http_get(${`${origin}/quick`}, headers => '{"x-a": "b\\r\\nc: d"}') as id`
    await scheduler.runDue(new Date())
    expect(await answer(refused?.id)).toMatchObject({ status_code: null, timed_out: false })
    expect((await answer(refused?.id))?.error_msg).toBeTruthy()
    expect((await answer(broken?.id))?.error_msg).toBeTruthy()
    expect((await answer(hurried?.id))?.error_msg).toBe('timeout_milliseconds must be at least 1, got 0')
    expect((await answer(split?.id))?.error_msg).toBeTruthy()
    expect(received.map(({ url }) => url)).toEqual(['/broken'])
  })

  it('waits for the scheduler when it is queued before the start, more than one batch included', async () => {
    await owner`select net.http_get(${`${origin}/early`}) from generate_series(1, 450)`
    await scheduler.start()
    await expect
      .poll(async () => (await owner`select count(*)::int as n from net._http_response`)[0]?.n, { timeout: 25_000 })
      .toBe(450)
    expect(received).toHaveLength(450)
  })

  it('loses its answer after six hours', async () => {
    await owner`
      insert into net._http_response (id, created)
      values (1, now() - interval '6 hours 1 minute'), (2, now() - interval '5 hours')`
    await scheduler.runDue(new Date())
    const rows = await owner`select id::int as id from net._http_response`
    expect(rows.map(({ id }) => id)).toEqual([2])
  })
})
