import type { Executable } from '../matrix.ts'

export const executable: Executable = {
  'get_webhook_event(bigint)': ['service_role'],
  'list_webhook_events(text,text,text,text,bigint,integer)': ['authenticated'],
  'replay_webhook_event(bigint)': ['authenticated'],
  'store_webhook_events(text,jsonb)': ['service_role'],
}
