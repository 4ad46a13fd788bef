import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { mailBrandingSchema, organizationLook } from '../mail/mod.ts'
import { defineJob, type JobHandler } from '../platform/mod.ts'
import { type MailSender, mailSender } from '../providers/mail/mod.ts'
import { readEnv } from '../runtime/mod.ts'
import { composeInvitationMail } from './invitation_mail.ts'

const startedSchema = z
  .array(
    z.object({
      email: z.string(),
      organization: mailBrandingSchema,
      inviter_name: z.string().nullable(),
      role: z.string(),
      locale: z.string(),
      time_zone: z.string(),
      expires_at: z.string().transform((text) => new Date(text)),
      accept_url: z.string(),
      product_name: z.string(),
    }),
  )
  .max(1)

/**
 * Makes the handler that sends invitations. The token is made here and stands nowhere but in the mail: the database keeps
 * its hash. A repeated try makes another token; all tokens of one mail work, because nobody knows which try arrived.
 *
 * @param sender asked at each try, since the environment can be read only then
 * @param publicUrl address of the platform, asked as the sender is
 */
export function sendInvitationJobWith(sender: () => MailSender, publicUrl: () => string): JobHandler {
  return defineJob(
    'invitation.send',
    z.strictObject({ invitation_id: z.uuid(), mail_number: z.number().int().positive() }),
    async ({ db, signal }, { invitation_id, mail_number }, job) => {
      const call = async (name: string, parameters: object) => {
        const { data, error } = await db.rpc(name, { invitation_id, mail_number, ...parameters })
        if (error) throw new Error(`Cannot call ${name}: ${error.message}`)
        return data
      }
      const token = randomBytes(32).toString('base64url')
      const token_hash = createHash('sha256').update(token).digest('hex')
      const [mail] = startedSchema.parse(await call('start_invitation_mail', { token_hash }))
      if (!mail) return { result: { is_sent: false } }
      const message = composeInvitationMail({
        email: mail.email,
        organization: organizationLook(mail.organization, publicUrl()),
        inviterName: mail.inviter_name,
        role: mail.role,
        locale: mail.locale,
        timeZone: mail.time_zone,
        expiresAt: mail.expires_at,
        productName: mail.product_name,
        // Behind "#", so that no server on the way and no log of the page's own host sees it.
        link: `${mail.accept_url}#token=${token}`,
      })
      const idempotencyKey = `invitation:${invitation_id}:${mail_number}`
      await sender().send(message, { idempotencyKey, signal, isRepeat: job.attempt > 1 })
      await call('finish_invitation_mail', {})
      return { result: { is_sent: true } }
    },
  )
}

/** Sends the mail of an invitation with the configured provider. */
export const sendInvitationJob = sendInvitationJobWith(
  () => mailSender(readEnv()),
  () => readEnv().PUBLIC_URL,
)
