import type { Executable, TableAccess } from '../matrix.ts'

export const tables: readonly TableAccess[] = [
  {
    table: 'public.profiles',
    row: (scene) => `id = '${scene.organization.member.id}'`,
    insert: (scene) => `(id, display_name) values ('${scene.newcomer.id}', 'Again') on conflict (id) do nothing`,
    update: `headline = 'Busy'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied none',
    updated: ' denied none     none   yes    none   none   yes',
    deleted: ' denied denied   denied denied denied denied yes',
  },
  {
    table: 'public.organizations',
    row: (scene) => `id = '${scene.organization.id}'`,
    insert: () => `(name, slug) values ('Mine', 'mine')`,
    update: `name = 'Renamed'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied yes',
    updated: ' denied none     none   none   yes    yes    yes',
    deleted: ' denied denied   denied denied denied denied yes',
    // That it exists and asks for a second factor is told to its members, or they could not act on it.
    others: { 'admin without the required second factor': { select: 'yes' } },
  },
  {
    table: 'public.memberships',
    row: (scene) => `organization_id = '${scene.organization.id}' and user_id = '${scene.organization.member.id}'`,
    insert: (scene) =>
      `(organization_id, user_id, role) values ('${scene.organization.id}', '${scene.newcomer.id}', 'viewer')`,
    update: `role = 'agent'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied yes',
    updated: ' denied denied   denied denied denied denied yes',
    deleted: ' denied denied   denied denied denied denied yes',
  },
  {
    table: 'public.members',
    row: (scene) => `organization_id = '${scene.organization.id}' and user_id = '${scene.organization.member.id}'`,
    insert: (scene) =>
      `(organization_id, user_id, role) values ('${scene.organization.id}', '${scene.newcomer.id}', 'viewer')`,
    update: `role = 'agent'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  {
    table: 'public.roles',
    row: () => `role = 'agent'`,
    insert: () => `(role, rank, description) values ('emperor', 1000, 'All of it')`,
    update: 'rank = 1000',
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied yes      yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  {
    table: 'public.permissions',
    row: () => `permission = 'members.read'`,
    insert: () => `(permission, description) values ('all.allow', 'All of it')`,
    update: 'is_kept_on_suspension = true',
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied yes      yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  {
    table: 'public.role_permissions',
    row: () => `role = 'viewer' and permission = 'members.read'`,
    insert: () => `(role, permission) values ('viewer', 'members.manage')`,
    update: `role = 'member'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied yes      yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  {
    table: 'public.custom_roles',
    // Nobody has this one.
    row: (scene) => `organization_id = '${scene.organization.id}' and name = 'Clerk'`,
    insert: (scene) => `(organization_id, name, base_role) values ('${scene.organization.id}', 'Again', 'member')`,
    update: `description = 'Changed'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied yes',
    updated: ' denied denied   denied denied denied denied yes',
    deleted: ' denied denied   denied denied denied denied yes',
  },
  {
    table: 'public.custom_role_permissions',
    row: (scene) =>
      `custom_role_id in (select id from public.custom_roles where organization_id = '${scene.organization.id}')`,
    insert: (scene) =>
      `(custom_role_id, organization_id, permission) select id, organization_id, 'members.manage' from public.custom_roles where organization_id = '${scene.organization.id}'`,
    update: `permission = 'members.manage'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied yes',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied yes',
  },
  {
    table: 'public.service_accounts',
    row: (scene) => `organization_id = '${scene.organization.id}'`,
    insert: (scene) => `(organization_id, name) values ('${scene.organization.id}', 'Again')`,
    update: `description = 'Changed'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied yes',
    updated: ' denied denied   denied denied denied denied yes',
    deleted: ' denied denied   denied denied denied denied yes',
  },
]

export const executable: Executable = {
  'add_member(uuid,uuid,text)': ['authenticated'],
  'change_member_role(uuid,text,uuid)': ['authenticated'],
  'create_custom_role(uuid,text,text,text[],text)': ['authenticated'],
  'delete_custom_role(uuid)': ['authenticated'],
  'update_custom_role(uuid,uuid,text,text[],text)': ['authenticated'],
  'create_organization(text,public.organization_kind)': ['authenticated'],
  'delete_organization(uuid)': ['authenticated'],
  'get_my_access(uuid)': ['authenticated'],
  'remove_member(uuid)': ['authenticated'],
  'restore_organization(uuid)': ['authenticated'],
}
