import { describe, expect, it } from 'vitest'
import {
  createMetrics,
  latencyBoundaries,
  type Measurement,
  type MetricRow,
} from '../../../supabase/functions/_shared/observability/mod.ts'

/** A collector whose time stands still and whose flushes happen when the test says. */
function collector(options: { send?: (rows: readonly MetricRow[]) => Promise<void>; flushAtCount?: number } = {}) {
  const sent: (readonly MetricRow[])[] = []
  const warnings: object[] = []
  const planned: number[] = []
  let now = Date.UTC(2026, 0, 1, 12, 0, 30)
  const metrics = createMetrics(
    {
      send: options.send ?? (async (rows) => void sent.push(rows)),
      clock: { now: () => new Date(now) },
      logger: { warn: (event, fields) => void warnings.push({ event, ...fields }) },
      later: (milliseconds) => void planned.push(milliseconds),
    },
    { flushAfterMs: 2000, ...(options.flushAtCount ? { flushAtCount: options.flushAtCount } : {}) },
  )
  const record = (given: Partial<Measurement> = {}) =>
    metrics.record({ kind: 'endpoint', name: 'GET /', functionName: 'billing', durationMs: 40, ...given })
  const advance = (ms: number) => {
    now += ms
  }
  return { metrics, record, sent, warnings, planned, advance }
}

describe('the collector of measurements', () => {
  it('[OBS-12] [OBS-19] adds up what happened in a minute and sends it as one row', async () => {
    const { metrics, record, sent } = collector()
    record()
    record({ durationMs: 41, outcome: 'failed' })
    record({ durationMs: 60_000, outcome: 'refused' })
    await metrics.flush()
    const latency_counts = [...latencyBoundaries.map((boundary) => (boundary === 50 ? 2 : 0)), 1]
    expect(sent).toEqual([
      [
        {
          minute_at: '2026-01-01T12:00:00.000Z',
          kind: 'endpoint',
          function_name: 'billing',
          name: 'GET /',
          call_count: 3,
          refused_count: 1,
          failed_count: 1,
          total_ms: 60_081,
          longest_ms: 60_000,
          latency_counts,
        },
      ],
    ])
    await metrics.flush()
    expect(sent).toHaveLength(1)
  })

  it('keeps minutes, kinds, functions and names apart', async () => {
    const { metrics, record, sent, advance } = collector()
    record()
    record({ kind: 'job' })
    record({ name: 'POST /' })
    record({ functionName: 'worker' })
    advance(60_000)
    record()
    await metrics.flush()
    expect(sent[0]).toHaveLength(5)
  })

  it('plans one flush for all of a while, and one at once when there is much', async () => {
    const { metrics, record, planned } = collector({ flushAtCount: 3 })
    record()
    record()
    expect(planned).toEqual([2000])
    record()
    record()
    expect(planned).toEqual([2000, 0])
    await metrics.flush()
    record()
    expect(planned).toEqual([2000, 0, 2000])
  })

  it('never grows without bounds: what does not fit is counted together', async () => {
    const { metrics, record, sent } = collector()
    for (let place = 0; place < 1000; place += 1) record({ name: `GET /${place}` })
    await metrics.flush()
    expect(sent[0]).toHaveLength(201)
    expect(sent[0]?.find(({ name }) => name === 'other')).toMatchObject({ call_count: 800 })
  })

  it('logs a batch that was lost, and goes on', async () => {
    const send = () => Promise.reject(new Error('Cannot call record_metrics: the API answered 503'))
    const { metrics, record, warnings } = collector({ send })
    record()
    record()
    await metrics.flush()
    expect(warnings).toEqual([
      { event: 'metrics_lost', lost_count: 2, reason: 'Cannot call record_metrics: the API answered 503' },
    ])
    record()
    await metrics.flush()
    expect(warnings).toHaveLength(2)
  })
})
