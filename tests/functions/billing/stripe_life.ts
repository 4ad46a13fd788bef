import * as fc from 'fast-check'
import { StripeError } from '../../../local/sandbox/stripe/errors.ts'
import { createStripeWorld, type StripeWorld } from '../../../local/sandbox/stripe/world.ts'
import type { StripeObjects } from '../../../supabase/functions/_shared/billing/mirror_stripe.ts'
import type { StripeEvent } from './stripe_mirror.ts'

/** Seconds since 1970 at which every life begins; nothing depends on today. */
const beginning = Date.UTC(2026, 0, 31, 12) / 1000

/** One thing that somebody does at Stripe, with numbers that choose among what there is. */
export interface Deed {
  readonly kind: keyof typeof deeds
  readonly first: number
  readonly second: number
  /** Seconds that pass before it: often none, so that much happens in one second. */
  readonly pause: number
}

/** What lives are made of. */
export interface Setting {
  /** Ids of the organizations that customers may belong to. */
  readonly organizations: readonly string[]
  /** Our prices by the name that the life has for them. */
  readonly prices: Readonly<Record<PriceName, string>>
}

/** Names of the prices that are subscribed to: two plans of one product line and one of another. */
export type PriceName = 'pro' | 'outreach' | 'team'

const day = 86_400
const names = ['pro', 'outreach', 'team'] as const
const amounts = { pro: 1900, outreach: 4900, team: 900 } as const
const cards = [
  ...['pm_card_visa', 'pm_card_visa', 'pm_card_visa', 'pm_card_mastercard', 'pm_card_chargeCustomerFail'],
  ...['pm_card_authenticationRequired', 'pm_card_createDispute', 'pm_card_pendingRefund', 'pm_card_refundFail'],
]
const feedbacks = ['too_expensive', 'unused', 'other', 'switched_service'] as const

interface Scene {
  readonly world: StripeWorld
  readonly setting: Setting
  readonly priceIds: Readonly<Record<PriceName, string>>
}

const pick = <T>(values: readonly T[], choice: number): T | undefined => values[choice % values.length]
/** The newest are met most often. */
const late = <T>(values: readonly T[], choice: number): T | undefined => pick([...values].reverse().slice(0, 4), choice)

const living = ({ world }: Scene) =>
  world.core.store.all('subscription').filter(({ status }) => !['canceled', 'incomplete_expired'].includes(status))

