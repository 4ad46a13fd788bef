import { z } from 'zod'
import { defineDocumentKind } from '../document_kind.ts'
import { reportFields, toneSchema } from './report_fields.ts'

/** What came of a campaign: its numbers, and where each recipient stands. */
export const campaignReport = defineDocumentKind(
  'campaign_report',
  'What came of a campaign',
  z.strictObject({
    ...reportFields,
    recipients: z
      .array(
        z.strictObject({
          name: z.string().max(200),
          channel: z.string().max(60),
          status: z.string().max(60),
          tone: toneSchema,
          last_event_at: z.iso.datetime({ offset: true }).nullable().default(null),
        }),
      )
      .max(1_500)
      .default([]),
  }),
  {
    title: 'Campaign report',
    subtitle: 'Annual vendor declaration 2026',
    reference: 'CMP-7',
    period_from: '2026-10-01',
    period_to: '2026-10-31',
    summary: [
      { label: 'Recipients', value: '1,204' },
      { label: 'Delivered', value: '98.2 %' },
      { label: 'Responded', value: '61.0 %' },
    ],
    sections: [
      {
        heading: 'By channel',
        paragraphs: ['Mail reached most; WhatsApp was answered soonest.'],
        columns: [{ label: 'Channel' }, { label: 'Sent', is_number: true }, { label: 'Responded', is_number: true }],
        rows: [
          ['E-mail', '900', '489'],
          ['WhatsApp', '304', '245'],
        ],
      },
    ],
    recipients: [
      {
        name: 'Chidinma Okafor',
        channel: 'E-mail',
        status: 'Responded',
        tone: 'success',
        last_event_at: '2026-10-04T09:12:00Z',
      },
      {
        name: 'प्रिया विश्वकर्मा',
        channel: 'WhatsApp',
        status: 'Delivered',
        tone: null,
        last_event_at: '2026-10-03T07:40:00Z',
      },
      { name: 'Zoë Müller', channel: 'E-mail', status: 'Bounced', tone: 'danger', last_event_at: null },
    ],
  },
)
