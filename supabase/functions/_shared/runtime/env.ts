import process from 'node:process'
import { z } from 'zod'
import { isFunction } from './background.ts'
import { checkProviders, providerVariables } from './provider_variables.ts'

/** Settings that are missing or wrong; the message names each variable and what it must be. */
export class ConfigurationError extends Error {
  /** Names of the variables, in the order of the message. */
  readonly variables: readonly string[]
  constructor(problems: readonly { variable: string; message: string }[]) {
    const lines = problems.map(({ variable, message }) => `- ${variable} ${message}`)
    super(`Configuration is not valid:\n${lines.join('\n')}`)
    this.name = 'ConfigurationError'
    this.variables = problems.map(({ variable }) => variable)
  }
}

const keys = z
  .string()
  .transform((text, context) => {
    try {
      return z.record(z.string(), z.string()).parse(JSON.parse(text))
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a JSON object of key names and keys' })
      return z.NEVER
    }
  })
  .default({})

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })
/** Origins of web pages divided by commas, or `*`. */
const origins = z.string().transform((text, context) =>
  text.split(',').flatMap((part) => {
    const origin = part.trim().replace(/\/+$/, '')
    const isOrigin = /^https?:[^*]+$/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin
    if (origin === '*' || isOrigin) return [origin]
    if (origin !== '')
      context.addIssue({ code: 'custom', message: 'must list origins such as "https://app.example.com"' })
    return []
  }),
)
const port = z.coerce.number('must be a port number').int().min(1).max(65535)

const hosts = z
  .string()
  .regex(/^[^\s,:/]+:\d{1,5}(,[^\s,:/]+:\d{1,5})*$/, 'must be a list of host:port, divided by commas')
  .transform((text) => text.split(','))
  .default([])

const webhookSecrets = z
  .string()
  .regex(/^(v1,)?whsec_[\w+/=-]+(\|(v1,)?whsec_[\w+/=-]+)*$/, 'must look like "v1,whsec_<base64>"')

/** Ports that hosted functions cannot reach. */
const blockedPorts = [25, 587]

