import { type Env, systemClock } from '../../runtime/mod.ts'
import { parseAddress } from './addresses.ts'
import { observedSender } from './observed_sender.ts'
import type { MailSender } from './port.ts'
import { createPostmarkSender } from './postmark.ts'
import { createSmtpSender } from './smtp.ts'

export { ProviderError } from '../provider_error.ts'
export { checkMail } from './check_mail.ts'
export type { MailAddress, MailAttachment, MailMessage, MailSender, SendOptions, SendReceipt } from './port.ts'

/** The sender that the settings name: SMTP to the sandbox unless they say otherwise. */
export function mailSender(env: Env): MailSender {
  const from = parseAddress(env.MAIL_FROM)
  if (env.MAIL_PROVIDER === 'postmark') {
    return createPostmarkSender({
      from,
      serverToken: env.POSTMARK_SERVER_TOKEN ?? '',
      messageStream: env.POSTMARK_MESSAGE_STREAM,
      apiUrl: env.POSTMARK_API_URL,
    })
  }
  const smtp = createSmtpSender({
    from,
    host: env.SMTP_HOST,
    port: env.SMTP_PORT,
    secure: env.SMTP_SECURE,
    ...(env.SMTP_USER && env.SMTP_PASSWORD
      ? { credentials: { user: env.SMTP_USER, password: env.SMTP_PASSWORD } }
      : {}),
  })
  return observedSender(smtp, systemClock)
}
