import { z } from 'zod'

/** Addresses of nodes by chain id, in the order in which they are asked. */
function readRpcUrls(text: string): ReadonlyMap<number, readonly string[]> {
  const byChain = new Map<number, string[]>()
  for (const part of text.split(',')) {
    const [, chain = '', url = ''] = /^\s*(\d+)=(\S+)$/.exec(part) ?? []
    byChain.set(Number(chain), [...(byChain.get(Number(chain)) ?? []), url])
  }
  return byChain
}

/** Settings of the providers that are used once their key is there. Part of the schema of `readEnv`. */
export const providerVariables = {
  /** JSON-RPC addresses by chain id, `1=https://a,1=https://b,137=https://c`: a second one takes over when the first fails. */
  ETHEREUM_RPC_URLS: z
    .string()
    .regex(
      /^\d{1,12}=https?:\/\/[^\s,]+(,\s*\d{1,12}=https?:\/\/[^\s,]+)*$/,
      'must list addresses such as 137=https://node',
    )
    .transform(readRpcUrls)
    .optional(),
  RAZORPAY_API_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .default('https://api.razorpay.com'),
  RAZORPAY_KEY_ID: z
    .string()
    .regex(/^rzp_(test|live)_\w+$/, 'must start with rzp_test_ or rzp_live_')
    .optional(),
  RAZORPAY_KEY_SECRET: z.string().optional(),
  /** The secret of the webhook, not of the key; two divided by `|` while one is replaced by the other. */
  RAZORPAY_WEBHOOK_SECRET: z.string().min(16, 'must have at least 16 characters').optional(),
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

type TextVariable = Exclude<keyof typeof providerVariables, 'VIRUS_SCANNER_MAX_BYTES' | 'ETHEREUM_RPC_URLS'>

/** Variables that are of use only with all of the others: the first one says that the provider is used. */
const together: readonly (readonly [TextVariable, ...TextVariable[]])[] = [
  ['RAZORPAY_KEY_ID', 'RAZORPAY_KEY_SECRET', 'RAZORPAY_WEBHOOK_SECRET'],
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
  if (env.ATRIUM_ENV === 'production' && env.RAZORPAY_KEY_ID?.startsWith('rzp_test_')) {
    problem('RAZORPAY_KEY_ID', 'is a test key: production needs a live one')
  }
  if (env.ATRIUM_ENV !== 'production' && env.RAZORPAY_KEY_ID?.startsWith('rzp_live_')) {
    problem('RAZORPAY_KEY_ID', `is a live key: ${env.ATRIUM_ENV} must not move real money`)
  }
  if (env.ATRIUM_ENV === 'production' && /^(sk|rk)_test_/.test(env.STRIPE_SECRET_KEY ?? '')) {
    problem('STRIPE_SECRET_KEY', 'is a test key: production needs a live one')
  }
  if (env.ATRIUM_ENV !== 'production' && /^(sk|rk)_live_/.test(env.STRIPE_SECRET_KEY ?? '')) {
    problem('STRIPE_SECRET_KEY', `is a live key: ${env.ATRIUM_ENV} must not move real money`)
  }
}
