import type { z } from 'zod'
import type { Core } from '../core.ts'
import { refused } from '../errors.ts'
import type { Metadata, StripeObject } from '../objects.ts'
import { choice, clearable, flag, hash, integer, list, mergeMetadata, metadata, text } from '../parameters.ts'
import { webAddress } from '../web_address.ts'

const reasons = [
  'too_expensive',
  'missing_features',
  'switched_service',
  'unused',
  'customer_service',
  'too_complex',
  'low_quality',
  'other',
] as const

/** A reason to cancel that Stripe knows; undefined for anything else. */
export function reasonOf(text: string | null): (typeof reasons)[number] | undefined {
  return reasons.find((reason) => reason === text)
}

const proration = choice('always_invoice', 'create_prorations', 'none')
const products = list(
  hash({
    adjustable_quantity: hash({
      enabled: flag(),
      maximum: integer({ least: 1 }).optional(),
      minimum: integer({ least: 0 }).optional(),
    }).optional(),
    prices: list(text()),
    product: text(),
  }),
)
const features = hash({
  customer_update: hash({
    allowed_updates: clearable(list(choice('address', 'email', 'name', 'phone', 'shipping', 'tax_id'))).optional(),
    enabled: flag().optional(),
  }).optional(),
  invoice_history: hash({ enabled: flag() }).optional(),
  payment_method_update: hash({ enabled: flag() }).optional(),
  subscription_cancel: hash({
    cancellation_reason: hash({
      enabled: flag().optional(),
      options: clearable(list(choice(...reasons))).optional(),
    }).optional(),
    enabled: flag().optional(),
    mode: choice('at_period_end', 'immediately').optional(),
    proration_behavior: proration.optional(),
  }).optional(),
  subscription_update: hash({
    default_allowed_updates: clearable(list(choice('price', 'promotion_code', 'quantity'))).optional(),
    enabled: flag().optional(),
    products: clearable(products).optional(),
    proration_behavior: proration.optional(),
  }).optional(),
})
const shared = {
  business_profile: hash({
    headline: clearable(text(60)).optional(),
    privacy_policy_url: clearable(webAddress()).optional(),
    terms_of_service_url: clearable(webAddress()).optional(),
  }).optional(),
  default_return_url: clearable(webAddress()).optional(),
  login_page: hash({ enabled: flag() }).optional(),
  metadata: metadata().optional(),
  name: clearable(text(255)).optional(),
}

/** `POST /v1/billing_portal/configurations` */
export const configurationCreateParameters = hash({ ...shared, features })
/** `POST /v1/billing_portal/configurations/:id` */
export const configurationUpdateParameters = hash({
  ...shared,
  active: flag().optional(),
  features: features.optional(),
})

/** A product that one may change to in the portal. */
export type PortalProduct = {
  adjustable_quantity: { enabled: boolean; maximum: number | null; minimum: number }
  prices: string[]
  product: string
}

/** What may be done in the portal. */
export type PortalFeatures = {
  customer_update: { allowed_updates: string[]; enabled: boolean }
  invoice_history: { enabled: boolean }
  payment_method_update: { enabled: boolean; payment_method_configuration: null }
  subscription_cancel: {
    cancellation_reason: { enabled: boolean; feedback_options: null; options: string[] }
    enabled: boolean
    mode: 'at_period_end' | 'immediately'
    proration_behavior: z.output<typeof proration>
  }
  subscription_pause: { duration: { interval_options: never[]; type: 'indefinite' }; enabled: false }
  subscription_update: {
    billing_cycle_anchor: null
    default_allowed_updates: string[]
    enabled: boolean
    /** Null: every active recurring price, which only the sandbox's own configuration offers. */
    products: PortalProduct[] | null
    proration_behavior: z.output<typeof proration>
    schedule_at_period_end: { conditions: never[] }
    trial_update_behavior: 'end_trial'
  }
}

/** A portal as it was configured. */
export type PortalConfiguration = StripeObject & {
  object: 'billing_portal.configuration'
  active: boolean
  business_profile: {
    headline: string | null
    privacy_policy_url: string | null
    terms_of_service_url: string | null
  }
  created: number
  default_return_url: string | null
  features: PortalFeatures
  is_default: boolean
  metadata: Metadata
  name: string | null
  updated: number
}

const nothing: PortalFeatures = {
  customer_update: { allowed_updates: [], enabled: false },
  invoice_history: { enabled: false },
  payment_method_update: { enabled: false, payment_method_configuration: null },
  subscription_cancel: {
    cancellation_reason: { enabled: false, feedback_options: null, options: [...reasons] },
    enabled: false,
    mode: 'at_period_end',
    proration_behavior: 'none',
  },
  subscription_pause: { duration: { interval_options: [], type: 'indefinite' }, enabled: false },
  subscription_update: {
    billing_cycle_anchor: null,
    default_allowed_updates: [],
    enabled: false,
    products: null,
    proration_behavior: 'none',
    schedule_at_period_end: { conditions: [] },
    trial_update_behavior: 'end_trial',
  },
}

/** Makes a configuration. @throws {StripeError} */
export function createConfiguration(
  core: Core,
  given: z.output<typeof configurationCreateParameters>,
): PortalConfiguration {
  return keep(core, given, featuresOf(core, nothing, given.features), false)
}

