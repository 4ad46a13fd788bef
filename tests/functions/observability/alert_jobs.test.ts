import { expect, it } from 'vitest'
import { countEventJob, sendAlertJobWith } from '../../../supabase/functions/_shared/alerts/mod.ts'
import type { AlertMessage } from '../../../supabase/functions/_shared/providers/alerts/mod.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import { fakeJob, fakeQueue, work } from '../platform/fakes.ts'

const payload = {
  alert_id: '7f1c2b7e-8f0e-4f0e-9d0e-0e0e0e0e0e0e',
  ...{ event: 'fired', rule: 'error_rate', subject: '', severity: 'critical', summary: 'Percent that failed' },
  ...{ value: 6, threshold: 5, since: '2026-01-01T12:00:00.123456+00:00' },
}

it('[OBS-10] tells one channel of an alert, and passes over one that is not set up', async () => {
  const sent: AlertMessage[] = []
  const handler = sendAlertJobWith(() => ({
    environment: 'staging',
    senders: [
      {
        channel: 'slack',
        send: async (message) => {
          sent.push(message)
        },
      },
    ],
  }))
  const queue = fakeQueue(
    fakeJob('alert.send', { ...payload, channel: 'slack' }),
    fakeJob('alert.send', { ...payload, channel: 'teams' }),
  )
  await work(queue, [handler], { concurrency: 1 })
  expect(queue.ends).toMatchObject([{ result: { is_sent: true } }, { result: { is_sent: false } }])
  expect(sent).toEqual([
    {
      ...{ event: 'fired', rule: 'error_rate', subject: '', severity: 'critical', summary: 'Percent that failed' },
      ...{ value: 6, threshold: 5, since: new Date('2026-01-01T12:00:00.123Z'), environment: 'staging' },
    },
  ])
})

it('[OBS-24] counts an event and has the rules looked at, at once', async () => {
  const calls: [string, object][] = []
  const job = fakeJob('alert.count_event', { topic: 'payment.failed', event: {} })
  const deps = {
    clock: systemClock,
    logger: createLogger('test', () => {}),
    signal: AbortSignal.timeout(5000),
    report: async () => {},
    db: {
      rpc: async (name: string, parameters: object) => {
        calls.push([name, parameters])
        return { data: 1, error: name === 'evaluate_alerts' ? { message: 'busy' } : null }
      },
    },
  }
  expect(await countEventJob.run(deps, job)).toEqual({ result: { is_evaluated: false } })
  expect(calls).toMatchObject([
    ['record_metrics', { metrics: [{ kind: 'event', name: 'payment.failed', call_count: 1 }] }],
    ['evaluate_alerts', {}],
  ])
})
