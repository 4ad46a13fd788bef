import { z } from 'zod'
import type { Core } from './core.ts'
import { noSuch } from './errors.ts'
import type { Customer } from './objects.ts'
import { address, clearable, hash, integer, list, mergeMetadata, metadata, text } from './parameters.ts'
import { attachPaymentMethod, requireOwnMethod } from './payment_methods.ts'
import type { Deleted } from './store.ts'

const shared = {
  address: clearable(address()).optional(),
  balance: integer().optional(),
  business_name: clearable(text()).optional(),
  description: clearable(text()).optional(),
  email: clearable(text(512)).optional(),
  individual_name: clearable(text()).optional(),
  invoice_prefix: text(12).optional(),
  invoice_settings: hash({
    default_payment_method: clearable(text()).optional(),
    footer: clearable(text()).optional(),
  }).optional(),
  metadata: metadata().optional(),
  name: clearable(text(256)).optional(),
  next_invoice_sequence: integer({ least: 1 }).optional(),
  phone: clearable(text(20)).optional(),
  preferred_locales: list(text()).optional(),
  tax_exempt: clearable(z.enum(['exempt', 'none', 'reverse'])).optional(),
}

/** `POST /v1/customers` */
export const customerCreateParameters = hash({
  ...shared,
  payment_method: text().optional(),
  test_clock: text().optional(),
})
/** `POST /v1/customers/:id` */
export const customerUpdateParameters = hash(shared)

/** Makes a customer. @throws {StripeError} */
export function createCustomer(core: Core, given: z.output<typeof customerCreateParameters> = {}): Customer {
  const { payment_method, test_clock = null, ...fields } = given
  if (test_clock !== null) core.store.get('test_helpers.test_clock', test_clock, 'test_clock')
  const id = core.id('cus')
  const customer: Customer = {
    id,
    object: 'customer',
    address: fields.address ?? null,
    balance: fields.balance ?? 0,
    created: core.now({ test_clock }),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: fields.description ?? null,
    discount: null,
    email: fields.email ?? null,
    invoice_prefix: fields.invoice_prefix ?? id.slice(-8).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: mergeMetadata({}, fields.metadata),
    name: fields.name ?? null,
    next_invoice_sequence: fields.next_invoice_sequence ?? 1,
    phone: fields.phone ?? null,
    preferred_locales: fields.preferred_locales ?? [],
    shipping: null,
    tax_exempt: fields.tax_exempt ?? 'none',
    test_clock,
  }
  core.add('customer', customer)
  if (payment_method !== undefined) {
    // Nothing is left of a customer whose card cannot be saved.
    try {
      attachPaymentMethod(core, payment_method, id)
    } catch (error) {
      core.store.remove('customer', id)
      throw error
    }
  }
  const wanted = fields.invoice_settings?.default_payment_method
  if (wanted) customer.invoice_settings.default_payment_method = requireOwnMethod(core, wanted, id).id
  core.emit('customer.created', customer)
  return customer
}

/** Changes a customer. @throws {StripeError} */
export function updateCustomer(core: Core, id: string, given: z.output<typeof customerUpdateParameters>): Customer {
  const customer = core.store.get('customer', id)
  const { metadata: words, invoice_settings, tax_exempt, ...fields } = given
  const method = invoice_settings?.default_payment_method
  return core.change(
    customer,
    {
      ...fields,
      ...(words === undefined ? {} : { metadata: mergeMetadata(customer.metadata, words) }),
      ...(tax_exempt === undefined ? {} : { tax_exempt: tax_exempt ?? 'none' }),
      ...(method === undefined
        ? {}
        : {
            invoice_settings: {
              ...customer.invoice_settings,
              default_payment_method: method === null ? null : requireOwnMethod(core, method, id).id,
            },
          }),
    },
    'customer.updated',
  )
}

/** A customer that is there, for use by others. @throws {StripeError} `resource_missing` */
export function requireCustomer(core: Core, id: string): Customer {
  const customer = core.store.find('customer', id)
  if (!customer) throw noSuch('customer', id, 'customer', 400)
  return customer
}

/**
 * Deletes a customer.
 *
 * @param endAll ends what would go on for them at once
 */
export function deleteCustomer(core: Core, id: string, endAll: (id: string) => void): Deleted {
  const customer = core.store.get('customer', id)
  endAll(id)
  core.emit('customer.deleted', customer)
  return core.store.remove('customer', id)
}
