import { z } from 'zod'
import { choice, clearable, currency, flag, hash, integer, list, metadata, range, text } from './parameters.ts'
import { itemChangeParameters, newItemParameters } from './subscription_items.ts'

const proration = choice('always_invoice', 'create_prorations', 'none')
const paymentBehavior = choice('allow_incomplete', 'default_incomplete', 'error_if_incomplete')
const feedback = choice(
  'customer_service',
  'low_quality',
  'missing_features',
  'other',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
)
const trialSettings = hash({
  end_behavior: hash({ missing_payment_method: choice('cancel', 'create_invoice', 'pause') }),
})
const cancellationDetails = hash({
  comment: clearable(text()).optional(),
  feedback: clearable(feedback).optional(),
})
const paymentSettings = hash({
  payment_method_options: z.record(z.string(), z.unknown()).optional(),
  save_default_payment_method: choice('off', 'on_subscription').optional(),
})
const shared = {
  automatic_tax: hash({ enabled: flag() }).optional(),
  collection_method: choice('charge_automatically', 'send_invoice').optional(),
  days_until_due: integer({ least: 0 }).optional(),
  default_payment_method: clearable(text()).optional(),
  default_tax_rates: clearable(list(text())).optional(),
  description: clearable(text(500)).optional(),
  metadata: metadata().optional(),
  off_session: flag().optional(),
  payment_behavior: paymentBehavior.optional(),
  payment_settings: paymentSettings.optional(),
  proration_behavior: proration.optional(),
  trial_end: z.union([z.literal('now'), integer()]).optional(),
  trial_settings: trialSettings.optional(),
}

/** `POST /v1/subscriptions` */
export const subscriptionCreateParameters = hash({
  ...shared,
  billing_cycle_anchor: integer().optional(),
  billing_mode: hash({ type: choice('classic', 'flexible') }).optional(),
  cancel_at: integer().optional(),
  cancel_at_period_end: flag().optional(),
  currency: currency().optional(),
  customer: text(),
  items: list(newItemParameters),
  trial_from_plan: flag().optional(),
  trial_period_days: integer({ least: 1, most: 730 }).optional(),
})
/** `POST /v1/subscriptions/:id` */
export const subscriptionUpdateParameters = hash({
  ...shared,
  billing_cycle_anchor: hash({ type: choice('now', 'unchanged') }).optional(),
  cancel_at: clearable(integer()).optional(),
  cancel_at_period_end: flag().optional(),
  cancellation_details: cancellationDetails.optional(),
  items: list(itemChangeParameters).optional(),
  pause_collection: clearable(
    hash({ behavior: choice('keep_as_draft', 'mark_uncollectible', 'void'), resumes_at: integer().optional() }),
  ).optional(),
  proration_date: integer().optional(),
})
/** `DELETE /v1/subscriptions/:id` */
export const subscriptionCancelParameters = hash({
  cancellation_details: cancellationDetails.optional(),
  invoice_now: flag().optional(),
  prorate: flag().optional(),
})
/** `POST /v1/subscriptions/:id/pause` */
export const subscriptionPauseParameters = hash({
  bill_for: hash({
    outstanding_usage_through: hash({ type: choice('none', 'now') }).optional(),
    unused_time_from: hash({ type: choice('item_current_period_start', 'none', 'now') }).optional(),
  }).optional(),
  invoicing_behavior: choice('invoice', 'pending_invoice_item').optional(),
  type: choice('subscription').optional(),
})
/** `POST /v1/subscriptions/:id/resume` */
export const subscriptionResumeParameters = hash({
  billing_cycle_anchor: hash({ type: choice('now', 'unchanged') }).optional(),
  payment_behavior: choice('resume_on_payment_attempt', 'resume_on_payment_success').optional(),
  proration_behavior: proration.optional(),
  proration_date: integer().optional(),
})
/** `GET /v1/subscriptions` */
export const subscriptionListParameters = {
  collection_method: choice('charge_automatically', 'send_invoice').optional(),
  current_period_end: range().optional(),
  current_period_start: range().optional(),
  customer: text().optional(),
  price: text().optional(),
  status: choice(
    'active',
    'all',
    'canceled',
    'ended',
    'incomplete',
    'incomplete_expired',
    'past_due',
    'paused',
    'trialing',
    'unpaid',
  ).optional(),
  test_clock: text().optional(),
}
/** Parameters of a subscription that is only previewed. */
export const previewDetailsParameters = hash({
  billing_cycle_anchor: hash({ type: choice('now', 'unchanged') }).optional(),
  cancel_at: clearable(integer()).optional(),
  cancel_at_period_end: flag().optional(),
  cancel_now: flag().optional(),
  default_tax_rates: clearable(list(text())).optional(),
  items: list(itemChangeParameters).optional(),
  metadata: metadata().optional(),
  proration_behavior: proration.optional(),
  proration_date: integer().optional(),
  trial_end: z.union([z.literal('now'), integer()]).optional(),
})
