import { z } from 'zod'
import { callRpc, defineJob, type JobData, type JobDeps, type JobHandler, type RpcClient } from '../platform/mod.ts'
import { rpcWebhookInbox } from '../webhooks/mod.ts'
import { mirrorStripe, type StripeObjects } from './mirror_stripe.ts'
import type { StripeKind } from './stripe_fields.ts'
import { isPartial } from './stripe_payment_states.ts'
import { stripeEventTypes } from './stripe_processors.ts'
import { isStripeKind, stripeState } from './stripe_states.ts'
import { receivedStripeEvent } from './stripe_webhooks.ts'

/** A page of what Stripe has. */
interface Page {
  readonly objects: readonly unknown[]
  readonly next: string | null
}

/** What the sync asks of Stripe. */
export interface StripeSource extends StripeObjects {
  /** Kinds of objects in the order in which one needs the other. */
  readonly kinds: readonly StripeKind[]
  /** Events since a time, in seconds since 1970, newest first. */
  events(since: number, after: string | null): Promise<Page>
  /** All objects of a kind. */
  objects(kind: StripeKind, after: string | null): Promise<Page>
}

const runSchema = z.object({
  id: z.uuid(),
  mode: z.enum(['events', 'full']),
  is_dry_run: z.boolean(),
  since_at: z.string().nullable(),
  finished_at: z.string().nullable(),
})
type Run = z.infer<typeof runSchema>

/** How long it goes on before it stops at a checkpoint; most of it is waiting for Stripe. */
const stepMs = 5_000

/** Where a run goes on: `step` is a kind of object, "events", or "customers" for those that may be deleted. */
const checkpointSchema = z.object({ step: z.string(), after: z.string().nullable(), seen: z.number().int() })
type Checkpoint = z.infer<typeof checkpointSchema>

/** What was found otherwise than we have it. */
interface Difference {
  readonly object_key: string
  readonly kind: 'event' | 'missing' | 'changed' | 'refused'
  readonly details: JobData
}

interface PageResult {
  readonly seen: number
  readonly next: string | null
  readonly differences: readonly Difference[]
  readonly newestAt?: string | null
}

/**
 * Pulls from Stripe what its webhooks may have failed to tell: the events since a time, which are stored as if they had
 * come and go through the same processors, or all objects, which are compared and taken over through the same functions.
 * One page is a step; a worker that dies repeats a step, which changes nothing.
 *
 * @param source made when the job runs, as it needs the settings
 */
export function syncStripeJob(source: (signal: AbortSignal) => StripeSource): JobHandler {
  return defineJob('billing.sync_stripe', z.strictObject({ run_id: z.uuid() }), async (deps, { run_id }, job) => {
    const run = runSchema.nullable().parse(await callRpc(deps.db, 'get_stripe_sync', { run_id }))
    if (!run || run.finished_at !== null) return { result: { is_done: true } }
    const stripe = source(deps.signal)
    let at = job.checkpoint ? checkpointSchema.parse(job.checkpoint) : firstStep(run, stripe)
    const until = deps.clock.now().getTime() + stepMs
    for (;;) {
      const page = await takePage(deps, stripe, run, at)
      const seen = at.seen + page.seen
      const following = page.next === null ? nextStep(at.step, stripe) : { step: at.step, after: page.next }
      await callRpc(deps.db, 'report_stripe_sync', {
        ...{ run_id, seen_count: seen, newest_at: page.newestAt ?? null, differences: page.differences },
        is_finished: following === null,
      })
      if (!following) return { result: { seen } }
      at = { ...following, seen }
      if (deps.clock.now().getTime() >= until) return { continueWith: at }
    }
  })
}

function firstStep(run: Run, { kinds }: StripeSource): Checkpoint {
  return { step: run.mode === 'events' ? 'events' : (kinds[0] ?? 'customers'), after: null, seen: 0 }
}

function nextStep(step: string, { kinds }: StripeSource): Omit<Checkpoint, 'seen'> | null {
  const at = isStripeKind(step) ? kinds.indexOf(step) : -1
  if (at === -1) return null
  return { step: kinds[at + 1] ?? 'customers', after: null }
}

