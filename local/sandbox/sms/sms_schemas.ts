import { z } from 'zod'
import { arrivalIdSchema } from '../ids.ts'

/** A text message, as it was handed to a provider or as somebody answered it. */
export const smsSchema = z.object({
  id: arrivalIdSchema,
  /** Name of the provider that took it: `twilio`. */
  provider: z.string(),
  /** The provider's own id. */
  sid: z.string(),
  /** The provider's account. */
  account: z.string(),
  direction: z.enum(['outbound', 'inbound']),
  receivedAt: z.iso.datetime(),
  /** Sender: a number or a name; null when a messaging service chooses one. */
  from: z.string().nullable(),
  to: z.string(),
  /** Messaging service that sends, when the message names one. */
  service: z.string().nullable(),
  body: z.string(),
  /** Codes of six digits, each once, in order of appearance. */
  codes: z.array(z.string()),
  /** How many parts a phone network bills. */
  segments: z.number().int().positive(),
  /** The provider's word for how far it got: `queued`, `sent`, `delivered`, ... */
  status: z.string(),
  /** The provider's code of what went wrong. */
  errorCode: z.number().int().nullable(),
  /** Where the provider reports how far it got. */
  statusCallback: z.string().nullable(),
})

/** One page of the list, newest first. */
export const smsPageSchema = z.object({
  sms: z.array(smsSchema),
  /** Give it as `before` for the next page; null on the last one. */
  next: arrivalIdSchema.nullable(),
  /** How many messages match, on all pages. */
  total: z.number().int().nonnegative(),
})

/** @see smsSchema */
export type Sms = z.infer<typeof smsSchema>
/** @see smsPageSchema */
export type SmsPage = z.infer<typeof smsPageSchema>
