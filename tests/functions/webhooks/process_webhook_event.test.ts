import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { JobError, type RpcClient } from '../../../supabase/functions/_shared/platform/mod.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import {
  defineWebhookProcessor,
  type ProcessedEvent,
  processWebhookEventJob,
  type WebhookOutcome,
} from '../../../supabase/functions/_shared/webhooks/mod.ts'
import { webhookProcessors } from '../../../supabase/functions/worker/webhook_processors.ts'
import { fakeJob } from '../platform/fakes.ts'

const stored = {
  id: 7,
  provider: 'acme',
  provider_event_id: 'e1',
  event_type: 'thing.made',
  object_key: 'thing:1',
  occurred_at: '2026-01-01T00:00:00+00:00',
  payload: { size: 3, more: 'x' },
  headers: { 'x-account': 'a' },
}

/** Runs the job on an inbox that holds these events. */
function run(
  events: readonly object[],
  process: (payload: { size: number }, event: ProcessedEvent) => WebhookOutcome = () => 'processed',
) {
  const processor = defineWebhookProcessor(
    'acme',
    ['thing.made', 'thing.changed'],
    z.object({ size: z.number() }),
    async (_deps, payload, event) => process(payload, event),
  )
  const db: RpcClient = { rpc: async () => ({ data: events, error: null }) }
  const deps = {
    db,
    clock: systemClock,
    logger: createLogger('test', () => {}),
    signal: new AbortController().signal,
    report: async () => {},
  }
  return processWebhookEventJob([processor]).run(deps, fakeJob('webhook_event.process', { webhook_event_id: 7 }))
}

describe('the job of a stored event', () => {
  it('gives it to the processor of its provider and type, with the fields that this one asks for', async () => {
    const seen: unknown[] = []
    const outcome = await run([stored], (payload, event) => {
      seen.push(payload, event)
      return 'stale'
    })
    expect(outcome).toEqual({ result: { outcome: 'stale' } })
    expect(seen).toEqual([{ size: 3 }, { ...stored, attempt: 1 }])
  })

  it.each([
    ['of a type that nobody processes', [{ ...stored, event_type: 'thing.sung' }]],
    ['of another provider', [{ ...stored, provider: 'other' }]],
    ['that was removed', []],
  ])('ignores an event %s', async (_name, events) => {
    expect(await run(events)).toEqual({ result: { outcome: 'ignored' } })
  })

  it('gives up on an event that is not as documented, without quoting it', async () => {
    const error = await run([{ ...stored, payload: { size: 'ann@example.com' } }]).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ isPermanent: true })
    expect(String(error)).toContain('Event "thing.made" is not as documented: "size"')
    expect(String(error)).not.toContain('ann@')
  })

  it('fails as its processor does', async () => {
    const failing = run([stored], () => {
      throw new JobError('Not now', { retryAfterSeconds: 60 })
    })
    await expect(failing).rejects.toMatchObject({ message: 'Not now', retryAfterSeconds: 60 })
  })
})

it('has one processor for each type of event', () => {
  const processor = defineWebhookProcessor('acme', ['thing.made'], z.unknown(), async () => 'processed')
  expect(() => processWebhookEventJob([processor, processor])).toThrow('Two processors want events "acme thing.made"')
  expect(processWebhookEventJob(webhookProcessors).kind).toBe('webhook_event.process')
})
