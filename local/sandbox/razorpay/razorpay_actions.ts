import { SandboxError } from '../errors.ts'
import { type ProviderAction, selectField, textField } from '../providers/provider.ts'
import { outcomes, type RazorpayBank } from './razorpay_bank.ts'
import { RazorpayError } from './razorpay_error.ts'
import type { RazorpayStore } from './razorpay_store.ts'
import { deliveryOrders, type RazorpayWebhooks } from './razorpay_webhooks.ts'

const choice = (value: string) => ({ value, label: value })

/** The buttons: what payers, banks and the network do. */
export function razorpayActions(
  store: RazorpayStore,
  bank: RazorpayBank,
  webhooks: RazorpayWebhooks,
): ProviderAction[] {
  const openOrders = () => [...store.orders.values()].filter(({ status }) => status !== 'paid').toReversed()
  const paymentsIn = (...states: readonly string[]) =>
    [...store.payments.values()].filter(({ status }) => states.includes(status)).toReversed()
  const needs = (things: readonly unknown[], what: string) => (things.length > 0 ? null : `There is no ${what} yet.`)
  const paymentField = (...states: readonly string[]) =>
    selectField(
      'payment',
      'Payment',
      paymentsIn(...states).map(({ id, method }) => ({ value: id, label: `${id}, ${method}` })),
    )

  return [
    {
      name: 'use-webhook',
      title: 'Send events to',
      description: 'Says where events go and which secret signs them; no address sends none.',
      fields: () => [
        textField('url', 'Address', { kind: 'url', value: webhooks.target?.url ?? '', isRequired: false }),
        textField('secret', 'Secret', { isRequired: false }),
      ],
      async run({ url = '', secret = '' }) {
        webhooks.target = url === '' ? null : { url, secret: secret || (webhooks.target?.secret ?? '') }
        return url === '' ? 'Events are dropped from now on' : `Events go to ${url}`
      },
    },
    {
      name: 'pay-order',
      title: 'Pay an order',
      description:
        'Somebody pays an order without the page: at once captured, only authorised, or declined by the bank.',
      unavailable: () => needs(openOrders(), 'order to pay'),
      fields: () => [
        selectField(
          'order',
          'Order',
          openOrders().map(({ id, amount, currency }) => ({ value: id, label: `${id}, ${amount} ${currency}` })),
        ),
        selectField('outcome', 'Outcome', outcomes.map(choice)),
      ],
      run: async ({ order = '', outcome = '' }) =>
        attempt(() => {
          const known = pick(outcomes, outcome)
          const payment = bank.pay(get(store.orders, order), { method: 'upi', vpa: 'success@razorpay', outcome: known })
          return `${payment.id} is ${payment.status}`
        }),
    },
    {
      name: 'authorise-late',
      title: 'Authorise late',
      description: 'The bank says yes after all to a payment that failed.',
      unavailable: () => needs(paymentsIn('failed'), 'payment that failed'),
      fields: () => [paymentField('failed')],
      run: async ({ payment = '' }) =>
        attempt(() => {
          const late = get(store.payments, payment)
          bank.authoriseLate(late)
          return `${late.id} is ${late.status}`
        }),
    },
    {
      name: 'hold-refunds',
      title: 'Let refunds wait',
      description: 'New refunds stay pending until they are ended by hand, or are processed at once again.',
      fields: () => [selectField('wait', 'Refunds wait', ['yes', 'no'].map(choice))],
      async run({ wait = '' }) {
        store.refundsWait = wait === 'yes'
        return store.refundsWait ? 'New refunds wait' : 'New refunds are processed at once'
      },
    },
    {
      name: 'end-refund',
      title: 'End a refund',
      description: 'The bank carries out a pending refund, or sends it back.',
      unavailable: () => needs(pendingRefunds(), 'refund that waits'),
      fields: () => [
        selectField(
          'refund',
          'Refund',
          pendingRefunds().map(({ id }) => choice(id)),
        ),
        selectField('status', 'Status', ['processed', 'failed'].map(choice)),
      ],
      run: async ({ refund = '', status = '' }) =>
        attempt(() => {
          const pending = get(store.refunds, refund)
          bank.endRefund(pending, pick(['processed', 'failed'] as const, status))
          return `${pending.id} is ${pending.status}`
        }),
    },
    {
      name: 'dispute',
      title: 'Dispute a payment',
      description: 'The bank of the payer wants the money back.',
      unavailable: () => needs(paymentsIn('captured'), 'captured payment'),
      fields: () => [paymentField('captured')],
      run: async ({ payment = '' }) => attempt(() => `${bank.dispute(get(store.payments, payment)).id} is open`),
    },
    {
      name: 'end-dispute',
      title: 'End a dispute',
      description: 'The shop wins or loses it, or it is closed.',
      unavailable: () => needs([...store.disputes.keys()], 'dispute'),
      fields: () => [
        selectField('dispute', 'Dispute', [...store.disputes.keys()].map(choice)),
        selectField('status', 'Status', ['won', 'lost', 'closed'].map(choice)),
      ],
      run: async ({ dispute = '', status = '' }) =>
        attempt(() => {
          bank.endDispute(get(store.disputes, dispute), pick(['won', 'lost', 'closed'] as const, status))
          return `${dispute} is ${status}`
        }),
    },
    {
      name: 'unique-receipts',
      title: 'Ask for unique receipts',
      description: 'Whether a receipt may stand on one order only, as an account can be set.',
      fields: () => [selectField('unique', 'Unique', ['yes', 'no'].map(choice))],
      async run({ unique = '' }) {
        store.receiptsAreUnique = unique === 'yes'
        return store.receiptsAreUnique ? 'A receipt is good for one order' : 'Receipts may repeat'
      },
    },
    {
      name: 'hold-events',
      title: 'Hold events back',
      description: 'Events wait, to be sent late, in another order or twice.',
      fields: () => [],
      async run() {
        webhooks.holds = true
        return 'Events wait from now on'
      },
    },
    {
      name: 'release-events',
      title: 'Send what waits',
      description: 'Sends the events that were held back; later ones are sent at once again.',
      unavailable: () => (webhooks.holds ? null : 'Events are not held back.'),
      fields: () => [selectField('order', 'Order', deliveryOrders.map(choice))],
      async run({ order = '' }) {
        webhooks.holds = false
        return `${await webhooks.release(order)} calls made`
      },
    },
  ]

  function pendingRefunds() {
    return [...store.refunds.values()].filter(({ status }) => status === 'pending')
  }
}

function get<T>(things: ReadonlyMap<string, T>, id: string): T {
  const thing = things.get(id)
  if (thing === undefined) throw invalid(`There is nothing with the id "${id}"`)
  return thing
}

function pick<T extends string>(values: readonly T[], value: string): T {
  const known = values.find((candidate) => candidate === value)
  if (known === undefined) throw invalid(`"${value}" is none of ${values.join(', ')}`)
  return known
}

function attempt(run: () => string): string {
  try {
    return run()
  } catch (error) {
    throw error instanceof RazorpayError ? invalid(error.message) : error
  }
}

function invalid(reason: string): SandboxError {
  return new SandboxError(400, 'invalid_body', `Cannot do that: ${reason}`)
}
