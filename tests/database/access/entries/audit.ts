import type { Executable, TableAccess } from '../matrix.ts'

export const tables: readonly TableAccess[] = [
  {
    table: 'public.audit_logs',
    // Written when the scene's memberships were made.
    row: (scene) => `organization_id = '${scene.organization.id}' and object_type = 'memberships'`,
    insert: (scene) =>
      `(organization_id, actor_kind, action, object_type, occurred_at)
       values ('${scene.organization.id}', 'system', 'create', 'memberships', now())`,
    update: `action = 'nothing'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     none   none   yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  {
    table: 'public.user_actions',
    // The scene is made by the backend, so nobody of it has acted; tests/database/platform/audit.test.ts has people act.
    row: (scene) => `organization_id = '${scene.organization.id}'`,
    insert: (scene) =>
      `(organization_id, action, object_type, occurred_at)
       values ('${scene.organization.id}', 'create', 'memberships', now())`,
    update: `action = 'nothing'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     none   none   none   none   none',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
]

export const executable: Executable = {
  'record_audit_event(text,text,uuid,text,jsonb,public.audit_actor_kind,uuid,text,text,text)': ['service_role'],
  'verify_audit_chain(uuid,bigint,integer)': ['authenticated'],
}
