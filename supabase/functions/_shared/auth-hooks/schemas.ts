import { z } from '@hono/zod-openapi'

/** An address that Auth may leave out or empty. */
const optionalText = z
  .string()
  .nullish()
  .transform((text) => text || null)

/** The body of Auth's send-e-mail hook; only the fields we use. */
export const sendEmailSchema = z.object({
  user: z.object({
    id: z.string(),
    email: optionalText,
    /** The address that a change of address asks for. */
    new_email: optionalText,
    /** The name under which Auth's documentation has it. */
    email_new: optionalText,
    phone: optionalText,
    /** What the person said of themselves; of it only the language, which is not known otherwise before the profile. */
    user_metadata: z
      .object({ locale: z.string().nullish().catch(null) })
      .nullish()
      .transform((data) => data ?? {}),
  }),
  email_data: z.object({
    token: optionalText,
    token_hash: optionalText,
    redirect_to: optionalText,
    email_action_type: z.string().min(1),
    site_url: optionalText,
    token_new: optionalText,
    token_hash_new: optionalText,
    old_email: optionalText,
    old_phone: optionalText,
    provider: optionalText,
    factor_type: optionalText,
  }),
})

/** A parsed call of the hook. */
export type SendEmailInput = z.output<typeof sendEmailSchema>

/** The error that Auth understands. */
export const hookErrorSchema = z
  .object({ error: z.object({ http_code: z.number(), message: z.string() }) })
  .openapi('HookError')

/** The empty answer that tells Auth all went well. */
export const hookOkSchema = z.object({}).openapi('HookOk')
