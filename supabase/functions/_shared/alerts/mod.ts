export { countEventJob } from './count_event_job.ts'
export { createDatabaseWatch, type DatabaseWatch } from './database_watch.ts'
export { type AlertDelivery, configuredDelivery, sendAlertJob, sendAlertJobWith } from './send_alert_job.ts'
