import type { z } from 'zod'
import type { Core } from '../core.ts'
import { requireCustomer } from '../customers.ts'
import { refused } from '../errors.ts'
import type { StripeObject } from '../objects.ts'
import { choice, hash, integer, list, text } from '../parameters.ts'
import { webAddress } from '../web_address.ts'
import { defaultConfiguration } from './configurations.ts'

const ofSubscription = hash({ subscription: text() }).optional()

/** `POST /v1/billing_portal/sessions` */
export const portalSessionCreateParameters = hash({
  configuration: text().optional(),
  customer: text(),
  flow_data: hash({
    after_completion: hash({
      hosted_confirmation: hash({ custom_message: text(500).optional() }).optional(),
      redirect: hash({ return_url: webAddress() }).optional(),
      type: choice('hosted_confirmation', 'portal_homepage', 'redirect'),
    }).optional(),
    subscription_cancel: ofSubscription,
    subscription_update: ofSubscription,
    subscription_update_confirm: hash({
      items: list(hash({ id: text(), price: text().optional(), quantity: integer({ least: 0 }).optional() })),
      subscription: text(),
    }).optional(),
    type: choice('payment_method_update', 'subscription_cancel', 'subscription_update', 'subscription_update_confirm'),
  }).optional(),
  locale: text(10).optional(),
  return_url: webAddress().optional(),
})

type Given = z.output<typeof portalSessionCreateParameters>
type GivenFlow = NonNullable<Given['flow_data']>

/** What a session leads to directly. */
export type PortalFlow = {
  after_completion: {
    hosted_confirmation: { custom_message: string | null } | null
    redirect: { return_url: string } | null
    type: 'hosted_confirmation' | 'portal_homepage' | 'redirect'
  }
  subscription_cancel: { retention: null; subscription: string } | null
  subscription_pause: null
  subscription_update: { subscription: string } | null
  subscription_update_confirm: {
    discounts: null
    items: { id: string; price: string | null; quantity?: number }[]
    subscription: string
  } | null
  type: GivenFlow['type']
}

/** A visit to the portal. */
export type PortalSession = StripeObject & {
  object: 'billing_portal.session'
  configuration: string
  created: number
  customer: string
  flow: PortalFlow | null
  return_url: string | null
  url: string
}

/** Opens the portal for a customer. @throws {StripeError} */
export function createPortalSession(core: Core, given: Given): PortalSession {
  const customer = requireCustomer(core, given.customer)
  const configuration =
    given.configuration === undefined
      ? defaultConfiguration(core)
      : core.store.get('billing_portal.configuration', given.configuration, 'configuration')
  if (!configuration.active) throw refused('The configuration is not active.', { param: 'configuration' })
  const flow = given.flow_data ? flowOf(core, given.flow_data, customer.id) : null
  const id = core.id('bps')
  return core.add(
    'billing_portal.session',
    {
      id,
      object: 'billing_portal.session',
      after_expiration: null,
      configuration: configuration.id,
      created: core.now(customer),
      customer: customer.id,
      customer_account: null,
      flow,
      livemode: false,
      locale: given.locale ?? null,
      on_behalf_of: null,
      return_url: given.return_url ?? configuration.default_return_url,
      url: `${core.pagesUrl()}/portal/${id}`,
    },
    'billing_portal.session.created',
  )
}

function flowOf(core: Core, given: GivenFlow, customer: string): PortalFlow {
  const { type, subscription_cancel, subscription_update, subscription_update_confirm: confirm } = given
  const target = { subscription_cancel, subscription_update, subscription_update_confirm: confirm }
  if (type !== 'payment_method_update') {
    const id = target[type]?.subscription
    const param = `flow_data[${type}]`
    if (id === undefined) throw refused(`Missing required param: ${param}.`, { code: 'parameter_missing', param })
    const subscription = core.store.get('subscription', id, `${param}[subscription]`)
    if (subscription.customer !== customer) {
      throw refused(`The subscription ${id} does not belong to the customer ${customer}.`, {
        param: `${param}[subscription]`,
      })
    }
    if (subscription.ended_at !== null) {
      throw refused(`The subscription ${id} has ended: nothing can be changed.`, { param: `${param}[subscription]` })
    }
    if (type === 'subscription_cancel' && subscription.cancel_at_period_end) {
      throw refused(`The subscription ${id} is already set to be canceled.`, { param: `${param}[subscription]` })
    }
  }
  if (type === 'subscription_update_confirm' && confirm?.items.length !== 1) {
    throw refused('Exactly one item can be updated.', { param: 'flow_data[subscription_update_confirm][items]' })
  }
  const { after_completion: after } = given
  if (after?.type === 'redirect' && !after.redirect) {
    const param = 'flow_data[after_completion][redirect]'
    throw refused(`Missing required param: ${param}.`, { code: 'parameter_missing', param })
  }
  return {
    after_completion: {
      hosted_confirmation: after?.hosted_confirmation
        ? { custom_message: after.hosted_confirmation.custom_message ?? null }
        : null,
      redirect: after?.redirect ?? null,
      type: after?.type ?? 'portal_homepage',
    },
    subscription_cancel:
      type === 'subscription_cancel' && subscription_cancel ? { retention: null, ...subscription_cancel } : null,
    subscription_pause: null,
    subscription_update: type === 'subscription_update' && subscription_update ? subscription_update : null,
    subscription_update_confirm:
      type === 'subscription_update_confirm' && confirm
        ? {
            discounts: null,
            items: confirm.items.map(({ id, price = null, quantity }) => ({
              id,
              price,
              ...(quantity === undefined ? {} : { quantity }),
            })),
            subscription: confirm.subscription,
          }
        : null,
    type,
  }
}
