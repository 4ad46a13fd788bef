import { z } from 'zod'

const line = z.string().max(320).nullable().default(null)

/** A seller or buyer, as it was when the document was issued. */
export const partySchema = z.strictObject({
  legal_name: z.string().max(200),
  line1: line,
  line2: line,
  city: line,
  postal_code: line,
  region: line,
  country: z.string().max(2).nullable().default(null).describe('ISO 3166-1 alpha-2'),
  tax_number: line,
  email: line,
})

/** A seller, who says how to pay. */
export const sellerSchema = partySchema.extend({
  payment_instructions: z.string().max(1_000).nullable().default(null).describe('Lines are kept'),
})

/** An amount in the minor unit of the document's currency. */
export const centsSchema = z.number().int()

/** What each document of billing says of who it is from and to. */
export const billingFields = {
  number: z.string().max(60).nullable().describe('Null for a draft'),
  currency: z.string().length(3),
  issued_on: z.iso.date().nullable().default(null),
  seller: sellerSchema,
  buyer: partySchema,
}

/** Parties of samples. */
export const sampleParties = {
  seller: {
    legal_name: 'Atrium Nigeria Ltd',
    line1: '14 Awolowo Road',
    line2: 'Floor 3',
    city: 'Ikoyi',
    postal_code: '101233',
    region: 'Lagos',
    country: 'NG',
    tax_number: '12345678-0001',
    email: 'billing@example.com',
    payment_instructions: 'Bank: First Bank of Lagos\nAccount: 0123456789\nReference: the number of this invoice',
  },
  buyer: {
    legal_name: 'Lagoon Estates Ltd',
    line1: '2 Marina Road',
    line2: 'Suite 5',
    city: 'Lagos',
    postal_code: '101001',
    region: 'Lagos',
    country: 'NG',
    tax_number: '87654321-0001',
    email: 'accounts@example.com',
  },
}