function takePage(deps: JobDeps, stripe: StripeSource, run: Run, { step, after }: Checkpoint): Promise<PageResult> {
  if (step === 'events') return takeEvents(deps, stripe, run, after)
  if (step === 'customers') return takeOurCustomers(deps, stripe, run, after)
  if (isStripeKind(step)) return takeObjects(deps, stripe, run, step, after)
  throw new Error(`Unknown step "${step}"`)
}

async function takeEvents(deps: JobDeps, stripe: StripeSource, run: Run, after: string | null): Promise<PageResult> {
  const since = run.since_at === null ? 0 : Math.floor(Date.parse(run.since_at) / 1000)
  const { objects, next } = await stripe.events(since, after)
  const events = objects.map(receivedStripeEvent)
  const wanted = events.filter(({ eventType }) => stripeEventTypes.includes(eventType))
  const unknown = z
    .string()
    .array()
    .parse(
      await callRpc(deps.db, 'unknown_webhook_events', {
        provider: 'stripe',
        event_ids: wanted.map(({ eventId }) => eventId),
      }),
    )
  const news = wanted.filter(({ eventId }) => unknown.includes(eventId))
  if (!run.is_dry_run && news.length > 0) await rpcWebhookInbox(deps.db).store('stripe', news)
  return {
    seen: events.length,
    next,
    newestAt: events[0]?.occurredAt.toISOString() ?? null,
    differences: news.map(({ eventId, eventType, objectKey }) => ({
      object_key: eventId,
      kind: 'event',
      details: { event_type: eventType, object_key: objectKey ?? null },
    })),
  }
}

async function takeObjects(
  deps: JobDeps,
  stripe: StripeSource,
  run: Run,
  kind: StripeKind,
  after: string | null,
): Promise<PageResult> {
  const { objects, next } = await stripe.objects(kind, after)
  const differences: Difference[] = []
  for (const listed of objects) {
    const { id } = stripeState(kind, listed)
    const object = isPartial(listed) ? ((await stripe.get(kind, id)) ?? listed) : listed
    differences.push(...(await compare(deps.db, stripe, run, kind, object)))
  }
  return { seen: objects.length, next, differences }
}

/** What is deleted at Stripe is in none of its lists: those that we take for live are asked for one by one. */
async function takeOurCustomers(
  deps: JobDeps,
  stripe: StripeSource,
  run: Run,
  after: string | null,
): Promise<PageResult> {
  const pageSize = 50
  const ids = z
    .string()
    .array()
    .parse(await callRpc(deps.db, 'list_stripe_customers', { after_id: after ?? '', page_size: pageSize }))
  const differences: Difference[] = []
  for (const id of ids) {
    const customer = await stripe.get('customer', id)
    if (customer !== null) differences.push(...(await compare(deps.db, stripe, run, 'customer', customer)))
  }
  return { seen: 0, next: ids.length < pageSize ? null : (ids.at(-1) ?? null), differences }
}

const comparedSchema = z.object({
  outcome: z.string(),
  changed: z.string().array().default([]),
  was_known: z.boolean().default(true),
})

/** Takes an object over as an event would, and tells what that changed; in a dry run it is undone each time. */
async function compare(
  db: RpcClient,
  stripe: StripeSource,
  run: Run,
  kind: StripeKind,
  object: unknown,
): Promise<Difference[]> {
  const found: Difference[] = []
  const comparing: RpcClient = {
    async rpc(name, parameters) {
      if (name !== 'mirror_stripe') return db.rpc(name, parameters)
      const answer = await db.rpc('compare_stripe', { ...parameters, is_dry_run: run.is_dry_run })
      const compared = comparedSchema.safeParse(answer.data)
      if (compared.success && compared.data.changed.length > 0) {
        const { changed, was_known } = compared.data
        found.push({ object_key: keyOf(parameters), kind: was_known ? 'changed' : 'missing', details: { changed } })
      }
      return answer
    },
  }
  const state = stripeState(kind, object)
  const mirrored = await mirrorStripe({ db: comparing, objects: stripe }, kind, state, null)
  if (mirrored.outcome === 'refused') {
    const { reason } = mirrored
    found.push({ object_key: `${kind}:${state.id}`, kind: 'refused', details: { reason } })
  }
  return found
}

const callSchema = z.object({ kind: z.string(), state: z.object({ id: z.string() }) })

function keyOf(parameters: object): string {
  const { kind, state } = callSchema.parse(parameters)
  return `${kind}:${state.id}`
}
