import type { Executable, TableAccess } from '../matrix.ts'

/** A template with its draft, a document that waits, and a file with a last day. */
export const scene = (organizationId: string) => `
  with template as (
    insert into public.document_templates (organization_id, kind, name)
    values ('${organizationId}', 'letter', 'Allocation letter') returning id, organization_id
  )
  insert into public.document_template_versions (template_id, organization_id, version_number, title_source, body_source)
  select id, organization_id, 1, 'Letter', '<p>x</p>' from template;
  insert into public.document_renders (organization_id, template_version_id, kind, locale, data_hash)
  select '${organizationId}', id, 'letter', 'en', repeat('a', 64) from public.document_template_versions
  where organization_id = '${organizationId}';
  insert into public.document_expiries (file_id, organization_id, expires_on)
  select id, organization_id, '2030-01-01' from public.files where organization_id = '${organizationId}';`

const answers = {
  //         anon   outsider viewer member admin  owner  service_role
  select: '  denied none     yes    yes    yes    yes    yes',
  inserted: 'denied denied   denied denied denied denied denied',
  updated: ' denied denied   denied denied denied denied denied',
  deleted: ' denied denied   denied denied denied denied denied',
}

export const tables: readonly TableAccess[] = [
  {
    table: 'public.document_templates',
    row: (scene) => `organization_id = '${scene.organization.id}'`,
    insert: (scene) => `(organization_id, kind, name) values ('${scene.organization.id}', 'letter', 'Other')`,
    update: `name = 'Other'`,
    ...answers,
  },
  {
    table: 'public.document_template_versions',
    row: (scene) => `organization_id = '${scene.organization.id}'`,
    insert: (scene) =>
      `(template_id, organization_id, version_number, title_source, body_source)
       select id, organization_id, 2, 'x', 'x' from public.document_templates
       where organization_id = '${scene.organization.id}'`,
    update: `body_source = '<p>y</p>'`,
    ...answers,
  },
  {
    table: 'public.document_renders',
    row: (scene) => `organization_id = '${scene.organization.id}'`,
    insert: (scene) =>
      `(organization_id, template_version_id, kind, locale, data_hash)
       values ('${scene.organization.id}', gen_random_uuid(), 'letter', 'en', repeat('a', 64))`,
    update: `state = 'failed'`,
    ...answers,
  },
  {
    table: 'public.document_expiries',
    row: (scene) => `organization_id = '${scene.organization.id}'`,
    insert: (scene) =>
      `(file_id, organization_id, expires_on) values (gen_random_uuid(), '${scene.organization.id}', '2030-01-01')`,
    update: `expires_on = '2040-01-01'`,
    ...answers,
  },
]

export const executable: Executable = {
  'begin_document_file(uuid,text,text)': ['service_role'],
  'fail_document(uuid,text,text)': ['service_role'],
  'finish_document(uuid,text,integer)': ['service_role'],
  'generate_document(uuid,text,jsonb,text,uuid,date,text)': ['authenticated'],
  'get_document_preview(uuid,uuid)': ['authenticated'],
  'get_document_render(uuid)': ['service_role'],
  'mark_document_version_checked(uuid,text)': ['service_role'],
  'publish_document_template(uuid)': ['authenticated'],
  'retire_document_template(uuid)': ['authenticated'],
  'save_document_template(uuid,text,text,text,text,text,text,text)': ['authenticated'],
  'set_document_expiry(uuid,date)': ['authenticated'],
}
