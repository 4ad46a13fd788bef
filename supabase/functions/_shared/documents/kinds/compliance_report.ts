import { z } from 'zod'
import { defineDocumentKind } from '../document_kind.ts'
import { reportFields, toneSchema } from './report_fields.ts'

/** Where an organization's vendors stand with what is asked of them. */
export const complianceReport = defineDocumentKind(
  'compliance_report',
  'Where vendors stand with what is asked of them',
  z.strictObject({
    ...reportFields,
    vendors: z
      .array(
        z.strictObject({
          name: z.string().max(200),
          reference: z.string().max(100).nullable().default(null),
          requirement: z.string().max(300).nullable().default(null),
          status: z.string().max(60),
          tone: toneSchema,
          due_on: z.iso.date().nullable().default(null),
          note: z.string().max(1_000).nullable().default(null),
        }),
      )
      .max(1_500)
      .default([]),
  }),
  {
    title: 'Vendor compliance report',
    subtitle: 'Anti-bribery questionnaire and tax documents',
    reference: 'CR-2026-014',
    period_from: '2026-07-01',
    period_to: '2026-09-30',
    summary: [
      { label: 'Vendors asked', value: '4' },
      { label: 'Compliant', value: '2 (50 %)' },
      { label: 'Contract value at risk', value: '₦12,400,000' },
    ],
    sections: [
      {
        heading: 'Method',
        paragraphs: ['Each vendor was asked to answer the questionnaire and to hand in a valid tax certificate.'],
        columns: [{ label: 'Step' }, { label: 'Vendors', is_number: true }],
        rows: [
          ['Asked', '4'],
          ['Answered', '3'],
        ],
      },
    ],
    vendors: [
      {
        name: 'Adébáyọ̀ & Sons Ltd',
        reference: 'V-001',
        requirement: 'Tax certificate',
        status: 'Approved',
        tone: 'success',
        due_on: '2026-09-30',
        note: 'Valid until 31 March 2027',
      },
      {
        name: 'श्री लक्ष्मी ट्रेडर्स',
        reference: 'V-002',
        requirement: 'Questionnaire',
        status: 'Approved',
        tone: 'success',
        due_on: '2026-09-30',
        note: null,
      },
      {
        name: 'Société Générale de Fournitures',
        reference: 'V-003',
        requirement: 'Questionnaire',
        status: 'In review',
        tone: 'warning',
        due_on: '2026-10-15',
        note: 'Contract of €48,000 waits for it',
      },
      {
        name: 'Kano Grain Depot',
        reference: 'V-004',
        requirement: 'Tax certificate',
        status: 'Overdue',
        tone: 'danger',
        due_on: '2026-09-15',
        note: 'Two reminders sent',
      },
    ],
  },
)
