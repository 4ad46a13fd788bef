import { z } from 'zod'
import { parseDuration } from './duration.ts'

const flag = (fallback: boolean) => z.boolean().default(fallback)
const whole = (fallback: number) => z.number().int().nonnegative().default(fallback)
const text = (fallback = '') => z.string().default(fallback)

/** A Go duration (`1s`, `720h`), read into milliseconds. */
const duration = z.string().transform((value, context) => {
  const milliseconds = parseDuration(value)
  if (milliseconds === null) {
    context.addIssue({ code: 'custom', message: `"${value}" is no duration such as "10s" or "720h"` })
    return z.NEVER
  }
  return milliseconds
})

const template = z.looseObject({ subject: z.string().optional(), content_path: z.string().optional() })

const hook = z.looseObject({
  enabled: flag(false),
  uri: text(),
  /** Standard Webhooks secrets, several divided by `|`. */
  secrets: text(),
})

const provider = z.looseObject({
  enabled: flag(false),
  client_id: text(),
  secret: text(),
  redirect_uri: text(),
  url: text(),
  skip_nonce_check: flag(false),
  email_optional: flag(false),
})

const rateLimits = z.looseObject({
  email_sent: whole(2),
  sms_sent: whole(30),
  anonymous_users: whole(30),
  token_refresh: whole(150),
  sign_in_sign_ups: whole(30),
  token_verifications: whole(30),
  web3: whole(30),
})

const smtp = z.looseObject({
  enabled: flag(true),
  host: text(),
  port: whole(587),
  user: text(),
  pass: text(),
  admin_email: text(),
  sender_name: text(),
})

const email = z.looseObject({
  enabled: flag(true),
  enable_signup: flag(true),
  double_confirm_changes: flag(true),
  enable_confirmations: flag(false),
  secure_password_change: flag(false),
  require_current_password: flag(false),
  max_frequency: duration.prefault('1s'),
  otp_length: z.number().int().min(6).max(10).default(6),
  otp_expiry: whole(3600),
  smtp: smtp.optional(),
  template: z.record(z.string(), template).default({}),
  notification: z.record(z.string(), template.extend({ enabled: flag(false) })).default({}),
})

const twilio = z.looseObject({
  enabled: flag(false),
  account_sid: text(),
  message_service_sid: text(),
  auth_token: text(),
})

const sms = z.looseObject({
  /** Whether people may sign up and in with a phone at all. */
  enable_signup: flag(false),
  otp_length: z.number().int().min(6).max(10).default(6),
  otp_expiry: whole(60),
  enable_confirmations: flag(false),
  template: text('Your code is {{ .Code }}'),
  max_frequency: duration.prefault('5s'),
  /** Fixed codes of numbers that get no text. */
  test_otp: z.record(z.string(), z.string()).default({}),
  twilio: twilio.optional(),
})

const factor = (extra: z.ZodRawShape = {}) =>
  z.looseObject({ enroll_enabled: flag(false), verify_enabled: flag(false), ...extra })

const mfa = z.looseObject({
  max_enrolled_factors: whole(10),
  totp: factor().prefault({}),
  phone: z
    .looseObject({
      enroll_enabled: flag(false),
      verify_enabled: flag(false),
      otp_length: whole(6),
      template: text('Your code is {{ .Code }}'),
      max_frequency: duration.prefault('5s'),
    })
    .prefault({}),
  web_authn: factor().prefault({}),
})

const hooks = z.looseObject({
  send_email: hook.optional(),
  send_sms: hook.optional(),
  custom_access_token: hook.optional(),
  before_user_created: hook.optional(),
  mfa_verification_attempt: hook.optional(),
  password_verification_attempt: hook.optional(),
})

/** The `[auth]` part of supabase/config.toml, with the CLI's defaults; keys it does not know are kept and ignored. */
export const authSection = z.looseObject({
  enabled: flag(true),
  site_url: z.url().default('http://127.0.0.1:3000'),
  external_url: z.string().optional(),
  additional_redirect_urls: z.array(z.string()).default([]),
  jwt_expiry: z.number().int().positive().max(604_800).default(3600),
  jwt_issuer: z.string().optional(),
  enable_refresh_token_rotation: flag(true),
  refresh_token_reuse_interval: whole(10),
  enable_signup: flag(true),
  enable_anonymous_sign_ins: flag(false),
  enable_manual_linking: flag(false),
  minimum_password_length: z.number().int().min(6).default(6),
  password_requirements: z
    .enum(['', 'letters_digits', 'lower_upper_letters_digits', 'lower_upper_letters_digits_symbols'])
    .default(''),
  rate_limit: rateLimits.prefault({}),
  email: email.prefault({}),
  sms: sms.prefault({}),
  mfa: mfa.prefault({}),
  sessions: z.looseObject({ timebox: duration.optional(), inactivity_timeout: duration.optional() }).prefault({}),
  hook: hooks.prefault({}),
  captcha: z
    .looseObject({ enabled: flag(false), provider: z.enum(['hcaptcha', 'turnstile']).optional(), secret: text() })
    .optional(),
  external: z.record(z.string(), provider).default({}),
  /** Whether apps of others may have people sign in with their account here. */
  oauth_server: z
    .looseObject({
      enabled: flag(false),
      /** Page of the site that asks people whether they allow it. */
      authorization_url_path: text(),
      allow_dynamic_registration: flag(false),
    })
    .prefault({}),
})

/** What the auth service reads from config.toml; durations are milliseconds. */
export type AuthConfig = z.infer<typeof authSection>
