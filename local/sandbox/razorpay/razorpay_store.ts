import { randomBytes } from 'node:crypto'

/** What somebody is to pay, as the shop asked for it. */
export interface Order {
  readonly id: string
  /** Key that made it: its secret signs what the checkout answers. */
  readonly keyId: string
  readonly amount: number
  readonly currency: string
  readonly receipt: string | null
  readonly notes: Readonly<Record<string, string>>
  readonly createdAt: number
  /** Whether an authorised payment is captured by itself. */
  readonly capturesItself: boolean
  /** The link that it belongs to; null for one made by the shop. */
  readonly linkId: string | null
  amountPaid: number
  attempts: number
  status: 'created' | 'attempted' | 'paid'
}

/** One try to pay. */
export interface Payment {
  readonly id: string
  readonly orderId: string
  readonly keyId: string
  readonly amount: number
  readonly currency: string
  readonly method: PaymentMethod
  readonly vpa: string | null
  readonly notes: Readonly<Record<string, string>>
  readonly createdAt: number
  status: 'created' | 'authorized' | 'captured' | 'refunded' | 'failed'
  amountRefunded: number
  /** What the bank said; null for a payment that did not fail. */
  failure: PaymentFailure | null
}

/** How a person pays. */
export type PaymentMethod = 'card' | 'upi' | 'netbanking'

/** Why a payment failed, in Razorpay's words. */
export interface PaymentFailure {
  readonly code: string
  readonly description: string
  readonly source: string
  readonly step: string
  readonly reason: string
}

/** Money that goes back. */
export interface Refund {
  readonly id: string
  readonly paymentId: string
  readonly amount: number
  readonly currency: string
  readonly notes: Readonly<Record<string, string>>
  readonly receipt: string | null
  readonly speed: 'normal' | 'optimum'
  readonly createdAt: number
  status: 'pending' | 'processed' | 'failed'
}

/** A page with an address of its own where somebody pays. */
export interface PaymentLink {
  readonly id: string
  readonly keyId: string
  readonly orderId: string
  readonly amount: number
  readonly currency: string
  readonly description: string
  readonly referenceId: string
  readonly notes: Readonly<Record<string, string>>
  readonly callbackUrl: string | null
  readonly expiresAt: number | null
  readonly createdAt: number
  readonly shortUrl: string
  status: 'created' | 'paid' | 'cancelled' | 'expired'
}

/** A payer's bank wants money back. */
export interface Dispute {
  readonly id: string
  readonly paymentId: string
  readonly amount: number
  readonly currency: string
  readonly createdAt: number
  readonly respondBy: number
  status: 'open' | 'under_review' | 'won' | 'lost' | 'closed'
}

/** What this Razorpay knows. */
export interface RazorpayStore {
  readonly orders: Map<string, Order>
  readonly payments: Map<string, Payment>
  readonly refunds: Map<string, Refund>
  readonly links: Map<string, PaymentLink>
  readonly disputes: Map<string, Dispute>
  /** Secrets by key id: whoever calls first says what the secret is. */
  readonly secrets: Map<string, string>
  /** Answers to refunds by key and idempotency key. */
  readonly repeats: Map<string, { readonly body: string; readonly refundId: string }>
  /** Whether new refunds wait for the bank. */
  refundsWait: boolean
  /** Whether a receipt is good for one order only. */
  receiptsAreUnique: boolean
  clear(): void
}

/** Makes an empty one. */
export function createStore(): RazorpayStore {
  const store: RazorpayStore = {
    orders: new Map(),
    payments: new Map(),
    refunds: new Map(),
    links: new Map(),
    disputes: new Map(),
    secrets: new Map(),
    repeats: new Map(),
    refundsWait: false,
    receiptsAreUnique: false,
    clear() {
      for (const map of [store.orders, store.payments, store.refunds, store.links, store.disputes]) map.clear()
      store.secrets.clear()
      store.repeats.clear()
      store.refundsWait = false
      store.receiptsAreUnique = false
    },
  }
  return store
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Fourteen letters and digits behind what names the kind, `order_` for instance. */
export function newId(prefix: string): string {
  const letters = [...randomBytes(14)].map((byte) => alphabet[byte % alphabet.length])
  return prefix + letters.join('')
}

/** Seconds since 1970, as Razorpay writes times. */
export function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000)
}
