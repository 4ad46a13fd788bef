import { z } from 'zod'

/** How every key of this product begins; anything else in the header is a person's token. */
export const apiKeyPrefix = 'atk_'

const keyPattern = /^atk_[a-z]{2,12}_[0-9a-f]{8}_[0-9a-f]{54}$/
const checksumLength = 6

/** What a key stands for. */
export const resolvedApiKeySchema = z.object({
  key_id: z.uuid(),
  service_account_id: z.uuid(),
  organization_id: z.uuid(),
  /** Permissions that the key may use, at most those of its service account. */
  scopes: z.array(z.string()),
  /** When it stops working; null for not by itself. */
  expires_at: z.string().nullable(),
  /** Whether the key has an allow-list of networks. */
  is_address_bound: z.boolean(),
  /** Whether it may be used from where it was used. */
  is_address_admitted: z.boolean(),
})
export type ResolvedApiKey = z.infer<typeof resolvedApiKeySchema>

/** Finds keys. They are stored as hashes only; expired and revoked ones are not found. */
export interface ApiKeyResolver {
  /**
   * @param key as the caller showed it
   * @param address where the request came from, as far as it is known
   * @throws {AppError} 503 `database_unavailable`
   */
  resolveApiKey(key: string, address: string | undefined): Promise<ResolvedApiKey | null>
}

/** Whether a text is written as keys are, its checksum included: what is not needs no look into the database. */
export async function isApiKey(text: string): Promise<boolean> {
  if (!keyPattern.test(text)) return false
  const body = text.slice(0, -checksumLength)
  return (await hashApiKey(body)).slice(0, checksumLength) === text.slice(-checksumLength)
}

/** The hash under which a key is stored. Keys are random, so that a fast hash without salt is enough. */
export async function hashApiKey(key: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key)))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
