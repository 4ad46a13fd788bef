import type { Subscription, SubscriptionItem } from '../billing_objects.ts'
import { noSuch } from '../errors.ts'
import { invoicePreviewParameters } from '../invoice_preview.ts'
import * as requests from '../invoice_requests.ts'
import { requireInvoice } from '../invoices.ts'
import { choice, flag, hash, integer, range, text } from '../parameters.ts'
import { itemChangeParameters } from '../subscription_items.ts'
import * as parameters from '../subscription_parameters.ts'
import type { StripeWorld } from '../world.ts'
import { type Endpoint, endpoint, listing, none, retrieving } from './endpoint.ts'
import { isWithin, listShape, pageOf } from './lists.ts'

const subscriptions: Endpoint[] = [
  endpoint('post', '/subscriptions', parameters.subscriptionCreateParameters, (world, given) =>
    world.subscriptions.create(given),
  ),
  listing('/subscriptions', 'subscription', parameters.subscriptionListParameters, (one, given) => {
    const [item] = one.items.data
    return (
      isStatus(one, given.status) &&
      isWithin(item?.current_period_end, given.current_period_end) &&
      isWithin(item?.current_period_start, given.current_period_start) &&
      (given.collection_method === undefined || one.collection_method === given.collection_method) &&
      (given.customer === undefined || one.customer === given.customer) &&
      (given.test_clock === undefined || one.test_clock === given.test_clock) &&
      (given.price === undefined || one.items.data.some(({ price }) => price.id === given.price))
    )
  }),
  retrieving('/subscriptions', 'subscription'),
  endpoint('post', '/subscriptions/:id', parameters.subscriptionUpdateParameters, (world, given, id) =>
    world.subscriptions.update(id, given),
  ),
  endpoint('delete', '/subscriptions/:id', parameters.subscriptionCancelParameters, (world, given, id) =>
    world.subscriptions.cancel(id, given),
  ),
  endpoint('post', '/subscriptions/:id/pause', parameters.subscriptionPauseParameters, (world, given, id) =>
    world.subscriptions.pause(id, given),
  ),
  endpoint('post', '/subscriptions/:id/resume', parameters.subscriptionResumeParameters, (world, given, id) =>
    world.subscriptions.resume(id, given),
  ),
]

/** Without a wish, ended ones are left out. */
function isStatus(one: Subscription, wanted: string | undefined): boolean {
  if (wanted === undefined) return one.status !== 'canceled' && one.status !== 'incomplete_expired'
  if (wanted === 'ended') return one.ended_at !== null
  return wanted === 'all' || one.status === wanted
}

const howToChange = {
  off_session: flag().optional(),
  payment_behavior: choice('allow_incomplete', 'default_incomplete', 'error_if_incomplete').optional(),
  proration_behavior: choice('always_invoice', 'create_prorations', 'none').optional(),
  proration_date: integer().optional(),
}
const itemFields = itemChangeParameters.shape
const newItem = hash({
  ...howToChange,
  metadata: itemFields.metadata,
  price: itemFields.price,
  price_data: itemFields.price_data,
  quantity: itemFields.quantity,
  subscription: text(),
  tax_rates: itemFields.tax_rates,
})
const changedItem = hash({
  ...howToChange,
  metadata: itemFields.metadata,
  price: itemFields.price,
  price_data: itemFields.price_data,
  quantity: itemFields.quantity,
  tax_rates: itemFields.tax_rates,
})
const items: Endpoint[] = [
  endpoint('get', '/subscription_items', hash({ ...listShape, subscription: text() }), ({ core }, given) => {
    const { subscription, ...page } = given
    const { data } = core.store.get('subscription', subscription, 'subscription').items
    return pageOf(data.toReversed(), page, { url: '/v1/subscription_items', kind: 'subscription_item' })
  }),
  endpoint('post', '/subscription_items', newItem, (world, given) => {
    const { subscription, off_session, payment_behavior, proration_behavior, proration_date, ...item } = given
    const how = { off_session, payment_behavior, proration_behavior, proration_date }
    const { data } = world.subscriptions.update(subscription, { ...how, items: [item] }).items
    return data.at(-1) ?? {}
  }),
  endpoint('get', '/subscription_items/:id', none, (world, _, id) => itemOf(world, id).item),
  endpoint('post', '/subscription_items/:id', changedItem, (world, given, id) => {
    const { off_session, payment_behavior, proration_behavior, proration_date, ...item } = given
    const { subscription } = itemOf(world, id)
    const how = { off_session, payment_behavior, proration_behavior, proration_date }
    world.subscriptions.update(subscription.id, { ...how, items: [{ ...item, id }] })
    return itemOf(world, id).item
  }),
  endpoint('delete', '/subscription_items/:id', hash(howToChange), (world, given, id) => {
    const { subscription } = itemOf(world, id)
    world.subscriptions.update(subscription.id, { ...given, items: [{ id, deleted: true }] })
    return { id, object: 'subscription_item', deleted: true }
  }),
]

