import { z } from '@hono/zod-openapi'
import { importEncodings } from './text_encoding.ts'

/** How a file is read. */
export const formatSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('csv'),
    encoding: z.enum(importEncodings),
    delimiter: z.string().length(1),
    line_end: z.enum(['\n', '\r']),
    /** First byte of text. */
    start: z.int(),
    has_header: z.boolean(),
  }),
  z.object({
    kind: z.literal('xlsx'),
    sheet: z.string(),
    sheets: z.array(z.string()),
    has_header: z.boolean(),
  }),
])
/** How a file is read. */
export type ImportFormat = z.infer<typeof formatSchema>

/** A column of a file. */
export const columnSchema = z.object({
  name: z.string(),
  examples: z.array(z.string()),
  suggestion: z.string().nullable(),
  score: z.number().nullable(),
})

/** A row as it is in the file. */
export const sampleRowSchema = z.object({ number: z.int(), cells: z.array(z.string()) })
