export { probeProcessor } from './probe_processor.ts'
export { processWebhookEventJob } from './process_webhook_event_job.ts'
export { type Receipt, type ReceiveDeps, receiveWebhook } from './receive_webhook.ts'
export { webhookReceiptSchema } from './schemas.ts'
export { type Hmac, isRecent, isSecret, isSigned } from './signatures.ts'
export { standardWebhooks } from './standard_webhooks.ts'
export { verifyStandardWebhook } from './verify_standard_webhook.ts'
export { SignatureError, WebhookBodyError } from './webhook_errors.ts'
export { rpcWebhookInbox, type WebhookEvent, type WebhookInbox } from './webhook_inbox.ts'
export {
  defineWebhookProcessor,
  type ProcessedEvent,
  type WebhookOutcome,
  type WebhookProcessor,
} from './webhook_processor.ts'
export type { ReceivedEvent, WebhookCall, WebhookSource } from './webhook_source.ts'
