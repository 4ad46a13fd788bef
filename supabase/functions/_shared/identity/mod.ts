export { completeOnboardingJob } from './complete_onboarding_job.ts'
export { endImpersonation, impersonate, impersonationRequestSchema, impersonationSchema } from './impersonate.ts'
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
export { type RemoveFiles, removePersonFilesJob, removePersonFilesJobWith } from './remove_person_files_job.ts'
export { recoveryAnswerSchema, recoveryRequestSchema } from './schemas.ts'
export { sendInvitationJob, sendInvitationJobWith } from './send_invitation_job.ts'
export { sendSecurityMailJob, sendSecurityMailJobWith } from './send_security_mail_job.ts'
export { supabaseRecoveryBackend } from './supabase_recovery_backend.ts'
export { type RecoveringPerson, type RecoveryBackend, useRecoveryCode } from './use_recovery_code.ts'
