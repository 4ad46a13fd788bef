import { z } from 'zod'

/** Settings of the providers that are used once their key is there. Part of the schema of `readEnv`. */
export const providerVariables = {
  SENDGRID_API_KEY: z.string().startsWith('SG.', 'must start with "SG."').optional(),
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^(sk|rk)_(test|live)_\w+$/, 'must start with sk_test_, sk_live_, rk_test_ or rk_live_')
    .optional(),
  STRIPE_WEBHOOK_SECRET: z.string().startsWith('whsec_', 'must start with "whsec_"').optional(),
  /** Where Stripe's API answers, without `/v1`; the local stack names its sandbox. */
  STRIPE_API_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .default('https://api.stripe.com'),
  UNIPILE_API_KEY: z.string().optional(),
  UNIPILE_API_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  UNIPILE_WEBHOOK_SECRET: z.string().min(16, 'must have at least 16 characters').optional(),
  /** What looks for viruses in uploads; none when left out, and then no upload can be read by others. */
  VIRUS_SCANNER: z
    .enum(['clamd', 'clamav-rest', 'clamav-rest-api'], 'must be "clamd", "clamav-rest" or "clamav-rest-api"')
    .optional(),
  VIRUS_SCANNER_URL: z
    .url({ protocol: /^(tcp|https?)$/, error: 'must be a URL such as tcp://10.0.0.5:3310 or http://10.0.0.5:9000' })
    .optional(),
  /** For a proxy in front of an HTTP scanner. */
  VIRUS_SCANNER_TOKEN: z.string().optional(),
  /** Largest content that the scanner takes; clamd's own `StreamMaxLength` and `MaxFileSize` must not be smaller. */
  VIRUS_SCANNER_MAX_BYTES: z.coerce
    .number('must be a number of bytes')
    .int()
    .min(1)
    .default(100 * 1024 * 1024),
  WHATSAPP_ACCESS_TOKEN: z.string().optional(),
  WHATSAPP_PHONE_NUMBER_ID: z.string().regex(/^\d+$/, 'must be digits').optional(),
  WHATSAPP_APP_SECRET: z.string().optional(),
  WHATSAPP_VERIFY_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
}

type TextVariable = Exclude<keyof typeof providerVariables, 'VIRUS_SCANNER_MAX_BYTES'>

/** Variables that are of use only with all of the others: the first one says that the provider is used. */
const together: readonly (readonly [TextVariable, ...TextVariable[]])[] = [
  ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'],
  ['UNIPILE_API_KEY', 'UNIPILE_API_URL', 'UNIPILE_WEBHOOK_SECRET'],
  ['VIRUS_SCANNER', 'VIRUS_SCANNER_URL'],
  ['WHATSAPP_ACCESS_TOKEN', 'WHATSAPP_PHONE_NUMBER_ID', 'WHATSAPP_APP_SECRET', 'WHATSAPP_VERIFY_TOKEN'],
]

/** What providers lack, and keys that do not belong here. @param problem called for each, with what is wrong */
export function checkProviders(
  env: Readonly<Partial<Record<TextVariable, string | undefined>> & { ATRIUM_ENV: string }>,
  problem: (variable: string, message: string) => void,
): void {
  for (const [first, ...others] of together) {
    if (!env[first]) continue
    for (const other of others) if (!env[other]) problem(other, `is missing: ${first} is set`)
  }
  if (env.VIRUS_SCANNER && env.VIRUS_SCANNER_URL) {
    const wanted = env.VIRUS_SCANNER === 'clamd' ? /^tcp:/ : /^https?:/
    if (!wanted.test(env.VIRUS_SCANNER_URL)) {
      problem('VIRUS_SCANNER_URL', `must start with ${env.VIRUS_SCANNER === 'clamd' ? 'tcp://' : 'http(s)://'}`)
    }
  }
  if (env.ATRIUM_ENV === 'production' && /^(sk|rk)_test_/.test(env.STRIPE_SECRET_KEY ?? '')) {
    problem('STRIPE_SECRET_KEY', 'is a test key: production needs a live one')
  }
  if (env.ATRIUM_ENV !== 'production' && /^(sk|rk)_live_/.test(env.STRIPE_SECRET_KEY ?? '')) {
    problem('STRIPE_SECRET_KEY', `is a live key: ${env.ATRIUM_ENV} must not move real money`)
  }
}
