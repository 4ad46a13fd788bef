import { z } from 'zod'

/** How good something is, for its colour. */
export const toneSchema = z.enum(['success', 'warning', 'danger', 'muted']).nullable().default(null)

/** A name and a value, such as a total. */
export const factSchema = z.strictObject({ label: z.string().max(200), value: z.string().max(500) })

/** A part of a report with text and, where it has columns, a table. */
export const sectionSchema = z.strictObject({
  heading: z.string().max(200),
  paragraphs: z.array(z.string().max(5_000)).max(50).default([]),
  columns: z
    .array(z.strictObject({ label: z.string().max(100), is_number: z.boolean().default(false) }))
    .max(10)
    .default([]),
  rows: z
    .array(z.array(z.string().max(1_000)).max(10))
    .max(2_000)
    .default([])
    .describe('One text for each column'),
})

/** Fields that all reports share. */
export const reportFields = {
  title: z.string().min(1).max(200),
  subtitle: z.string().max(300).nullable().default(null),
  reference: z.string().max(100).nullable().default(null).describe('Number or name that the report is known by'),
  period_from: z.iso.date().nullable().default(null),
  period_to: z.iso.date().nullable().default(null),
  summary: z.array(factSchema).max(40).default([]),
  sections: z.array(sectionSchema).max(40).default([]),
} as const
