import { SandboxError } from '../errors.ts'
import { type ProviderAction, selectField, textField } from '../providers/provider.ts'
import type { Deliveries, Order } from './deliveries.ts'
import { StripeError } from './errors.ts'
import { moneyText } from './pricing.ts'
import type { StripeWorld } from './world.ts'

/** What the buttons act on. */
export interface ActionTarget {
  readonly world: () => StripeWorld
  readonly deliveries: Deliveries
  /** Moves the sandbox's clock, and lets happen what is due. */
  advance(seconds: number): void
}

const day = 86_400
const steps: readonly { value: string; label: string; seconds: number }[] = [
  { value: 'hour', label: 'One hour', seconds: 3600 },
  { value: 'day', label: 'One day', seconds: day },
  { value: '3-days', label: 'Three days', seconds: 3 * day },
  { value: 'week', label: 'One week', seconds: 7 * day },
  { value: 'month', label: '31 days', seconds: 31 * day },
  { value: 'year', label: '366 days', seconds: 366 * day },
]
const orders: readonly { value: Order; label: string }[] = [
  { value: 'shuffled', label: 'Shuffled' },
  { value: 'shuffled-and-duplicated', label: 'Shuffled, and each twice' },
  { value: 'in-order', label: 'In the order in which they happened' },
]

/** The buttons of the sandbox's Stripe. */
export function stripeActions(target: ActionTarget): ProviderAction[] {
  return [advanceClock(target), ...webhookActions(target), ...disputeActions(target), failRenewal(target)]
}

function advanceClock({ world, advance }: ActionTarget): ProviderAction {
  return {
    name: 'advance-clock',
    title: 'Advance the clock',
    description: 'Lets time pass for everything but test clocks: renewals, ends of trials, retries happen on the way.',
    fields: () => [
      selectField('by', 'By', steps),
      textField('to', 'Or to a time, such as 2027-01-31T10:00:00Z', { isRequired: false }),
    ],
    async run({ by = '', to = '' }) {
      const now = world().now()
      const wanted =
        to.trim() === '' ? now + (steps.find(({ value }) => value === by)?.seconds ?? 0) : Date.parse(to) / 1000
      if (!(wanted > now)) {
        throw new SandboxError(400, 'invalid_body', `Cannot advance the clock: it stands at ${timeText(now)} already`, {
          hint: 'Choose a step, or write a later time',
        })
      }
      const before = world().events.length
      advance(wanted - now)
      const count = world().events.length - before
      return `It is ${timeText(world().now())} now; ${count === 0 ? 'nothing' : count === 1 ? 'one event' : `${count} events`} happened`
    },
  }
}

function webhookActions({ deliveries }: ActionTarget): ProviderAction[] {
  const nothingHeld = () => (deliveries.heldCount() > 0 ? null : 'No webhook is held back.')
  return [
    {
      name: 'hold-webhooks',
      title: 'Hold webhooks',
      description: 'Keeps all further webhooks back until they are delivered or dropped.',
      unavailable: () => (deliveries.isHolding() ? 'They are held back already.' : null),
      fields: () => [],
      async run() {
        deliveries.hold()
        return 'Webhooks are held back from now on'
      },
    },
    {
      name: 'deliver-held',
      title: 'Deliver held webhooks',
      description: 'Sends what was held back, shuffled or twice as the world does it, and holds nothing more.',
      unavailable: () => (deliveries.isHolding() ? null : 'Webhooks are not held back.'),
      fields: () => [selectField('order', 'Order', orders)],
      async run({ order = '' }) {
        const chosen = orders.find(({ value }) => value === order)?.value ?? 'shuffled'
        return `${await deliveries.release(chosen)} webhooks were sent`
      },
    },
    {
      name: 'drop-held',
      title: 'Drop held webhooks',
      description: 'Loses what was held back; its events stay in the list of events, where a backfill finds them.',
      unavailable: nothingHeld,
      fields: () => [],
      async run() {
        return `${deliveries.drop()} webhooks were lost`
      },
    },
  ]
}

function disputeActions({ world }: ActionTarget): ProviderAction[] {
  const charges = () =>
    world()
      .core.store.all('charge')
      .filter((charge) => charge.status === 'succeeded' && !charge.disputed)
      .toReversed()
      .slice(0, 50)
  const open = () =>
    world()
      .core.store.all('dispute')
      .filter(({ status }) => status !== 'lost' && status !== 'won')
  return [
    {
      name: 'open-dispute',
      title: 'Open a dispute',
      description: 'The owner of a card denies a payment.',
      unavailable: () => (charges().length > 0 ? null : 'Nothing was paid yet.'),
      fields: () => [
        selectField(
          'charge',
          'Payment',
          charges().map((charge) => ({
            value: charge.id,
            label: `${moneyText(charge.amount, charge.currency)} on ${timeText(charge.created)}, ${charge.id}`,
          })),
        ),
        selectField(
          'reason',
          'Reason',
          ['fraudulent', 'product_not_received', 'subscription_canceled', 'duplicate'].map((value) => ({
            value,
            label: value,
          })),
        ),
      ],
      run: async ({ charge = '', reason = '' }) =>
        `Dispute ${attempt(() => world().disputes.open(charge, { reason })).id} is open`,
    },
    {
      name: 'close-dispute',
      title: 'Close a dispute',
      description: 'The bank decides.',
      unavailable: () => (open().length > 0 ? null : 'No dispute is open.'),
      fields: () => [
        selectField(
          'dispute',
          'Dispute',
          open().map(({ id, amount, currency }) => ({ value: id, label: `${moneyText(amount, currency)}, ${id}` })),
        ),
        selectField('outcome', 'Outcome', [
          { value: 'won', label: 'Won: the money comes back' },
          { value: 'lost', label: 'Lost' },
        ]),
      ],
      run: async ({ dispute = '', outcome = '' }) =>
        `Dispute ${dispute} is ${attempt(() => world().disputes.close(dispute, outcome === 'won' ? 'won' : 'lost')).status}`,
    },
  ]
}

function failRenewal({ world }: ActionTarget): ProviderAction {
  const living = () =>
    world()
      .core.store.all('subscription')
      .filter(({ ended_at }) => ended_at === null)
  return {
    name: 'fail-renewal',
    title: 'Let the next renewal fail',
    description: 'Declines the card at the next renewal for lack of money, once; retries go as the card does.',
    fields: () => [
      selectField('subscription', 'Subscription', [
        { value: '*', label: 'Whichever renews first' },
        ...living().map(({ id, customer, status }) => ({
          value: id,
          label: `${world().core.store.find('customer', customer)?.email ?? customer}, ${status}, ${id}`,
        })),
      ]),
    ],
    async run({ subscription = '*' }) {
      world().failNextRenewal(subscription)
      return subscription === '*' ? 'The next renewal will fail' : `The next renewal of ${subscription} will fail`
    },
  }
}

/** A problem of a button's values, in the words of the sandbox's own API. */
function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof StripeError) throw new SandboxError(400, 'invalid_body', error.message)
    throw error
  }
}

function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
