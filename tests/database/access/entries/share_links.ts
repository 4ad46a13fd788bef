import type { Executable, TableAccess } from '../matrix.ts'

/** A link to the scene's file and a look at it; a backup, and a restoration from it. */
export const scene = (organizationId: string) => `
  with link as (
    insert into public.file_share_links (organization_id, file_id, token_prefix, expires_at)
    select organization_id, id, 'abcdef', now() + interval '1 day' from public.files
    where organization_id = '${organizationId}' limit 1
    returning organization_id, id
  )
  insert into public.file_share_views (organization_id, link_id, event) select organization_id, id, 'viewed' from link;
  with backup as (
    insert into public.file_backups (organization_id) values ('${organizationId}') returning organization_id, id
  )
  insert into public.file_restores (organization_id, backup_id) select organization_id, id from backup;`

const ofManagers = (table: string, insert: string, update: string): TableAccess => ({
  table: `public.${table}`,
  row: (scene) => `organization_id = '${scene.organization.id}'`,
  insert: () => insert,
  update,
  //         anon   outsider viewer member admin  owner  service_role
  select: '  denied none     none   none   yes    yes    yes',
  inserted: 'denied denied   denied denied denied denied denied',
  updated: ' denied denied   denied denied denied denied denied',
  deleted: ' denied denied   denied denied denied denied denied',
})

export const tables: readonly TableAccess[] = [
  ofManagers('file_share_links', 'default values', 'expires_at = now()'),
  ofManagers('file_backups', `(organization_id) values (gen_random_uuid())`, `state = 'ready'`),
  ofManagers('file_restores', 'default values', `state = 'ready'`),
  ofManagers('file_share_views', 'default values', `event = 'viewed'`),
]

export const executable: Executable = {
  'add_backup_part(uuid,integer,jsonb)': ['service_role'],
  'add_restored_part(uuid,integer,integer,integer,integer)': ['service_role'],
  'begin_file_backup(uuid)': ['service_role'],
  'begin_version(uuid,text,bigint)': ['authenticated'],
  'create_share_link(uuid,timestamp with time zone,text,integer)': ['authenticated'],
  'drop_restored_file(uuid)': ['service_role'],
  'finish_file_backup(uuid,file_backup_state)': ['service_role'],
  'finish_file_restore(uuid,file_backup_state)': ['service_role'],
  'get_file_restore(uuid)': ['service_role'],
  'list_backup_entries(uuid,integer)': ['service_role'],
  'list_backup_files(uuid,uuid,integer)': ['service_role'],
  'open_share_link(text,text,boolean,text,text)': ['service_role'],
  'register_restored_file(uuid,uuid)': ['service_role'],
  'request_file_backup(uuid)': ['authenticated'],
  'request_file_restore(uuid)': ['authenticated'],
  'restore_version(uuid,integer)': ['authenticated'],
  'revoke_share_link(uuid)': ['authenticated'],
}
