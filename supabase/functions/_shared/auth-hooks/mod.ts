export { HookPayloadError } from './compose_auth_mails.ts'
export { hookErrorSchema, hookOkSchema, type SendEmailInput, sendEmailSchema } from './schemas.ts'
export { type SendAuthMailDeps, sendAuthMail } from './send_auth_mail.ts'
