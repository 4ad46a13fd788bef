import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator, actWithLevel, givenPlatformAdmin } from './operator_session.ts'

/** Only this rule is looked at; rules of the machine such as connections would speak otherwise. */
const onlyRule = (db: Database, key: string, changes = 'threshold = threshold') =>
  db.exec(`update private.alert_rules set is_enabled = false;
    update private.alert_rules set is_enabled = true, ${changes} where key = '${key}'`)

const measured = (
  db: Database,
  values: { kind?: string; name?: string; fn?: string; calls: number; failed?: number; ms?: number },
) =>
  db.asOwner(() =>
    db.exec(
      `insert into private.request_metrics
         (minute_at, kind, function_name, name, call_count, failed_count, total_ms, latency_counts)
       values (date_trunc('minute', now(), 'UTC'), $1::text::private.metric_kind, $2, $3, $4::int, $5::int, $6::bigint,
         array_fill(0, array[17]))
       on conflict (minute_at, kind, function_name, name) do update set
         call_count = excluded.call_count, failed_count = excluded.failed_count, total_ms = excluded.total_ms`,
      [
        values.kind ?? 'endpoint',
        values.fn ?? 'billing',
        values.name ?? 'GET /',
        values.calls,
        values.failed ?? 0,
        values.calls * (values.ms ?? 10),
      ],
    ),
  )

/** A transaction has one time: the past is moved instead. */
const minutesLater = (db: Database, minutes: number) =>
  db.asOwner(() =>
    db.exec(`
      update private.alerts set bad_since = bad_since - interval '${minutes} min',
        good_since = good_since - interval '${minutes} min', notified_at = notified_at - interval '${minutes} min';
      update private.request_metrics set minute_at = minute_at - interval '${minutes} min'`),
  )

const evaluate = async (db: Database) => {
  await db.actAs('service_role')
  return (await db.row<{ sent: number }>('select public.evaluate_alerts() as sent')).sent
}

const alerts = (db: Database) =>
  db.asOwner(() =>
    db.rows<{ rule_key: string; subject: string; state: string; notified_count: number }>(
      'select rule_key, subject, state::text as state, notified_count from private.alerts order by created_at, subject',
    ),
  )

/** What goes to the log channel, which hears everything. */
const messages = (db: Database) =>
  db.asOwner(async () =>
    (
      await db.rows<{ payload: Record<string, string | number> }>(
        `select payload from private.jobs where kind = 'alert.send' and payload ->> 'channel' = 'log' order by id`,
      )
    ).map(({ payload }) => `${payload.event} ${payload.rule} ${payload.value}`),
  )

