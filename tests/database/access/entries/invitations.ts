import type { Executable, TableAccess } from '../matrix.ts'

/** One row of each of the tables below. */
export const scene = (organizationId: string, ownerId: string, adminId: string) => `
  insert into public.invitations (organization_id, email, role, invited_by, expires_at)
  values ('${organizationId}', 'guest@example.test', 'member', '${ownerId}', now() + interval '1 day');
  insert into public.ownership_transfers (organization_id, from_user_id, to_user_id, expires_at)
  values ('${organizationId}', '${ownerId}', '${adminId}', now() + interval '1 day');`

export const tables: readonly TableAccess[] = [
  {
    table: 'public.invitations',
    row: (scene) => `organization_id = '${scene.organization.id}'`,
    insert: (scene) =>
      `(organization_id, email, role, expires_at) values ('${scene.organization.id}', 'me@example.test', 'admin', now())`,
    update: `role = 'admin'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     none   none   yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied yes',
  },
  {
    table: 'public.ownership_transfers',
    row: (scene) => `organization_id = '${scene.organization.id}'`,
    insert: (scene) =>
      `(organization_id, from_user_id, to_user_id, expires_at)
       values ('${scene.organization.id}', '${scene.organization.owner.id}', '${scene.newcomer.id}', now())`,
    update: `status = 'accepted'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     none   none   yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied yes',
    // Seen by the two people that it is between.
    others: { 'app that may read, of the owner': { select: 'none' } },
  },
]

export const executable: Executable = {
  'accept_invitation(text)': ['authenticated'],
  'accept_ownership_transfer(uuid)': ['authenticated'],
  'cancel_ownership_transfer(uuid)': ['authenticated'],
  'create_invitations(uuid,jsonb)': ['authenticated'],
  'decline_invitation(text)': ['anon', 'authenticated'],
  'decline_ownership_transfer(uuid)': ['authenticated'],
  'finish_invitation_mail(uuid,integer)': ['service_role'],
  'look_up_invitation(text)': ['anon', 'authenticated'],
  'propose_ownership_transfer(uuid,uuid)': ['authenticated'],
  'resend_invitation(uuid)': ['authenticated'],
  'revoke_invitation(uuid)': ['authenticated'],
  'start_invitation_mail(uuid,integer,text)': ['service_role'],
}
