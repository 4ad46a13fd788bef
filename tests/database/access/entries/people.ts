import type { Executable, TableAccess } from '../matrix.ts'

/** What is made for the member of the scene. */
export const scene = (of: { id: string; member: { id: string } }) => `
  insert into public.user_onboarding (user_id, organization_id, step, state)
  values ('${of.member.id}', '${of.id}', 'take_tour', 'dismissed');
  insert into public.consents (user_id, kind, version, is_granted) values ('${of.member.id}', 'terms', '1', true);
  insert into public.account_deletions (user_id, due_at) values ('${of.member.id}', now() + interval '1 day');
  insert into public.personal_exports (user_id) values ('${of.member.id}');`

export const tables: readonly TableAccess[] = [
  {
    table: 'public.profile_details',
    row: (scene) => `user_id = '${scene.organization.member.id}'`,
    insert: (scene) => `(user_id) values ('${scene.newcomer.id}') on conflict do nothing`,
    update: `phone_verified_at = now(), phone = '+46701740605'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     none   yes    none   none   yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  {
    table: 'public.onboarding_steps',
    row: () => `step = 'take_tour'`,
    insert: () => `(step, kinds, position, title, description) values ('more', '{fund}', 1000, 'More', 'And more')`,
    update: `title = 'Other'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied yes      yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  {
    table: 'public.user_onboarding',
    row: (scene) => `user_id = '${scene.organization.member.id}'`,
    insert: (scene) =>
      `(user_id, organization_id, step, state) values ('${scene.organization.member.id}', '${scene.organization.id}', 'complete_profile', 'completed')`,
    update: `state = 'completed'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     none   yes    none   none   yes',
    inserted: 'denied denied   denied denied denied denied yes',
    updated: ' denied denied   denied denied denied denied yes',
    deleted: ' denied denied   denied denied denied denied yes',
  },
  {
    table: 'public.consent_documents',
    row: () => `kind = 'terms'`,
    insert: () =>
      `(kind, version, title, url, is_required, published_at) values ('terms', '0', 'Mine', 'https://a.test', true, now())`,
    update: `title = 'Other'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied yes      yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied yes',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  {
    table: 'public.consents',
    row: (scene) => `user_id = '${scene.organization.member.id}'`,
    insert: (scene) =>
      `(user_id, kind, version, is_granted) values ('${scene.organization.member.id}', 'marketing', '1', true)`,
    update: 'is_granted = false',
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     none   yes    none   none   yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  {
    table: 'public.account_deletions',
    row: (scene) => `user_id = '${scene.organization.member.id}'`,
    insert: (scene) => `(user_id, due_at) values ('${scene.newcomer.id}', now())`,
    update: `status = 'done'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     none   yes    none   none   yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  {
    table: 'public.personal_exports',
    row: (scene) => `user_id = '${scene.organization.member.id}'`,
    insert: (scene) => `(user_id) values ('${scene.newcomer.id}')`,
    update: `state = 'failed'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     none   yes    none   none   yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
]

export const executable: Executable = {
  'search_profiles(text,integer,text)': ['authenticated'],
  'get_public_profile(uuid)': ['anon', 'authenticated'],
  'record_consent(text,text,boolean)': ['authenticated'],
  'list_missing_consents()': ['authenticated'],
  'delete_my_account(text)': ['authenticated'],
  'cancel_my_account_deletion()': ['authenticated'],
  'delete_person(uuid,text)': ['authenticated'],
  'request_my_data_export()': ['authenticated'],
  'list_personal_tables(uuid)': ['service_role'],
  'read_personal_rows(uuid,text,jsonb,integer)': ['service_role'],
  'finish_personal_export(uuid,text,bigint)': ['service_role'],
  'list_personal_files(uuid,integer,text,text)': ['service_role'],
  'suspend_organization(uuid,text)': ['authenticated'],
  'unsuspend_organization(uuid)': ['authenticated'],
  'get_my_onboarding(uuid)': ['authenticated'],
  'complete_onboarding_step(uuid,text)': ['authenticated'],
  'dismiss_onboarding(uuid,text)': ['authenticated'],
  'complete_onboarding_by_event(text,uuid,uuid)': ['service_role'],
}
