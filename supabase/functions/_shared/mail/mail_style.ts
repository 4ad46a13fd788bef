import { z } from 'zod'
import type { RpcClient } from '../platform/mod.ts'
import { cleanPlainText, unlinkedLine } from '../text/mod.ts'
import type { MailOrganization } from './look.ts'

/** What the database says of an organization in whose name a mail is sent. */
export const mailBrandingSchema = z.object({
  name: z.string(),
  logo_path: z.string().nullable(),
  primary_color: z.string().nullable(),
  secondary_color: z.string().nullable(),
  mail_footer: z.string().nullable(),
})

/** What the database says of mails to a person. */
export const mailStyleSchema = z.object({
  /** BCP 47; null for who is signing up. */
  locale: z.string().nullable(),
  brand: z.string(),
  support_address: z.string(),
  /** The one organization that the person works with, as far as there is exactly one. */
  organization: mailBrandingSchema.nullable(),
})

/** Whom a mail about the own account goes to, and how it looks: ours, whatever organizations the person works with. */
export const mailRecipientSchema = mailStyleSchema
  .omit({ organization: true })
  .extend({ email: z.string(), time_zone: z.string() })
export type MailRecipient = z.infer<typeof mailRecipientSchema>

/**
 * How mails to a person look.
 *
 * @param email address the mail goes to, by which an invitation is found of who is only signing up
 * @throws {Error} when the database cannot be asked
 */
export async function findMailStyle(
  db: RpcClient,
  userId: string,
  email: string | null,
): Promise<z.infer<typeof mailStyleSchema>> {
  const { data, error } = await db.rpc('get_mail_style', { user_id: userId, email })
  if (error) throw new Error(`Cannot read how mails look: ${error.message}`)
  return mailStyleSchema.parse(data)
}

/**
 * The look of an organization. Its texts are written by its members and read by others under our sender's address, so
 * nothing in them becomes a link.
 *
 * @param publicUrl address of the platform, for the logo
 */
export function organizationLook(branding: z.infer<typeof mailBrandingSchema>, publicUrl: string): MailOrganization {
  const { name, logo_path, primary_color, secondary_color, mail_footer } = branding
  const path = logo_path?.split('/').map(encodeURIComponent).join('/')
  return {
    name: unlinkedLine(name),
    logoUrl: path ? `${publicUrl}/storage/v1/object/public/avatars/${path}` : null,
    primaryColor: primary_color,
    secondaryColor: secondary_color,
    footer: mail_footer === null ? null : cleanPlainText(mail_footer).split('\n').map(unlinkedLine).join('\n'),
  }
}
