import { z } from 'zod'
import { defineJob, type JobHandler } from '../platform/mod.ts'
import { type AlertSender, alertSenders } from '../providers/alerts/mod.ts'
import { type Logger, readEnv } from '../runtime/mod.ts'

/** What `private.alert_message` writes, with the channel. */
const payloadSchema = z.object({
  alert_id: z.uuid(),
  channel: z.string(),
  event: z.enum(['fired', 'repeated', 'resolved']),
  rule: z.string(),
  subject: z.string(),
  severity: z.enum(['info', 'warning', 'critical']),
  summary: z.string(),
  value: z.number(),
  threshold: z.number(),
  since: z.iso.datetime({ offset: true }),
})

/** Where messages go and in whose name. */
export interface AlertDelivery {
  readonly senders: readonly AlertSender[]
  readonly environment: string
}

/** The channels that the settings name. */
export function configuredDelivery(logger: Logger): AlertDelivery {
  const env = readEnv()
  return { senders: alertSenders(env, logger), environment: env.ATRIUM_ENV }
}

/**
 * Makes the handler of the messages of alerts: one job for each message and channel. A channel that is not set up is passed
 * over.
 */
export function sendAlertJobWith(delivery: (logger: Logger) => AlertDelivery): JobHandler {
  return defineJob('alert.send', payloadSchema, async ({ logger, signal }, payload, job) => {
    const { alert_id: _, channel, since, ...facts } = payload
    const { senders, environment } = delivery(logger)
    const sender = senders.find((one) => one.channel === channel)
    if (!sender) return { result: { is_sent: false } }
    await sender.send({ ...facts, since: new Date(since), environment }, { idempotencyKey: `alert:${job.id}`, signal })
    return { result: { is_sent: true } }
  })
}

/** Tells operators of an alert over one channel. */
export const sendAlertJob = sendAlertJobWith(configuredDelivery)
