export {
  type AuditActor,
  type AuditEvent,
  type AuditRequest,
  actorHeaders,
  auditRequest,
  recordAuditEvent,
} from './audit.ts'
export { bucket, chooseVariant, isInShare, type WeightedVariant } from './bucketing.ts'
export { callRpc, RpcError } from './call_rpc.ts'
export {
  type BegunRequest,
  type IdempotencyKeys,
  type KeptAnswer,
  rpcIdempotencyKeys,
} from './idempotency.ts'
export { defineJob, type JobDeps, JobError, type JobHandler, type JobOutcome } from './job_handler.ts'
export type { JobData, JobEnd, JobProgress, JobQueue, RpcClient } from './job_queue.ts'
export { observedJob } from './observed_job.ts'
export { postgresJobQueue } from './postgres_job_queue.ts'
export { probeJob } from './probe_job.ts'
export {
  accountSubject,
  type LimitedCall,
  type LimitedCaller,
  type RateLimitDecision,
  type RateLimits,
  rpcRateLimits,
} from './rate_limits.ts'
export { rpcJobQueue } from './rpc_job_queue.ts'
export { type Batch, type BatchOptions, runInBatches } from './run_in_batches.ts'
export { runJobs, type WorkerDeps, type WorkerOptions } from './run_jobs.ts'
export { type ClaimedJob, type WorkerRun, workerCallSchema, workerRunSchema } from './schemas.ts'
export { type OutgoingWebhook, type SendWebhookDeps, sendWebhook, type WebhookAttempt } from './send_webhook.ts'
export { cachedSettings, type Settings } from './settings.ts'
export { takeTokens } from './token_buckets.ts'
export { fanOutWebhookJob, sendWebhookJob } from './webhook_jobs.ts'
