import type { Executable, TableAccess } from '../matrix.ts'

const importId = '00000000-0000-4000-8000-00000000f001'

export const tables: readonly TableAccess[] = [
  {
    table: 'public.import_types',
    row: () => `import_type = 'contacts'`,
    insert: () => `(import_type, label, permission, fields, take_function, undo_function)
      values ('secrets', 'Secrets', 'contacts.write', '[]', 'take_all', 'untake_all')`,
    update: `label = 'Nothing'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied yes      yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  ...(['imports', 'import_errors'] as const).map(
    (name): TableAccess => ({
      table: `public.${name}`,
      row: (scene) => `organization_id = '${scene.organization.id}'`,
      insert: (scene) => `(organization_id) values ('${scene.organization.id}')`,
      update: `created_at = now()`,
      //         anon   outsider viewer member admin  owner  service_role
      select: '  denied none     none   none   yes    yes    yes',
      inserted: 'denied denied   denied denied denied denied denied',
      updated: ' denied denied   denied denied denied denied denied',
      deleted: ' denied denied   denied denied denied denied denied',
      others: { agent: { select: 'yes' }, 'campaign manager': { select: 'yes' } },
    }),
  ),
  {
    table: 'public.contacts',
    row: (scene) => `organization_id = '${scene.organization.id}'`,
    insert: (scene) => `(organization_id, email) values ('${scene.organization.id}', 'new@example.test')`,
    update: `first_name = 'Grace'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied yes    yes    yes    yes',
    updated: ' denied none     none   yes    yes    yes    yes',
    deleted: ' denied none     none   yes    yes    yes    yes',
    others: {
      agent: { insert: 'yes', update: 'yes', delete: 'yes' },
      'campaign manager': { insert: 'yes', update: 'yes', delete: 'yes' },
    },
  },
]

/** One row of each of the tables above. */
export const scene = (organizationId: string) => `
  insert into public.imports (id, organization_id, import_type, name)
  values ('${importId}', '${organizationId}', 'contacts', 'contacts.csv');
  insert into public.import_errors (organization_id, import_id, row_number, code, message)
  values ('${organizationId}', '${importId}', 2, 'row_invalid', 'needs an e-mail address or a phone number');
  insert into public.contacts (organization_id, email) values ('${organizationId}', 'ada@example.test');`

export const executable: Executable = {
  'check_import(uuid)': ['authenticated'],
  'create_import(uuid,text,uuid,import_conflict_rule,jsonb)': ['authenticated'],
  'end_import_run(uuid,integer)': ['service_role'],
  'fail_import(uuid,integer,text,text,text)': ['service_role'],
  'finish_import_analysis(uuid,integer,jsonb,jsonb,jsonb,jsonb,jsonb,bigint)': ['service_role'],
  'read_import(uuid,integer)': ['service_role'],
  'read_import_texts(uuid,text)': ['service_role'],
  'record_import_step(uuid,integer,integer)': ['service_role'],
  'resume_import(uuid)': ['authenticated'],
  'save_import_preview(uuid,integer,jsonb)': ['service_role'],
  'save_import_texts(uuid,integer,integer,text,jsonb)': ['service_role'],
  'set_import_mapping(uuid,jsonb,import_conflict_rule,jsonb)': ['authenticated'],
  'start_import(uuid)': ['authenticated'],
  'stop_import(uuid)': ['authenticated'],
  'take_import_rows(uuid,integer,integer,text,text,integer,jsonb,jsonb,bigint)': ['service_role'],
  'undo_import(uuid)': ['authenticated'],
  'undo_import_batch(uuid,integer)': ['service_role'],
}
