import { createHash } from 'node:crypto'
import type { Executable, TableAccess } from '../matrix.ts'

/** A file of each bucket that people upload to or the backend makes: its category, and whether few see it. */
export const bucketFiles = [
  { bucket: 'organization-files', category: 'attachment', isPrivate: false },
  { bucket: 'documents', category: 'document', isPrivate: false },
  { bucket: 'decks', category: 'deck', isPrivate: false },
  { bucket: 'form-uploads', category: 'form_upload', isPrivate: true },
  { bucket: 'chat-attachments', category: 'chat_attachment', isPrivate: true },
  { bucket: 'exports', category: 'export', isPrivate: true },
] as const

type FileState = 'clean' | 'quarantined' | 'uploading' | 'infected'

/** The same id in each scene, so that the path of the object is known. */
const fileId = (organizationId: string, bucket: string, state: FileState) =>
  createHash('md5')
    .update(`${organizationId} ${bucket} ${state}`)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** Path of the object of a file that the scene holds. */
export const objectPath = (organizationId: string, bucket: string, category: string, state: FileState) =>
  `${organizationId}/${category}/${fileId(organizationId, bucket, state)}/1`

/** A file of nobody, and files of a member in each state, in each bucket. */
export const scene = (organizationId: string, memberId: string) =>
  `select private.register_file('${organizationId}', 'documents', 'document', 'Terms.pdf', 'application/pdf', 10,
    repeat('a', 64), state := 'clean');
  ${bucketFiles
    .flatMap(({ bucket, category, isPrivate }) =>
      (['clean', 'quarantined', 'uploading', 'infected'] as const).map((state) => {
        const id = fileId(organizationId, bucket, state)
        const path = objectPath(organizationId, bucket, category, state)
        return `
  insert into private.file_objects (bucket_id, object_path, organization_id, size_bytes)
  values ('${bucket}', '${path}', '${organizationId}', 10);
  insert into public.files (id, organization_id, bucket_id, category, is_private, name, media_type, size_bytes, state, uploaded_by)
  values ('${id}', '${organizationId}', '${bucket}', '${category}', ${isPrivate}, 'x.pdf', 'application/pdf', 10, '${state}', '${memberId}');
  insert into public.file_versions (
    organization_id, file_id, version_number, bucket_id, object_path, media_type, size_bytes, state, uploaded_by
  )
  values ('${organizationId}', '${id}', 1, '${bucket}', '${path}', 'application/pdf', 10, '${state}', '${memberId}');`
      }),
    )
    .join('')}`

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
    row: (scene) => `organization_id = '${scene.organization.id}' and uploaded_by is null`,
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
    row: (scene) => `organization_id = '${scene.organization.id}' and uploaded_by is null`,
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
  'abandon_upload(uuid,integer)': ['service_role'],
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
