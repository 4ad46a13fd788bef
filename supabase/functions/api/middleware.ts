import type { z } from '@hono/zod-openapi'
import { apiCaller } from '../_shared/api/mod.ts'
import { idempotencyKeyHeader, idempotent, rateLimit } from '../_shared/http/mod.ts'
import { auditRequest, rpcIdempotencyKeys } from '../_shared/platform/mod.ts'
import { apiKeys, database, limits } from './database.ts'

/** Who may call: people with their token, and integrations with their key. */
export const callers = apiCaller(apiKeys)

/** Counts the calls of an endpoint; stands after `callers`. */
export const limited = (endpoint: string) => rateLimit({ endpoint, limits: () => limits })

/** Counts the calls of an endpoint that is for everybody. */
export const limitedByAddress = (endpoint: string) =>
  rateLimit({
    endpoint,
    limits: () => limits,
    caller: (c) => ({ address: auditRequest(c.req.raw).ipAddress }),
  })

/** Does a request with an `Idempotency-Key` once; stands after `limited`. */
export const once = idempotent({ keys: () => rpcIdempotencyKeys(database) })

/** The same for answers with a secret, which is kept nowhere. */
export const onceInSecret = idempotent({ keys: () => rpcIdempotencyKeys(database), isSecret: true })

/** Description of 429 answers. */
export const tooMany = 'A limit is reached; `retry-after` says how long to wait'

/** How callers authenticate, in the API document. */
export const security = [{ user: [] }]

/** A JSON body that must be there. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { 'application/json': { schema } },
})

/** A JSON answer. */
export const jsonAnswer = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': { schema } },
})

/** Header of every route that changes something. */
export const headers = idempotencyKeyHeader