const deeds = {
  arrive({ world, setting }: Scene, { first, second }: Deed) {
    const organization = pick(setting.organizations, first)
    if (!organization) return
    const taken = world.core.store.all('customer').some(({ metadata }) => metadata.organization_id === organization)
    if (taken) return
    const customer = world.customers.create({
      email: `person${first}@example.test`,
      name: `Person ${first}`,
      metadata: { organization_id: organization },
    })
    const card = world.paymentMethods.attach(pick(cards, second) ?? 'pm_card_visa', customer.id)
    world.customers.update(customer.id, { invoice_settings: { default_payment_method: card.id } })
  },
  subscribe({ world, priceIds }: Scene, { first, second }: Deed) {
    const customer = pick(world.core.store.all('customer'), first)
    const price = pick(names, second)
    if (!customer || !price) return
    world.subscriptions.create({
      customer: customer.id,
      items: [{ price: priceIds[price], quantity: 1 + (second % 3) }],
      ...(second % 4 === 1 ? { trial_period_days: 7 } : {}),
      ...(second % 5 === 2 ? { collection_method: 'send_invoice' as const, days_until_due: 3 } : {}),
      metadata: first % 2 === 0 ? { organization_id: customer.metadata.organization_id ?? '' } : {},
    })
  },
  change(scene: Scene, { first, second }: Deed) {
    const subscription = pick(living(scene), first)
    const [item] = subscription?.items.data ?? []
    const price = pick(['pro', 'outreach'] as const, second)
    if (!subscription || !item || !price) return
    scene.world.subscriptions.update(subscription.id, {
      items: [{ id: item.id, price: scene.priceIds[price], quantity: 1 + (first % 4) }],
      proration_behavior: pick(['create_prorations', 'always_invoice', 'none'] as const, second),
    })
  },
  cancel(scene: Scene, { first, second }: Deed) {
    const subscription = pick(living(scene), first)
    if (!subscription) return
    const cancellation_details = { feedback: pick(feedbacks, second), comment: 'It was not for us' }
    if (second % 2 === 0) scene.world.subscriptions.cancel(subscription.id, { cancellation_details })
    else scene.world.subscriptions.update(subscription.id, { cancel_at_period_end: true, cancellation_details })
  },
  keep(scene: Scene, { first }: Deed) {
    const subscription = pick(living(scene), first)
    if (subscription) scene.world.subscriptions.update(subscription.id, { cancel_at_period_end: false })
  },
  rest(scene: Scene, { first, second }: Deed) {
    const subscription = pick(living(scene), first)
    if (!subscription) return
    if (subscription.status === 'paused') scene.world.subscriptions.resume(subscription.id)
    else if (second % 2 === 0) scene.world.subscriptions.pause(subscription.id)
    else {
      const pause_collection = subscription.pause_collection ? null : { behavior: 'void' as const }
      scene.world.subscriptions.update(subscription.id, { pause_collection })
    }
  },
  wait({ world }: Scene, { first }: Deed) {
    world.advanceTo(world.now() + (first % 45) * day + 7)
  },
  decline({ world }: Scene) {
    world.failNextRenewal()
  },
  payInvoice({ world }: Scene, { first, second }: Deed) {
    const open = world.core.store.all('invoice').filter(({ status }) => status === 'open' || status === 'uncollectible')
    const invoice = pick(open, first)
    if (!invoice) return
    if (second % 5 === 0) world.invoices.void(invoice.id)
    else if (second % 5 === 1) world.invoices.markUncollectible(invoice.id)
    else world.invoices.pay(invoice.id, second % 5 === 2 ? { paid_out_of_band: true } : {})
  },
  payOnce({ world }: Scene, { first, second }: Deed) {
    const customer = pick(world.core.store.all('customer'), first)
    const [card] = world.core.store.all('payment_method').filter((method) => method.customer === customer?.id)
    if (!customer || !card) return
    world.paymentIntents.create({
      amount: 500 + second,
      currency: 'usd',
      customer: customer.id,
      payment_method: card.id,
      confirm: second % 4 > 0,
      metadata: second % 3 === 0 ? { organization_id: customer.metadata.organization_id ?? '', purpose: 'other' } : {},
    })
  },
  answerBank({ world }: Scene, { first, second }: Deed) {
    const asked = world.core.store.all('payment_intent').filter(({ status }) => status === 'requires_action')
    const intent = pick(asked, first)
    if (intent) world.paymentIntents.authenticate(intent.id, second % 3 > 0)
  },
  cancelPayment({ world }: Scene, { first }: Deed) {
    const open = world.core.store.all('payment_intent').filter(({ status }) => status.startsWith('requires_'))
    const intent = pick(open, first)
    if (intent) world.paymentIntents.cancel(intent.id)
  },
  refund({ world }: Scene, { first, second }: Deed) {
    const charge = late(
      world.core.store.all('charge').filter(({ status, amount }) => status === 'succeeded' && amount > 0),
      first,
    )
    if (!charge) return
    const left = charge.amount - charge.amount_refunded
    world.refunds.create({ charge: charge.id, amount: second % 2 === 0 ? left : Math.ceil(left / 3) })
  },
  failRefund({ world }: Scene, { first }: Deed) {
    const refund = late(world.core.store.all('refund'), first)
    if (refund) world.refunds.fail(refund.id)
  },
  dispute({ world }: Scene, { first, second }: Deed) {
    const open = world.core.store.all('dispute').filter(({ status }) => status === 'needs_response')
    const dispute = pick(open, first)
    if (dispute) {
      world.disputes.close(dispute.id, second % 2 === 0 ? 'won' : 'lost')
      return
    }
    const charge = late(
      world.core.store.all('charge').filter(({ status }) => status === 'succeeded'),
      first,
    )
    if (charge) world.disputes.open(charge.id)
  },
  changeCard({ world }: Scene, { first, second }: Deed) {
    const customer = pick(world.core.store.all('customer'), first)
    if (!customer) return
    const mine = world.core.store.all('payment_method').filter((method) => method.customer === customer.id)
    const old = pick(mine, second)
    if (second % 3 === 0 && old) {
      world.paymentMethods.detach(old.id)
      return
    }
    const card = world.paymentMethods.attach(pick(cards, second) ?? 'pm_card_visa', customer.id)
    if (second % 3 === 1) world.customers.update(customer.id, { invoice_settings: { default_payment_method: card.id } })
  },
  rename({ world }: Scene, { first, second }: Deed) {
    const customer = pick(world.core.store.all('customer'), first)
    if (customer) world.customers.update(customer.id, { name: `Name ${second}`, email: `name${second}@example.test` })
  },
  leave({ world }: Scene, { first, second }: Deed) {
    const customer = pick(world.core.store.all('customer'), first)
    // Seldom, as nothing happens any more after it.
    if (customer && second % 3 === 0) world.customers.delete(customer.id)
  },
} as const satisfies Record<string, (scene: Scene, deed: Deed) => void>

