import Stripe from 'stripe'
import { type Clock, systemClock } from '../../runtime/mod.ts'
import { ProviderError } from '../mod.ts'
import {
  type Belonging,
  type Cancellation,
  type ChangeOptions,
  type CheckoutRequest,
  definePaymentProvider,
  type NewPayment,
  type PaymentProvider,
  type PriceItem,
  type SubscriptionChange,
} from './port.ts'
import { type StripeEnv, stripeClient } from './stripe_client.ts'
import { isMissing, isStripeCode, stripeCall } from './stripe_errors.ts'
import { fromIntent, fromPreview, fromRefund, fromSubscription, itemChanges } from './stripe_shapes.ts'

/** Stripe, through its own library. */
export function createStripeProvider(env: StripeEnv, clock: Clock = systemClock): PaymentProvider {
  /** One operation: a client that its signal ends, and the key for the call that makes the change. */
  const change = <T>(
    what: string,
    { idempotencyKey, signal }: ChangeOptions,
    call: (stripe: Stripe, once: Stripe.RequestOptions) => Promise<T>,
  ) => stripeCall(what, signal, () => call(stripeClient(env, { signal }), { idempotencyKey }))

  return definePaymentProvider('stripe', {
    createCustomer: ({ organizationId, name, email }, options) =>
      change('create customer', options, async (stripe, once) => {
        const { id } = await stripe.customers.create(
          { name, ...(email === null ? {} : { email }), metadata: { organization_id: organizationId } },
          once,
        )
        return { customerId: id }
      }),

    hasCustomer: (customerId, { signal }) =>
      stripeCall('find customer', signal, async () => {
        try {
          return (await stripeClient(env, { signal }).customers.retrieve(customerId)).deleted !== true
        } catch (error) {
          if (isMissing(error)) return false
          throw error
        }
      }),

    openCheckout: (request, options) =>
      change('open checkout', options, async (stripe, once) => {
        const { id, url, expires_at } = await stripe.checkout.sessions.create(checkoutOf(request), once)
        return { sessionId: id, url: url ?? '', expiresAt: new Date(expires_at * 1000) }
      }),

    closeCheckout: (sessionId, options) =>
      change('close checkout', options, async (stripe, once) => {
        const { status } = await stripe.checkout.sessions.retrieve(sessionId)
        if (status === 'complete') return 'complete'
        if (status === 'open') await stripe.checkout.sessions.expire(sessionId, {}, once)
        return 'expired'
      }),

    openPortal: ({ customerId, returnUrl, step }, options) =>
      change('open portal', options, async (stripe, once) => {
        const { url } = await stripe.billingPortal.sessions.create(
          { customer: customerId, return_url: returnUrl, ...(step ? { flow_data: { type: step } } : {}) },
          once,
        )
        return { url }
      }),

    createPayment: (payment, options) =>
      change('create payment', options, async (stripe, once) =>
        fromIntent(await stripe.paymentIntents.create(intentOf(payment), once)),
      ),

    confirmPayment: ({ providerPaymentId, providerMethodId, returnUrl }, options) =>
      change('confirm payment', options, async (stripe, once) => {
        try {
          const confirmed = await stripe.paymentIntents.confirm(
            providerPaymentId,
            {
              ...(providerMethodId === null ? {} : { payment_method: providerMethodId }),
              ...(returnUrl === null ? {} : { return_url: returnUrl }),
              expand: ['latest_charge'],
            },
            once,
          )
          return fromIntent(confirmed)
        } catch (error) {
          // A declined card is an answer: the payment says so.
          const declined = error instanceof Stripe.errors.StripeCardError ? error.payment_intent : undefined
          if (declined) return fromIntent(declined)
          throw error
        }
      }),

    refund: ({ refundId, organizationId, providerPaymentId, amountCents, reason }, options) =>
      change('refund', options, async (stripe, once) => {
        // Stripe forgets keys after a day, and money must not go back twice: the refund itself bears our id.
        const { data: earlier } = await stripe.refunds.list({ payment_intent: providerPaymentId, limit: 100 })
        const same = earlier.find(({ metadata }) => metadata?.refund_id === refundId)
        if (same) return fromRefund(same)
        const made = await stripe.refunds.create(
          {
            payment_intent: providerPaymentId,
            amount: amountCents,
            ...(reason === 'other' ? {} : { reason }),
            metadata: { refund_id: refundId, organization_id: organizationId },
          },
          once,
        )
        return fromRefund(made)
      }),

    previewChange: (id, wanted, { signal }) =>
      stripeCall('preview change', signal, async () => {
        const stripe = stripeClient(env, { signal })
        // Whole seconds: the change is asked for with the same.
        const prorationAt = wanted.prorationAt ?? new Date(Math.floor(clock.now().getTime() / 1000) * 1000)
        const items = await itemsOf(stripe, id, wanted)
        const invoice = await stripe.invoices.createPreview({
          subscription: id,
          subscription_details: { items, proration_behavior: 'always_invoice', proration_date: secondsOf(prorationAt) },
        })
        return fromPreview(invoice, prorationAt)
      }),

    changeSubscription: (id, wanted, options) =>
      change('change subscription', options, async (stripe, once) => {
        const changed = await stripe.subscriptions.update(
          id,
          {
            items: await itemsOf(stripe, id, wanted),
            proration_behavior: 'always_invoice',
            payment_behavior: 'error_if_incomplete',
            ...(wanted.prorationAt ? { proration_date: secondsOf(wanted.prorationAt) } : {}),
            ...(wanted.planId ? { metadata: { plan_id: wanted.planId } } : {}),
          },
          once,
        )
        return fromSubscription(changed)
      }),

    cancelSubscription: (cancellation, options) =>
      change('cancel subscription', options, async (stripe, once) =>
        fromSubscription(await cancel(stripe, cancellation, once)),
      ),

    resumeSubscription: (id, options) =>
      change('resume subscription', options, async (stripe, once) => {
        const subscription = await stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] })
        if (subscription.status === 'paused') return fromSubscription(await stripe.subscriptions.resume(id, {}, once))
        const back = {
          ...(subscription.cancel_at_period_end ? { cancel_at_period_end: false } : {}),
          ...(subscription.pause_collection ? { pause_collection: '' as const } : {}),
          ...(restsUnpaid(subscription) ? paidAnew : {}),
        }
        if (Object.keys(back).length === 0) return fromSubscription(subscription)
        return fromSubscription(await stripe.subscriptions.update(id, back, once))
      }),

    pauseSubscription: (id, options) =>
      change('pause subscription', options, async (stripe, once) =>
        fromSubscription(await stripe.subscriptions.update(id, { pause_collection: { behavior: 'void' } }, once)),
      ),

    removeMethod: (id, options) =>
      change('remove method', options, async (stripe, once) => {
        try {
          await stripe.paymentMethods.detach(id, {}, once)
        } catch (error) {
          // Gone is gone, and what was detached belongs to nobody.
          if (!isMissing(error) && !isStripeCode(error, 'payment_method_unexpected_state')) throw error
        }
      }),

    setDefaultMethod: (customerId, id, options) =>
      change('set default method', options, async (stripe, once) => {
        await stripe.customers.update(customerId, { invoice_settings: { default_payment_method: id } }, once)
      }),
  })
}

