import { z } from 'zod'
import { defineJob } from '../platform/mod.ts'

/** What `private.emit_event` gives to subscribers. */
const payloadSchema = z.object({
  topic: z.string(),
  organization_id: z.uuid().nullable(),
  event: z.looseObject({ user_id: z.uuid().nullish() }),
})

/** Completes the steps of the onboarding that an event completes. Again completes nothing more. */
export const completeOnboardingJob = defineJob('onboarding.complete', payloadSchema, async ({ db }, payload) => {
  const { data, error } = await db.rpc('complete_onboarding_by_event', {
    topic: payload.topic,
    ...(payload.organization_id && { organization_id: payload.organization_id }),
    ...(payload.event.user_id && { user_id: payload.event.user_id }),
  })
  if (error) throw new Error(`Onboarding steps cannot be completed: ${error.message}`)
  return { result: { completed: z.number().parse(data) } }
})
