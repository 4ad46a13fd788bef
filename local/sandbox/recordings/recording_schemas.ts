import { z } from 'zod'
import { arrivalIdSchema } from '../ids.ts'

/** One request that an edge function answered, as the functions host reports it. Never a body, never a token. */
export const newRecordingSchema = z.strictObject({
  /** Name of the function. */
  function: z.string().min(1).max(200),
  method: z.string().regex(/^[A-Z]{3,10}$/),
  /** Path without the query. */
  path: z.string().startsWith('/').max(2000),
  status: z.number().int().min(100).max(599),
  durationMs: z.number().nonnegative(),
  /** Processor time; null when it is not known. */
  cpuMs: z.number().nonnegative().nullable(),
  requestId: z.string().max(200).nullable().default(null),
})

/** @see newRecordingSchema */
export const recordingSchema = newRecordingSchema.extend({ id: arrivalIdSchema, at: z.iso.datetime() })

/** What is reported. */
export type NewRecording = z.input<typeof newRecordingSchema>
/** @see recordingSchema */
export type Recording = z.infer<typeof recordingSchema>
