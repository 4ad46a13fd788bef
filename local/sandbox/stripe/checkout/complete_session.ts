import type { Core } from '../core.ts'
import { createCustomer, updateCustomer } from '../customers.ts'
import { refused } from '../errors.ts'
import type { Customer, PaymentMethod } from '../objects.ts'
import type { CheckoutSession, Payer, Visit } from './session_objects.ts'

/** Whom the visit makes a customer of; null for a guest. What the first attempt made is used again. */
export function customerOf(core: Core, visit: Visit, payer: Payer): Customer | null {
  const { session } = visit
  if (visit.customer !== null) {
    const known = core.store.get('customer', visit.customer)
    // Stripe keeps the address that was typed when the customer has none.
    return known.email === null && payer.email !== '' ? updateCustomer(core, known.id, { email: payer.email }) : known
  }
  const isWanted = session.mode === 'subscription' || session.customer_creation === 'always'
  if (!isWanted) return null
  const customer = createCustomer(core, { email: payer.email, name: payer.name ?? undefined })
  visit.customer = customer.id
  return customer
}

/** Closes a visit that was successful and tells it. */
export function completeSession(
  core: Core,
  visit: Visit,
  result: Partial<
    Pick<CheckoutSession, 'invoice' | 'payment_intent' | 'payment_status' | 'setup_intent' | 'subscription'>
  >,
): void {
  const { session, payer } = visit
  core.timelineOf(session).cancel(expiryKey(session.id))
  const details = session.customer_details
  const address = payer?.country
    ? { city: null, country: payer.country, line1: null, line2: null, postal_code: null, state: null }
    : null
  core.change(session, {
    ...result,
    customer: visit.customer,
    customer_details: {
      ...{ business_name: null, individual_name: null, phone: null, tax_exempt: 'none', tax_ids: [] },
      ...details,
      address: details?.address ?? address,
      email: details?.email ?? payer?.email ?? session.customer_email,
      name: details?.name ?? payer?.name ?? null,
    },
    status: 'complete',
    url: null,
  })
  core.emit('checkout.session.completed', session)
}

/** Has the session end by itself. */
export function scheduleExpiry(core: Core, session: CheckoutSession): void {
  core.timelineOf(session).schedule(expiryKey(session.id), session.expires_at, () => {
    if (session.status === 'open') close(core, session)
  })
}

/** Ends an open session. @throws {StripeError} when it is open no more */
export function expireSession(core: Core, session: CheckoutSession): CheckoutSession {
  if (session.status !== 'open') {
    throw refused(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}`,
    )
  }
  core.timelineOf(session).cancel(expiryKey(session.id))
  return close(core, session)
}

function close(core: Core, session: CheckoutSession): CheckoutSession {
  core.change(session, { status: 'expired', url: null })
  core.emit('checkout.session.expired', session)
  return session
}

function expiryKey(id: string): string {
  return `checkout:${id}`
}

/** Who a saved card says that its owner is. */
export function payerOf(method: PaymentMethod, email: string): Payer {
  const { name, address } = method.billing_details
  return { email, name, country: address.country }
}
