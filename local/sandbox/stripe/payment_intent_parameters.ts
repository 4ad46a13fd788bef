import { z } from 'zod'
import { choice, clearable, currency, flag, hash, integer, list, metadata, text } from './parameters.ts'

const futureUse = choice('off_session', 'on_session')
const shared = {
  description: clearable(text(1000)).optional(),
  metadata: metadata().optional(),
  payment_method: text().optional(),
  receipt_email: clearable(text()).optional(),
}
const typeFilters = {
  allowed_payment_method_types: list(text()).optional(),
  excluded_payment_method_types: list(text()).optional(),
}

/** `POST /v1/payment_intents` */
export const paymentIntentCreateParameters = hash({
  ...shared,
  ...typeFilters,
  amount: integer({ least: 1 }),
  automatic_payment_methods: hash({
    allow_redirects: choice('always', 'never').optional(),
    enabled: flag(),
  }).optional(),
  capture_method: choice('automatic', 'automatic_async', 'manual').optional(),
  confirm: flag().optional(),
  currency: currency(),
  customer: text().optional(),
  error_on_requires_action: flag().optional(),
  off_session: flag().optional(),
  payment_method_options: z.record(z.string(), z.unknown()).optional(),
  return_url: text().optional(),
  setup_future_usage: futureUse.optional(),
  statement_descriptor: text(22).optional(),
  statement_descriptor_suffix: text(22).optional(),
})
/** `POST /v1/payment_intents/:id` */
export const paymentIntentUpdateParameters = hash({
  ...shared,
  amount: integer({ least: 1 }).optional(),
  currency: currency().optional(),
  customer: text().optional(),
  setup_future_usage: clearable(futureUse).optional(),
})
/** `POST /v1/payment_intents/:id/confirm` */
export const paymentIntentConfirmParameters = hash({
  ...typeFilters,
  error_on_requires_action: flag().optional(),
  off_session: flag().optional(),
  payment_method: text().optional(),
  receipt_email: clearable(text()).optional(),
  return_url: text().optional(),
  setup_future_usage: clearable(futureUse).optional(),
})
/** `POST /v1/payment_intents/:id/cancel` */
export const paymentIntentCancelParameters = hash({
  cancellation_reason: choice('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer').optional(),
})
/** `POST /v1/payment_intents/:id/capture` */
export const paymentIntentCaptureParameters = hash({
  amount_to_capture: integer({ least: 1 }).optional(),
  metadata: metadata().optional(),
})