const secondsOf = (date: Date) => Math.floor(date.getTime() / 1000)

const metadataOf = ({ organizationId, purpose, purposeId }: Belonging): Record<string, string> => ({
  organization_id: organizationId,
  purpose,
  ...(purposeId === null ? {} : { purpose_id: purposeId }),
})

function checkoutOf(request: CheckoutRequest): Stripe.Checkout.SessionCreateParams {
  const { belonging, customerId, successUrl, cancelUrl } = request
  // Stripe copies the metadata of the page to nothing that comes of it.
  const metadata = metadataOf(belonging)
  const page = {
    customer: customerId,
    client_reference_id: belonging.organizationId,
    success_url: successUrl,
    cancel_url: cancelUrl,
    metadata,
  }
  switch (request.mode) {
    case 'setup':
      return { ...page, mode: 'setup', currency: request.currency.toLowerCase(), setup_intent_data: { metadata } }
    case 'payment': {
      const tax = request.providerTaxRateId === null ? {} : { tax_rates: [request.providerTaxRateId] }
      return {
        ...page,
        mode: 'payment',
        line_items: [{ ...lineOf(request.item), ...tax }],
        payment_intent_data: { metadata },
      }
    }
    case 'subscription':
      return {
        ...page,
        mode: 'subscription',
        line_items: request.items.map(lineOf),
        subscription_data: {
          metadata,
          ...(request.trialDays > 0 ? { trial_period_days: request.trialDays } : {}),
          ...(request.providerTaxRateId === null ? {} : { default_tax_rates: [request.providerTaxRateId] }),
        },
      }
  }
}

