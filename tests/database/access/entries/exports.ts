import type { Executable, TableAccess } from '../matrix.ts'

/** One that the member of the scene asked for. */
export const scene = (of: { id: string; member: { id: string } }) => `
  insert into public.exports (organization_id, requested_by, list, format, request_key)
  values ('${of.id}', '${of.member.id}', 'members', 'csv', 'scene');`

export const tables: readonly TableAccess[] = [
  {
    table: 'public.exports',
    row: (scene) => `organization_id = '${scene.organization.id}'`,
    insert: (scene) =>
      `(organization_id, requested_by, list, format, request_key)
       values ('${scene.organization.id}', '${scene.organization.member.id}', 'members', 'csv', 'mine')`,
    update: `state = 'cancelled', finished_at = now()`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     none   yes    none   none   yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
    // Having lists written to files is no reading.
    others: {
      'app that may read, of a member': { select: 'none' },
      'impersonated member': { select: 'none' },
    },
  },
]

export const executable: Executable = {
  'begin_export(uuid)': ['service_role'],
  'cancel_export(uuid)': ['authenticated'],
  'fail_export(uuid,text,text)': ['service_role'],
  'finish_export(uuid,text,bigint)': ['service_role'],
  'list_export_leftovers(uuid,uuid,integer)': ['service_role'],
  'list_export_parts(uuid)': ['service_role'],
  'record_export_download(uuid)': ['authenticated'],
  'record_export_part(uuid,jsonb,bigint)': ['service_role'],
  'request_export(uuid,text,export_format,jsonb,text[],text)': ['authenticated'],
}
