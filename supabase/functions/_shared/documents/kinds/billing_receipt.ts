import { z } from 'zod'
import { defineDocumentKind } from '../document_kind.ts'
import { billingFields, centsSchema, sampleParties } from './billing_fields.ts'

/** A receipt: that a payment came, and how. */
export const billingReceipt = defineDocumentKind(
  'billing_receipt',
  'A receipt for a payment',
  z.strictObject({
    ...billingFields,
    method: z.string().max(60),
    reference: z.string().max(200).nullable().default(null),
    paid_on: z.iso.date(),
    amount_cents: centsSchema,
    invoice_number: z
      .string()
      .max(60)
      .nullable()
      .default(null)
      .describe('What it was paid for, where the payer said so'),
  }),
  {
    ...sampleParties,
    number: 'ATR-R-2026-000017',
    currency: 'NGN',
    issued_on: '2026-11-09',
    method: 'bank_transfer',
    reference: 'UTR 4471 0092 1183',
    paid_on: '2026-11-08',
    amount_cents: 5_009_500,
    invoice_number: 'ATR-2026-000042',
  },
)
