import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { attempt, deliveriesOf, deliveryOf, emit, givenEndpoint } from './webhook_support.ts'

const started = (db: Database, id: string, number = 1) =>
  db.asOwner(() =>
    db.rows<{ message_id: string; url: string; body: string }>('select * from public.start_webhook_delivery($1, $2)', [
      id,
      number,
    ]),
  )
const sendJobs = (db: Database, deliveryId: string) =>
  db.asOwner(() =>
    db.rows<{ attempt: number; wait: number }>(
      `select (payload ->> 'attempt')::int as attempt, extract(epoch from run_at - now())::float8 as wait
       from private.jobs where kind = 'webhook_delivery.send' and queue = 'webhooks'
         and payload ->> 'delivery_id' = $1 order by id`,
      [deliveryId],
    ),
  )
const endpoint = (db: Database, id: string) =>
  db.asOwner(() =>
    db.row(
      'select is_active, disabled_reason::text as reason, first_failed_at from public.webhook_endpoints where id = $1',
      [id],
    ),
  )

describe('an event', () => {
  it('[A11-01] goes to the endpoints of its organization that want its topic, and to no other', () =>
    withRollback(async (db) => {
      const { id: all, organization } = await givenEndpoint(db, { topics: '{*}' })
      const { id: paid } = await givenEndpoint(db, { organization, url: 'https://b.test/', topics: '{invoice.paid}' })
      const { id: members } = await givenEndpoint(db, { organization, url: 'https://c.test/', topics: '{member.*}' })
      const { id: theirs } = await givenEndpoint(db, { topics: '{*}' })
      expect(await emit(db, 'invoice.paid', organization, { invoice_id: 'i-1' })).toBe(2)
      expect(await emit(db, 'invoice.voided', organization)).toBe(1)
      const topics = async (id: string) => (await deliveriesOf(db, id)).map(({ topic }) => topic)
      expect(await topics(all)).toEqual(['invoice.paid', 'invoice.voided'])
      expect(await topics(paid)).toEqual(['invoice.paid'])
      expect([await topics(members), await topics(theirs)]).toEqual([[], []])
    }))

  it('[A11-01] is sent as type, timestamp, organization and data under one id for all endpoints', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      const { id: second } = await givenEndpoint(db, { organization, url: 'https://b.test/' })
      await emit(db, 'invoice.paid', organization, { invoice_id: 'i-1' })
      const [one] = await started(db, await deliveryOf(db, id))
      const [two] = await started(db, await deliveryOf(db, second))
      expect(one?.message_id).toMatch(/^msg_[0-9a-f-]{36}$/)
      expect(two).toMatchObject({ message_id: one?.message_id, body: one?.body, url: 'https://b.test/' })
      expect(JSON.parse(one?.body ?? '')).toEqual({
        type: 'invoice.paid',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        organization_id: organization.id,
        data: { invoice_id: 'i-1' },
      })
    }))

  it('[A11-01] never leaves the platform unless its topic is published', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db, { topics: '{*}' })
      expect(await emit(db, 'secret.made', organization)).toBe(0)
      expect(await deliveriesOf(db, id)).toEqual([])
    }))

  it('costs no job in an organization without endpoints', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await emit(db, 'invoice.paid', organization)
      expect(await db.rows(`select from private.jobs where kind = 'webhook_message.fan_out'`)).toEqual([])
    }))

  it('makes its deliveries once, however often its job runs', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      await db.actAs('service_role')
      const run = () =>
        db.row(`select public.fan_out_webhook_message(77, $1, 'invoice.paid', now(), '{}') as count`, [organization.id])
      expect([await run(), await run()]).toEqual([{ count: 1 }, { count: 0 }])
      expect(await deliveriesOf(db, id)).toHaveLength(1)
    }))

  it('[A11-01] above 20 kB is cut down to its ids', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      await emit(db, 'invoice.paid', organization, {
        ...{
          invoice_id: 'i-1',
          amount: 5,
          parent: { id: 'no' },
          long_id: 'y'.repeat(300),
          id: 7,
          text: 'x'.repeat(20_000),
        },
      })
      const [sent] = await started(db, await deliveryOf(db, id))
      expect(JSON.parse(sent?.body ?? '').data).toEqual({ id: 7, invoice_id: 'i-1', is_trimmed: true })
      const huge = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`x${index}_id`, 'y'.repeat(150)]))
      expect(await emit(db, 'invoice.paid', organization, huge)).toBe(1)
    }))

  it('of an organization that was suspended meanwhile is not sent any more', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      await emit(db, 'invoice.paid', organization)
      await db.asOwner(() =>
        db.exec('update public.organizations set suspended_at = now() where id = $1', [organization.id]),
      )
      expect(await started(db, await deliveryOf(db, id))).toEqual([])
      expect(await deliveriesOf(db, id)).toMatchObject([{ status: 'failed' }])
    }))
})

