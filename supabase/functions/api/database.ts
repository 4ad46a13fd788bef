import { cachedApiKeys } from '../_shared/api/mod.ts'
import { openDatabase } from '../_shared/database/mod.ts'
import { rpcRateLimits } from '../_shared/platform/mod.ts'
import { readEnv, systemClock } from '../_shared/runtime/mod.ts'

/** Lives as long as the isolate: a pool for each request would be none. */
export const database = openDatabase(() => readEnv().SUPABASE_DB_URL ?? '')

/** Where calls are counted. */
export const limits = rpcRateLimits(database)

/** Finds the API keys that callers show. */
export const apiKeys = cachedApiKeys({ database, clock: systemClock })
