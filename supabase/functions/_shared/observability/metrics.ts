import type { Clock, Logger } from '../runtime/mod.ts'
import { bucketOf, latencyBoundaries } from './latency.ts'

/** What is measured; errors and events are counted only. */
export type MetricKind = 'endpoint' | 'job' | 'provider' | 'error' | 'event'

/** One thing that happened. */
export interface Measurement {
  readonly kind: MetricKind
  /** A pattern and never a path: method and route, kind of job, `<provider>.<operation>`, class of error, topic. */
  readonly name: string
  /** The function that measured. */
  readonly functionName: string
  /** Milliseconds; 0 for what is counted only. */
  readonly durationMs?: number
  /** `refused` is the caller's fault, `failed` is ours. */
  readonly outcome?: 'ok' | 'refused' | 'failed'
}

/** A minute of one thing, as `record_metrics` takes it. */
export interface MetricRow {
  readonly minute_at: string
  readonly kind: MetricKind
  readonly function_name: string
  readonly name: string
  call_count: number
  refused_count: number
  failed_count: number
  total_ms: number
  longest_ms: number
  readonly latency_counts: number[]
}

/** What the collector needs. */
export interface MetricsDeps {
  /** Stores a batch. Rejects when it was not taken. */
  send(rows: readonly MetricRow[]): Promise<void>
  readonly clock: Clock
  readonly logger: Pick<Logger, 'warn'>
  /** Has the flush called after some milliseconds. */
  later(milliseconds: number, flush: () => Promise<void>): void
}

/** Collects measurements of one isolate. */
export interface Metrics {
  /** Never throws and never waits. */
  record(measurement: Measurement): void
  /** Sends what there is; resolves when it was sent or lost. */
  flush(): Promise<void>
}

/** Things in one batch; further ones are counted together as "other". */
const mostRows = 200
const longestName = 200
const defaults = { flushAfterMs: 2000, flushAtCount: 500 }

/**
 * Makes a collector that adds up what happens and sends it every two seconds, or after 500 measurements. It keeps one
 * batch at most, so that a database which does not answer costs measurements and no memory.
 */
export function createMetrics(deps: MetricsDeps, options: Partial<typeof defaults> = {}): Metrics {
  const { flushAfterMs, flushAtCount } = { ...defaults, ...options }
  let rows = new Map<string, MetricRow>()
  let count = 0
  let isScheduled = false

  function rowFor(measurement: Measurement, name: string): MetricRow {
    const minute_at = new Date(Math.floor(deps.clock.now().getTime() / 60_000) * 60_000).toISOString()
    const { kind, functionName } = measurement
    const key = [minute_at, kind, functionName, name].join('\n')
    const known = rows.get(key)
    if (known) return known
    if (rows.size >= mostRows && name !== 'other') return rowFor(measurement, 'other')
    const fresh: MetricRow = {
      ...{ minute_at, kind, function_name: functionName, name },
      ...{ call_count: 0, refused_count: 0, failed_count: 0, total_ms: 0, longest_ms: 0 },
      latency_counts: Array.from({ length: latencyBoundaries.length + 1 }, () => 0),
    }
    rows.set(key, fresh)
    return fresh
  }

  async function flush(): Promise<void> {
    const batch = [...rows.values()]
    const lost_count = count
    rows = new Map()
    count = 0
    isScheduled = false
    if (batch.length === 0) return
    try {
      await deps.send(batch)
    } catch (error) {
      deps.logger.warn('metrics_lost', { lost_count, reason: error instanceof Error ? error.message : String(error) })
    }
  }

  return {
    record(measurement) {
      const durationMs = Math.max(0, Math.round(measurement.durationMs ?? 0))
      const row = rowFor(measurement, measurement.name.slice(0, longestName))
      row.call_count += 1
      if (measurement.outcome === 'refused') row.refused_count += 1
      if (measurement.outcome === 'failed') row.failed_count += 1
      row.total_ms += durationMs
      row.longest_ms = Math.max(row.longest_ms, durationMs)
      const bucket = bucketOf(durationMs)
      row.latency_counts[bucket] = (row.latency_counts[bucket] ?? 0) + 1
      count += 1
      if (!isScheduled || count === flushAtCount) {
        isScheduled = true
        deps.later(count === flushAtCount ? 0 : flushAfterMs, flush)
      }
    },
    flush,
  }
}
