import type { Executable, TableAccess } from '../matrix.ts'

/** A file that everybody in the organization sees. */
export const scene = (organizationId: string) => `
  select private.register_file('${organizationId}', 'documents', 'document', 'Terms.pdf', 'application/pdf', 10,
    repeat('a', 64), state := 'clean');`

const inserted = 'denied denied   denied denied denied denied denied'

export const tables: readonly TableAccess[] = [
  {
    table: 'public.file_categories',
    row: () => `category = 'document'`,
    insert: () =>
      `(category, bucket_id, largest_bytes, media_types, description) values ('x', 'documents', 1, '{a/b}', 'X')`,
    update: `largest_bytes = 1`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied yes      yes    yes    yes    yes    yes',
    inserted,
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  {
    table: 'public.files',
    row: (scene) => `organization_id = '${scene.organization.id}'`,
    insert: (scene) =>
      `(organization_id, bucket_id, category, is_private, name, media_type, size_bytes)
       values ('${scene.organization.id}', 'documents', 'document', false, 'x.pdf', 'application/pdf', 1)`,
    update: `name = 'Other.pdf'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     yes    yes    yes    yes    yes',
    inserted,
    updated: ' denied none     none   none   yes    yes    denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  {
    table: 'public.file_versions',
    row: (scene) => `organization_id = '${scene.organization.id}'`,
    insert: (scene) =>
      `(organization_id, file_id, version_number, bucket_id, object_path, media_type, size_bytes)
       values ('${scene.organization.id}', gen_random_uuid(), 2, 'documents', '${scene.organization.id}/x', 'a/b', 1)`,
    update: `state = 'clean'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     yes    yes    yes    yes    yes',
    inserted,
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
]

export const executable: Executable = {
  'begin_upload(uuid,text,text,text,bigint)': ['authenticated'],
  'claim_object_removals(integer)': ['service_role'],
  'delete_file(uuid)': ['authenticated'],
  'finish_file_sweep(integer,bigint,integer,integer)': ['service_role'],
  'finish_object_removals(text,text[])': ['service_role'],
  'get_storage_usage(uuid)': ['authenticated'],
  'list_file_sweeps(integer)': ['authenticated'],
  'list_lost_files(integer)': ['authenticated'],
  'list_stray_objects(text,text,integer)': ['service_role'],
  'mark_missing_objects(text,text,integer)': ['service_role'],
  'record_file_download(uuid)': ['authenticated'],
  'restore_file(uuid)': ['authenticated'],
  'finish_scan(uuid,integer,file_state,text,bigint,text,text,text)': ['service_role'],
  'register_file(uuid,text,text,text,text,bigint,text,uuid,timestamp with time zone,file_state)': ['service_role'],
}
