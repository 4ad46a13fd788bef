import type { Page } from 'playwright-core'
import type Stripe from 'stripe'
import { type Receiver, startReceiver, type TestSandbox } from '../sandbox_support.ts'
import { sdkFor, startStripeSandbox } from './stripe_support.ts'

/** A shop that sells through the sandbox's Stripe. */
export interface Shop {
  readonly sandbox: TestSandbox
  readonly stripe: Stripe
  /** Where people come back to. */
  readonly receiver: Receiver
  readonly prices: { readonly pro: string; readonly business: string; readonly pack: string }
  close(): Promise<void>
}

/** Opens a shop with two plans (20 and 80 dollars a month) and something that is bought once (5 dollars). */
export async function openShop(): Promise<Shop> {
  const sandbox = await startStripeSandbox()
  const receiver = await startReceiver([200])
  const stripe = sdkFor(sandbox)
  const price = async (name: string, unit_amount: number, isPlan: boolean) => {
    const product = await stripe.products.create({ name })
    const recurring = isPlan ? { recurring: { interval: 'month' as const } } : {}
    const made = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount, ...recurring })
    return made.id
  }
  const pro = await price('Pro', 2000, true)
  const business = await price('Business', 8000, true)
  const pack = await price('500 credits', 500, false)
  return {
    sandbox,
    stripe,
    receiver,
    prices: { pro, business, pack },
    async close() {
      await receiver[Symbol.asyncDispose]()
      await sandbox.close()
    },
  }
}

/** Addresses that every session of this shop has. */
export function returnUrls({ receiver }: Shop) {
  return { success_url: `${receiver.url}/paid?session={CHECKOUT_SESSION_ID}`, cancel_url: `${receiver.url}/cancelled` }
}

/** Chooses a card from the list of the page. @param effect what it does, in the page's words */
export async function chooseCard(page: Page, effect: string): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`${effect}$`) }).click()
  await page.getByLabel('Security code').waitFor()
}

/** Presses a button. */
export async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click()
}

/** What the page says went wrong. */
export const alertOf = (page: Page): Promise<string | null> => page.getByRole('alert').textContent()

/** A customer with a card and a subscription to Pro. */
export async function subscriber(shop: Shop, card = 'pm_card_visa') {
  const customer = await shop.stripe.customers.create({ email: 'ana@example.test', name: 'Ana' })
  const method = await shop.stripe.paymentMethods.attach(card, { customer: customer.id })
  const subscription = await shop.stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: shop.prices.pro }],
    default_payment_method: method.id,
  })
  return { customer: customer.id, method: method.id, subscription: subscription.id }
}
