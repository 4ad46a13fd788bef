import { z } from 'zod'
import type { RpcClient } from './job_queue.ts'

/** What happened, for {@link recordAuditEvent}. */
export interface AuditEvent {
  /** Lower snake case, such as `login`, `login_failed`, `download`, `export` or `call_failed`. */
  readonly action: string
  /** Whose entry it is; null for what belongs to no organization. */
  readonly organizationId: string | null
  /** Kind of thing it was done to, lower snake case: the table where there is one. */
  readonly objectType: string
  readonly objectId?: string
  /** What else is worth knowing. No secret and no personal data: the entry stays for 24 months. */
  readonly changes?: Readonly<Record<string, unknown>>
  readonly actor?: AuditActor
  readonly request?: AuditRequest
}

/** Who did it; the backend itself when left out. */
export interface AuditActor {
  readonly kind: 'user' | 'service_account' | 'platform_admin' | 'impersonator' | 'app' | 'anonymous' | 'system'
  /** Person or service account; null for anonymous and system. */
  readonly id: string | null
}

/** Where a request came from. */
export interface AuditRequest {
  readonly ipAddress?: string | undefined
  readonly userAgent?: string | undefined
  readonly requestId?: string | undefined
}

/**
 * Writes an audit entry for what is no change of a row; changes of rows are audited by the database.
 *
 * @param client with the secret key
 * @returns id of the entry
 * @throws {Error} when the entry was not written: what must not happen unseen has to fail with it
 * @example
 * await recordAuditEvent(c.var.supabaseContext.supabaseAdmin, {
 *   action: 'download', organizationId, objectType: 'files', objectId: file.id,
 *   actor: { kind: 'user', id: person.id }, request: auditRequest(c.req.raw, c.var.requestId),
 * })
 */
export async function recordAuditEvent(client: RpcClient, event: AuditEvent): Promise<number> {
  const { data, error } = await client.rpc('record_audit_event', {
    action: event.action,
    organization_id: event.organizationId,
    object_type: event.objectType,
    object_id: event.objectId ?? null,
    changes: event.changes ?? null,
    actor_kind: event.actor?.kind ?? null,
    actor_id: event.actor?.id ?? null,
    ip_address: event.request?.ipAddress ?? null,
    user_agent: event.request?.userAgent ?? null,
    request_id: event.request?.requestId ?? null,
  })
  if (error) throw new Error(`Cannot record audit event "${event.action}": ${error.message}`)
  return z.number().int().parse(data)
}

/** Where the request that a function answers came from. @param requestId `c.var.requestId` */
export function auditRequest(request: Request, requestId?: string): AuditRequest {
  const { headers } = request
  return {
    // The hosted platform's edge sets the first; the other's first hop is what the client said, where nobody else did.
    ipAddress: headers.get('cf-connecting-ip') ?? headers.get('x-forwarded-for')?.split(',')[0]?.trim(),
    userAgent: headers.get('user-agent') ?? undefined,
    requestId,
  }
}

/**
 * Headers for a client with the secret key whose changes of rows are somebody's: audited tables then tell that person
 * and not the backend. They count with the secret key only.
 *
 * @example
 * createClient(url, secretKey, { global: { headers: actorHeaders(person.id, auditRequest(c.req.raw, c.var.requestId)) } })
 */
export function actorHeaders(userId: string, request: AuditRequest): Record<string, string> {
  return {
    'x-actor-id': userId,
    ...(request.ipAddress && { 'x-actor-ip': request.ipAddress }),
    ...(request.userAgent && { 'x-actor-user-agent': request.userAgent }),
    ...(request.requestId && { 'x-request-id': request.requestId }),
  }
}
