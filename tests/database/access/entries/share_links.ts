import type { Executable, TableAccess } from '../matrix.ts'

/** A link to the scene's file, and a look at it. */
export const scene = (organizationId: string) => `
  with link as (
    insert into public.file_share_links (organization_id, file_id, token_prefix, expires_at)
    select organization_id, id, 'abcdef', now() + interval '1 day' from public.files
    where organization_id = '${organizationId}' limit 1
    returning organization_id, id
  )
  insert into public.file_share_views (organization_id, link_id, event) select organization_id, id, 'viewed' from link;`

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
  ofManagers('file_share_views', 'default values', `event = 'viewed'`),
]

export const executable: Executable = {
  'begin_version(uuid,text,bigint)': ['authenticated'],
  'create_share_link(uuid,timestamp with time zone,text,integer)': ['authenticated'],
  'open_share_link(text,text,boolean,text,text)': ['service_role'],
  'restore_version(uuid,integer)': ['authenticated'],
  'revoke_share_link(uuid)': ['authenticated'],
}
