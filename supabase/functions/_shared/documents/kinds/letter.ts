import { z } from 'zod'
import { defineDocumentKind } from '../document_kind.ts'

/** A letter to one recipient, with whatever fields its writer fills. */
export const letter = defineDocumentKind(
  'letter',
  'A letter to one recipient',
  z.strictObject({
    recipient: z.strictObject({
      name: z.string().min(1).max(200),
      address: z.string().max(500).nullable().default(null).describe('Lines are kept'),
      email: z.email().nullable().default(null),
    }),
    place: z.string().max(100).nullable().default(null),
    date: z.iso.date(),
    reference: z.string().max(100).nullable().default(null),
    subject: z.string().min(1).max(300),
    salutation: z.string().max(200).nullable().default(null),
    paragraphs: z.array(z.string().max(5_000)).max(60),
    facts: z
      .array(z.strictObject({ label: z.string().max(200), value: z.string().max(500) }))
      .max(40)
      .default([]),
    closing: z.string().max(200).nullable().default(null),
    signatories: z
      .array(z.strictObject({ name: z.string().max(200), title: z.string().max(200).nullable().default(null) }))
      .max(6)
      .default([]),
  }),
  {
    recipient: {
      name: 'Mrs Folákẹ́ Adéyẹmí',
      address: '14 Awolowo Road\nIkoyi, Lagos\nNigeria',
      email: 'folake@example.com',
    },
    place: 'Lagos',
    date: '2026-11-20',
    reference: 'AL/2026/0042',
    subject: 'Allocation of plot 42, Lekki Gardens Phase II',
    salutation: 'Dear Mrs Adéyẹmí,',
    paragraphs: [
      'We are pleased to confirm that the plot below is allocated to you.',
      'The allocation becomes final when the balance is paid. Please keep this letter with your documents.',
    ],
    facts: [
      { label: 'Plot', value: '42, Block C' },
      { label: 'Size', value: '648 m²' },
      { label: 'Price', value: '₦18,500,000' },
    ],
    closing: 'Yours sincerely,',
    signatories: [{ name: 'Ngozi Eze', title: 'Head of Sales' }],
  },
)
