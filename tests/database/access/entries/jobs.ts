import type { Executable } from '../matrix.ts'

export const executable: Executable = {
  'cancel_job(bigint)': ['service_role'],
  'claim_jobs(text[],text,integer,integer,integer)': ['service_role'],
  'complete_job(bigint,uuid,jsonb)': ['service_role'],
  'discard_dead_jobs(text,integer)': ['authenticated'],
  'discard_job(bigint)': ['authenticated'],
  'enqueue_job(text,jsonb,text,uuid,text,text,integer,integer,integer,uuid,boolean)': ['service_role'],
  'extend_job_leases(bigint[],uuid[],integer)': ['service_role'],
  'fail_job(bigint,uuid,text,boolean,integer)': ['service_role'],
  'finish_jobs(jsonb)': ['service_role'],
  'get_job_progress(bigint)': ['authenticated'],
  'get_job_queues()': ['authenticated'],
  'list_dead_jobs(text,text,bigint,integer)': ['authenticated'],
  'report_job_progress(bigint,uuid,integer,integer,text)': ['service_role'],
  'request_job_cancellation(bigint)': ['authenticated'],
  'retry_dead_jobs(text,integer)': ['authenticated'],
  'retry_job(bigint)': ['authenticated'],
  'wake_worker(text)': ['service_role'],
}
