import { countEventJob, sendAlertJob } from '../_shared/alerts/mod.ts'
import { cancelRemovedJob, cancelUnpaidJob, refundPaymentJob, syncCatalogueJob } from '../_shared/billing/mod.ts'
import { renderDocumentJob } from '../_shared/documents/mod.ts'
import { cleanExportJob, runExportJob } from '../_shared/exports/mod.ts'
import {
  backupFilesJob,
  copyPictureJob,
  isolateFileJob,
  publishPictureJob,
  removeObjectsJob,
  removePictureJob,
  restoreFilesJob,
  scanFileJob,
  sweepFilesJob,
} from '../_shared/files/mod.ts'
import {
  completeOnboardingJob,
  exportPersonJob,
  removeExportJob,
  removePersonFilesJob,
  sendInvitationJob,
  sendSecurityMailJob,
} from '../_shared/identity/mod.ts'
import { fanOutWebhookJob, type JobHandler, probeJob, sendWebhookJob } from '../_shared/platform/mod.ts'
import { stripeCancellation } from '../_shared/providers/payments/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'
import { processWebhookEventJob } from '../_shared/webhooks/mod.ts'
import { importHandlers } from './imports.ts'
import { paymentHandlers } from './payments.ts'
import { stripeJobs } from './stripe_jobs.ts'
import { webhookProcessors } from './webhook_processors.ts'

/** Every kind of job there is. A domain adds one line for each of its own. */
export const handlers: readonly JobHandler[] = [
  // platform
  probeJob,
  countEventJob,
  sendAlertJob,
  processWebhookEventJob(webhookProcessors),
  fanOutWebhookJob,
  sendWebhookJob({ allowedHosts: () => readEnv().OUTGOING_ALLOWED_HOSTS }),
  // identity
  sendInvitationJob,
  sendSecurityMailJob,
  completeOnboardingJob,
  removePersonFilesJob,
  exportPersonJob,
  removeExportJob,
  // files
  renderDocumentJob,
  scanFileJob,
  isolateFileJob,
  removeObjectsJob,
  sweepFilesJob,
  publishPictureJob,
  removePictureJob,
  copyPictureJob,
  backupFilesJob,
  restoreFilesJob,
  ...importHandlers,
  ...stripeJobs,
  runExportJob,
  cleanExportJob,
  ...paymentHandlers,
  // billing
  refundPaymentJob,
  cancelUnpaidJob((signal) => stripeCancellation(readEnv(), { signal })),
  cancelRemovedJob((signal) => stripeCancellation(readEnv(), { signal })),
  syncCatalogueJob,
]
