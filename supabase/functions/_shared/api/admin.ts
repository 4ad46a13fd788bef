import { z } from '@hono/zod-openapi'
import type { CallerDatabase, CallerSql } from '../database/mod.ts'
import type { ApiCaller } from './api_caller.ts'
import { organizationSchema } from './schemas.ts'

const instant = z.iso.datetime({ offset: true })
const accountState = z.enum(['active', 'pending', 'unconfirmed', 'banned'])

/** A person as platform admins see them. */
export const adminPersonSchema = z
  .object({
    id: z.uuid(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    display_name: z.string(),
    state: accountState.openapi({ description: 'What the account may do' }),
    banned_until: instant.nullable(),
    is_platform_admin: z.boolean(),
    organization_count: z.number().int(),
    last_sign_in_at: instant.nullable(),
    created_at: instant,
  })
  .openapi('AdminPerson')

/** The same with memberships. */
export const adminPersonDetailSchema = adminPersonSchema
  .extend({
    session_count: z.number().int(),
    factor_count: z.number().int().openapi({ description: 'Second factors in use' }),
    memberships: z.array(
      z.object({
        membership_id: z.uuid(),
        organization_id: z.uuid(),
        name: z.string(),
        kind: organizationSchema.shape.kind,
        role: z.string(),
        status: z.enum(['active', 'suspended']),
      }),
    ),
  })
  .openapi('AdminPersonDetail')

const page = {
  search: z.string().max(320).optional().openapi({ description: 'An id, or part of a name or address' }),
  cursor: z.uuid().optional().openapi({ description: '`next_cursor` of the page before' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
}

/** What may be asked of the list of people. */
export const adminPeopleQuerySchema = z.strictObject({ ...page, state: accountState.optional() })

/** What may be asked of the list of organizations. */
export const adminOrganizationsQuerySchema = z.strictObject({
  ...page,
  kind: organizationSchema.shape.kind.optional(),
  status: organizationSchema.shape.status.optional(),
})

const nextCursor = z.uuid().nullable().openapi({ description: 'For the next page; null on the last one' })
/** A page of people. */
export const adminPeopleSchema = z.object({ data: z.array(adminPersonSchema), next_cursor: nextCursor })
/** A page of organizations. */
export const adminOrganizationsSchema = z.object({ data: z.array(organizationSchema), next_cursor: nextCursor })

const reason = z.string().trim().min(10).max(500).openapi({ description: 'Goes into the audit log' })

/** Why somebody is kept out, and how long. */
export const banSchema = z
  .strictObject({ reason, banned_until: instant.nullish().openapi({ description: 'Left out: for good' }) })
  .openapi('Ban')

/** The role that a person shall have in an organization. */
export const adminMembershipRequestSchema = z
  .strictObject({ reason, role: z.string().max(60).nullable().openapi({ description: 'Null takes the person out' }) })
  .openapi('AdminMembershipRequest')

/** A membership; all null where there was none to end. */
export const adminMembershipSchema = z
  .object({
    id: z.uuid().nullable(),
    organization_id: z.uuid().nullable(),
    user_id: z.uuid().nullable(),
    role: z.string().nullable(),
  })
  .openapi('AdminMembership')

interface Deps {
  readonly database: CallerDatabase
}
type Work = (sql: CallerSql) => Promise<readonly Record<string, unknown>[]>

// Thin over the RPCs: the database asks for right and second factor and writes the audit log, of reads too.
const run = ({ database }: Deps, caller: ApiCaller, work: Work) => database.asCaller(caller.claims, work)

function pageOf<Row extends { id: string }>(data: Row[], limit: number) {
  return { data, next_cursor: data.length < limit ? null : (data.at(-1)?.id ?? null) }
}

/** People, the newest first. */
export async function adminListPeople(deps: Deps, caller: ApiCaller, query: z.infer<typeof adminPeopleQuerySchema>) {
  const { search = null, state = null, cursor = null, limit } = query
  const rows = await run(
    deps,
    caller,
    (sql) => sql`select * from public.admin_list_people(${search}, ${state}, ${cursor}, ${limit})`,
  )
  return pageOf(z.array(adminPersonSchema).parse(rows), limit)
}

/** One person with memberships. @throws {AppError} 404 `person_not_found` */
export async function adminGetPerson(deps: Deps, caller: ApiCaller, id: string) {
  const [row] = await run(deps, caller, (sql) => sql`select public.admin_get_person(${id}) as person`)
  return adminPersonDetailSchema.parse(row?.person)
}

/** Lets a new account in. @throws {AppError} 404 `person_not_found` */
export async function adminApprovePerson(deps: Deps, caller: ApiCaller, id: string) {
  const [row] = await run(deps, caller, (sql) => sql`select * from public.admin_approve_person(${id})`)
  return adminPersonSchema.parse(row)
}

/** Keeps a person out from now on. @throws {AppError} 404 `person_not_found`, 409 `person_is_self`, 422 `ban_end_invalid` */
export async function adminBanPerson(deps: Deps, caller: ApiCaller, id: string, ban: z.infer<typeof banSchema>) {
  const until = ban.banned_until ?? null
  const [row] = await run(
    deps,
    caller,
    (sql) => sql`select * from public.admin_ban_person(${id}, ${ban.reason}, ${until})`,
  )
  return adminPersonSchema.parse(row)
}

/** Lets a banned person in again. @throws {AppError} 404 `person_not_found` */
export async function adminUnbanPerson(deps: Deps, caller: ApiCaller, id: string) {
  const [row] = await run(deps, caller, (sql) => sql`select * from public.admin_unban_person(${id})`)
  return adminPersonSchema.parse(row)
}

/** Organizations of everybody, the newest first. */
export async function adminListOrganizations(
  deps: Deps,
  caller: ApiCaller,
  query: z.infer<typeof adminOrganizationsQuerySchema>,
) {
  const { search = null, kind = null, status = null, cursor = null, limit } = query
  const rows = await run(
    deps,
    caller,
    (sql) => sql`select * from public.admin_list_organizations(${search}, ${kind}, ${status}, ${cursor}, ${limit})`,
  )
  return pageOf(z.array(organizationSchema).parse(rows), limit)
}

/** Gives a person a role in an organization, or takes them out. @throws {AppError} 409 `last_owner`, 422 `role_unknown` */
export async function adminSetMembership(
  deps: Deps,
  caller: ApiCaller,
  of: { readonly id: string; readonly user_id: string },
  { role, reason }: z.infer<typeof adminMembershipRequestSchema>,
) {
  const [row] = await run(
    deps,
    caller,
    (sql) => sql`select * from public.admin_set_membership(${of.id}, ${of.user_id}, ${role}, ${reason})`,
  )
  return adminMembershipSchema.parse(row)
}
