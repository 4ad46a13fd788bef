import { createHmac, randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { StackError } from './stack_error.ts'
import { createKeys, type StackKeys } from './tokens.ts'

const keysSchema = z.object({
  publishableKey: z.string(),
  secretKey: z.string(),
  anonKey: z.string(),
  serviceRoleKey: z.string(),
  signingKey: z.object({ kty: z.string(), kid: z.string() }).catchall(z.string()),
  jwtSecret: z.string(),
})
const secretsSchema = z.object({ keys: keysSchema, sendEmailHookSecret: z.string() })

/** What a stack keeps secret: made at its first boot, readable by its owner only. */
export interface StackSecrets {
  readonly keys: StackKeys
  /** Standard Webhooks secret (`v1,whsec_…`) between Auth and the auth-hooks function. */
  readonly sendEmailHookSecret: string
}

/** Makes secrets that were never used before. */
export async function createSecrets(): Promise<StackSecrets> {
  return { keys: await createKeys(), sendEmailHookSecret: `v1,whsec_${randomBytes(32).toString('base64')}` }
}

/** Standard Webhooks secret of callers of `/webhooks/standard`: made of another one, so that older folders have it too. */
export function webhookSecret({ keys }: StackSecrets): string {
  return `whsec_${createHmac('sha256', keys.jwtSecret).update('webhooks').digest('base64')}`
}

/** Signs the webhooks that the sandbox's Stripe sends to this stack. */
export function stripeWebhookSecret({ keys }: StackSecrets): string {
  return `whsec_${createHmac('sha256', keys.jwtSecret).update('stripe').digest('hex')}`
}

/** A secret for one purpose, made of another one, in hex. */
export function derivedSecret({ keys }: StackSecrets, purpose: string): string {
  return createHmac('sha256', keys.jwtSecret).update(purpose).digest('hex')
}

/**
 * Reads the secrets of a data folder, making them when it has none.
 *
 * @throws {StackError} `secrets_unreadable`
 */
export async function loadSecrets(dataFolder: string): Promise<StackSecrets> {
  const file = join(dataFolder, 'secrets.json')
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text !== null) {
    try {
      return secretsSchema.parse(JSON.parse(text))
    } catch (cause) {
      throw new StackError('secrets_unreadable', `${file} cannot be read`, {
        hint: 'Remove it to get new keys (clients must then use the new ones), or run "npm run db:reset"',
        cause,
      })
    }
  }
  const secrets = await createSecrets()
  await mkdir(dataFolder, { recursive: true })
  // Renamed into place, so that a crash cannot leave half a file.
  await writeFile(`${file}.new`, JSON.stringify(secrets, null, 2), { mode: 0o600 })
  await rename(`${file}.new`, file)
  return secrets
}
