import { z } from '@hono/zod-openapi'
import { type ApiCaller, billingOrganizationSchema, inBillingOrganization, requireScope } from '../api/mod.ts'
import type { CallerDatabase } from '../database/mod.ts'
import { AppError } from '../http/mod.ts'
import { callRpc } from '../platform/mod.ts'
import { ProviderError } from '../providers/mod.ts'
import { isCheckoutSignature } from '../providers/payments/razorpay.ts'
import type { RazorpayClient } from '../providers/payments/razorpay_client.ts'
import type { Clock, Env } from '../runtime/mod.ts'
import { recordRazorpay } from './razorpay_processors.ts'

/** Body of a new order at Razorpay. */
export const newRazorpayOrderSchema = z
  .strictObject({
    ...billingOrganizationSchema.shape,
    invoice_id: z.uuid().optional().openapi({ description: 'What is open of an own invoice' }),
    pack_id: z.uuid().optional().openapi({ description: 'Or a pack of credits' }),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'Must be an ISO 4217 code')
      .default('INR')
      .openapi({ description: 'Of the pack; an invoice has its own', example: 'INR' }),
  })
  .openapi('NewRazorpayOrder')

/** What Razorpay's checkout in the browser is opened with. */
export const razorpayOrderSchema = z
  .object({
    checkout_id: z.uuid().openapi({ description: 'Ours: for the verification' }),
    key_id: z.string().openapi({ description: 'For the checkout in the browser', example: 'rzp_live_…' }),
    order_id: z.string().openapi({ description: 'For the checkout in the browser', example: 'order_…' }),
    currency: z.string(),
    amount_cents: z.number().int().openapi({ description: 'In the minor unit' }),
    purpose: z.enum(['credit_pack', 'invoice']),
    purpose_id: z.uuid(),
  })
  .openapi('RazorpayOrder')

/** What the checkout handed to the browser. */
export const razorpayVerificationSchema = z
  .strictObject({
    checkout_id: z.uuid(),
    razorpay_payment_id: z.string().min(1).max(100).openapi({ example: 'pay_…' }),
    razorpay_order_id: z
      .string()
      .max(100)
      .optional()
      .openapi({ description: 'Not looked at: the order is ours to know' }),
    razorpay_signature: z.string().min(1).max(200),
  })
  .openapi('RazorpayVerification')

/** How the payment stands at Razorpay. */
export const razorpayPaymentStateSchema = z
  .object({
    checkout_id: z.uuid(),
    payment_id: z.uuid().openapi({ description: 'Of the payment here' }),
    status: z.enum(['pending', 'requires_action', 'processing', 'succeeded', 'failed', 'cancelled', 'reversed']),
  })
  .openapi('RazorpayPaymentState')

/** What these use cases need. */
export interface RazorpayDeps {
  readonly database: CallerDatabase
  /** Null where this installation has no key. */
  readonly razorpay: RazorpayClient | null
  readonly env: Pick<Env, 'RAZORPAY_KEY_SECRET'>
  readonly clock: Clock
}

const openedSchema = z.object({
  checkout_id: z.uuid(),
  provider_session_id: z.string().nullable(),
  purpose: z.enum(['credit_pack', 'invoice']),
  purpose_id: z.uuid(),
  currency: z.string(),
  amount_cents: z.coerce.number().int(),
})

/**
 * Makes an order at Razorpay for an invoice or a pack of credits.
 *
 * @throws {AppError} what `open_razorpay_order` answers, 422 `billing_provider_refused`, 503 `billing_provider_unavailable`
 */
export async function createRazorpayOrder(
  deps: RazorpayDeps,
  caller: ApiCaller,
  { organization_id, invoice_id, pack_id, currency }: z.output<typeof newRazorpayOrderSchema>,
): Promise<z.output<typeof razorpayOrderSchema>> {
  const razorpay = requireClient(deps)
  const ask = { organization_id, permission: 'billing.manage' }
  const { opened, organizationId } = await inBillingOrganization(deps, caller, ask, async (sql, organizationId) => {
    const [row] = await sql`
      select * from private.open_razorpay_order(
        ${organizationId}, ${invoice_id ?? null}::uuid, ${pack_id ?? null}::uuid, ${currency}
      )`
    return { opened: openedSchema.parse(row), organizationId }
  })
  const { checkout_id, purpose, purpose_id, amount_cents } = opened
  const orderId = opened.provider_session_id ?? (await makeOrder(deps, razorpay, opened, organizationId))
  return {
    ...{ checkout_id, key_id: razorpay.keyId, order_id: orderId, currency: opened.currency, amount_cents },
    ...{ purpose, purpose_id },
  }
}

