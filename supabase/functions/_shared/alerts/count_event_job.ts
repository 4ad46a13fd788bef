import { z } from 'zod'
import { latencyBoundaries } from '../observability/mod.ts'
import { defineJob } from '../platform/mod.ts'

/**
 * Counts an event for the alert rule of its topic, and has the rules looked at without waiting for the minute. Which topics
 * are counted is said by rows of `private.event_subscriptions`.
 */
export const countEventJob = defineJob(
  'alert.count_event',
  z.looseObject({ topic: z.string() }),
  async ({ clock, db }, { topic }) => {
    const metrics = [
      {
        minute_at: clock.now().toISOString(),
        ...{ kind: 'event', function_name: 'worker', name: topic },
        ...{ call_count: 1, refused_count: 0, failed_count: 0, total_ms: 0, longest_ms: 0 },
        latency_counts: [1, ...latencyBoundaries.map(() => 0)],
      },
    ]
    const recorded = await db.rpc('record_metrics', { metrics })
    if (recorded.error) throw new Error(`Cannot count event: ${recorded.error.message}`)
    const evaluated = await db.rpc('evaluate_alerts', {})
    // It is counted: the schedule looks again within the minute, and a second try would count it twice.
    return { result: { is_evaluated: evaluated.error === null } }
  },
)
