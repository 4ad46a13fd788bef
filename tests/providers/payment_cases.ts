import type { Dials } from '../../local/sandbox/client.ts'
import {
  createStripeProvider,
  type PaymentConfirmation,
  type PaymentProvider,
  stripeClient,
} from '../../supabase/functions/_shared/providers/payments/mod.ts'
import { startTestSandbox } from '../local/sandbox/sandbox_support.ts'

/** A subscription to begin with, and another price that it may change to. */
export interface ShopForTests {
  readonly customerId: string
  readonly subscriptionId: string
  readonly providerPriceId: string
  readonly otherPriceId: string
  readonly methodId: string
  /** What was paid for it so far. */
  paidCents(): Promise<number>
  /** Its card is declined from now on. */
  declineFromNowOn(): Promise<void>
  /** Has a month go by. */
  passMonth(): Promise<void>
}

/** One adapter, ready to be asked, with the double that answers it. */
export interface RunningCase {
  readonly provider: PaymentProvider
  /** The same adapter with a key that the double does not know. */
  readonly stranger: PaymentProvider
  /** How the double misbehaves. */
  setDials(dials: Partial<Pick<Dials, 'failNext' | 'failStatus' | 'timeOutNext'>>): Promise<void>
  /** What pays, and what is declined. */
  readonly good: Pick<PaymentConfirmation, 'providerMethodId' | 'proof'>
  readonly declined: Pick<PaymentConfirmation, 'providerMethodId' | 'proof'>
  /** Where the adapter keeps subscriptions. */
  makeShop?(): Promise<ShopForTests>
  close(): Promise<void>
}

/** An adapter that the contract is asked of. A new one adds its line to {@link paymentCases}. */
export interface PaymentCase {
  readonly name: string
  start(): Promise<RunningCase>
}

async function startStripe(): Promise<RunningCase> {
  const sandbox = await startTestSandbox()
  const env = { STRIPE_SECRET_KEY: 'sk_test_local', STRIPE_API_URL: `${sandbox.url}/stripe` }
  const method = (providerMethodId: string) => ({ providerMethodId, proof: {} })
  return {
    provider: createStripeProvider(env),
    stranger: createStripeProvider({ ...env, STRIPE_SECRET_KEY: 'sk_test_unknown' }),
    setDials: async (dials) => void (await sandbox.client.setDials('stripe', dials)),
    good: method('pm_card_visa'),
    declined: method('pm_card_chargeDeclined'),
    makeShop: () => makeStripeShop(env, () => sandbox.client.runAction('stripe', 'advance-clock', { by: 'month' })),
    close: () => sandbox.close(),
  }
}

async function makeStripeShop(
  env: { STRIPE_SECRET_KEY: string; STRIPE_API_URL: string },
  advance: () => Promise<unknown>,
): Promise<ShopForTests> {
  const stripe = stripeClient(env)
  const { id: customer } = await stripe.customers.create({ name: 'Till' })
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer })
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: method.id } })
  const { id: product } = await stripe.products.create({ name: 'Pro' })
  const [price, other] = await Promise.all(
    [1900, 4900].map((unit_amount) =>
      stripe.prices.create({ product, currency: 'usd', unit_amount, recurring: { interval: 'month' } }),
    ),
  )
  const subscription = await stripe.subscriptions.create({ customer, items: [{ price: price?.id ?? '' }] })
  return {
    customerId: customer,
    subscriptionId: subscription.id,
    providerPriceId: price?.id ?? '',
    otherPriceId: other?.id ?? '',
    methodId: method.id,
    paidCents: async () => {
      const { data } = await stripe.invoices.list({ customer, status: 'paid' })
      return data.reduce((sum, { amount_paid }) => sum + amount_paid, 0)
    },
    declineFromNowOn: async () => {
      const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer })
      await stripe.customers.update(customer, { invoice_settings: { default_payment_method: bad.id } })
    },
    passMonth: async () => void (await advance()),
  }
}

/** Every adapter of the port. */
export const paymentCases: readonly PaymentCase[] = [{ name: 'stripe', start: startStripe }]