async function makeOrder(
  { database }: RazorpayDeps,
  razorpay: RazorpayClient,
  { checkout_id, purpose, purpose_id, currency, amount_cents }: z.output<typeof openedSchema>,
  organizationId: string,
): Promise<string> {
  const order = await asking(() =>
    razorpay.createOrder({
      amount: amount_cents,
      currency,
      receipt: checkout_id,
      notes: { organization_id: organizationId, purpose, purpose_id },
    }),
  )
  // Of two requests at once the first one's order counts.
  return z.string().parse(await callRpc(database, 'attach_razorpay_order', { checkout_id, order_id: order.id }))
}

/**
 * Takes what the checkout handed to the browser: its signature is checked with the order of our own row, and then Razorpay
 * is asked. The browser's word alone marks nothing as paid.
 *
 * @throws {AppError} 404 `billing_checkout_not_found`, 422 `razorpay_signature_invalid`
 */
export async function verifyRazorpayPayment(
  deps: RazorpayDeps,
  caller: ApiCaller,
  { checkout_id, razorpay_payment_id, razorpay_signature }: z.output<typeof razorpayVerificationSchema>,
) {
  requireScope(caller, 'billing.manage')
  const razorpay = requireClient(deps)
  const orderId = await deps.database.asCaller(
    caller.claims,
    async (sql) => {
      const [row] = await sql`
        select provider_session_id from public.billing_checkout_sessions
        where id = ${checkout_id} and provider = 'razorpay'
          and organization_id = any (array(select private.organizations_with('billing.manage')))`
      return z.object({ provider_session_id: z.string() }).safeParse(row).data?.provider_session_id
    },
    { isReadOnly: true },
  )
  if (orderId === undefined) {
    throw new AppError(404, 'billing_checkout_not_found', 'Cannot verify the payment: no such checkout at Razorpay')
  }
  const given = { paymentId: razorpay_payment_id, signature: razorpay_signature }
  if (!isCheckoutSignature(deps.env, orderId, given)) {
    throw new AppError(422, 'razorpay_signature_invalid', 'Cannot verify the payment: the signature does not match')
  }
  const askedAt = deps.clock.now()
  const payment = await asking(() => razorpay.getPayment(razorpay_payment_id))
  if (payment.order_id !== orderId) {
    throw new AppError(422, 'razorpay_signature_invalid', 'Cannot verify the payment: it is of another order')
  }
  await recordRazorpay(deps.database, { payment, event: null, askedAt, source: 'razorpay:verify' })
  return deps.database.asCaller(
    caller.claims,
    async (sql) => {
      const [row] = await sql`
        select id as payment_id, status from public.billing_payments
        where provider = 'razorpay' and provider_payment_id = ${razorpay_payment_id}`
      return razorpayPaymentStateSchema.parse({ ...row, checkout_id })
    },
    { isReadOnly: true },
  )
}

function requireClient({ razorpay }: RazorpayDeps): RazorpayClient {
  if (razorpay) return razorpay
  throw new AppError(503, 'billing_provider_unavailable', 'Cannot call razorpay: this installation has no key for it')
}

/** Answers Razorpay's failures as our own. */
async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    if (error.failure === 'refused') {
      throw new AppError(422, 'billing_provider_refused', `razorpay refused: ${error.vendorCode ?? 'no reason'}`, {
        cause: error,
      })
    }
    throw new AppError(503, 'billing_provider_unavailable', 'razorpay cannot be reached just now', {
      hint: 'Try again with the same Idempotency-Key',
      headers: { 'retry-after': String(error.retryAfterSeconds ?? 5) },
      cause: error,
    })
  }
}