describe('an attempt', () => {
  it('[A11-01] that is taken delivers the message, which is not sent again', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      await emit(db, 'invoice.paid', organization)
      const delivery = await deliveryOf(db, id)
      expect(await attempt(db, delivery, { status: 204 })).toBe('delivered')
      expect([await started(db, delivery, 1), await started(db, delivery, 2)]).toEqual([[], []])
      expect(await sendJobs(db, delivery)).toMatchObject([{ attempt: 1 }])
      await db.actAs(organization.owner)
      expect(
        await db.row(
          'select attempt, response_status, response_body, duration_ms from public.webhook_delivery_attempts',
        ),
      ).toEqual({ attempt: 1, response_status: 204, response_body: 'body', duration_ms: 12 })
    }))

  it('[A11-02] that fails is repeated later and later, 8 times in all, and then waits for a replay', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      await emit(db, 'invoice.paid', organization)
      const delivery = await deliveryOf(db, id)
      for (let number = 1; number <= 7; number += 1) {
        expect(await attempt(db, delivery, { status: 500 })).toBe('pending')
        const waits = await sendJobs(db, delivery)
        expect(waits).toHaveLength(number + 1)
        expect(waits[number]?.wait).toBeLessThanOrEqual(30 * 2 ** (number - 1) + 5)
      }
      expect(await attempt(db, delivery, { error: 'connection_failed' })).toBe('failed')
      expect(await deliveriesOf(db, id)).toMatchObject([{ status: 'failed', attempt_count: 8, attempts_left_count: 0 }])
      expect(await sendJobs(db, delivery)).toHaveLength(8)
      expect(await endpoint(db, id)).toMatchObject({ is_active: true, first_failed_at: expect.any(Date) })
      await db.actAs(organization.admin)
      await db.row('select * from public.replay_webhook_delivery($1)', [delivery])
      expect(await deliveriesOf(db, id)).toMatchObject([{ status: 'pending', attempts_left_count: 8 }])
      expect((await sendJobs(db, delivery)).at(-1)).toMatchObject({ attempt: 9 })
      expect(await started(db, delivery, 9)).toHaveLength(1)
      expect(await attempt(db, delivery, { status: 200 })).toBe('delivered')
      expect(await endpoint(db, id)).toMatchObject({ first_failed_at: null })
    }))

  it('[A11-02] waits as long as the receiver asks, within a day', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      await emit(db, 'invoice.paid', organization)
      const delivery = await deliveryOf(db, id)
      await attempt(db, delivery, { status: 503, retryAfter: 3600 })
      expect((await sendJobs(db, delivery)).at(-1)?.wait).toBeGreaterThan(3590)
      await attempt(db, delivery, { status: 503, retryAfter: 1_000_000 })
      expect((await sendJobs(db, delivery)).at(-1)?.wait).toBeLessThan(86_500)
    }))

  it('[A11-09] is the last one when the address is not allowed', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      await emit(db, 'invoice.paid', organization)
      const refused = { error: 'address_not_allowed', isPermanent: true }
      expect(await attempt(db, await deliveryOf(db, id), refused)).toBe('failed')
    }))

  it('counts once, however often the worker tells of it', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      await emit(db, 'invoice.paid', organization)
      const delivery = await deliveryOf(db, id)
      await db.actAs('service_role')
      const tell = () =>
        db.row(`select public.record_webhook_attempt($1, 1, now(), 5, 500)::text as status`, [delivery])
      expect([await tell(), await tell()]).toEqual([{ status: 'pending' }, { status: 'pending' }])
      expect(await deliveriesOf(db, id)).toMatchObject([{ attempt_count: 1 }])
      expect(await sendJobs(db, delivery)).toHaveLength(2)
    }))
})

