import { z } from 'zod'
import type { Env } from '../../runtime/mod.ts'
import { type FailedAnswer, ProviderError, type ProviderRequest, requestProvider } from '../mod.ts'
import {
  type RazorpayDispute,
  type RazorpayOrder,
  type RazorpayPayment,
  type RazorpayRefund,
  razorpayDisputeSchema,
  razorpayOrderSchema,
  razorpayPaymentSchema,
  razorpayRefundSchema,
} from './razorpay_shapes.ts'

/** What the client needs of the environment. */
export type RazorpayEnv = Pick<Env, 'RAZORPAY_API_URL' | 'RAZORPAY_KEY_ID' | 'RAZORPAY_KEY_SECRET'>

/** An order that is to be made. */
export interface NewRazorpayOrder {
  /** In the currency's minor unit. */
  readonly amount: number
  readonly currency: string
  /** Our own id, at most 40 characters: an order is found again by it. */
  readonly receipt: string
  readonly notes: Readonly<Record<string, string>>
}

/** Razorpay's API, as far as it is used. Every call throws a {@link ProviderError} and keeps within a time limit. */
export interface RazorpayClient {
  /** Public id of the key, which the checkout in the browser needs. */
  readonly keyId: string
  /** Makes an order that captures by itself. Orders know no idempotency key: one of the same receipt is looked for instead. */
  createOrder(order: NewRazorpayOrder): Promise<RazorpayOrder>
  /** The order of a receipt; null when there is none. */
  findOrder(receipt: string): Promise<RazorpayOrder | null>
  listPayments(orderId: string): Promise<RazorpayPayment[]>
  getPayment(paymentId: string): Promise<RazorpayPayment>
  /** Gives back a part or, with null, what is left. The same key again is the same refund. */
  refund(
    paymentId: string,
    refund: { readonly amount: number | null; readonly notes: Readonly<Record<string, string>> },
    idempotencyKey: string,
  ): Promise<RazorpayRefund>
  getRefund(refundId: string): Promise<RazorpayRefund>
  listRefunds(paymentId: string): Promise<RazorpayRefund[]>
  getDispute(disputeId: string): Promise<RazorpayDispute>
}

const provider = 'razorpay'
/** Payments of one order or refunds of one payment: more there are not. */
const listCount = 100

const failureSchema = z.object({
  error: z.object({ code: z.string().optional(), reason: z.string().nullish(), description: z.string().nullish() }),
})

/** @returns null where this installation has no key */
export function razorpayClient(env: RazorpayEnv, signal: AbortSignal): RazorpayClient | null {
  const { RAZORPAY_KEY_ID: keyId, RAZORPAY_KEY_SECRET: keySecret } = env
  if (!keyId || !keySecret) return null
  const base = `${env.RAZORPAY_API_URL.replace(/\/+$/, '')}/v1`
  const authorization = `Basic ${btoa(`${keyId}:${keySecret}`)}`

  const call = async <Schema extends z.ZodType>(
    method: 'GET' | 'POST',
    path: string,
    schema: Schema,
    options: Pick<ProviderRequest<Schema>, 'json' | 'idempotency'> = {},
  ) => {
    const answer = await requestProvider({
      ...{ provider, method, url: `${base}${path}`, headers: { authorization }, schema, explain, signal },
      ...options,
    })
    return answer.body
  }
  const listOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) })
  const segment = encodeURIComponent

  const findOrder = async (receipt: string) => {
    const query = new URLSearchParams({ receipt })
    const { items } = await call('GET', `/orders?${query}`, listOf(razorpayOrderSchema))
    return items.find((order) => order.receipt === receipt) ?? null
  }

  return {
    keyId,
    findOrder,
    async createOrder(order) {
      try {
        return await call('POST', '/orders', razorpayOrderSchema, {
          json: { ...order, payment: { capture: 'automatic', capture_options: { refund_speed: 'normal' } } },
        })
      } catch (error) {
        if (!(error instanceof ProviderError && error.isAmbiguous)) throw error
        const made = await findOrder(order.receipt)
        if (!made) throw error
        return made
      }
    },
    async listPayments(orderId) {
      const path = `/orders/${segment(orderId)}/payments?count=${listCount}`
      return (await call('GET', path, listOf(razorpayPaymentSchema))).items
    },
    getPayment: (paymentId) => call('GET', `/payments/${segment(paymentId)}`, razorpayPaymentSchema),
    refund: (paymentId, { amount, notes }, key) =>
      call('POST', `/payments/${segment(paymentId)}/refund`, razorpayRefundSchema, {
        json: { ...(amount === null ? {} : { amount }), speed: 'normal', notes },
        // Letters, digits, hyphens and underscores alone, ten at least.
        idempotency: { header: 'X-Refund-Idempotency', key: key.replaceAll(/[^\w-]/g, '-').padEnd(10, '-') },
      }),
    getRefund: (refundId) => call('GET', `/refunds/${segment(refundId)}`, razorpayRefundSchema),
    async listRefunds(paymentId) {
      const path = `/payments/${segment(paymentId)}/refunds?count=${listCount}`
      return (await call('GET', path, listOf(razorpayRefundSchema))).items
    },
    getDispute: (disputeId) => call('GET', `/disputes/${segment(disputeId)}`, razorpayDisputeSchema),
  }
}

/** 409 says that the same refund is being made at this moment. */
function explain({ status, body }: FailedAnswer): { failure?: 'unavailable'; vendorCode?: string } {
  const failure = failureSchema.safeParse(body)
  const { code, reason } = failure.data?.error ?? {}
  const vendorCode = reason && reason !== 'NA' ? reason : code
  return { ...(status === 409 ? { failure: 'unavailable' } : {}), ...(vendorCode ? { vendorCode } : {}) }
}