/** Changes a configuration; what is left out stays. @throws {StripeError} */
export function updateConfiguration(
  core: Core,
  id: string,
  given: z.output<typeof configurationUpdateParameters>,
): PortalConfiguration {
  const before = core.store.get('billing_portal.configuration', id)
  if (before.is_default && given.active === false) {
    throw refused('You cannot deactivate the default configuration.', { param: 'active' })
  }
  return core.change(
    before,
    {
      active: given.active,
      business_profile: profileOf(before.business_profile, given.business_profile),
      default_return_url: given.default_return_url,
      features: featuresOf(core, before.features, given.features),
      metadata: given.metadata === undefined ? undefined : mergeMetadata(before.metadata, given.metadata),
      name: given.name,
      updated: core.now(),
    },
    'billing_portal.configuration.updated',
  )
}

/**
 * The configuration of sessions that name none. Stripe's is saved in the dashboard; the sandbox's allows everything,
 * with a choice among all prices.
 */
export function defaultConfiguration(core: Core): PortalConfiguration {
  const known = core.store.all('billing_portal.configuration').find((one) => one.is_default)
  if (known) return known
  return keep(
    core,
    { business_profile: { headline: 'Manage your subscription' } },
    {
      ...nothing,
      customer_update: { allowed_updates: ['email', 'name'], enabled: true },
      invoice_history: { enabled: true },
      payment_method_update: { enabled: true, payment_method_configuration: null },
      subscription_cancel: {
        ...nothing.subscription_cancel,
        cancellation_reason: { ...nothing.subscription_cancel.cancellation_reason, enabled: true },
        enabled: true,
      },
      subscription_update: {
        ...nothing.subscription_update,
        default_allowed_updates: ['price', 'quantity'],
        enabled: true,
        proration_behavior: 'always_invoice',
      },
    },
    true,
  )
}

const noProfile: PortalConfiguration['business_profile'] = {
  headline: null,
  privacy_policy_url: null,
  terms_of_service_url: null,
}

function profileOf(
  before: PortalConfiguration['business_profile'],
  given: z.output<typeof configurationUpdateParameters>['business_profile'],
): PortalConfiguration['business_profile'] {
  const { headline, privacy_policy_url: privacy, terms_of_service_url: terms } = given ?? {}
  return {
    headline: headline === undefined ? before.headline : headline,
    privacy_policy_url: privacy === undefined ? before.privacy_policy_url : privacy,
    terms_of_service_url: terms === undefined ? before.terms_of_service_url : terms,
  }
}

function keep(
  core: Core,
  given: Partial<z.output<typeof configurationCreateParameters>>,
  allowed: PortalFeatures,
  isDefault: boolean,
): PortalConfiguration {
  const now = core.now()
  return core.add(
    'billing_portal.configuration',
    {
      id: core.id('bpc'),
      object: 'billing_portal.configuration',
      active: true,
      application: null,
      business_profile: profileOf(noProfile, given.business_profile),
      created: now,
      default_return_url: given.default_return_url ?? null,
      features: allowed,
      is_default: isDefault,
      livemode: false,
      login_page: { enabled: false, url: null },
      metadata: mergeMetadata({}, given.metadata),
      name: given.name ?? null,
      updated: now,
    },
    'billing_portal.configuration.created',
  )
}

function featuresOf(core: Core, before: PortalFeatures, given: z.output<typeof features> | undefined): PortalFeatures {
  const { customer_update: customer, subscription_cancel: cancel, subscription_update: update } = given ?? {}
  const reason = cancel?.cancellation_reason
  const old = before.subscription_cancel
  const after: PortalFeatures = {
    ...before,
    customer_update: {
      allowed_updates: customer?.allowed_updates ?? before.customer_update.allowed_updates,
      enabled: customer?.enabled ?? before.customer_update.enabled,
    },
    invoice_history: given?.invoice_history ?? before.invoice_history,
    payment_method_update: { ...before.payment_method_update, ...given?.payment_method_update },
    subscription_cancel: {
      cancellation_reason: {
        ...old.cancellation_reason,
        enabled: reason?.enabled ?? old.cancellation_reason.enabled,
        options: reason?.options ?? old.cancellation_reason.options,
      },
      enabled: cancel?.enabled ?? old.enabled,
      mode: cancel?.mode ?? old.mode,
      proration_behavior: cancel?.proration_behavior ?? old.proration_behavior,
    },
    subscription_update: {
      ...before.subscription_update,
      default_allowed_updates: update?.default_allowed_updates ?? before.subscription_update.default_allowed_updates,
      enabled: update?.enabled ?? before.subscription_update.enabled,
      products: update?.products ? productsOf(core, update.products) : before.subscription_update.products,
      proration_behavior: update?.proration_behavior ?? before.subscription_update.proration_behavior,
    },
  }
  const { subscription_update: wanted } = after
  if (wanted.enabled && (wanted.default_allowed_updates.length === 0 || wanted.products === null) && update?.enabled) {
    throw refused('`default_allowed_updates` and `products` are required when `subscription_update` is enabled.', {
      param: 'features[subscription_update][products]',
    })
  }
  return after
}

function productsOf(core: Core, given: z.output<typeof products>): PortalProduct[] {
  return given.map((one, index) => {
    const at = `features[subscription_update][products][${index}]`
    const product = core.store.get('product', one.product, `${at}[product]`)
    for (const id of one.prices) {
      const price = core.store.get('price', id, `${at}[prices]`)
      if (price.product !== product.id || price.recurring === null) {
        throw refused(`The price ${id} must be a recurring price of the product ${product.id}.`, {
          param: `${at}[prices]`,
        })
      }
    }
    const { enabled = false, maximum = null, minimum = 1 } = one.adjustable_quantity ?? {}
    return { adjustable_quantity: { enabled, maximum, minimum }, prices: one.prices, product: one.product }
  })
}
