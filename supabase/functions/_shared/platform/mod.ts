export {
  type AuditActor,
  type AuditEvent,
  type AuditRequest,
  actorHeaders,
  auditRequest,
  recordAuditEvent,
} from './audit.ts'
export { defineJob, type JobDeps, JobError, type JobHandler, type JobOutcome } from './job_handler.ts'
export { type JobFailure, type JobProgress, type JobQueue, type RpcClient, rpcJobQueue } from './job_queue.ts'
export { probeJob } from './probe_job.ts'
export { runJobs, type WorkerDeps, type WorkerOptions } from './run_jobs.ts'
export { type ClaimedJob, type WorkerRun, workerRunSchema } from './schemas.ts'
