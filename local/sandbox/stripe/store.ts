import type { Invoice, InvoiceItem, InvoicePayment, Subscription } from './billing_objects.ts'
import type { CheckoutSession } from './checkout/session_objects.ts'
import { noSuch } from './errors.ts'
import type {
  BalanceTransaction,
  Charge,
  Customer,
  Dispute,
  PaymentIntent,
  PaymentMethod,
  Price,
  Product,
  Refund,
  SetupIntent,
  StripeObject,
  TaxRate,
  TestClock,
  WebhookEndpoint,
} from './objects.ts'
import type { PortalConfiguration } from './portal/configurations.ts'
import type { PortalSession } from './portal/sessions.ts'

/** Every kind of object by the name in its field `object`. A new kind is one more line here and in `kinds`. */
export interface Objects {
  balance_transaction: BalanceTransaction
  'billing_portal.configuration': PortalConfiguration
  'billing_portal.session': PortalSession
  charge: Charge
  'checkout.session': CheckoutSession
  customer: Customer
  dispute: Dispute
  invoice: Invoice
  invoice_payment: InvoicePayment
  invoiceitem: InvoiceItem
  payment_intent: PaymentIntent
  payment_method: PaymentMethod
  price: Price
  product: Product
  refund: Refund
  setup_intent: SetupIntent
  subscription: Subscription
  tax_rate: TaxRate
  'test_helpers.test_clock': TestClock
  webhook_endpoint: WebhookEndpoint
}

/** Name of a kind of object. */
export type Kind = keyof Objects

/** What is left of an object that was deleted. */
export type Deleted = { id: string; object: string; deleted: true }

/** All objects of a world. */
export interface Store {
  /** @throws {StripeError} `resource_missing`, also for deleted ones */
  get<K extends Kind>(kind: K, id: string, param?: string): Objects[K]
  find<K extends Kind>(kind: K, id: string): Objects[K] | undefined
  /** In the order in which they were made. */
  all<K extends Kind>(kind: K): Objects[K][]
  put<K extends Kind>(kind: K, object: Objects[K]): void
  /** Removes it; what is left stays retrievable. */
  remove(kind: Kind, id: string): Deleted
  deleted(id: string): Deleted | undefined
  /** An object of whatever kind, for `expand`. */
  resolve(id: string): StripeObject | undefined
}

type Tables = { [K in Kind]: Map<string, Objects[K]> }

/** Makes an empty store. */
export function createStore(): Store {
  const tables: Tables = {
    balance_transaction: new Map(),
    'billing_portal.configuration': new Map(),
    'billing_portal.session': new Map(),
    charge: new Map(),
    'checkout.session': new Map(),
    customer: new Map(),
    dispute: new Map(),
    invoice: new Map(),
    invoice_payment: new Map(),
    invoiceitem: new Map(),
    payment_intent: new Map(),
    payment_method: new Map(),
    price: new Map(),
    product: new Map(),
    refund: new Map(),
    setup_intent: new Map(),
    subscription: new Map(),
    tax_rate: new Map(),
    'test_helpers.test_clock': new Map(),
    webhook_endpoint: new Map(),
  }
  const gone = new Map<string, Deleted>()
  const tableOf = <K extends Kind>(kind: K): Map<string, Objects[K]> => tables[kind]
  return {
    get(kind, id, param) {
      const found = tableOf(kind).get(id)
      if (!found) throw noSuch(kind, id, param, param === undefined ? 404 : 400)
      return found
    },
    find: (kind, id) => tableOf(kind).get(id),
    all: (kind) => [...tableOf(kind).values()],
    put: (kind, object) => void tableOf(kind).set(object.id, object),
    remove(kind, id) {
      tableOf(kind).delete(id)
      const left: Deleted = { id, object: kind, deleted: true }
      gone.set(id, left)
      return left
    },
    deleted: (id) => gone.get(id),
    resolve(id) {
      for (const table of Object.values(tables)) {
        const found: StripeObject | undefined = table.get(id)
        if (found) return found
      }
      return gone.get(id)
    },
  }
}
