import type { Executable } from '../matrix.ts'

export const executable: Executable = {
  'compare_stripe(text,jsonb,timestamp with time zone,bigint,boolean)': ['service_role'],
  'get_stripe_sync(uuid)': ['service_role'],
  'list_stripe_customers(text,integer)': ['service_role'],
  'list_stripe_syncs(timestamp with time zone,integer)': ['authenticated'],
  'mirror_stripe(text,jsonb,timestamp with time zone,bigint)': ['service_role'],
  'report_stripe_sync(uuid,integer,timestamp with time zone,jsonb,boolean,text)': ['service_role'],
  'request_stripe_sync(text,timestamp with time zone,boolean)': ['service_role'],
  'unknown_webhook_events(text,text[])': ['service_role'],
}
