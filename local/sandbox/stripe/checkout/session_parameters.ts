import type { z } from 'zod'
import { priceDataParameters } from '../catalogue.ts'
import { choice, currency, flag, hash, integer, list, metadata, text } from '../parameters.ts'
import { webAddress } from '../web_address.ts'

const enabled = hash({ enabled: flag() }).optional()
const lineItem = hash({
  adjustable_quantity: hash({
    enabled: flag(),
    maximum: integer({ least: 1 }).optional(),
    minimum: integer({ least: 0 }).optional(),
  }).optional(),
  metadata: metadata().optional(),
  price: text().optional(),
  price_data: priceDataParameters.optional(),
  quantity: integer({ least: 0 }).optional(),
  tax_rates: list(text()).optional(),
})
const trialSettings = hash({
  end_behavior: hash({ missing_payment_method: choice('cancel', 'create_invoice', 'pause') }),
})

/** `POST /v1/checkout/sessions` */
export const sessionCreateParameters = hash({
  adaptive_pricing: enabled,
  allow_promotion_codes: flag().optional(),
  allowed_payment_method_types: list(text()).optional(),
  automatic_tax: enabled,
  billing_address_collection: choice('auto', 'required').optional(),
  cancel_url: webAddress().optional(),
  client_reference_id: text(200).optional(),
  currency: currency().optional(),
  customer: text().optional(),
  customer_creation: choice('always', 'if_required').optional(),
  customer_email: text(800).optional(),
  customer_update: hash({
    address: choice('auto', 'never').optional(),
    name: choice('auto', 'never').optional(),
    shipping: choice('auto', 'never').optional(),
  }).optional(),
  excluded_payment_method_types: list(text()).optional(),
  expires_at: integer().optional(),
  integration_identifier: text().optional(),
  invoice_creation: hash({
    enabled: flag(),
    invoice_data: hash({
      description: text(1500).optional(),
      footer: text().optional(),
      metadata: metadata().optional(),
    }).optional(),
  }).optional(),
  line_items: list(lineItem).optional(),
  locale: text(10).optional(),
  metadata: metadata().optional(),
  mode: choice('payment', 'setup', 'subscription'),
  payment_intent_data: hash({
    capture_method: choice('automatic', 'automatic_async', 'manual').optional(),
    description: text(1000).optional(),
    metadata: metadata().optional(),
    receipt_email: text(800).optional(),
    setup_future_usage: choice('off_session', 'on_session').optional(),
    statement_descriptor: text(22).optional(),
    statement_descriptor_suffix: text(22).optional(),
  }).optional(),
  payment_method_collection: choice('always', 'if_required').optional(),
  phone_number_collection: enabled,
  saved_payment_method_options: hash({ payment_method_save: choice('disabled', 'enabled').optional() }).optional(),
  setup_intent_data: hash({ description: text(1000).optional(), metadata: metadata().optional() }).optional(),
  submit_type: choice('auto', 'book', 'donate', 'pay', 'subscribe').optional(),
  subscription_data: hash({
    billing_cycle_anchor: integer().optional(),
    default_tax_rates: list(text()).optional(),
    description: text(500).optional(),
    metadata: metadata().optional(),
    proration_behavior: choice('create_prorations', 'none').optional(),
    trial_end: integer().optional(),
    trial_period_days: integer({ least: 1 }).optional(),
    trial_settings: trialSettings.optional(),
  }).optional(),
  success_url: webAddress().optional(),
  tax_id_collection: enabled,
  ui_mode: choice('elements', 'embedded_page', 'form', 'hosted_page').optional(),
})

/** A session that is asked for. */
export type NewSession = z.output<typeof sessionCreateParameters>
/** A line of it. */
export type NewLineItem = z.output<typeof lineItem>
