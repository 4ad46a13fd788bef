import { chargeUpdateParameters } from '../charges.ts'
import { customerCreateParameters, customerUpdateParameters } from '../customers.ts'
import { disputeUpdateParameters } from '../disputes.ts'
import { choice, hash, text } from '../parameters.ts'
import * as intents from '../payment_intent_parameters.ts'
import { confirmOnRequest } from '../payment_intents.ts'
import { paymentMethodCreateParameters, paymentMethodUpdateParameters } from '../payment_methods.ts'
import { refundCreateParameters, refundUpdateParameters } from '../refunds.ts'
import * as setups from '../setup_intents.ts'
import { type Endpoint, endpoint, listing, none, retrieving } from './endpoint.ts'
import { listShape, pageOf } from './lists.ts'

const ownMethods = hash({ ...listShape, type: choice('card').optional() })
const customers: Endpoint[] = [
  endpoint('post', '/customers', customerCreateParameters, (world, given) => world.customers.create(given)),
  listing('/customers', 'customer', { email: text().optional(), test_clock: text().optional() }, (one, given) => {
    const isTheirs = given.email === undefined || one.email === given.email
    return isTheirs && (given.test_clock === undefined || one.test_clock === given.test_clock)
  }),
  retrieving('/customers', 'customer'),
  endpoint('post', '/customers/:id', customerUpdateParameters, (world, given, id) => world.customers.update(id, given)),
  endpoint('get', '/customers/:id/payment_methods', ownMethods, ({ core }, { type: _, ...page }, id) => {
    const { id: customer } = core.store.get('customer', id)
    const methods = core.store.all('payment_method').filter((one) => one.customer === customer)
    return pageOf(methods, page, { url: `/v1/customers/${id}/payment_methods`, kind: 'payment_method' })
  }),
  endpoint('delete', '/customers/:id', none, (world, _, id) => world.customers.delete(id)),
]

const attachParameters = hash({ customer: text() })
const methods: Endpoint[] = [
  endpoint('post', '/payment_methods', paymentMethodCreateParameters, (world, given) =>
    world.paymentMethods.create(given),
  ),
  listing(
    '/payment_methods',
    'payment_method',
    { customer: text().optional(), type: choice('card').optional() },
    (one, given) => one.customer !== null && one.customer === given.customer,
  ),
  retrieving('/payment_methods', 'payment_method'),
  endpoint('post', '/payment_methods/:id', paymentMethodUpdateParameters, (world, given, id) =>
    world.paymentMethods.update(id, given),
  ),
  endpoint('post', '/payment_methods/:id/attach', attachParameters, (world, given, id) =>
    world.paymentMethods.attach(id, given.customer),
  ),
  endpoint('post', '/payment_methods/:id/detach', none, (world, _, id) => world.paymentMethods.detach(id)),
]

const paymentIntents: Endpoint[] = [
  endpoint('post', '/payment_intents', intents.paymentIntentCreateParameters, (world, given) =>
    world.paymentIntents.create(given),
  ),
  listing('/payment_intents', 'payment_intent', { customer: text().optional() }, (one, given) =>
    isOf(one.customer, given.customer),
  ),
  retrieving('/payment_intents', 'payment_intent'),
  endpoint('post', '/payment_intents/:id', intents.paymentIntentUpdateParameters, (world, given, id) =>
    world.paymentIntents.update(id, given),
  ),
  endpoint('post', '/payment_intents/:id/confirm', intents.paymentIntentConfirmParameters, ({ core }, given, id) =>
    confirmOnRequest(core, core.store.get('payment_intent', id), given),
  ),
  endpoint('post', '/payment_intents/:id/capture', intents.paymentIntentCaptureParameters, (world, given, id) =>
    world.paymentIntents.capture(id, given.amount_to_capture),
  ),
  endpoint('post', '/payment_intents/:id/cancel', intents.paymentIntentCancelParameters, (world, given, id) =>
    world.paymentIntents.cancel(id, given.cancellation_reason),
  ),
]

const setupIntents: Endpoint[] = [
  endpoint('post', '/setup_intents', setups.setupIntentCreateParameters, (world, given) =>
    world.setupIntents.create(given),
  ),
  listing(
    '/setup_intents',
    'setup_intent',
    { customer: text().optional(), payment_method: text().optional() },
    (one, given) => isOf(one.customer, given.customer) && isOf(one.payment_method, given.payment_method),
  ),
  retrieving('/setup_intents', 'setup_intent'),
  endpoint('post', '/setup_intents/:id', setups.setupIntentUpdateParameters, (world, given, id) =>
    world.setupIntents.update(id, given),
  ),
  endpoint('post', '/setup_intents/:id/confirm', setups.setupIntentConfirmParameters, (world, given, id) =>
    world.setupIntents.confirm(id, given),
  ),
  endpoint('post', '/setup_intents/:id/cancel', setups.setupIntentCancelParameters, (world, given, id) =>
    world.setupIntents.cancel(id, given.cancellation_reason),
  ),
]

const byPayment = { charge: text().optional(), payment_intent: text().optional() }
const money: Endpoint[] = [
  listing(
    '/charges',
    'charge',
    { customer: text().optional(), payment_intent: text().optional() },
    (one, given) => isOf(one.customer, given.customer) && isOf(one.payment_intent, given.payment_intent),
  ),
  retrieving('/charges', 'charge'),
  endpoint('post', '/charges/:id', chargeUpdateParameters, (world, given, id) => world.charges.update(id, given)),
  endpoint('post', '/refunds', refundCreateParameters, (world, given) => world.refunds.create(given)),
  listing(
    '/refunds',
    'refund',
    byPayment,
    (one, given) => isOf(one.charge, given.charge) && isOf(one.payment_intent, given.payment_intent),
  ),
  retrieving('/refunds', 'refund'),
  endpoint('post', '/refunds/:id', refundUpdateParameters, (world, given, id) => world.refunds.update(id, given)),
  endpoint('post', '/refunds/:id/cancel', none, (world, _, id) => world.refunds.cancel(id)),
  listing(
    '/disputes',
    'dispute',
    byPayment,
    (one, given) => isOf(one.charge, given.charge) && isOf(one.payment_intent, given.payment_intent),
  ),
  retrieving('/disputes', 'dispute'),
  endpoint('post', '/disputes/:id', disputeUpdateParameters, (world, given, id) => world.disputes.update(id, given)),
  // Giving in is the only way for a merchant to end a dispute.
  endpoint('post', '/disputes/:id/close', none, (world, _, id) => world.disputes.close(id, 'lost')),
  listing('/balance_transactions', 'balance_transaction', { source: text().optional() }, (one, given) =>
    isOf(one.source, given.source),
  ),
  retrieving('/balance_transactions', 'balance_transaction'),
]

/** Customers, their cards and their payments. */
export const customerEndpoints: readonly Endpoint[] = [
  ...customers,
  ...methods,
  ...paymentIntents,
  ...setupIntents,
  ...money,
]

function isOf(value: string | null, wanted: string | undefined): boolean {
  return wanted === undefined || value === wanted
}
