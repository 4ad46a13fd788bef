export { fromAuth } from './auth_errors.ts'
export {
  changePasswordSchema,
  loginSchema,
  logoutSchema,
  refreshSchema,
  registerSchema,
  sessionSchema,
} from './auth_schemas.ts'
export { type AuthOrigin, type AuthService, type AuthSession, httpAuthService } from './auth_service.ts'
export { changePassword } from './change_password.ts'
export { completeOnboardingJob } from './complete_onboarding_job.ts'
export { exportPersonJob, exportPersonJobWith, removeExportJob } from './export_person_job.ts'
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
export { type LogInDeps, logIn } from './log_in.ts'
export { noSooner, type Timing } from './no_sooner.ts'
export { parseInvitationsCsv } from './parse_invitations_csv.ts'
export { register } from './register.ts'
export { type RemoveFiles, removePersonFilesJob, removePersonFilesJobWith } from './remove_person_files_job.ts'
export { recoveryAnswerSchema, recoveryRequestSchema } from './schemas.ts'
export { sendInvitationJob, sendInvitationJobWith } from './send_invitation_job.ts'
export { sendSecurityMailJob, sendSecurityMailJobWith } from './send_security_mail_job.ts'
export { rpcSignInAttempts, type SignInAttempts } from './sign_in_attempts.ts'
export { supabaseRecoveryBackend } from './supabase_recovery_backend.ts'
export { type RecoveringPerson, type RecoveryBackend, useRecoveryCode } from './use_recovery_code.ts'
