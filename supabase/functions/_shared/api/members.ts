import { z } from '@hono/zod-openapi'
import { type CallerDatabase, type CallerSql, listRows } from '../database/mod.ts'
import { AppError, defineListing, type ListRequest } from '../http/mod.ts'
import type { ApiCaller } from './api_caller.ts'
import { instant } from './schemas.ts'

/** A membership on the REST face. */
export const memberSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    user_id: z.uuid().nullable().openapi({ description: 'The person; null for a service account' }),
    display_name: z.string().openapi({ description: 'Of the person or service account', example: 'Ada Okafor' }),
    avatar_path: z.string().nullable().openapi({ description: 'Path in the bucket `avatars`; null for none' }),
    service_account_id: z.uuid().nullable(),
    role: z.string().openapi({ example: 'member' }),
    custom_role_id: z.uuid().nullable().openapi({ description: "The organization's own role; null for the role's" }),
    status: z.enum(['active', 'suspended']),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('Member')

/** Body of a new membership. */
export const newMemberSchema = z
  .strictObject({ user_id: z.uuid(), role: z.string().max(60).default('member').openapi({ example: 'member' }) })
  .openapi('NewMember')

/** Body of a change of role. */
export const roleChangeSchema = z
  .strictObject({
    role: z.string().max(60).openapi({ example: 'agent' }),
    custom_role_id: z.uuid().nullable().default(null),
  })
  .openapi('RoleChange')

/** What callers may ask of the list of members. */
export const memberList = defineListing({
  item: memberSchema,
  filters: { role: ['eq', 'in'], status: ['eq'], user_id: ['eq'], service_account_id: ['eq'] },
  sorts: ['created_at', 'display_name'],
  defaultSort: 'created_at',
})

type Deps = { database: CallerDatabase }

/** One page of an organization's members. @throws {AppError} 404 `organization_not_found`, 403 `permission_missing` */
export async function listMembers(deps: Deps, caller: ApiCaller, organizationId: string, request: ListRequest) {
  const rows = await listInOrganization(deps, caller, organizationId, request, {
    relation: 'public.members',
    permission: 'members.read',
    action: 'list members',
  })
  return memberList.page(request, rows)
}

/** One page of a table's rows of one organization; refuses who lacks the permission instead of showing nothing. */
export function listInOrganization(
  deps: Deps,
  caller: ApiCaller,
  organizationId: string,
  request: ListRequest,
  list: { relation: string; permission: string; action: string },
): Promise<Record<string, unknown>[]> {
  const mine = { field: 'organization_id', operator: 'eq', value: organizationId } as const
  return deps.database.asCaller(
    caller.claims,
    async (sql) => {
      await sql`select private.require_permission(${organizationId}, ${list.permission}, ${list.action})`
      return listRows(sql, list.relation, { ...request, filters: [...request.filters, mine] })
    },
    { isReadOnly: true },
  )
}

/** Adds a person. @throws {AppError} what `add_member` answers */
export async function addMember(
  deps: Deps,
  caller: ApiCaller,
  organizationId: string,
  { user_id, role }: z.output<typeof newMemberSchema>,
) {
  return deps.database.asCaller(caller.claims, async (sql) =>
    readMember(sql, await sql`select id from public.add_member(${organizationId}, ${user_id}, ${role})`),
  )
}

/** A membership in a path: of this organization, or none. */
export interface MembershipPath {
  readonly organization_id: string
  readonly membership_id: string
}

/** Gives a member another role. @throws {AppError} what `change_member_role` answers */
export async function changeMemberRole(
  deps: Deps,
  caller: ApiCaller,
  path: MembershipPath,
  { role, custom_role_id }: z.output<typeof roleChangeSchema>,
) {
  return deps.database.asCaller(caller.claims, async (sql) => {
    await requireMembership(sql, path)
    const changed = sql`select id from public.change_member_role(${path.membership_id}, ${role}, ${custom_role_id})`
    return readMember(sql, await changed)
  })
}

/** Takes a member out, or the caller. @throws {AppError} what `remove_member` answers */
export async function removeMember(deps: Deps, caller: ApiCaller, path: MembershipPath): Promise<void> {
  await deps.database.asCaller(caller.claims, async (sql) => {
    await requireMembership(sql, path)
    await sql`select public.remove_member(${path.membership_id})`
  })
}

/** A membership that an RPC answered, with the name of whose it is. */
async function readMember(sql: CallerSql, [changed]: readonly Record<string, unknown>[]) {
  const [row] = await sql`select * from public.members where id = ${String(changed?.id)}`
  return memberSchema.parse(row)
}

async function requireMembership(sql: CallerSql, { organization_id, membership_id }: MembershipPath): Promise<void> {
  const [row] = await sql`
    select id from public.memberships where id = ${membership_id} and organization_id = ${organization_id}`
  if (!row) throw new AppError(404, 'member_not_found', 'Cannot find member: no such member of the organization')
}
