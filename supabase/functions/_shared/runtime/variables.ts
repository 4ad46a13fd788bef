/** Who reads a variable. */
export type Reader =
  /** The functions, through `readEnv`; hosted as `supabase secrets set`. */
  | 'functions'
  /** Supabase Auth, through `env(...)` of config.toml; hosted by `supabase config push` or in the dashboard. */
  | 'auth'
  /** The Supabase CLI, which puts it into Vault through `env(...)` of config.toml. */
  | 'vault'
  /** `npm start` and the tests on this machine. */
  | 'local'

/** One variable of the environment. */
export interface Variable {
  readonly name: string
  readonly readers: readonly Reader[]
  /** When an installation needs it, as words for people. */
  readonly needed: 'hosted' | 'for the provider' | 'no'
  readonly isSecret: boolean
}

/** Variables that belong together, and what they are for. */
export interface VariableGroup {
  readonly title: string
  readonly about: string
  readonly variables: readonly Variable[]
}

const group = (title: string, about: string, ...variables: readonly Variable[]): VariableGroup => ({
  title,
  about,
  variables,
})
const setting = (name: string, needed: Variable['needed'] = 'no', ...readers: readonly Reader[]): Variable => ({
  name,
  readers: readers.length > 0 ? readers : ['functions'],
  needed,
  isSecret: false,
})
const secret = (...parameters: Parameters<typeof setting>): Variable => ({ ...setting(...parameters), isSecret: true })
/** What a provider needs once it is used. */
const key = (name: string) => secret(name, 'for the provider')
const name = (text: string) => setting(text, 'for the provider')

/**
 * Every variable that somebody may set. `.env.example` and docs/configuration.md are written from it
 * (`npm run docs:env`); `npm run doctor` tells which are missing.
 */
