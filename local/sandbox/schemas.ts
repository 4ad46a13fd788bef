import { z } from 'zod'
import { arrivalIdSchema } from './ids.ts'

/** Id of a received mail: sorts by the order in which mails arrived. */
export const mailIdSchema = arrivalIdSchema

/** A name and an address as they stand in a header; the name is empty when the header has none. */
export const mailboxSchema = z.object({ name: z.string(), address: z.string() })

/** What the list shows of a mail. */
export const mailSummarySchema = z.object({
  id: mailIdSchema,
  receivedAt: z.iso.datetime(),
  from: mailboxSchema,
  /** Addresses of the To header. */
  to: z.array(mailboxSchema),
  /** Addresses the SMTP client named, blind copies included. */
  recipients: z.array(z.string()),
  subject: z.string(),
  /** First words of the text, for the list. */
  preview: z.string(),
  attachmentCount: z.number().int().nonnegative(),
  size: z.number().int().nonnegative(),
})

/** A file that a mail carries. */
export const mailAttachmentSchema = z.object({
  index: z.number().int().nonnegative(),
  filename: z.string(),
  contentType: z.string(),
  size: z.number().int().nonnegative(),
  isInline: z.boolean(),
})

/** A mail with everything that was read out of it. */
export const mailSchema = mailSummarySchema.extend({
  cc: z.array(mailboxSchema),
  replyTo: z.array(mailboxSchema),
  /** Sender of the SMTP envelope, empty for bounces. */
  envelopeFrom: z.string(),
  headers: z.array(z.object({ name: z.string(), value: z.string() })),
  text: z.string().nullable(),
  html: z.string().nullable(),
  /** Web addresses found in HTML and text, each once, in order of appearance. */
  links: z.array(z.object({ url: z.string(), text: z.string() })),
  /** Codes of six digits found in subject and body, each once, in order of appearance. */
  codes: z.array(z.string()),
  attachments: z.array(mailAttachmentSchema),
})

/** One page of the list, newest first. */
export const mailPageSchema = z.object({
  mails: z.array(mailSummarySchema),
  /** Give it as `before` for the next page; null on the last one. */
  next: mailIdSchema.nullable(),
  /** How many mails match, on all pages. */
  total: z.number().int().nonnegative(),
})

/** Body of every error answer. */
export const errorBodySchema = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  details: z.string().nullable(),
})

/** @see mailboxSchema */
export type Mailbox = z.infer<typeof mailboxSchema>
/** @see mailSummarySchema */
export type MailSummary = z.infer<typeof mailSummarySchema>
/** @see mailSchema */
export type Mail = z.infer<typeof mailSchema>
/** @see mailPageSchema */
export type MailPage = z.infer<typeof mailPageSchema>
/** @see errorBodySchema */
export type ErrorBody = z.infer<typeof errorBodySchema>
