import type { Executable } from '../matrix.ts'

export const executable: Executable = {
  'admin_approve_person(uuid)': ['authenticated'],
  'admin_ban_person(uuid,text,timestamp with time zone)': ['authenticated'],
  'admin_end_impersonation(uuid)': ['authenticated'],
  'admin_get_person(uuid)': ['authenticated'],
  'admin_list_organizations(text,organization_kind,organization_status,uuid,integer)': ['authenticated'],
  'admin_list_people(text,account_state,uuid,integer)': ['authenticated'],
  'admin_request_impersonation(uuid,text)': ['authenticated'],
  'admin_set_membership(uuid,uuid,text,text)': ['authenticated'],
  'admin_unban_person(uuid)': ['authenticated'],
  'close_support_access(uuid)': ['authenticated'],
  'get_my_account()': ['authenticated'],
  'open_support_access(text,uuid,integer)': ['authenticated'],
  'record_impersonation(uuid,uuid,uuid,text)': ['service_role'],
}
