import { z } from 'zod'
import { defineDocumentKind } from '../document_kind.ts'
import { billingFields, centsSchema, sampleParties } from './billing_fields.ts'

/** An own invoice: seller, buyer, lines, tax and how to pay. Says nothing of payments, so that it never changes. */
export const billingInvoice = defineDocumentKind(
  'billing_invoice',
  'An invoice to an organization',
  z.strictObject({
    ...billingFields,
    state: z.enum(['draft', 'issued', 'void']),
    due_on: z.iso.date().nullable().default(null),
    period_from: z.iso.date().nullable().default(null),
    period_to: z.iso.date().nullable().default(null).describe('The last day'),
    lines: z
      .array(
        z.strictObject({
          kind: z.enum(['flat', 'seat', 'overage', 'one_off', 'adjustment']),
          description: z.string().max(500),
          quantity: z.number().int(),
          unit_cents: centsSchema,
          unit_count: z.number().int().describe('How many units the price is for'),
          amount_cents: centsSchema,
          period_from: z.iso.date().nullable().default(null),
          period_to: z.iso.date().nullable().default(null),
        }),
      )
      .max(1_000),
    subtotal_cents: centsSchema,
    credit_cents: centsSchema,
    tax_name: z.string().max(60).nullable().default(null),
    tax_rate: z.number().min(0).max(1).nullable().default(null),
    tax_cents: centsSchema,
    total_cents: centsSchema,
  }),
  {
    ...sampleParties,
    number: 'ATR-2026-000042',
    currency: 'NGN',
    issued_on: '2026-11-01',
    state: 'issued',
    due_on: '2026-11-15',
    period_from: '2026-11-01',
    period_to: '2026-11-30',
    lines: [
      {
        kind: 'flat',
        description: 'Professional',
        quantity: 1,
        unit_cents: 4_500_000,
        unit_count: 1,
        amount_cents: 4_500_000,
        period_from: '2026-11-01',
        period_to: '2026-11-30',
      },
      {
        kind: 'overage',
        description: 'Plots of the organization',
        quantity: 12,
        unit_cents: 30_000,
        unit_count: 1,
        amount_cents: 360_000,
        period_from: '2026-10-01',
        period_to: '2026-10-31',
      },
      {
        kind: 'overage',
        description: 'Calls of the API in a day',
        quantity: 4_200,
        unit_cents: 10_000,
        unit_count: 1_000,
        amount_cents: 50_000,
        period_from: '2026-10-01',
        period_to: '2026-10-31',
      },
    ],
    subtotal_cents: 4_910_000,
    credit_cents: 250_000,
    tax_name: 'VAT',
    tax_rate: 0.075,
    tax_cents: 349_500,
    total_cents: 5_009_500,
  },
)
