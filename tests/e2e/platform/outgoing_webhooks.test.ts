import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { withConnection } from '../../../local/postgres/database.ts'
import { type SandboxClient, sandboxClient } from '../../../local/sandbox/client.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const receivedSchema = z.object({
  received: z.array(
    z.object({ headers: z.record(z.string(), z.string()), body: z.string(), isVerified: z.boolean().nullable() }),
  ),
})

describe('outgoing webhooks, through the running stack', { timeout: 120_000 }, () => {
  let stack: TestStack
  let sandbox: SandboxClient
  beforeAll(async () => {
    stack = await testStack()
    sandbox = sandboxClient(stack.sandboxUrl)
  }, 120_000)
  afterAll(() => stack[Symbol.asyncDispose]())

  const sql = (statement: string, parameters: string[] = []) =>
    withConnection(stack.database.url, (connection) => connection.unsafe(statement, parameters))

  /** An owner with an organization and an endpoint at the sandbox, or elsewhere. */
  async function givenEndpoint(options: { url?: string } = {}) {
    const email = `${crypto.randomUUID()}@example.com`
    const password = 'Correct-horse-1'
    await stack.adminClient().auth.admin.createUser({ email, password, email_confirm: true })
    const client = stack.client()
    expect((await client.auth.signInWithPassword({ email, password })).error).toBeNull()
    const founded = await client.rpc('create_organization', { name: 'Webhook Works' })
    const organizationId = z.object({ id: z.uuid() }).parse(founded.data).id
    const hook = crypto.randomUUID()
    const made = await client.rpc('create_webhook_endpoint', {
      organization_id: organizationId,
      url: options.url ?? `${stack.sandboxUrl}/webhook-receiver/hooks/${hook}`,
      topic_patterns: ['invoice.*'],
    })
    expect(made.error).toBeNull()
    const { endpoint_id: id, secret } = z.object({ endpoint_id: z.uuid(), secret: z.string() }).parse(made.data?.[0])
    return { client, organizationId, hook, id, secret }
  }
  type Given = Awaited<ReturnType<typeof givenEndpoint>>

  const emit = (given: Given) =>
    sql(`select private.emit_event('invoice.paid', $1, '{"invoice_id": "i-1"}')`, [given.organizationId])
  const received = async ({ hook }: { hook: string }) => {
    const answer = await fetch(`${stack.sandboxUrl}/webhook-receiver/received?hook=${hook}`)
    return receivedSchema.parse(await answer.json()).received
  }
  /** Waits until the newest delivery is as wanted, as the owner sees it. */
  async function delivery(given: Given, wanted: (row: { status: string; attempt_count: number }) => boolean) {
    const look = async () => {
      const { data, error } = await given.client
        .from('webhook_deliveries')
        .select('*, webhook_messages(topic), webhook_delivery_attempts(attempt, response_status, response_body, error)')
        .order('created_at', { ascending: false })
        .limit(1)
      expect(error).toBeNull()
      return data?.[0]
    }
    await expect
      .poll(
        async () => {
          const row = await look()
          return row !== undefined && wanted(row)
        },
        { timeout: 60_000, interval: 200 },
      )
      .toBe(true)
    const row = await look()
    if (!row) throw new Error('There is no delivery')
    return row
  }
  const isDelivered = (row: { status: string }) => row.status === 'delivered'
  /** Lets the next attempt be due now; the schedule or a worker that is up takes it. */
  const hurry = () =>
    sql(`update private.jobs set run_at = now() where kind = 'webhook_delivery.send' and state = 'queued'`)

  it('[A11-01] deliver an event, signed so that the library of the scheme takes it', async () => {
    const given = await givenEndpoint()
    await sandbox.runAction('webhook-receiver', 'use-secret', { hook: given.hook, secret: given.secret })
    await emit(given)
    expect(await delivery(given, isDelivered)).toMatchObject({
      response_status: 204,
      attempt_count: 1,
      webhook_messages: { topic: 'invoice.paid' },
      webhook_delivery_attempts: [{ attempt: 1, response_status: 204, error: null }],
    })
    const [got, ...others] = await received(given)
    expect([others, got?.isVerified]).toEqual([[], true])
    expect(new Webhook(given.secret).verify(got?.body ?? '', got?.headers ?? {})).toMatchObject({
      type: 'invoice.paid',
      organization_id: given.organizationId,
      data: { invoice_id: 'i-1' },
    })
  })

  it('[A11-02] are tried again under the same id, and sent again from the log, signed by both secrets of a rotation', async () => {
    const given = await givenEndpoint()
    // An hour, so that nothing happens before the test lets it.
    const busy = { hook: given.hook, status: '503', retryAfter: '3600' }
    await sandbox.runAction('webhook-receiver', 'answer-with', busy)
    await emit(given)
    const failed = await delivery(given, (row) => row.attempt_count === 1)
    expect(failed).toMatchObject({ status: 'pending', response_status: 503, last_error: 'The endpoint answered 503' })
    await sandbox.runAction('webhook-receiver', 'answer-with', { hook: given.hook, status: '' })
    const rotated = await given.client.rpc('rotate_webhook_secret', { endpoint_id: given.id })
    const fresh = z.object({ secret: z.string() }).parse(rotated.data?.[0]).secret
    await hurry()
    const taken = await delivery(given, isDelivered)
    expect(taken).toMatchObject({ id: failed.id, attempt_count: 2 })
    const replayed = await given.client.rpc('replay_webhook_delivery', { delivery_id: taken.id })
    expect(replayed.error).toBeNull()
    await delivery(given, (row) => isDelivered(row) && row.attempt_count === 3)
    const got = await received(given)
    expect(new Set(got.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    const valid = (secret: string) =>
      got.map(({ body, headers }) => {
        try {
          new Webhook(secret).verify(body, headers)
          return true
        } catch {
          return false
        }
      })
    // Newest first: the first attempt was made before the rotation.
    expect([valid(given.secret), valid(fresh)]).toEqual([
      [true, true, true],
      [true, true, false],
    ])
  })

  it('[A11-01] send a test event on demand', async () => {
    const given = await givenEndpoint()
    expect((await given.client.rpc('send_test_webhook_event', { endpoint_id: given.id })).error).toBeNull()
    expect(await delivery(given, isDelivered)).toMatchObject({ webhook_messages: { topic: 'webhook.test' } })
    expect((await received(given))[0]?.body).toContain('"webhook.test"')
  })

  it.each(['https://localhost/in', 'https://127.1/in', 'http://127.0.0.1:1/in'])(
    '[A11-09] never call an address of our own network: %s',
    async (url) => {
      const given = await givenEndpoint({ url })
      await emit(given)
      expect(await delivery(given, (row) => row.status === 'failed')).toMatchObject({
        last_error: expect.stringMatching(/^(address|url)_not_allowed$/),
        response_status: null,
        attempt_count: 1,
      })
    },
  )

  it('[A11-09] follow no redirect', async () => {
    const given = await givenEndpoint()
    const location = `${stack.sandboxUrl}/webhook-receiver/hooks/elsewhere`
    await sandbox.runAction('webhook-receiver', 'answer-with', {
      ...{ hook: given.hook, status: '307', location, retryAfter: '3600' },
    })
    await emit(given)
    await delivery(given, (row) => row.attempt_count === 1)
    expect([await received(given), await received({ hook: 'elsewhere' })]).toMatchObject([[{}], []])
  })

  it('[A11-02] end with an endpoint that answers 410', async () => {
    const given = await givenEndpoint()
    await sandbox.runAction('webhook-receiver', 'answer-with', { hook: given.hook, status: '410' })
    await emit(given)
    await delivery(given, (row) => row.status === 'failed')
    const { data } = await given.client.from('webhook_endpoints').select('is_active, disabled_reason')
    expect(data).toEqual([{ is_active: false, disabled_reason: 'gone' }])
  })

  it('[A11-01] are no business of another organization', async () => {
    const [given, stranger] = [await givenEndpoint(), await givenEndpoint()]
    await emit(given)
    const { id } = await delivery(given, isDelivered)
    expect(await received(stranger)).toEqual([])
    for (const table of [
      'webhook_endpoints',
      'webhook_messages',
      'webhook_deliveries',
      'webhook_delivery_attempts',
    ] as const) {
      const { data, error } = await stranger.client.from(table).select().eq('organization_id', given.organizationId)
      expect([data, error]).toEqual([[], null])
    }
    const replay = await stranger.client.rpc('replay_webhook_delivery', { delivery_id: id })
    expect(replay.error?.code).toBe('webhook_delivery_not_found')
  })
})