function itemOf({ core }: StripeWorld, id: string): { subscription: Subscription; item: SubscriptionItem } {
  for (const subscription of core.store.all('subscription')) {
    const item = subscription.items.data.find((one) => one.id === id)
    if (item) return { subscription, item }
  }
  throw noSuch('subscription_item', id)
}

const invoiceFilters = {
  collection_method: choice('charge_automatically', 'send_invoice').optional(),
  customer: text().optional(),
  due_date: range().optional(),
  status: choice('draft', 'open', 'paid', 'uncollectible', 'void').optional(),
  subscription: text().optional(),
}
const invoices: Endpoint[] = [
  endpoint('post', '/invoices', requests.invoiceCreateParameters, (world, given) => world.invoices.create(given)),
  endpoint('post', '/invoices/create_preview', invoicePreviewParameters, (world, given) =>
    world.invoices.preview(given),
  ),
  listing('/invoices', 'invoice', invoiceFilters, (one, given) => {
    const subscription = one.parent?.subscription_details.subscription
    return (
      (given.collection_method === undefined || one.collection_method === given.collection_method) &&
      (given.customer === undefined || one.customer === given.customer) &&
      isWithin(one.due_date, given.due_date) &&
      (given.status === undefined || one.status === given.status) &&
      (given.subscription === undefined || subscription === given.subscription)
    )
  }),
  retrieving('/invoices', 'invoice'),
  endpoint('post', '/invoices/:id', requests.invoiceUpdateParameters, (world, given, id) =>
    world.invoices.update(id, given),
  ),
  endpoint('delete', '/invoices/:id', none, (world, _, id) => world.invoices.delete(id)),
  endpoint('post', '/invoices/:id/finalize', requests.invoiceFinalizeParameters, (world, given, id) =>
    world.invoices.finalize(id, given),
  ),
  endpoint('post', '/invoices/:id/pay', requests.invoicePayParameters, (world, given, id) =>
    world.invoices.pay(id, given),
  ),
  endpoint('post', '/invoices/:id/send', none, (world, _, id) => world.invoices.send(id)),
  endpoint('post', '/invoices/:id/void', none, (world, _, id) => world.invoices.void(id)),
  endpoint('post', '/invoices/:id/mark_uncollectible', none, (world, _, id) => world.invoices.markUncollectible(id)),
  endpoint('get', '/invoices/:id/lines', hash(listShape), ({ core }, page, id) => {
    const { data } = requireInvoice(core, id).lines
    return pageOf(data.toReversed(), page, { url: `/v1/invoices/${id}/lines`, kind: 'line_item' })
  }),
  endpoint('post', '/invoiceitems', requests.invoiceItemCreateParameters, (world, given) =>
    world.invoiceItems.create(given),
  ),
  listing(
    '/invoiceitems',
    'invoiceitem',
    { customer: text().optional(), invoice: text().optional(), pending: flag().optional() },
    (one, given) =>
      (given.customer === undefined || one.customer === given.customer) &&
      (given.invoice === undefined || one.invoice === given.invoice) &&
      (given.pending === undefined || (one.invoice === null) === given.pending),
  ),
  retrieving('/invoiceitems', 'invoiceitem'),
  endpoint('delete', '/invoiceitems/:id', none, (world, _, id) => world.invoiceItems.delete(id)),
  listing(
    '/invoice_payments',
    'invoice_payment',
    {
      invoice: text().optional(),
      payment: hash({ payment_intent: text().optional(), type: choice('payment_intent') }).optional(),
      status: choice('canceled', 'open', 'paid').optional(),
    },
    (one, given) =>
      (given.invoice === undefined || one.invoice === given.invoice) &&
      (given.payment?.payment_intent === undefined || one.payment.payment_intent === given.payment.payment_intent) &&
      (given.status === undefined || one.status === given.status),
  ),
  retrieving('/invoice_payments', 'invoice_payment'),
]

/** Subscriptions and invoices. */
export const billingEndpoints: readonly Endpoint[] = [...subscriptions, ...items, ...invoices]
