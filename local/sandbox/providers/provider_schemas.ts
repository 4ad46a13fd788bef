import { z } from 'zod'
import { arrivalIdSchema } from '../ids.ts'

/** How a provider is told to misbehave. What a change leaves out goes back to its default. */
export const dialsSchema = z.strictObject({
  /** Only calls whose path holds this text are touched; empty touches all. */
  only: z.string().max(200).default(''),
  /** How many of the next calls fail with `failStatus`. */
  failNext: z.number().int().min(0).max(1_000_000).default(0),
  /** Share of calls that fail with `failStatus`, 0 to 1. */
  failRate: z.number().min(0).max(1).default(0),
  failStatus: z.number().int().min(400).max(599).default(500),
  /** Milliseconds that each answer waits. */
  latencyMs: z.number().int().min(0).max(120_000).default(0),
  /** How many of the next calls never get an answer. */
  timeOutNext: z.number().int().min(0).max(1_000_000).default(0),
  /** Numbers or addresses that the provider refuses to send to. */
  rejectRecipients: z.array(z.string().min(1).max(320)).max(100).default([]),
})

/** A call that a provider received. Secrets are struck out, bodies are cut. */
export const providerCallSchema = z.object({
  id: arrivalIdSchema,
  provider: z.string(),
  receivedAt: z.iso.datetime(),
  method: z.string(),
  /** Path and query as the caller asked for them. */
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string().nullable(),
  /** Null when no answer was given. */
  status: z.number().int().nullable(),
  answer: z.string().nullable(),
  durationMs: z.number().nonnegative(),
  /** What the dials did to the call. */
  dial: z.enum(['failed', 'timed-out', 'delayed']).nullable(),
})

/** One try to hand over a webhook. */
export const webhookAttemptSchema = z.object({
  at: z.iso.datetime(),
  durationMs: z.number().nonnegative(),
  /** Null when there was no answer. */
  status: z.number().int().nullable(),
  /** Why there was none. */
  error: z.string().nullable(),
})

/** A webhook that a provider sends, with what became of it. */
export const webhookSchema = z.object({
  id: arrivalIdSchema,
  provider: z.string(),
  /** The provider's name of what happened. */
  event: z.string(),
  url: z.string(),
  createdAt: z.iso.datetime(),
  body: z.string(),
  state: z.enum(['pending', 'delivered', 'failed']),
  attempts: z.array(webhookAttemptSchema),
  /** When the next attempt is due. */
  nextAttemptAt: z.iso.datetime().nullable(),
})

/** What one fills in before a provider's button does its work. */
export const actionFieldSchema = z.object({
  name: z.string(),
  label: z.string(),
  kind: z.enum(['text', 'url', 'multiline', 'select']),
  value: z.string(),
  isRequired: z.boolean(),
  options: z.array(z.object({ value: z.string(), label: z.string() })),
})

/** A button of a provider. */
export const actionSchema = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  /** Why it cannot be used now; null when it can. */
  unavailable: z.string().nullable(),
  fields: z.array(actionFieldSchema),
})

/** A provider as the page shows it. */
export const providerSchema = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  /** Base URL for the adapter's configuration. */
  url: z.string(),
  dials: dialsSchema,
  actions: z.array(actionSchema),
  callCount: z.number().int().nonnegative(),
})

/** @see dialsSchema */
export type Dials = z.infer<typeof dialsSchema>
/** What a change of the dials may say. */
export type DialsInput = z.input<typeof dialsSchema>
/** @see providerCallSchema */
export type ProviderCall = z.infer<typeof providerCallSchema>
/** @see webhookAttemptSchema */
export type WebhookAttempt = z.infer<typeof webhookAttemptSchema>
/** @see webhookSchema */
export type Webhook = z.infer<typeof webhookSchema>
/** @see actionFieldSchema */
export type ActionField = z.infer<typeof actionFieldSchema>
/** @see providerSchema */
export type ProviderView = z.infer<typeof providerSchema>
