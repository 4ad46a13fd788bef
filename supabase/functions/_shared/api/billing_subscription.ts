import { z } from '@hono/zod-openapi'
import type { CallerSql } from '../database/mod.ts'
import { AppError } from '../http/mod.ts'
import type { PaymentOperation, PaymentProvider, ProviderSubscription } from '../providers/payments/mod.ts'
import type { ApiCaller } from './api_caller.ts'
import { askDatabase, askProvider, type BillingDeps, changeOptions } from './billing_context.ts'
import { billingOrganizationSchema, inBillingOrganization } from './billing_organization.ts'
import {
  type cancellationSchema,
  type changePreviewSchema,
  previewedChangeSchema,
  type subscriptionChangeSchema,
} from './billing_subscription_changes.ts'
import { instant } from './schemas.ts'

const productSchema = z.enum(['fundraising', 'estate', 'campaigns', 'chat'])

/** What may be done with a subscription, as `public.billing_access` names it. */
export const subscriptionAccessSchema = z.enum(['none', 'full', 'reminded', 'noticed', 'blocked', 'ended'])

/** A subscription on the REST face. */
export const subscriptionSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    product: productSchema,
    plan_id: z.uuid(),
    plan_key: z.string().openapi({ example: 'pro' }),
    plan_name: z.string().openapi({ example: 'Pro' }),
    provider: z.string().openapi({ description: 'Who collects the money; `manual` for own invoices' }),
    status: z.string().openapi({ description: "How payment stands, in the provider's words" }),
    access: subscriptionAccessSchema,
    seat_count: z.number().int(),
    billing_interval: z.enum(['month', 'year']),
    currency: z.string(),
    current_period_starts_at: instant,
    current_period_ends_at: instant,
    trial_ends_at: instant.nullable(),
    is_cancelled_at_period_end: z.boolean(),
    cancel_reason: z.string().nullable(),
    cancelled_at: instant.nullable(),
    ended_at: instant.nullable(),
    paused_at: instant.nullable(),
    overdue_at: instant.nullable(),
    own_overdue_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('Subscription')

/** What may be asked of the present subscriptions. */
export const subscriptionQuerySchema = z.strictObject({
  ...billingOrganizationSchema.shape,
  product: productSchema.optional().openapi({ description: 'Only that of one product line' }),
})

/** The live subscriptions of an organization. */
export const subscriptionsSchema = z
  .object({ data: z.array(subscriptionSchema).openapi({ description: 'At most one for each product line' }) })
  .openapi('Subscriptions')

const providerStateSchema = z
  .object({
    status: z.string(),
    is_cancelled_at_period_end: z.boolean(),
    is_paused: z.boolean().openapi({ description: 'Whether it rests' }),
    current_period_ends_at: instant.nullable(),
    ended_at: instant.nullable(),
  })
  .nullable()
  .openapi({
    description: 'How it stands at the provider now; `subscription` follows with its webhook. Null for own invoices',
  })

/** What became of a subscription. */
export const changedSubscriptionSchema = z
  .object({ subscription: subscriptionSchema, provider_state: providerStateSchema })
  .openapi('ChangedSubscription')

/** The live subscriptions of an organization. @throws {AppError} 404 `organization_not_found`, 403 `permission_missing` */
export async function getSubscriptions(
  deps: Pick<BillingDeps, 'database'>,
  caller: ApiCaller,
  { organization_id, product }: z.output<typeof subscriptionQuerySchema>,
) {
  const ask = { organization_id, permission: 'billing.read', isReadOnly: true }
  const data = await inBillingOrganization(deps, caller, ask, (sql, organizationId) =>
    readSubscriptions(
      sql,
      sql`subscriptions.organization_id = ${organizationId} and subscriptions.ended_at is null
        and (${product ?? null}::text is null or subscriptions.product::text = ${product ?? null})`,
    ),
  )
  return subscriptionsSchema.parse({ data })
}

const readSubscriptions = async (sql: CallerSql, condition: ReturnType<CallerSql>) => sql`
  select subscriptions.*, plans.key as plan_key, plans.name as plan_name
  from public.billing_subscriptions as subscriptions
  join public.billing_plans as plans on plans.id = subscriptions.plan_id
  where ${condition} order by subscriptions.product`

async function readSubscription(deps: BillingDeps, caller: ApiCaller, id: string) {
  const [row] = await deps.database.asCaller(
    caller.claims,
    (sql) => readSubscriptions(sql, sql`subscriptions.id = ${id}`),
    { isReadOnly: true },
  )
  return row
}

const storedSchema = z.object({
  id: z.uuid(),
  provider: z.enum(['stripe', 'razorpay', 'manual']),
  provider_subscription_id: z.string().nullable(),
  provider_changed_at: z.string().nullable(),
})
const plannedSchema = z.object({
  subscription: storedSchema,
  plan_id: z.uuid(),
  items: z.array(z.object({ provider_price_id: z.string().nullable(), quantity: z.number().nullable() })).nullable(),
})

