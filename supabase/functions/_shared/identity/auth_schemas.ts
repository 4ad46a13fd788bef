import { z } from '@hono/zod-openapi'

const email = z.email().max(320).openapi({ example: 'ada@example.com' })
const newPassword = z
  .string()
  .min(8)
  // What lies beyond would not count.
  .refine((text) => new TextEncoder().encode(text).length <= 72, 'Too long: at most 72 bytes')
  .openapi({ example: 'correct-horse-7', description: 'At least 8 characters, with letters and digits' })
const password = z.string().min(1).max(1000).openapi({ example: 'correct-horse-7' })
const captchaToken = z
  .string()
  .max(5000)
  .optional()
  .openapi({ description: "Of the captcha's widget, where this installation asks for one" })

/** Body of `POST /api/v1/auth/register`. */
export const registerSchema = z
  .strictObject({
    email,
    password: newPassword,
    display_name: z.string().trim().min(1).max(120).optional().openapi({ example: 'Ada Okafor' }),
    locale: z.string().max(35).optional().openapi({ description: 'BCP 47 tag', example: 'en' }),
    time_zone: z.string().max(64).optional().openapi({ description: 'IANA name', example: 'Africa/Lagos' }),
    redirect_to: z
      .url()
      .max(2000)
      .optional()
      .openapi({ description: 'Where the link of the mail leads, an allowed page' }),
    captcha_token: captchaToken,
  })
  .openapi('Registration')

/** Body of `POST /api/v1/auth/login`. */
export const loginSchema = z.strictObject({ email, password, captcha_token: captchaToken }).openapi('Login')

/** Body of `POST /api/v1/auth/refresh`. */
export const refreshSchema = z.strictObject({ refresh_token: z.string().min(1).max(1000) }).openapi('Refresh')

/** Body of `POST /api/v1/auth/logout`. */
export const logoutSchema = z
  .strictObject({
    scope: z
      .enum(['local', 'others', 'global'])
      .default('local')
      .openapi({ description: 'Which sessions end: this one, the others, or all' }),
  })
  .openapi('Logout')

/** Body of `POST /api/v1/auth/change-password`. */
export const changePasswordSchema = z
  .strictObject({ current_password: password, new_password: newPassword, captcha_token: captchaToken })
  .openapi('PasswordChange')

/** What signing in answers. */
export const sessionSchema = z
  .object({
    access_token: z.string().openapi({ description: 'For `Authorization: Bearer`' }),
    refresh_token: z.string().openapi({ description: 'For one `POST /auth/refresh`, which gives the next one' }),
    token_type: z.string().openapi({ example: 'bearer' }),
    expires_in: z.number().openapi({ description: 'Seconds until the access token ends', example: 86400 }),
    expires_at: z.number().openapi({ description: 'The same moment, in seconds since 1970' }),
    user: z.object({ id: z.uuid(), email: z.string().nullable() }),
    has_second_factor: z
      .boolean()
      .openapi({ description: 'Whether the person has one to verify, which some organizations ask for' }),
  })
  .openapi('Session')