export const variableGroups: readonly VariableGroup[] = [
  group(
    'Installation',
    'Which kind this is (development, staging or production), and a version such as a commit for error reports.',
    setting('ATRIUM_ENV', 'hosted'),
    setting('ATRIUM_RELEASE'),
  ),
  group(
    'Addresses',
    "Where clients reach the API, for links and signatures (empty: the stack's own address), and the origins of web pages " +
      'that may call functions from a browser, divided by commas (empty: every page in development, none elsewhere).',
    setting('PUBLIC_URL'),
    setting('CORS_ALLOWED_ORIGINS'),
  ),
  group(
    'Local stack',
    'Ports and data (the flags --port-base and --data-dir win), and another Postgres for `npm test`, `npm run db:verify` ' +
      'and `npm run db:seed` (connection URL of a superuser). The page of a frontend under development that asks people what ' +
      "an app may do (empty: the stack's own).",
    setting('ATRIUM_PORT_BASE', 'no', 'local'),
    setting('ATRIUM_DATA_DIR', 'no', 'local'),
    setting('ATRIUM_CONSENT_URL', 'no', 'local'),
    secret('DATABASE_URL', 'no', 'local'),
  ),
  group(
    'Schedule',
    'Address of the functions and the key named `worker`, with which the schedule calls them. The Supabase CLI reads them ' +
      'from its own environment and puts them into Vault; the local stack fills in its own.',
    setting('VAULT_FUNCTIONS_URL', 'no', 'vault'),
    secret('VAULT_WORKER_KEY', 'no', 'vault'),
  ),
  group(
    'Auth hooks',
    'Shared secret of Supabase Auth and the auth-hooks function: v1,whsec_ and 32 or more bytes in base64.',
    secret('SEND_EMAIL_HOOK_SECRET', 'hosted', 'functions', 'auth'),
  ),
  group(
    'Webhooks',
    'Shared secret of those who call /functions/v1/webhooks/standard: whsec_ and 32 or more bytes in base64. Two divided by ' +
      '| while one is replaced by the other.',
    key('WEBHOOK_SECRET'),
  ),
  group(
    'Mail',
    'Provider (smtp or postmark), sender as `Name <address>`, and access. Hosted functions cannot reach ports 25 and 587: ' +
      'use 465 with SMTP_SECURE=true, or 2525.',
    setting('MAIL_PROVIDER', 'hosted'),
    setting('MAIL_FROM', 'hosted'),
    name('SMTP_HOST'),
    name('SMTP_PORT'),
    name('SMTP_SECURE'),
    name('SMTP_USER'),
    key('SMTP_PASSWORD'),
    key('POSTMARK_SERVER_TOKEN'),
    name('POSTMARK_MESSAGE_STREAM'),
    name('POSTMARK_API_URL'),
    key('SENDGRID_API_KEY'),
  ),
  group(
    'Payments: Stripe',
    'Secret or restricted key, and the signing secret of the webhook endpoint. STRIPE_API_URL is another address that ' +
      "answers like Stripe (empty: Stripe's own); the local stack names its sandbox.",
    key('STRIPE_SECRET_KEY'),
    key('STRIPE_WEBHOOK_SECRET'),
    setting('STRIPE_API_URL'),
  ),
  group(
    'Payments: Razorpay',
    'Id and secret of the key, and the secret of the webhook (two divided by | while one is replaced by the other). ' +
      "RAZORPAY_API_URL is another address that answers like Razorpay (empty: Razorpay's own).",
    name('RAZORPAY_KEY_ID'),
    key('RAZORPAY_KEY_SECRET'),
    key('RAZORPAY_WEBHOOK_SECRET'),
    name('RAZORPAY_API_URL'),
  ),
  group(
    'Payments: on-chain',
    'JSON-RPC addresses of nodes by chain id, divided by commas, at best two of different operators for each chain: ' +
      '137=https://node-a.example/key,137=https://node-b.example/key.',
    key('ETHEREUM_RPC_URLS'),
  ),
  group(
    'LinkedIn: Unipile',
    'API key, address of the account (https://api1.unipile.com:13111) and the secret that its webhooks carry.',
    key('UNIPILE_API_KEY'),
    name('UNIPILE_API_URL'),
    key('UNIPILE_WEBHOOK_SECRET'),
  ),
  group(
    'WhatsApp',
    'System-user token and id of the sending number; for webhooks the app secret and the token of the handshake.',
    key('WHATSAPP_ACCESS_TOKEN'),
    name('WHATSAPP_PHONE_NUMBER_ID'),
    key('WHATSAPP_APP_SECRET'),
    key('WHATSAPP_VERIFY_TOKEN'),
  ),
  group(
    'Virus scanner',
    'What looks at uploads before anybody else may read them: clamd (tcp://host:3310), clamav-rest (ajilaach) or ' +
      'clamav-rest-api (benzino77) with http(s)://host:port, a bearer token of a proxy in front of those two, and the ' +
      'largest content that it takes, in bytes (104857600). The local stack names its sandbox.',
    name('VIRUS_SCANNER'),
    name('VIRUS_SCANNER_URL'),
    key('VIRUS_SCANNER_TOKEN'),
    name('VIRUS_SCANNER_MAX_BYTES'),
  ),
  group(
    'Errors and alerts',
    'A Sentry project and which part of all requests is traced (0.1); incoming webhooks of Slack and Teams and an address ' +
      'for critical alerts, beside the log. The local stack names its sandbox.',
    name('SENTRY_DSN'),
    name('SENTRY_TRACES_SAMPLE_RATE'),
    key('ALERT_SLACK_WEBHOOK_URL'),
    key('ALERT_TEAMS_WEBHOOK_URL'),
    name('ALERT_MAIL_TO'),
  ),
  group(
    'Sign-in providers',
    'OAuth applications; config.toml refers to them.',
    ...['LINKEDIN', 'GOOGLE', 'GITHUB', 'APPLE'].flatMap((provider) => [
      setting(`${provider}_CLIENT_ID`, 'for the provider', 'auth'),
      secret(`${provider}_CLIENT_SECRET`, 'for the provider', 'auth'),
    ]),
  ),
  group(
    'Codes by SMS: Twilio',
    'TWILIO_API_URL is another address that answers like Twilio; the local stack names its sandbox.',
    setting('TWILIO_ACCOUNT_SID', 'for the provider', 'auth'),
    setting('TWILIO_MESSAGE_SERVICE_SID', 'for the provider', 'auth'),
    secret('TWILIO_AUTH_TOKEN', 'for the provider', 'auth'),
    setting('TWILIO_API_URL', 'no', 'local'),
  ),
  group(
    'Outgoing requests',
    'Development only: host:port, divided by commas, of doubles that outgoing webhooks and other URLs given by users may ' +
      'name although they are not on the open internet. The local stack names its sandbox.',
    setting('OUTGOING_ALLOWED_HOSTS'),
  ),
]

/** Variables that the platform itself gives to functions; nobody sets them, and the names are reserved when hosted. */
export const platformVariables: readonly string[] = [
  'SUPABASE_URL',
  'SUPABASE_DB_URL',
  'SUPABASE_PUBLISHABLE_KEYS',
  'SUPABASE_SECRET_KEYS',
  'SUPABASE_ANON_KEY',
  'SUPABASE_SERVICE_ROLE_KEY',
]

/** Names that the systems before this one read, and what stands for them here. */
export const replacedVariables: Readonly<Record<string, string>> = {
  REDIS_URL: 'there is no Redis: counters, caches and queues are in Postgres',
  UPLOAD_PATH: 'files are in Supabase Storage; see [storage.buckets] of config.toml',
  ENVIRONMENT: 'set ATRIUM_ENV',
  PORT: 'the platform decides; locally set ATRIUM_PORT_BASE',
  DB_HOST: 'the platform gives SUPABASE_DB_URL',
  DB_PORT: 'the platform gives SUPABASE_DB_URL',
  DB_USER: 'the platform gives SUPABASE_DB_URL',
  DB_PASSWORD: 'the platform gives SUPABASE_DB_URL',
  DB_NAME: 'the platform gives SUPABASE_DB_URL',
}