const planChange = (
  deps: BillingDeps,
  caller: ApiCaller,
  { subscription_id, plan_id, billing_interval, seat_count }: z.output<typeof changePreviewSchema>,
) =>
  askDatabase(
    deps,
    caller,
    z.object({ planned: plannedSchema }),
    (sql) => sql`
      select private.plan_subscription_change(
        ${subscription_id}, ${plan_id ?? null}, ${billing_interval ?? null}, ${seat_count ?? null}
      ) as planned`,
  )

function itemsOf({ items }: z.output<typeof plannedSchema>) {
  return (items ?? []).flatMap(({ provider_price_id: providerPriceId, quantity }) =>
    providerPriceId === null ? [] : [{ providerPriceId, quantity }],
  )
}

/** What a change of plan, interval or seats would cost. @throws {AppError} what `private.plan_subscription_change` answers */
export async function previewSubscriptionChange(
  deps: BillingDeps,
  caller: ApiCaller,
  input: z.output<typeof changePreviewSchema>,
) {
  const { planned } = await planChange(deps, caller, input)
  if (planned.subscription.provider === 'manual') return previewOwnChange(deps, caller, input)
  const { provider, id } = atProvider(planned.subscription)
  const preview = await askProvider(deps, provider, 'previewChange', (one) =>
    one.previewChange(id, { items: itemsOf(planned) }, deps),
  )
  return previewedChangeSchema.parse({
    currency: preview.currency,
    proration_cents: preview.prorationCents,
    total_cents: preview.totalCents,
    proration_at: preview.prorationAt.toISOString(),
    lines: preview.lines.map((line) => ({
      description: line.description,
      amount_cents: line.amountCents,
      is_proration: line.isProration,
    })),
  })
}

const ownQuoteSchema = z.object({
  currency: z.string(),
  effective_at: z.iso.datetime({ offset: true }),
  is_immediate: z.boolean(),
  credit_cents: z.number(),
  charge_cents: z.number(),
  due_cents: z.number(),
})

/** The same of a subscription that is paid by own invoice: what the next one will have for the rest of the period. */
async function previewOwnChange(
  deps: BillingDeps,
  caller: ApiCaller,
  { subscription_id, plan_id, billing_interval, seat_count }: z.output<typeof changePreviewSchema>,
) {
  const { quote } = await askDatabase(
    deps,
    caller,
    z.object({ quote: ownQuoteSchema }),
    (sql) => sql`
      select to_jsonb(quote) as quote from public.preview_subscription_change(
        ${subscription_id}, ${plan_id ?? null}, ${billing_interval ?? null}, ${seat_count ?? null}
      ) as quote`,
  )
  const dueCents = quote.is_immediate ? quote.due_cents : 0
  const lines = [
    { description: 'Unused time', amount_cents: -quote.credit_cents, is_proration: true },
    { description: 'Rest of the period', amount_cents: quote.charge_cents, is_proration: true },
  ]
  return previewedChangeSchema.parse({
    currency: quote.currency,
    proration_cents: dueCents,
    total_cents: dueCents,
    proration_at: new Date(quote.effective_at).toISOString(),
    lines: quote.is_immediate ? lines.filter((line) => line.amount_cents !== 0) : [],
  })
}

const previewLifeMs = 10 * 60_000

/**
 * A preview holds for a while, and not beyond the next change: who chose the moment from which a change counts would choose
 * what it costs, and what it gives back.
 *
 * @throws {AppError} 409 `billing_preview_outdated`
 */
function requireRecentPreview(
  { clock }: Pick<BillingDeps, 'clock'>,
  { provider_changed_at }: z.output<typeof storedSchema>,
  prorationAt: Date,
): void {
  const at = prorationAt.getTime()
  const now = clock.now().getTime()
  const changedAt = provider_changed_at === null ? 0 : new Date(provider_changed_at).getTime()
  if (at <= now && at >= Math.max(now - previewLifeMs, changedAt)) return
  throw new AppError(409, 'billing_preview_outdated', 'Cannot change: the preview holds no more', {
    hint: 'Ask for another preview',
  })
}

/**
 * Changes plan, interval or seats.
 *
 * @throws {AppError} what `private.plan_subscription_change` answers, 409 `billing_preview_outdated`
 */
