import { z } from 'zod'
import type { CallerDatabase } from '../database/mod.ts'
import { AppError } from '../http/mod.ts'
import type { Clock } from '../runtime/mod.ts'
import { type ApiKeyResolver, hashApiKey, isApiKey, type ResolvedApiKey, resolvedApiKeySchema } from './api_key.ts'

/** How long a key is remembered at most. */
const longestMs = 60 * 60_000
/** How long nobody asks whether remembered keys still work. A revoked key is to be dead in 5 seconds. */
const trustMs = 3_000
const mostKeys = 1_000

const liveKeysSchema = z
  .array(z.object({ key_id: z.uuid() }))
  .transform((rows) => new Set(rows.map((row) => row.key_id)))

interface Remembered {
  readonly key: ResolvedApiKey
  readonly until: number
}

/**
 * Finds API keys in the database and remembers them as long as the isolate lives, an hour at most. Instead of one query
 * for each request there is one every three seconds while keys are used: it asks of all remembered keys together which
 * still work, and tells which were used. So a revoked key, and one of a disabled service account, ends within 5 seconds.
 *
 * Only hashes of keys are remembered.
 */
export function cachedApiKeys(deps: { database: Pick<CallerDatabase, 'rpc'>; clock: Clock }): ApiKeyResolver {
  const now = () => deps.clock.now().getTime()
  const remembered = new Map<string, Remembered>()
  const used = new Set<string>()
  let checkedAt = Number.NEGATIVE_INFINITY
  let checking: Promise<void> | undefined

  async function rpc(name: string, parameters: object): Promise<unknown> {
    const { data, error } = await deps.database.rpc(name, parameters)
    if (!error) return data
    throw new AppError(503, 'database_unavailable', 'The database cannot be reached', {
      cause: new Error(`Cannot call ${name}: ${error.message}`),
      headers: { 'retry-after': '1' },
    })
  }

  async function check(): Promise<void> {
    const startedAt = now()
    const asked = new Set([...remembered.values()].map(({ key }) => key.key_id))
    const data = await rpc('refresh_api_keys', { key_ids: [...asked], used_ids: [...used] })
    const live = liveKeysSchema.parse(data)
    for (const [place, { key }] of remembered) {
      if (asked.has(key.key_id) && !live.has(key.key_id)) remembered.delete(place)
    }
    used.clear()
    checkedAt = startedAt
  }

  return {
    async resolveApiKey(text, address) {
      if (!(await isApiKey(text))) return null
      const hash = await hashApiKey(text)
      const places = { anywhere: hash, here: `${hash} ${address ?? ''}` }
      const found = () => remembered.get(places.anywhere) ?? remembered.get(places.here)
      const first = found()
      if (first && first.until > now()) {
        used.add(first.key.key_id)
        if (now() - checkedAt >= trustMs) {
          checking ??= check().finally(() => {
            checking = undefined
          })
          await checking
        }
        return found()?.key ?? null
      }
      const [key] = z
        .array(resolvedApiKeySchema)
        .parse(await rpc('resolve_api_key', { hash, address: address ?? null }))
      if (!key) return null
      if (key.is_address_admitted) {
        const [oldest] = remembered.keys()
        if (remembered.size >= mostKeys && oldest !== undefined) remembered.delete(oldest)
        const until = Math.min(now() + longestMs, key.expires_at === null ? Infinity : Date.parse(key.expires_at))
        remembered.set(key.is_address_bound ? places.here : places.anywhere, { key, until })
      }
      return key
    },
  }
}