describe('an endpoint', () => {
  const disabledEvents = (db: Database) =>
    db.asOwner(() =>
      db.rows(
        `select payload -> 'event' as event from private.jobs where payload ->> 'topic' = 'webhook_endpoint.disabled'`,
      ),
    )

  it('[A11-02] that answers 410 is switched off at once, which a topic tells', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      await emit(db, 'invoice.paid', organization)
      await emit(db, 'invoice.voided', organization)
      const [first] = await deliveriesOf(db, id)
      expect(await attempt(db, first?.id ?? '', { status: 410 })).toBe('failed')
      expect(await endpoint(db, id)).toMatchObject({ is_active: false, reason: 'gone' })
      expect((await deliveriesOf(db, id)).map(({ status }) => status)).toEqual(['failed', 'failed'])
      expect(await disabledEvents(db)).toEqual([{ event: { endpoint_id: id, reason: 'gone' } }])
      const logged = await db.asOwner(() =>
        db.rows(
          `select from public.audit_logs where object_id = $1 and changes #>> '{after,disabled_reason}' = 'gone'`,
          [id],
        ),
      )
      expect(logged).toHaveLength(1)
    }))

  it('[A11-02] is switched off when a delivery gives up and nothing got through for five days', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      const failFor = async (days: number) => {
        await emit(db, 'invoice.paid', organization)
        const delivery = (await deliveriesOf(db, id)).at(-1)?.id ?? ''
        await attempt(db, delivery, { status: 500 })
        await db.asOwner(() =>
          db.exec(
            `update public.webhook_endpoints set first_failed_at = now() - make_interval(hours => $2) where id = $1`,
            [id, days * 24 + 1],
          ),
        )
        await attempt(db, delivery, { status: 500 })
        expect(await endpoint(db, id)).toMatchObject({ is_active: true })
        for (let number = 3; number <= 8; number += 1) await attempt(db, delivery, { status: 500 })
      }
      await failFor(4)
      expect(await endpoint(db, id)).toMatchObject({ is_active: true })
      expect(await disabledEvents(db)).toEqual([])
      await failFor(5)
      expect(await endpoint(db, id)).toMatchObject({ is_active: false, reason: 'failing' })
      expect(await disabledEvents(db)).toEqual([{ event: { endpoint_id: id, reason: 'failing' } }])
      await db.row('select * from public.update_webhook_endpoint($1, is_active := true)', [id])
      expect(await endpoint(db, id)).toMatchObject({ is_active: true, first_failed_at: null })
    }))

  it('[A11-02] gets again what it failed to take since a time', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      for (let made = 0; made < 3; made += 1) await emit(db, 'invoice.paid', organization)
      const [old, failed, taken] = await deliveriesOf(db, id)
      await attempt(db, old?.id ?? '', { error: 'x', isPermanent: true })
      await attempt(db, failed?.id ?? '', { error: 'x', isPermanent: true })
      await attempt(db, taken?.id ?? '', { status: 200 })
      await db.asOwner(() =>
        db.exec(`update public.webhook_deliveries set created_at = now() - interval '3 days' where id = $1`, [
          old?.id ?? '',
        ]),
      )
      const replay = () =>
        db.row(`select public.replay_failed_webhook_deliveries($1, now() - interval '2 days') as count`, [id])
      expect([await replay(), await replay()]).toEqual([{ count: 1 }, { count: 0 }])
      expect((await deliveriesOf(db, id)).map(({ status }) => status).sort()).toEqual([
        'delivered',
        'failed',
        'pending',
      ])
    }))

  it('[A11-02] that is switched off gets no test, and nothing again', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      await emit(db, 'invoice.paid', organization)
      await db.row('select * from public.update_webhook_endpoint($1, is_active := false)', [id])
      const refused = { status: 409, code: 'webhook_endpoint_inactive' }
      const delivery = await deliveryOf(db, id)
      await expect(db.rows('select public.replay_webhook_delivery($1)', [delivery])).rejects.toMatchObject(refused)
      await expect(db.rows('select public.send_test_webhook_event($1)', [id])).rejects.toMatchObject(refused)
      await expect(db.rows('select public.replay_failed_webhook_deliveries($1, now())', [id])).rejects.toMatchObject(
        refused,
      )
      const other = await given.organization(db)
      await db.actAs(other.owner)
      await expect(db.rows('select public.replay_webhook_delivery($1)', [delivery])).rejects.toMatchObject({
        status: 404,
        code: 'webhook_delivery_not_found',
      })
    }))

  it('gets at most ten test events a minute', () =>
    withRollback(async (db) => {
      const { id } = await givenEndpoint(db)
      const test = () => db.row('select status::text as status from public.send_test_webhook_event($1)', [id])
      for (let sent = 0; sent < 10; sent += 1) expect(await test()).toEqual({ status: 'pending' })
      await expect(test()).rejects.toMatchObject({ status: 429, code: 'webhook_test_too_frequent' })
    }))

  it('[A11-02] keeps its log for 30 days', () =>
    withRollback(async (db) => {
      const { id, organization } = await givenEndpoint(db)
      await emit(db, 'invoice.paid', organization)
      await emit(db, 'invoice.voided', organization)
      await db.row('select * from public.rotate_webhook_secret($1, 0)', [id])
      await db.actAs('postgres')
      await db.exec(
        `update public.webhook_messages set created_at = now() - interval '31 days' where topic = 'invoice.paid'`,
      )
      expect(await db.row('select private.job_purge_webhook_deliveries(100) as count')).toEqual({ count: 1 })
      expect(await deliveriesOf(db, id)).toMatchObject([{ topic: 'invoice.voided' }])
    }))
})