export async function changeSubscription(
  deps: BillingDeps,
  caller: ApiCaller,
  input: z.output<typeof subscriptionChangeSchema>,
) {
  const { planned } = await planChange(deps, caller, input)
  const { plan_id, billing_interval, seat_count, proration_at } = input
  const prorationAt = proration_at === undefined ? undefined : new Date(proration_at)
  if (prorationAt) requireRecentPreview(deps, planned.subscription, prorationAt)
  return changed(deps, caller, planned.subscription, {
    operation: 'changeSubscription',
    manual: (sql) => sql`
      select public.change_subscription(
        ${input.subscription_id}, ${plan_id ?? null}, ${billing_interval ?? null}, ${seat_count ?? null}
      )`,
    ask: (provider, id, options) =>
      provider.changeSubscription(
        id,
        {
          items: itemsOf(planned),
          planId: planned.plan_id,
          ...(prorationAt ? { prorationAt } : {}),
        },
        options,
      ),
  })
}

/** Cancels now or at the end of the period, with the reason. @throws {AppError} 404 `billing_subscription_not_found` */
export async function cancelSubscription(
  deps: BillingDeps,
  caller: ApiCaller,
  { subscription_id, when, reason, comment }: z.output<typeof cancellationSchema>,
) {
  const subscription = await managed(deps, caller, subscription_id, 'cancel')
  return changed(deps, caller, subscription, {
    operation: 'cancelSubscription',
    manual: (sql) =>
      sql`select public.cancel_subscription(${subscription_id}, ${reason}, ${comment}, ${when === 'period_end'})`,
    ask: (provider, id, options) =>
      provider.cancelSubscription({ providerSubscriptionId: id, when, reason, comment }, options),
  })
}

/** Takes back a cancellation, or ends a pause. @throws {AppError} 409 `billing_subscription_ended` */
export async function resumeSubscription(deps: BillingDeps, caller: ApiCaller, subscriptionId: string) {
  const subscription = await managed(deps, caller, subscriptionId, 'resume')
  return changed(deps, caller, subscription, {
    operation: 'resumeSubscription',
    manual: (sql) => sql`
      select public.resume_subscription(${subscriptionId}), public.unpause_subscription(${subscriptionId})`,
    ask: (provider, id, options) => provider.resumeSubscription(id, options),
  })
}

/** Collects nothing, and entitles to nothing, until it is resumed. @throws {AppError} 409 `billing_subscription_ended` */
export async function pauseSubscription(deps: BillingDeps, caller: ApiCaller, subscriptionId: string) {
  const subscription = await managed(deps, caller, subscriptionId, 'pause')
  return changed(deps, caller, subscription, {
    operation: 'pauseSubscription',
    manual: (sql) => sql`select public.pause_subscription(${subscriptionId})`,
    ask: (provider, id, options) => provider.pauseSubscription(id, options),
  })
}

async function managed(deps: BillingDeps, caller: ApiCaller, id: string, action: string) {
  const { subscription } = await askDatabase(
    deps,
    caller,
    z.object({ subscription: storedSchema }),
    (sql) => sql`select to_jsonb(private.managed_subscription(${id}, ${action})) as subscription`,
  )
  return subscription
}

/** Where a subscription is kept. @throws {AppError} 409 `billing_provider_lacks` for one that is paid by own invoice */
function atProvider({ provider, provider_subscription_id: id }: z.output<typeof storedSchema>) {
  if (provider === 'manual' || id === null) {
    throw new AppError(409, 'billing_provider_lacks', 'Cannot preview: the subscription is paid by invoice', {
      hint: 'Its next invoice is at the prices of the plan',
    })
  }
  return { provider, id }
}

interface Change {
  readonly operation: PaymentOperation
  /** What changes one that is paid by own invoice. */
  manual(sql: CallerSql): PromiseLike<unknown>
  ask(provider: PaymentProvider, id: string, options: ReturnType<typeof changeOptions>): Promise<ProviderSubscription>
}

/**
 * Makes a change where the subscription is kept: in the database, or at the provider, whose webhook then writes the row. So
 * there is one writer of each row, whoever asked.
 */
async function changed(
  deps: BillingDeps,
  caller: ApiCaller,
  stored: z.output<typeof storedSchema>,
  { operation, manual, ask }: Change,
) {
  let state: ProviderSubscription | null = null
  if (stored.provider === 'manual') {
    await deps.database.asCaller(caller.claims, async (sql) => void (await manual(sql)))
  } else {
    const { provider, id } = atProvider(stored)
    state = await askProvider(deps, provider, operation, (one) =>
      ask(one, id, changeOptions(deps, `${operation}:${stored.id}:${deps.requestKey}`)),
    )
  }
  return changedSubscriptionSchema.parse({
    subscription: await readSubscription(deps, caller, stored.id),
    provider_state: state && {
      status: state.status,
      is_cancelled_at_period_end: state.isCancelledAtPeriodEnd,
      is_paused: state.isPaused,
      current_period_ends_at: state.currentPeriodEndsAt?.toISOString() ?? null,
      ended_at: state.endedAt?.toISOString() ?? null,
    },
  })
}
