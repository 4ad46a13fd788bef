import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import { type AuditActor, auditRequest, type RpcClient, recordAuditEvent } from '../platform/mod.ts'
import { readEnv, runInBackground } from '../runtime/mod.ts'
import type { AppContext, AppEnv } from './app_env.ts'
import { backendClient } from './backend_client.ts'

/** Options of {@link auditFailedCalls}. */
export interface FailedCallsOptions {
  /** Writes the entries; a client with the secret key when left out. */
  client?(c: AppContext): RpcClient
  /** Milliseconds, for tests. */
  now?(): number
}

/** The same failure of the same caller is one entry in this time, for each isolate. */
const quietMs = 60_000
/** Above it the oldest are forgotten: an entry more is better than memory without end. */
const longestMemory = 5_000

/**
 * Writes an audit entry `call_failed` for each call that somebody known was answered with 4xx or 5xx: route, method, status
 * and code, nothing of what was sent. Who is not known (401) is in the log and the measurements only, so that nobody can
 * fill the audit log from outside; and a caller who fails again and again in the same way is told once a minute.
 *
 * The answer does not wait for the entry. Part of every app that `createApp` makes.
 */
export function auditFailedCalls({ client = clientOf, now = Date.now }: FailedCallsOptions = {}) {
  const told = new Map<string, number>()

  function isNews(key: string): boolean {
    const at = told.get(key)
    if (at !== undefined && now() - at < quietMs) return false
    told.delete(key)
    told.set(key, now())
    const [oldest] = told.keys()
    if (told.size > longestMemory && oldest !== undefined) told.delete(oldest)
    return true
  }

  /** Never rejects: the call was answered. */
  async function record(c: AppContext, actor: AuditActor, route: string): Promise<void> {
    try {
      await recordAuditEvent(client(c), {
        action: 'call_failed',
        organizationId: c.var.organizationId ?? null,
        objectType: 'api_requests',
        changes: { method: c.req.method, route, status: c.res.status, code: c.var.errorCode ?? null },
        actor,
        request: auditRequest(c.req.raw, c.var.requestId),
      })
    } catch (cause) {
      c.var.logger.error('failed_call_not_audited', cause)
    }
  }

  return createMiddleware<AppEnv>(async (c, next) => {
    await next()
    const { status } = c.res
    const actor = status < 400 ? undefined : actorOf(c)
    if (!actor) return
    const route = routePath(c, -1)
    if (!isNews([actor.kind, actor.id, c.req.method, route, status, c.var.errorCode].join(' '))) return
    runInBackground(record(c, actor, route))
  })
}

function actorOf(c: AppContext): AuditActor | undefined {
  const id = c.get('supabaseContext')?.userClaims?.id
  return c.get('actor') ?? (id === undefined ? undefined : { kind: 'user', id })
}

function clientOf(c: AppContext): RpcClient {
  return c.get('supabaseContext')?.supabaseAdmin ?? backendClient(readEnv())
}
