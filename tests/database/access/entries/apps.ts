import type { Executable } from '../matrix.ts'

export const executable: Executable = {
  'admin_list_apps()': ['authenticated'],
  'admin_register_app(uuid,text[])': ['authenticated'],
  'admin_remove_app(uuid)': ['authenticated'],
  'disconnect_app(uuid)': ['authenticated'],
  'disconnect_organization_app(uuid,uuid)': ['authenticated'],
  'get_app_request(uuid)': ['authenticated'],
  'grant_app(uuid,uuid[],text[])': ['authenticated'],
  'list_my_apps()': ['authenticated'],
  'list_organization_apps(uuid)': ['authenticated'],
}