const kinds = Object.keys(deeds).filter((kind): kind is Deed['kind'] => kind in deeds)
const number = fc.nat({ max: 999 })
const pause = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constantFrom(1, 2, 60) },
  { weight: 1, arbitrary: fc.constantFrom(day, 8 * day, 32 * day) },
)

/** A life: somebody subscribes, and then anything. */
export const lives: fc.Arbitrary<readonly Deed[]> = fc
  .tuple(
    number,
    number,
    fc.array(fc.record({ kind: fc.constantFrom(...kinds), first: number, second: number, pause }), { maxLength: 12 }),
  )
  .map(([first, second, others]) => [
    { kind: 'arrive', first, second, pause: 0 },
    { kind: 'subscribe', first, second, pause: 0 },
    ...others,
  ])

/** A life that is being lived: what Stripe has, and what it told so far. */
export interface Life {
  readonly events: readonly StripeEvent[]
  /** What Stripe says when it is asked now. */
  readonly objects: StripeObjects
  /** Does the next thing. @returns whether there was one */
  next(): boolean
}

/** Ids of prices at Stripe: the same in every life. */
export function pricesAtStripe(setting: Setting): Readonly<Record<PriceName, string>> {
  return begin(setting).priceIds
}

function begin(setting: Setting): Scene {
  const world = createStripeWorld({ now: beginning, seed: 7 })
  const price = (name: PriceName) => {
    const product = world.products.create({ name })
    const metadata = { price_id: setting.prices[name] }
    const recurring = { interval: 'month' } as const
    return world.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount: amounts[name],
      recurring,
      metadata,
    }).id
  }
  return { world, setting, priceIds: { pro: price('pro'), outreach: price('outreach'), team: price('team') } }
}

/** Begins a life; it is the same each time with the same deeds. */
export function startLife(setting: Setting, plan: readonly Deed[]): Life {
  const scene = begin(setting)
  const { world } = scene
  let at = 0
  return {
    events: world.events,
    objects: objectsOf(world),
    next() {
      const deed = plan[at]
      at += 1
      if (!deed) return false
      world.advanceTo(world.now() + deed.pause)
      try {
        deeds[deed.kind](scene, deed)
      } catch (error) {
        // Stripe says no to some of it, as it would to anybody.
        if (!(error instanceof StripeError)) throw error
      }
      return true
    },
  }
}

/** What Stripe says when it is asked now. */
export function objectsOf({ core: { store } }: StripeWorld): StripeObjects {
  return {
    async get(kind, id) {
      if (kind === 'invoice_payment' && id.startsWith('pi_')) {
        return (
          structuredClone(store.all('invoice_payment').find(({ payment }) => payment.payment_intent === id)) ?? null
        )
      }
      const found = store.resolve(id)
      if (!found || ('deleted' in found && kind !== 'customer')) return null
      const { balance_transaction: transaction } = found
      return structuredClone(
        kind === 'charge' && typeof transaction === 'string'
          ? { ...found, balance_transaction: store.find('balance_transaction', transaction) ?? transaction }
          : found,
      )
    },
  }
}
