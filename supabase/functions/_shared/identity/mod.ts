export {
  acceptedSchema,
  acceptSchema,
  invitationSchema,
  inviteAnswerSchema,
  inviteSchema,
} from './invitation_schemas.ts'
export {
  acceptInvitation,
  type InvitationDeps,
  invitationList,
  invitePeople,
  listInvitations,
  resendInvitation,
  revokeInvitation,
} from './invitations.ts'
export { parseInvitationsCsv } from './parse_invitations_csv.ts'
export { sendInvitationJob, sendInvitationJobWith } from './send_invitation_job.ts'
