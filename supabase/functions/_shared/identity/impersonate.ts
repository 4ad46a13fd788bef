import { z } from '@hono/zod-openapi'
import type { SupabaseClient } from '@supabase/supabase-js'
import { AppError } from '../http/mod.ts'

/** Whom to see the product as, and why. */
export const impersonationRequestSchema = z
  .strictObject({
    user_id: z.uuid(),
    reason: z.string().trim().min(10).max(500).openapi({ example: 'Ticket 4711: cannot see the invoice' }),
  })
  .openapi('ImpersonationRequest')

/** A session that reads as somebody else. */
export const impersonationSchema = z
  .object({
    id: z.uuid(),
    user_id: z.uuid(),
    access_token: z.string().openapi({ description: 'Reads as the person; there is no refresh token' }),
    token_type: z.literal('bearer'),
    expires_at: z.iso
      .datetime({ offset: true })
      .openapi({ description: 'When the token stops working, whatever it says' }),
  })
  .openapi('Impersonation')

/** What {@link impersonate} needs. */
export interface ImpersonationDeps {
  /** A client with the admin's own token: the database asks it for right and second factor. */
  readonly asAdmin: SupabaseClient
  /** A client with the secret key. */
  readonly backend: SupabaseClient
  /** A client that keeps no session beyond this call, for the session of the person. */
  readonly visitor: SupabaseClient
}

const recordedSchema = z.tuple([z.object({ impersonation_id: z.uuid(), expires_at: z.string() })])
const sessionClaims = z.object({ session_id: z.uuid() })
const limitedClaims = z.object({ is_impersonated: z.literal(true), impersonated_session_id: z.uuid() })

/**
 * Makes a real session of a person that reads only and ends after half an hour. The database decides who may, records it
 * by the session's id, and keeps the rules.
 *
 * @param request.adminId of the token that `asAdmin` carries
 * @throws {AppError} what the database refused; 503 `impersonation_unavailable` when Auth makes no session
 */
export async function impersonate(
  { asAdmin, backend, visitor }: ImpersonationDeps,
  request: z.infer<typeof impersonationRequestSchema> & { readonly adminId: string },
): Promise<z.infer<typeof impersonationSchema>> {
  const { user_id, reason, adminId } = request
  const asked = await asAdmin.rpc('admin_request_impersonation', { user_id, reason })
  if (asked.error) throw refused(asked)
  const link = await backend.auth.admin.generateLink({ type: 'magiclink', email: z.string().parse(asked.data) })
  if (link.error) throw unavailable(link.error)
  const opened = await visitor.auth.verifyOtp({ type: 'email', token_hash: link.data.properties.hashed_token })
  if (opened.error || !opened.data.session) throw unavailable(opened.error)
  const { access_token, refresh_token } = opened.data.session
  try {
    const { session_id } = sessionClaims.parse(claimsOf(access_token))
    const recorded = await backend.rpc('record_impersonation', { session_id, admin_id: adminId, user_id, reason })
    if (recorded.error) throw refused(recorded)
    const [{ impersonation_id, expires_at }] = recordedSchema.parse(recorded.data)
    // Anew, because Auth takes the token from before the record for the person's own.
    const renewed = await visitor.auth.refreshSession({ refresh_token })
    if (renewed.error || !renewed.data.session) throw unavailable(renewed.error)
    // With the hook switched off it would end the person's sessions.
    const { success, error } = limitedClaims.safeParse(claimsOf(renewed.data.session.access_token))
    if (!success) throw unavailable(error)
    return {
      id: impersonation_id,
      user_id,
      access_token: renewed.data.session.access_token,
      token_type: 'bearer',
      expires_at,
    }
  } catch (error) {
    // A session that nothing limits must not stay behind.
    await backend.auth.admin.signOut(access_token, 'local')
    throw error
  }
}

/** Ends an impersonation, and its session. @throws {AppError} what the database refused */
export async function endImpersonation(asAdmin: SupabaseClient, id: string): Promise<void> {
  const ended = await asAdmin.rpc('admin_end_impersonation', { impersonation_id: id })
  if (ended.error) throw refused(ended)
}

/** Of a token that Auth signed a moment ago and answered to us: read, not verified. */
function claimsOf(token: string): unknown {
  return JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')))
}

function refused(answer: { status: number; error: { code: string; message: string; hint: string } }): AppError {
  const { code, message, hint } = answer.error
  // Those of Postgres and PostgREST themselves tell of our insides.
  if (!/^[a-z]+(_[a-z]+)+$/.test(code)) return unavailable(answer.error)
  return new AppError(answer.status, code, message, { ...(hint ? { hint } : {}) })
}

function unavailable(cause: unknown): AppError {
  return new AppError(503, 'impersonation_unavailable', 'Cannot impersonate: no session can be made now', {
    hint: 'Try again in a moment',
    cause,
  })
}