const schema = z
  .object({
    /** Which kind of installation this is. */
    ATRIUM_ENV: z.enum(['development', 'staging', 'production'], 'must be "development", "staging" or "production"'),
    SUPABASE_URL: httpUrl,
    /** Where clients reach the API; `SUPABASE_URL` unless that is an internal address. */
    PUBLIC_URL: httpUrl.optional(),
    /** Web pages that may call functions from a browser. Empty: all in development, none elsewhere. */
    CORS_ALLOWED_ORIGINS: origins.optional(),
    SUPABASE_DB_URL: z.string().optional(),
    SUPABASE_PUBLISHABLE_KEYS: keys,
    SUPABASE_SECRET_KEYS: keys,
    SUPABASE_ANON_KEY: z.string().optional(),
    SUPABASE_SERVICE_ROLE_KEY: z.string().optional(),
    MAIL_PROVIDER: z.enum(['smtp', 'postmark'], 'must be "smtp" or "postmark"').optional(),
    /** Sender of all mail, as `Name <address>`. */
    MAIL_FROM: z
      .string()
      .regex(/^([^<>\r\n]+<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/, 'must be an address or "Name <address>"')
      .optional(),
    SMTP_HOST: z.string().default('127.0.0.1'),
    SMTP_PORT: port.default(54325),
    /** TLS from the first byte, as on port 465; otherwise STARTTLS where the server offers it. */
    SMTP_SECURE: z.stringbool('must be "true" or "false"').default(false),
    SMTP_USER: z.string().optional(),
    SMTP_PASSWORD: z.string().optional(),
    POSTMARK_SERVER_TOKEN: z.string().optional(),
    POSTMARK_MESSAGE_STREAM: z.string().default('outbound'),
    POSTMARK_API_URL: httpUrl.default('https://api.postmarkapp.com'),
    /** Version that runs, such as a commit; for error reports. */
    ATRIUM_RELEASE: z.string().max(200).optional(),
    /** Where errors and traces are reported to; nowhere when left out. */
    SENTRY_DSN: httpUrl.optional(),
    /** Part of all requests whose trace is sent. */
    SENTRY_TRACES_SAMPLE_RATE: z.coerce.number('must be a number from 0 to 1').min(0).max(1).default(0.1),
    /** Incoming webhook of the Slack channel that alerts go to. */
    ALERT_SLACK_WEBHOOK_URL: httpUrl.optional(),
    /** Webhook of the Teams workflow that posts alerts. */
    ALERT_TEAMS_WEBHOOK_URL: httpUrl.optional(),
    /** Who gets critical alerts by mail. */
    ALERT_MAIL_TO: z.email('must be an address').optional(),
    ...providerVariables,
    /** `host:port` of doubles that URLs given by users may name; only in development. */
    OUTGOING_ALLOWED_HOSTS: hosts,
    /** One or more `v1,whsec_...`, divided by `|`: Auth's, for its hooks. */
    SEND_EMAIL_HOOK_SECRET: webhookSecrets.optional(),
    /** The same, for callers of `/webhooks/standard`. */
    WEBHOOK_SECRET: webhookSecrets.optional(),
  })
  .superRefine((env, context) => {
    const problem = (variable: string, message: string) =>
      context.addIssue({ code: 'custom', path: [variable], message })
    const isHosted = env.ATRIUM_ENV !== 'development'
    // TLS ends at the gateway in front; an address without it would send tokens and links in the clear.
    for (const variable of ['SUPABASE_URL', 'PUBLIC_URL'] as const) {
      if (isHosted && env[variable]?.startsWith('http:'))
        problem(variable, `must start with https in ${env.ATRIUM_ENV}`)
    }
    if (isHosted && env.CORS_ALLOWED_ORIGINS?.includes('*')) {
      problem('CORS_ALLOWED_ORIGINS', `cannot be "*" in ${env.ATRIUM_ENV}: name the origins of your pages`)
    }
    if (isHosted && !env.MAIL_PROVIDER)
      problem('MAIL_PROVIDER', `is missing: ${env.ATRIUM_ENV} needs a way to send mail`)
    if (isHosted && !env.MAIL_FROM) problem('MAIL_FROM', `is missing: ${env.ATRIUM_ENV} needs a sender address`)
    if (isHosted && !env.SEND_EMAIL_HOOK_SECRET) {
      problem('SEND_EMAIL_HOOK_SECRET', 'is missing: Auth signs its hook calls with it')
    }
    if (isHosted && env.OUTGOING_ALLOWED_HOSTS.length > 0) {
      problem('OUTGOING_ALLOWED_HOSTS', `must be empty in ${env.ATRIUM_ENV}: it opens addresses inside our own network`)
    }
    if (env.MAIL_PROVIDER === 'postmark' && !env.POSTMARK_SERVER_TOKEN) {
      problem('POSTMARK_SERVER_TOKEN', 'is missing: MAIL_PROVIDER is "postmark"')
    }
    checkProviders(env, problem)
    if (env.SMTP_USER && !env.SMTP_PASSWORD) problem('SMTP_PASSWORD', 'is missing: SMTP_USER is set')
    if (isHosted && env.MAIL_PROVIDER === 'smtp' && blockedPorts.includes(env.SMTP_PORT)) {
      problem('SMTP_PORT', `cannot be ${env.SMTP_PORT}: hosted functions cannot reach it, use 465 or 2525`)
    }
    if (Object.keys(env.SUPABASE_SECRET_KEYS).length === 0 && !env.SUPABASE_SERVICE_ROLE_KEY) {
      problem('SUPABASE_SECRET_KEYS', 'is missing: the platform sets it; a self-hosted one SUPABASE_SERVICE_ROLE_KEY')
    }
  })
  .transform((env) => ({
    ...env,
    PUBLIC_URL: (env.PUBLIC_URL ?? env.SUPABASE_URL).replace(/\/+$/, ''),
    CORS_ALLOWED_ORIGINS: env.CORS_ALLOWED_ORIGINS ?? (env.ATRIUM_ENV === 'development' ? ['*'] : []),
    MAIL_PROVIDER: env.MAIL_PROVIDER ?? 'smtp',
    MAIL_FROM: env.MAIL_FROM ?? 'Atrium <no-reply@atrium.test>',
  }))

/** Names of the variables that {@link readEnv} knows. */
export const envVariables: readonly string[] = Object.keys(schema.in.shape)

/** The settings of the backend, checked. */
export type Env = z.output<typeof schema>

type Variables = Readonly<Record<string, string | undefined>>

/** The settings of this isolate, whose environment never changes. Checking them takes about half a millisecond. */
let isolateEnv: Env | undefined

/**
 * Reads and checks the settings. Called where they are used and once when the stack starts, so that a wrong value is
 * told before the first request meets it. A function keeps its own once they were valid.
 *
 * @param source variables by name; an empty one counts as missing. Those of the process when left out
 * @throws {ConfigurationError} naming every variable that is missing or wrong
 */
export function readEnv(source?: Variables): Env {
  if (source || !isFunction) return parseEnv(source ?? process.env)
  isolateEnv ??= parseEnv(process.env)
  return isolateEnv
}

function parseEnv(source: Variables): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''))
  // Only a stack on this machine may leave it out: a hosted one must never run with development settings by accident.
  const defaults = isLoopback(given.SUPABASE_URL) ? { ATRIUM_ENV: 'development' } : {}
  const parsed = schema.safeParse({ ...defaults, ...given })
  if (parsed.success) return parsed.data
  throw new ConfigurationError(
    parsed.error.issues.map((issue) => {
      const variable = String(issue.path[0])
      return {
        variable,
        message: given[variable] === undefined && issue.code !== 'custom' ? 'is missing' : issue.message,
      }
    }),
  )
}

function isLoopback(url: string | undefined): boolean {
  if (!url || !URL.canParse(url)) return false
  // `kong` is the gateway of `supabase start` as its functions see it.
  return ['127.0.0.1', 'localhost', '[::1]', 'kong', 'host.docker.internal'].includes(new URL(url).hostname)
}
