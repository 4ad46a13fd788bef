import Stripe from 'stripe'
import { startTestSandbox, type TestSandbox } from '../sandbox_support.ts'

/** The official SDK, sent to a sandbox: the SDK itself knows no path before `/v1`. */
export function sdkFor(sandbox: TestSandbox, options: { key?: string; retries?: number } = {}): Stripe {
  const rewrite: typeof fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    return fetch(`${sandbox.url}/stripe${url.pathname}${url.search}`, init)
  }
  return new Stripe(options.key ?? 'sk_test_local', {
    maxNetworkRetries: options.retries ?? 0,
    httpClient: Stripe.createFetchHttpClient(rewrite),
  })
}

/** A sandbox whose Stripe signs for `webhookUrl`. */
export function startStripeSandbox(webhookUrl?: string): Promise<TestSandbox> {
  return startTestSandbox(null, 0, {
    webhookRetryDelaysMs: [10, 10],
    ...(webhookUrl === undefined
      ? {}
      : { stripe: { secretKey: 'sk_test_local', webhook: { url: webhookUrl, secret: webhookSecret } } }),
  })
}

/** Signs the events of {@link startStripeSandbox}. */
export const webhookSecret = 'whsec_test_secret'

/** A customer with a card, and a price of a product for each month. */
export async function prepareShop(stripe: Stripe, card = 'pm_card_visa') {
  const customer = await stripe.customers.create({ email: 'ana@example.test', metadata: { organization_id: 'org_1' } })
  const method = await stripe.paymentMethods.attach(card, { customer: customer.id })
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } })
  const product = await stripe.products.create({ name: 'Pro' })
  const price = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 1900,
    recurring: { interval: 'month' },
  })
  return { customer, method, product, price }
}
