import type { Executable, TableAccess } from '../matrix.ts'

export const tables: readonly TableAccess[] = [
  {
    table: 'public.api_keys',
    row: (scene) => `organization_id = '${scene.organization.id}'`,
    insert: (scene) => `(organization_id) values ('${scene.organization.id}')`,
    update: `name = 'Changed'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     none   none   yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
]

/** One key of the scene's service account. */
export const scene = (organizationId: string) => `
  insert into public.api_keys (organization_id, service_account_id, name, prefix, scopes)
  select organization_id, id, 'Till', 'atk_live_00000001', '{organization.read}'
  from public.service_accounts where organization_id = '${organizationId}';`

export const executable: Executable = {
  'begin_sign_in(text)': ['service_role'],
  'create_api_key(uuid,text,text[],timestamp with time zone,cidr[])': ['authenticated'],
  'create_service_account(uuid,text,text,uuid,text)': ['authenticated'],
  'delete_service_account(uuid)': ['authenticated'],
  'disable_service_account(uuid)': ['authenticated'],
  'enable_service_account(uuid)': ['authenticated'],
  'forgive_sign_ins(text)': ['service_role'],
  'refresh_api_keys(uuid[],uuid[])': ['service_role'],
  'resolve_api_key(text,text)': ['service_role'],
  'revoke_api_key(uuid)': ['authenticated'],
  'rotate_api_key(uuid,integer)': ['authenticated'],
}
