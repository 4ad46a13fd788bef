import type { Invoice, Subscription } from '../billing_objects.ts'
import { dayText } from '../calendar.ts'
import { priceWords } from '../checkout/checkout_view.ts'
import type { Core } from '../core.ts'
import type { Price } from '../objects.ts'
import { invoiceBadge } from '../pages/invoice_routes.ts'
import type { PlanChoice } from '../pages/plan_page.ts'
import type { Badge, PortalCard, PortalInvoice, PortalSubscription, PortalView } from '../pages/portal_page.ts'
import { formatCard, formatDate } from '../pages/wording.ts'
import { moneyText } from '../pricing.ts'
import { periodEnd } from '../subscription_life.ts'
import type { PortalConfiguration, PortalProduct } from './configurations.ts'
import type { PortalSession } from './sessions.ts'

/** A visit with what belongs to it. */
export interface PortalVisit {
  readonly session: PortalSession
  readonly configuration: PortalConfiguration
  /** Path of this portal's pages. */
  readonly base: string
}

/** What the first page shows. */
export function portalViewOf(core: Core, visit: PortalVisit, said: { trouble?: string; notice?: string }): PortalView {
  const { session, configuration, base } = visit
  const { features, business_profile: profile } = configuration
  const customer = core.store.get('customer', session.customer)
  const subscriptions = core.store
    .all('subscription')
    .filter((one) => one.customer === customer.id && one.status !== 'incomplete_expired' && one.status !== 'canceled')
  return {
    base,
    headline: profile.headline ?? 'Manage your subscription',
    customer: [customer.name, customer.email].filter(Boolean).join(', ') || customer.id,
    returnUrl: session.return_url,
    subscriptions: subscriptions.map((one) => subscriptionOf(core, one, features)),
    cards: features.payment_method_update.enabled ? cardsOf(core, customer.id, subscriptions) : null,
    invoices: features.invoice_history.enabled ? invoicesOf(core, customer.id) : null,
    trouble: said.trouble ?? null,
    notice: said.notice ?? null,
  }
}

/** What a subscription is called and costs. */
export function titleOf(core: Core, subscription: Subscription): { title: string; price: string } {
  const items = subscription.items.data
  const names = items.map(({ price }) => core.store.find('product', price.product)?.name ?? price.product)
  const prices = items.map(({ price, quantity = 1 }) =>
    quantity === 1 ? priceWords(price) : `${quantity} × ${priceWords(price)}`,
  )
  return { title: names.join(' and '), price: prices.join(' and ') }
}

function subscriptionOf(
  core: Core,
  subscription: Subscription,
  { subscription_cancel: cancel, subscription_update: update }: PortalConfiguration['features'],
): PortalSubscription {
  const path = `/subscriptions/${subscription.id}`
  const ends = subscription.cancel_at
  const isLive = subscription.status === 'active' || subscription.status === 'trialing'
  // What has several items cannot be changed in the portal.
  const isSimple = subscription.items.data.length === 1
  return {
    id: subscription.id,
    ...titleOf(core, subscription),
    badge: badgeOf(subscription),
    note: noteOf(core, subscription),
    updatePath: update.enabled && isLive && isSimple && ends === null ? `${path}/plan` : null,
    cancelPath: cancel.enabled && ends === null ? `${path}/cancel` : null,
    resumePath: cancel.enabled && ends !== null ? `${path}/keep` : null,
  }
}

function badgeOf({ status, cancel_at: ends }: Subscription): Badge {
  if (ends !== null) return { label: `Ends on ${formatDate(ends)}`, mood: 'wait' }
  if (status === 'active') return { label: 'Active', mood: 'good' }
  if (status === 'trialing') return { label: 'Trial', mood: 'good' }
  return { label: status === 'past_due' ? 'Past due' : status === 'unpaid' ? 'Unpaid' : status, mood: 'bad' }
}

function noteOf(core: Core, subscription: Subscription): string {
  const end = formatDate(periodEnd(subscription))
  if (subscription.cancel_at !== null) return `It stays available until ${formatDate(subscription.cancel_at)}.`
  if (subscription.status === 'trialing') return `The trial ends on ${end}; the first payment is due then.`
  if (subscription.status !== 'active') return 'A payment is missing: see the invoices below.'
  const { latest_invoice: latest } = subscription
  const owes = latest !== null && core.store.find('invoice', latest)?.status === 'open'
  return owes ? 'A payment is missing: see the invoices below.' : `It renews on ${end}.`
}

function cardsOf(core: Core, customer: string, subscriptions: readonly Subscription[]): PortalCard[] {
  const fallback = core.store.get('customer', customer).invoice_settings.default_payment_method
  const used = new Set(subscriptions.map((one) => one.default_payment_method ?? fallback))
  const methods = core.store.all('payment_method').filter((method) => method.customer === customer)
  return methods.map(({ id, card }) => ({
    label: formatCard(card),
    expiry: `${String(card.exp_month).padStart(2, '0')} / ${card.exp_year}`,
    isDefault: used.has(id) || (subscriptions.length === 0 && id === fallback),
    defaultPath: `/cards/${id}/default`,
    removePath: used.has(id) ? null : `/cards/${id}/remove`,
  }))
}

function invoicesOf(core: Core, customer: string): PortalInvoice[] {
  return core.store
    .all('invoice')
    .filter((invoice) => invoice.customer === customer && invoice.status !== 'draft')
    .reverse()
    .map((invoice: Invoice) => ({
      date: dayText(invoice.created),
      number: invoice.number ?? invoice.id,
      amount: moneyText(invoice.total, invoice.currency),
      badge: invoiceBadge(invoice),
      url: invoice.hosted_invoice_url,
    }))
}

/** A price that one can change to, with what limits its quantity. */
export interface PlanOption {
  readonly price: Price
  readonly adjustable: PortalProduct['adjustable_quantity']
}

/** The prices that a subscription can be changed to: those of the configuration, in its currency. */
export function planOptions(core: Core, { configuration }: PortalVisit, subscription: Subscription): PlanOption[] {
  const { products, default_allowed_updates: allowed } = configuration.features.subscription_update
  const anyNumber = { enabled: allowed.includes('quantity'), maximum: null, minimum: 1 }
  const listed: PlanOption[] =
    products === null
      ? core.store.all('price').map((price) => ({ price, adjustable: anyNumber }))
      : products.flatMap(({ prices, adjustable_quantity: adjustable }) =>
          prices.map((id) => ({ price: core.store.get('price', id), adjustable })),
        )
  const current = subscription.items.data[0]?.price
  return listed.filter(
    ({ price }) =>
      price.active &&
      price.currency === subscription.currency &&
      price.recurring?.usage_type === 'licensed' &&
      (allowed.includes('price') || price.id === current?.id) &&
      core.store.find('product', price.product)?.active === true,
  )
}

/** Options as the page shows them. */
export function planChoices(core: Core, options: readonly PlanOption[], current: string): PlanChoice[] {
  return options.map(({ price }) => ({
    priceId: price.id,
    title: core.store.get('product', price.product).name,
    price: priceWords(price),
    isCurrent: price.id === current,
  }))
}
