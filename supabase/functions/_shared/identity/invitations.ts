import { type ApiCaller, listInOrganization, requireScope } from '../api/mod.ts'
import type { CallerDatabase, CallerSql } from '../database/mod.ts'
import { AppError, defineListing, type ListRequest } from '../http/mod.ts'
import { acceptedSchema, invitationSchema, inviteAnswerSchema } from './invitation_schemas.ts'

/** What invitations on the REST face need. */
export interface InvitationDeps {
  readonly database: CallerDatabase
  readonly caller: ApiCaller
}

/** What callers may ask of the list of invitations. */
export const invitationList = defineListing({
  item: invitationSchema,
  filters: {
    status: ['eq', 'in'],
    kind: ['eq'],
    role: ['eq', 'in'],
    email: ['eq'],
    binding_kind: ['eq', 'in'],
    created_at: ['gte', 'lt'],
    expires_at: ['gte', 'lt'],
  },
  sorts: ['created_at', 'expires_at', 'email'],
  defaultSort: '-created_at',
})

/**
 * Invites people by mail.
 *
 * @param invitations rows as `create_invitations` takes them
 * @returns what became of each row
 * @throws {AppError} what the database's rules refused
 */
export async function invitePeople(deps: InvitationDeps, organizationId: string, invitations: readonly object[]) {
  const rows = await asManager(deps, async (sql) => [
    ...(await sql`
      select * from public.create_invitations(${organizationId}, ${JSON.stringify(invitations)}::text::jsonb)`),
  ])
  const invited_count = rows.filter(({ invitation_id }) => invitation_id !== null).length
  return inviteAnswerSchema.parse({ invited_count, results: rows })
}

/** One page of an organization's invitations. @throws {AppError} 404 or 403 for who may not see them */
export async function listInvitations(deps: InvitationDeps, organizationId: string, request: ListRequest) {
  requireScope(deps.caller, 'invitations.read')
  const rows = await listInOrganization(deps, deps.caller, organizationId, request, {
    relation: 'public.invitations',
    permission: 'invitations.read',
    action: 'list invitations',
  })
  return invitationList.page(request, rows)
}

/** Takes an invitation back. @throws {AppError} 404, 409 `invitation_not_pending` */
export function revokeInvitation(deps: InvitationDeps, organizationId: string, invitationId: string) {
  return asManager(deps, async (sql) => {
    await requireInvitation(sql, organizationId, invitationId)
    return readInvitation(await sql`select * from public.revoke_invitation(${invitationId})`)
  })
}

/** Sends an invitation again with a new link. @throws {AppError} 404, 409, 429 `invitation_sent_recently` */
export function resendInvitation(deps: InvitationDeps, organizationId: string, invitationId: string) {
  return asManager(deps, async (sql) => {
    await requireInvitation(sql, organizationId, invitationId)
    return readInvitation(await sql`select * from public.resend_invitation(${invitationId})`)
  })
}

/** Makes the caller a member as an invitation says. @throws {AppError} 404, 403 `invitation_for_another_address`, 409 */
export async function acceptInvitation({ database, caller }: InvitationDeps, token: string) {
  const rows = await database.asCaller(caller.claims, (sql) => sql`select * from public.accept_invitation(${token})`)
  return acceptedSchema.parse(rows[0])
}

function asManager<T>({ database, caller }: InvitationDeps, work: (sql: CallerSql) => Promise<T>): Promise<T> {
  requireScope(caller, 'members.manage')
  return database.asCaller(caller.claims, work)
}

/** An invitation is addressed below its organization: elsewhere there is none. */
async function requireInvitation(sql: CallerSql, organizationId: string, invitationId: string): Promise<void> {
  await sql`select private.require_permission(${organizationId}, 'invitations.read', 'find the invitation')`
  const [found] = await sql`
    select id from public.invitations where id = ${invitationId} and organization_id = ${organizationId}`
  if (!found) throw new AppError(404, 'invitation_not_found', 'The organization has no such invitation')
}

const readInvitation = (rows: readonly unknown[]) => invitationSchema.parse(rows[0])