describe('an alert rule', () => {
  it('[OBS-21] tells of an error rate above 5 % that stays, once, and of its end', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'error_rate')
      await measured(db, { calls: 100, failed: 6 })
      expect(await evaluate(db)).toBe(0)
      expect(await alerts(db)).toEqual([{ rule_key: 'error_rate', subject: '', state: 'pending', notified_count: 0 }])
      await minutesLater(db, 1)
      // Slack, Teams, mail and log.
      expect(await evaluate(db)).toBe(4)
      expect(await evaluate(db)).toBe(0)
      expect(await alerts(db)).toMatchObject([{ state: 'firing', notified_count: 1 }])
      // The window holds no bad minute any more; five good minutes later it is over.
      await minutesLater(db, 10)
      expect(await evaluate(db)).toBe(0)
      expect(await alerts(db)).toMatchObject([{ state: 'firing' }])
      await minutesLater(db, 5)
      expect(await evaluate(db)).toBe(4)
      expect(await alerts(db)).toMatchObject([{ state: 'resolved', notified_count: 2 }])
      expect(await messages(db)).toEqual(['fired error_rate 6', 'resolved error_rate 6'])
    }))

  it.each([
    ['at 5 %', { calls: 100, failed: 5 }],
    ['of too few calls', { calls: 19, failed: 19 }],
    ['of the health endpoint, whose bad news is no error', { calls: 100, failed: 100, fn: 'health' }],
  ])('[OBS-21] keeps quiet about an error rate %s', (_name, values) =>
    withRollback(async (db) => {
      await onlyRule(db, 'error_rate')
      await measured(db, values)
      await evaluate(db)
      expect(await alerts(db)).toEqual([])
    }),
  )

  it('[OBS-22] tells of an average answer above 2 s', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'response_time', `fires_after = '0'`)
      await measured(db, { calls: 30, ms: 2000 })
      expect(await evaluate(db)).toBe(0)
      await measured(db, { calls: 30, ms: 2001 })
      // A warning: not by mail.
      expect(await evaluate(db)).toBe(3)
      expect(await messages(db)).toEqual(['fired response_time 2001'])
    }))

  it('[OBS-24] tells at once of a payment that failed', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'payment_failed')
      const { id } = await given.organization(db)
      await db.asOwner(() => db.row(`select private.emit_event('payment.failed', $1::uuid, '{}', 'p1')`, [id]))
      const counting = await db.asOwner(() =>
        db.row(`select payload ->> 'topic' as topic from private.jobs where kind = 'alert.count_event'`),
      )
      expect(counting).toEqual({ topic: 'payment.failed' })
      await measured(db, { kind: 'event', name: 'payment.failed', calls: 1 })
      expect(await evaluate(db)).toBe(4)
      expect(await messages(db)).toEqual(['fired payment_failed 1'])
    }))

  it('[OBS-20] tells of each provider that is down, by name', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'provider_down', `fires_after = '0'`)
      await measured(db, { kind: 'provider', name: 'postmark.send', calls: 6, failed: 5 })
      await measured(db, { kind: 'provider', name: 'stripe.charge', calls: 6, failed: 6 })
      await measured(db, { kind: 'provider', name: 'stripe.refund', calls: 9, failed: 0 })
      await evaluate(db)
      expect(await alerts(db)).toMatchObject([{ rule_key: 'provider_down', subject: 'postmark', state: 'firing' }])
    }))

  it('tells of dead jobs until an operator has seen to them', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'dead_jobs')
      await db.exec(`insert into private.jobs (kind, state, finished_at) values ('test.work', 'dead', now())`)
      await evaluate(db)
      expect(await alerts(db)).toMatchObject([{ subject: 'default', state: 'firing' }])
      await db.asOwner(() => db.exec(`update private.jobs set state = 'cancelled' where kind = 'test.work'`))
      await evaluate(db)
      await minutesLater(db, 5)
      await evaluate(db)
      expect(await messages(db)).toEqual(['fired dead_jobs 1', 'resolved dead_jobs 1'])
    }))

  it('tells of a queue that nobody works', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'queue_age', `fires_after = '0'`)
      await db.exec(
        `insert into private.jobs (kind, queue, run_at) values ('test.work', 'slow', now() - interval '301 s')`,
      )
      await evaluate(db)
      expect(await alerts(db)).toMatchObject([{ subject: 'slow', state: 'firing' }])
    }))

  it('[OBS-12] tells of connections that run out', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'database_connections', `fires_after = '0', threshold = 0`)
      await evaluate(db)
      expect(await alerts(db)).toMatchObject([{ rule_key: 'database_connections', state: 'firing' }])
    }))

  it('leaves nothing of a bad value that passed before it fired', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'error_rate')
      await measured(db, { calls: 100, failed: 6 })
      await evaluate(db)
      await measured(db, { calls: 1000, failed: 6 })
      await evaluate(db)
      expect(await alerts(db)).toEqual([])
    }))

  it('does not tell again of a value that goes to and fro', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'error_rate', `fires_after = '0'`)
      for (const failed of [6, 0, 6, 0, 6]) {
        await db.asOwner(() => db.exec('delete from private.request_metrics'))
        await measured(db, { calls: 100, failed })
        await evaluate(db)
        await minutesLater(db, 2)
      }
      expect(await messages(db)).toEqual(['fired error_rate 6'])
    }))

  it('repeats itself each hour until somebody acknowledged it', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'error_rate', `fires_after = '0'`)
      const bad = async () => {
        await minutesLater(db, 61)
        await measured(db, { calls: 100, failed: 6 })
        return evaluate(db)
      }
      await bad()
      await bad()
      expect(await messages(db)).toEqual(['fired error_rate 6', 'repeated error_rate 6'])
      const operator = await actAsOperator(db)
      const [alert] = await db.rows<{ id: string }>('select id from public.list_alerts()')
      const acknowledge = () => db.row('select public.acknowledge_alert($1::uuid) as state', [alert?.id ?? null])
      expect(await acknowledge()).toEqual({ state: 'firing' })
      expect(await acknowledge()).toEqual({ state: 'firing' })
      expect(await db.rows('select acknowledged_by from public.list_alerts()')).toEqual([
        { acknowledged_by: operator.id },
      ])
      expect(await bad()).toBe(0)
    }))

  it('tells nobody while it is silenced, and what still fires afterwards', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'error_rate', `fires_after = '0'`)
      await measured(db, { calls: 100, failed: 6 })
      const operator = await actAsOperator(db)
      await db.row(`select public.silence_alert_rule('error_rate', 30)`)
      expect(await evaluate(db)).toBe(0)
      expect(await alerts(db)).toMatchObject([{ state: 'firing', notified_count: 0 }])
      await actWithLevel(db, operator, 'aal2')
      expect(await db.row(`select public.silence_alert_rule('error_rate', 0) as until`)).toEqual({ until: null })
      expect(await evaluate(db)).toBe(4)
    }))

  it('is not looked at when it is off, and what it had fired ends', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'error_rate', `fires_after = '0'`)
      await measured(db, { calls: 100, failed: 6 })
      await evaluate(db)
      await db.asOwner(() => db.exec(`update private.alert_rules set is_enabled = false`))
      await evaluate(db)
      await minutesLater(db, 5)
      await evaluate(db)
      expect(await alerts(db)).toMatchObject([{ state: 'resolved' }])
    }))
})

describe('the operators of alerts', () => {
  it.each([
    'select * from public.list_alerts()',
    `select public.acknowledge_alert(gen_random_uuid())`,
    `select public.silence_alert_rule('error_rate')`,
  ])('are platform admins with a second factor: %s', (call) =>
    withRollback(async (db) => {
      const { owner } = await given.organization(db)
      const admin = await givenPlatformAdmin(db)
      await actWithLevel(db, owner, 'aal2')
      await expect(db.rows(call)).rejects.toMatchObject({ status: 403, code: 'platform_admin_required' })
      await actWithLevel(db, admin, 'aal1')
      await expect(db.rows(call)).rejects.toMatchObject({ status: 403, code: 'second_factor_required' })
    }),
  )

  it.each([
    [`select public.acknowledge_alert(gen_random_uuid())`, 404, 'alert_not_found'],
    [`select public.silence_alert_rule('no_rule')`, 404, 'alert_rule_not_found'],
    [`select public.silence_alert_rule('error_rate', -1)`, 422, 'silence_invalid'],
    [`select public.silence_alert_rule('error_rate', 10081)`, 422, 'silence_invalid'],
  ])('are told what does not go: %s', (call, status, code) =>
    withRollback(async (db) => {
      await actAsOperator(db)
      await expect(db.rows(call)).rejects.toMatchObject({ status, code })
    }),
  )
})