function lineOf(
  item: PriceItem | { description: string; currency: string; amountCents: number },
): Stripe.Checkout.SessionCreateParams.LineItem {
  if ('providerPriceId' in item) {
    return { price: item.providerPriceId, ...(item.quantity === null ? {} : { quantity: item.quantity }) }
  }
  return {
    quantity: 1,
    price_data: {
      currency: item.currency.toLowerCase(),
      unit_amount: item.amountCents,
      product_data: { name: item.description },
    },
  }
}

const intentOf = (payment: NewPayment): Stripe.PaymentIntentCreateParams => ({
  amount: payment.amountCents,
  currency: payment.currency.toLowerCase(),
  description: payment.description,
  ...(payment.customerId === null ? {} : { customer: payment.customerId }),
  // Methods that leave for a page of the bank are for the checkout page: here nobody need be sent anywhere. 3-D Secure works.
  automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
  metadata: metadataOf(payment.belonging),
})

async function itemsOf(stripe: Stripe, id: string, { items }: SubscriptionChange) {
  const { items: current, status, pause_collection } = await stripe.subscriptions.retrieve(id)
  // Asked here and now: our row hears of it a moment later, and in that moment what is owed would become credit.
  if ((status !== 'active' && status !== 'trialing') || pause_collection !== null) {
    throw new ProviderError('stripe', 'refused', 'Cannot change the subscription: its present period is not paid for', {
      vendorCode: 'subscription_not_paid_for',
    })
  }
  return itemChanges(current.data, items)
}

/** Whether a period began while nothing was collected: its invoice is void, and nobody paid for it. */
const restsUnpaid = ({ pause_collection, latest_invoice }: Stripe.Subscription) =>
  pause_collection !== null && typeof latest_invoice === 'object' && latest_invoice?.status === 'void'

/** Another period from now on, which is paid at once; of the one that nobody paid for nothing is given back. */
const paidAnew = {
  billing_cycle_anchor: { type: 'now' },
  proration_behavior: 'none',
  payment_behavior: 'error_if_incomplete',
} as const

async function cancel(
  stripe: Stripe,
  { providerSubscriptionId: id, when, reason, comment }: Cancellation,
  once: Stripe.RequestOptions,
): Promise<Stripe.Subscription> {
  // Our reasons are Stripe's.
  const cancellation_details = { feedback: reason, ...(comment === null ? {} : { comment }) }
  if (when === 'period_end') {
    return stripe.subscriptions.update(id, { cancel_at_period_end: true, cancellation_details }, once)
  }
  try {
    return await stripe.subscriptions.cancel(id, { cancellation_details }, once)
  } catch (error) {
    if (!isMissing(error)) throw error
    // Cancelled before: it can still be read. Where it cannot, this error is the answer.
    return stripe.subscriptions.retrieve(id)
  }
}
