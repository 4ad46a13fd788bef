import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

type Fields = Record<string, unknown>

/** The tables that the fields of a schema are columns of; the first that has a column tells of it. */
const tablesOfSchema: Readonly<Record<string, readonly string[]>> = {
  CheckoutSession: ['billing_checkout_sessions'],
  NewCheckoutSession: ['billing_checkout_sessions', 'billing_subscriptions', 'billing_prices'],
  PaymentIntent: ['billing_payments'],
  Payment: ['billing_payments'],
  PaymentDetail: ['billing_payments'],
  'PaymentDetail.disputes': ['billing_disputes'],
  'PaymentDetail.events': ['billing_payment_events'],
  Refund: ['billing_refunds'],
  NewRefund: ['billing_refunds'],
  PaymentMethod: ['billing_payment_methods'],
  Subscription: ['billing_subscriptions'],
  BillingSubscription: ['billing_subscriptions'],
  SubscriptionPreview: ['billing_subscriptions'],
  SubscriptionChange: ['billing_subscriptions'],
  SubscriptionCancellation: ['billing_subscriptions'],
  'ChangedSubscription.provider_state': ['billing_subscriptions'],
  Invoice: ['billing_invoices'],
  InvoiceDetail: ['billing_invoices'],
  InvoiceLine: ['billing_invoice_lines'],
  InvoiceCreditNote: ['billing_credit_notes'],
  InvoicePayment: ['billing_payments', 'billing_payment_allocations'],
  MarkInvoicePaid: ['billing_payments'],
  BillingParty: ['billing_profiles', 'billing_sellers'],
  'BillingPlans.data': ['billing_plans'],
  'BillingPlans.data.prices': ['billing_prices'],
  CreditPurchase: ['credit_purchases'],
  'CreditPacks.data': ['credit_packs'],
  'Usage.metrics.days': ['usage_days'],
  Wallet: ['billing_wallet_bindings'],
  OnchainToken: ['billing_onchain_tokens'],
  OnchainQuote: ['billing_onchain_quotes'],
  NewOnchainQuote: ['billing_onchain_quotes'],
  RazorpayOrder: ['billing_payments'],
  RazorpayPaymentState: ['billing_payments'],
}

/** Names that mean the same wherever they stand; those of lists with brackets. */
const wordsOfName: Readonly<Record<string, string>> = {
  organization_id: 'The organization',
  subscription_id: 'The subscription',
  payment_method_id: 'The saved payment method',
  plan_id: 'The plan',
  price_id: 'The price',
  pack_id: 'The pack',
  checkout_id: 'Our id of the checkout',
  receipt_id: 'The receipt, for its download',
  transaction_hash: 'Hash of the transaction',
  plan_key: 'The key of the plan, for programs',
  plan_name: 'The name of the plan, for people',
  receipt_number: 'The number of the receipt',
  razorpay_payment_id: 'As the handler of the checkout got it',
  razorpay_signature: 'As the handler of the checkout got it',
  request_id: 'Names the request in the log',
  currency: 'ISO 4217',
  'data[]': 'The rows',
  'days[]': 'The same by day',
  'lines[]': 'The lines',
  'prices[]': 'What it costs',
  'payments[]': 'The payments',
  'refunds[]': 'The refunds',
  'disputes[]': 'The disputes',
  'credit_notes[]': 'The credit notes',
  'metrics[]': 'What is counted',
}

/** What a field of this name may hold, for the examples of the document: those of one payment of 19 dollars with its tax. */
const examplesOfName: Readonly<Record<string, string | number>> = {
  currency: 'USD',
  unit_cents: 1900,
  amount_cents: 1900,
  subtotal_cents: 1900,
  price_cents: 1900,
  tax_name: 'VAT',
  tax_rate: 0.075,
  tax_cents: 143,
  total_cents: 2043,
  paid_cents: 2043,
  number: 'ATR-2026-000001',
  receipt_number: 'ATR-R-2026-000001',
  reference: 'Transfer of 31 January',
  failure_code: 'card_declined',
  failure_message: 'Your card was declined.',
  seat_count: 1,
  unit_count: 1,
  quantity: 1,
  credit_count: 100,
  legal_name: 'Analytical Estates Ltd',
  line1: '1 Marina',
  city: 'Lagos',
  postal_code: '101001',
  region: 'Lagos',
  country: 'NG',
  tax_number: '87654321-0001',
  email: 'accounts@example.com',
  plan_name: 'Pro',
  receipt_url: 'https://pay.example.com/receipts/1',
  hosted_url: 'https://pay.example.com/invoices/1',
}

