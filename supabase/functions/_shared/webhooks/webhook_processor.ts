import type { z } from 'zod'
import { type JobDeps, JobError } from '../platform/mod.ts'
import type { WebhookEvent } from './webhook_inbox.ts'

/**
 * What a processor made of an event: `ignored` when it is none of our business, `stale` when a newer one was there first
 * (`private.accept_provider_event` said so).
 */
export type WebhookOutcome = WebhookEnd | { readonly outcome: WebhookEnd; readonly reason: string }

/** In which state the event ends. A reason is kept with it and told to operators: they are to look at it. */
type WebhookEnd = 'processed' | 'ignored' | 'stale'

/** What a processor is told beside the payload. */
export interface ProcessedEvent extends WebhookEvent {
  /** Attempt of the job, from 1. */
  readonly attempt: number
}

/** What a domain does when a provider tells it something. */
export interface WebhookProcessor {
  readonly provider: string
  /** Types as the provider names them. */
  readonly eventTypes: readonly string[]
  process(deps: JobDeps, event: ProcessedEvent): Promise<WebhookOutcome>
}

/**
 * Makes the processor of some types of events. It must be safe to run again with the same event, and changes rows through
 * one function of the database that asks `private.accept_provider_event` first.
 *
 * @param payload only the fields that are used; one that does not fit leaves the event dead for an operator to see
 * @example
 * defineWebhookProcessor('stripe', ['invoice.paid'], invoiceSchema, async ({ db }, invoice, event) => ...)
 */
export function defineWebhookProcessor<Schema extends z.ZodType>(
  provider: string,
  eventTypes: readonly string[],
  payload: Schema,
  process: (deps: JobDeps, payload: z.output<Schema>, event: ProcessedEvent) => Promise<WebhookOutcome>,
): WebhookProcessor {
  return {
    provider,
    eventTypes,
    async process(deps, event) {
      const parsed = payload.safeParse(event.payload)
      if (!parsed.success) {
        const [issue] = parsed.error.issues
        const place = `"${issue?.path.join('.')}" ${issue?.message}`
        throw new JobError(`Event "${event.event_type}" is not as documented: ${place}`, { isPermanent: true })
      }
      return process(deps, parsed.data, event)
    },
  }
}
