import { z } from 'zod'
import { defineDocumentKind } from '../document_kind.ts'
import { billingFields, centsSchema, sampleParties } from './billing_fields.ts'

/** A credit note: how an invoice that was issued is corrected. */
export const billingCreditNote = defineDocumentKind(
  'billing_credit_note',
  'A credit note for an invoice',
  z.strictObject({
    ...billingFields,
    invoice_number: z.string().max(60),
    invoice_issued_on: z.iso.date(),
    reason: z.string().max(500),
    settlement: z.enum(['invoice', 'balance', 'refund']),
    amount_cents: centsSchema,
    tax_name: z.string().max(60).nullable().default(null),
    tax_rate: z.number().min(0).max(1).nullable().default(null),
    tax_cents: centsSchema,
    total_cents: centsSchema,
  }),
  {
    ...sampleParties,
    number: 'ATR-CN-2026-000003',
    currency: 'NGN',
    issued_on: '2026-11-10',
    invoice_number: 'ATR-2026-000042',
    invoice_issued_on: '2026-11-01',
    reason: 'The service could not be reached on two days.',
    settlement: 'invoice',
    amount_cents: 300_000,
    tax_name: 'VAT',
    tax_rate: 0.075,
    tax_cents: 22_500,
    total_cents: 322_500,
  },
)
