import { visitsOf } from '../checkout/session_objects.ts'
import { type Core, listOf } from '../core.ts'
import { StripeError } from '../errors.ts'
import { paymentOf } from '../invoices.ts'

/** Stripe goes no deeper; `data` of a list counts. */
const deepest = 4

type Fields = Record<string, unknown>
type Shown = Readonly<Fields>

/** Fields that only stand in an answer when they are asked for. */
const onDemand: Readonly<Record<string, Readonly<Record<string, (core: Core, object: Shown) => unknown>>>> = {
  'checkout.session': {
    line_items: (core, { id }) =>
      listOf(`/v1/checkout/sessions/${id}/line_items`, [...(visitsOf(core).get(String(id))?.lines ?? [])]),
  },
  customer: {
    subscriptions: (core, { id }) =>
      listOf(
        `/v1/customers/${id}/subscriptions`,
        core.store.all('subscription').filter((one) => one.customer === id && one.ended_at === null),
      ),
    tax_ids: (_, { id }) => listOf(`/v1/customers/${id}/tax_ids`, []),
    sources: (_, { id }) => listOf(`/v1/customers/${id}/sources`, []),
  },
  charge: {
    refunds: (core, { id }) =>
      listOf(
        `/v1/charges/${id}/refunds`,
        core.store.all('refund').filter((refund) => refund.charge === id),
      ),
  },
  invoice: {
    payments: (core, { id }) =>
      listOf(
        `/v1/invoices/${id}/payments`,
        core.store.all('invoice_payment').filter((payment) => payment.invoice === id),
      ),
    confirmation_secret: (core, { id }) => {
      const invoice = core.store.find('invoice', String(id))
      const payment = invoice && paymentOf(core, invoice)
      const intent = payment && core.store.find('payment_intent', payment.payment.payment_intent)
      return intent ? { client_secret: intent.client_secret, type: 'payment_intent' } : null
    },
  },
  price: { tiers: (core, { id }) => core.store.find('price', String(id))?.tiers ?? null },
}

/**
 * An answer as it goes out: a copy, with what was asked for in the place of ids.
 *
 * @param paths such as `latest_invoice.payments` or `data.customer`
 * @throws {StripeError} when something cannot be expanded
 */
export function expandAnswer(core: Core, answer: Readonly<Fields>, paths: readonly string[]): Fields {
  const copy: Fields = structuredClone({ ...answer })
  hideOnDemand(copy)
  for (const path of paths) {
    const segments = path.split('.')
    if (segments.length > deepest) {
      throw new StripeError(400, `You cannot expand more than ${deepest} levels of a property. Property: ${path}`, {
        code: 'property_expansion_max_depth',
        param: 'expand',
      })
    }
    expandPath(core, copy, segments, path)
  }
  return copy
}

function expandPath(core: Core, holder: Fields, segments: readonly string[], path: string): void {
  const [name = '', ...rest] = segments
  const made = onDemand[String(holder.object)]?.[name]
  if (made && holder[name] === undefined) holder[name] = structuredClone(made(core, holder))
  const value = holder[name]
  if (value === undefined) {
    throw new StripeError(
      400,
      `This property cannot be expanded (${path}). You may want to try expanding something else.`,
      { code: 'property_cannot_be_expanded', param: 'expand' },
    )
  }
  if (typeof value === 'string') holder[name] = resolve(core, value, path)
  if (Array.isArray(value)) {
    holder[name] = value.map((part: unknown) => (typeof part === 'string' ? resolve(core, part, path) : part))
  }
  if (rest.length === 0) return
  const next = holder[name]
  for (const inner of Array.isArray(next) ? next : [next]) {
    if (isFields(inner)) expandPath(core, inner, rest, path)
  }
}

function resolve(core: Core, id: string, path: string): Fields {
  const found = core.store.resolve(id)
  if (!found) {
    throw new StripeError(400, `This property cannot be expanded (${path}).`, {
      code: 'property_cannot_be_expanded',
      param: 'expand',
    })
  }
  const copy: Fields = structuredClone({ ...found })
  hideOnDemand(copy)
  return copy
}

/** Tiers are kept with their price, and stand in answers on demand. */
function hideOnDemand(value: unknown): void {
  if (Array.isArray(value)) value.forEach(hideOnDemand)
  if (!isFields(value)) return
  if (value.object === 'price') delete value.tiers
  Object.values(value).forEach(hideOnDemand)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
