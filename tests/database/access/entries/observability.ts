import type { Executable } from '../matrix.ts'

export const executable: Executable = {
  'acknowledge_alert(uuid)': ['authenticated'],
  'evaluate_alerts()': ['service_role'],
  'get_request_metrics(timestamp with time zone,timestamp with time zone,interval,text)': ['authenticated'],
  'get_system_health()': ['service_role'],
  'list_alerts(boolean,timestamp with time zone,integer)': ['authenticated'],
  'record_metrics(jsonb)': ['service_role'],
  'silence_alert_rule(text,integer)': ['authenticated'],
}
