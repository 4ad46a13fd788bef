import { z } from 'zod'

/** How every key of this product begins; anything else in the header is a person's token. */
export const apiKeyPrefix = 'atr_'

/** What a key stands for. */
export const resolvedApiKeySchema = z.object({
  key_id: z.uuid(),
  service_account_id: z.uuid(),
  organization_id: z.uuid(),
  /** Permissions that the key may use, at most those of its service account. */
  scopes: z.array(z.string()),
})
export type ResolvedApiKey = z.infer<typeof resolvedApiKeySchema>

/** Finds keys. They are stored as hashes only; expired and revoked ones are not found. */
export interface ApiKeyResolver {
  /** @param hash SHA-256 of the whole key, in lower case hexadecimal digits */
  resolveApiKey(hash: string): Promise<ResolvedApiKey | null>
}

/** The hash under which a key is stored. Keys are random, so that a fast hash without salt is enough. */
export async function hashApiKey(key: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key)))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
