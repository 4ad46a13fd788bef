import { randomUUID } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withConnection } from '../../../local/postgres/database.ts'
import { webhookSecret } from '../../../local/secrets.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

describe('a webhook, through the running stack', { timeout: 90_000 }, () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await testStack()
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  /** Sends an event as a provider does. */
  const send = (id: string, payload: object, options: { secret?: string; sentAt?: Date } = {}) => {
    const body = JSON.stringify(payload)
    const sentAt = options.sentAt ?? new Date()
    return fetch(`${stack.apiUrl}/functions/v1/webhooks/standard`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
        'webhook-signature': new Webhook(options.secret ?? webhookSecret(stack.secrets)).sign(id, sentAt, body),
      },
      body,
    })
  }
  const query = <Row extends object>(statement: string, ...parameters: string[]) =>
    withConnection(stack.database.url, (sql) => sql.unsafe<Row[]>(statement, parameters))
  const look = async (id: string) => {
    const rows = await query<{ state: string; attempts: number; replays: number; error: string | null }>(
      `select state::text as state, attempt_count as attempts, replay_count as replays, last_error as error
       from private.webhook_events where provider = 'standard' and provider_event_id = $1`,
      id,
    )
    return rows.length > 1 ? { state: 'twice' } : rows[0]
  }
  const reaches = (id: string, state: string) =>
    expect.poll(async () => (await look(id))?.state, { timeout: 40_000, interval: 100 }).toBe(state)
  const probe = (failures = 0) => ({ type: 'platform.probe', data: { failures } })

  it('[SEC-23] is stored and processed by a job when it is signed', async () => {
    const id = randomUUID()
    const response = await send(id, probe())
    expect([response.status, await response.json()]).toEqual([200, { received: 1 }])
    await reaches(id, 'processed')
    expect(await look(id)).toMatchObject({ attempts: 1, error: null })
  })

  it('[SEC-23] is refused with 401 and not stored when the secret is wrong or the call is an old one', async () => {
    const id = randomUUID()
    const wrong = `whsec_${Buffer.from('somebody else').toString('base64')}`
    expect((await send(id, probe(), { secret: wrong })).status).toBe(401)
    expect((await send(id, probe(), { sentAt: new Date(Date.now() - 6 * 60_000) })).status).toBe(401)
    expect(await look(id)).toBeUndefined()
  })

  it('is processed once, however often and however close together it comes', async () => {
    const id = randomUUID()
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(id, probe())))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    await reaches(id, 'processed')
    expect((await send(id, probe())).status).toBe(200)
    const jobs = await query(
      `select from private.jobs join private.webhook_events
         on jobs.payload = jsonb_build_object('webhook_event_id', webhook_events.id)
       where jobs.kind = 'webhook_event.process' and provider_event_id = $1`,
      id,
    )
    expect(jobs).toHaveLength(1)
    expect(await look(id)).toMatchObject({ state: 'processed', attempts: 1 })
  })

  it('is kept as ignored when nobody knows its type', async () => {
    const id = randomUUID()
    expect((await send(id, { type: 'comet.seen' })).status).toBe(200)
    await reaches(id, 'ignored')
  })

  it('is processed by a later attempt when the first one failed', async () => {
    const id = randomUUID()
    await send(id, probe(1))
    // Instead of waiting for up to half a minute. It may also come at once, so the time in between is not looked at.
    const hurried = async () => {
      await query(`update private.jobs set run_at = now() where kind = 'webhook_event.process' and state = 'failed'`)
      return (await look(id))?.state
    }
    await expect.poll(hurried, { timeout: 40_000, interval: 100 }).toBe('processed')
    expect(await look(id)).toMatchObject({ attempts: 2, error: null })
  })

  it('is processed by another worker when the first one died with it', async () => {
    const id = randomUUID()
    // A worker that takes the job and is never heard of again: nobody else is there while the row is made.
    await query(
      `with event as (
         insert into private.webhook_events (provider, provider_event_id, event_type, occurred_at, payload, state)
         values ('standard', $1, 'platform.probe', now(), '{"data": {}}', 'processing') returning id
       )
       insert into private.jobs (kind, payload, state, attempt, worker, lease_id, lease_until)
       select 'webhook_event.process', jsonb_build_object('webhook_event_id', id), 'running', 1, 'dead',
         gen_random_uuid(), now() + interval '1 second'
       from event`,
      id,
    )
    await reaches(id, 'processed')
  })
})