/** What the pages of a list hold: their rows stand in the document without a name. */
const schemaOfList: Readonly<Record<string, string>> = {
  '/api/v1/billing/payments': 'Payment',
  '/api/v1/billing/invoices': 'Invoice',
  '/api/v1/billing/subscriptions': 'BillingSubscription',
  '/api/v1/billing/credits/purchases': 'CreditPurchase',
  '/api/v1/billing/wallets': 'Wallet',
  '/api/v1/billing/onchain/tokens': 'OnchainToken',
}

/**
 * Describes fields that say nothing of themselves with the comment of their column, so that it is written once, and ids
 * in paths by their name; adds examples.
 *
 * @param document is changed
 * @param comments as {@link readColumnComments} gives them
 */
export function describeFields(document: object, comments: ReadonlyMap<string, string>): void {
  const { components, paths } = fieldsOf(document)
  const schemas = fieldsOf(fieldsOf(components).schemas)
  for (const [name, schema] of Object.entries(schemas)) describe(schema, name, comments)
  for (const [path, item] of Object.entries(fieldsOf(paths))) {
    const list = schemaOfList[path]
    if (list) describe(rowOfPage(fieldsOf(item).get), list, comments)
    for (const operation of Object.values(fieldsOf(item))) describePath(operation)
  }
}

/** The comments of public columns, by `table.column`: their first paragraph. @param folder of the schema's SQL */
export async function readColumnComments(folder: string): Promise<Map<string, string>> {
  const comments = new Map<string, string>()
  for (const file of (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.sql'))) {
    const text = await readFile(join(folder, file), 'utf8')
    const found = text.matchAll(
      /comment on column public\.([a-z0-9_]+\.[a-z0-9_]+) is\s+(?:'((?:[^']|'')*)'|\$\$([\s\S]*?)\$\$)/g,
    )
    for (const [, column = '', quoted, dollars] of found) {
      const [words = ''] = (quoted?.replaceAll("''", "'") ?? dollars ?? '').split('\n\n')
      // Labels have no full stop; several sentences keep theirs.
      comments.set(column, words.replaceAll('\n', ' ').replace(/^([^.]*)\.$/, '$1'))
    }
  }
  return comments
}

/** @param place name of the schema, then those of the fields that lead to it */
function describe(schema: unknown, place: string, comments: ReadonlyMap<string, string>): void {
  for (const kind of ['allOf', 'anyOf', 'oneOf']) {
    for (const inner of listOf(fieldsOf(schema)[kind])) describe(inner, place, comments)
  }
  for (const [name, value] of Object.entries(fieldsOf(fieldsOf(schema).properties))) {
    const field = fieldsOf(value)
    const comment = (tablesOfSchema[place] ?? []).map((table) => comments.get(`${table}.${name}`)).find(Boolean)
    const words = comment ?? wordsOfName[field.type === 'array' ? `${name}[]` : name]
    if (words && field.$ref === undefined && field.description === undefined) field.description = words
    const example = examplesOfName[name]
    const type = typeof example === 'number' ? ['integer', 'number'] : ['string']
    if (tablesOfSchema[place] && example !== undefined && type.some((one) => [field.type].flat().includes(one))) {
      if (field.example === undefined && field.enum === undefined) field.example = example
    }
    describe(field.items ?? field, `${place}.${name}`, comments)
  }
}

function rowOfPage(operation: unknown): unknown {
  const answer = fieldsOf(fieldsOf(fieldsOf(operation).responses)['200'])
  const page = fieldsOf(fieldsOf(fieldsOf(answer.content)['application/json']).schema)
  return fieldsOf(fieldsOf(page.properties).data).items
}

function describePath(operation: unknown): void {
  for (const parameter of listOf(fieldsOf(operation).parameters)) {
    const { in: place, name, description } = parameter
    if (place === 'path' && typeof name === 'string' && name.endsWith('_id') && description === undefined) {
      parameter.description = `Id of the ${name.slice(0, -'_id'.length).replaceAll('_', ' ')}`
    }
  }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})
const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : [])
