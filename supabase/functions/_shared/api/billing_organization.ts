import { z } from '@hono/zod-openapi'
import { type CallerDatabase, type CallerSql, listRows } from '../database/mod.ts'
import type { ListRequest } from '../http/mod.ts'
import { type ApiCaller, requireScope } from './api_caller.ts'

/** Whose billing is meant, in the query of a read or the body of a change. */
export const billingOrganizationSchema = z.object({
  organization_id: z
    .uuid()
    .optional()
    .openapi({ description: 'Whose; may be left out by who has the permission in one organization alone' }),
})

/** What use cases of billing that ask the database alone need. */
export interface BillingDatabase {
  readonly database: CallerDatabase
}

/** What the caller is about to do. */
export interface BillingAsk {
  /** As the caller named it; the only one with the permission when left out. */
  readonly organization_id?: string | undefined
  /** Such as `billing.read`; an API key needs it as a scope. */
  readonly permission: string
  /** Whether nothing is changed. */
  readonly isReadOnly?: boolean
}

/**
 * Runs `work` with the caller's rights, after it was asked for the permission in the organization that is meant.
 *
 * @throws {AppError} 403 `permission_missing` or `scope_missing`, 404 `organization_not_found`,
 *   422 `organization_required`
 */
export function inBillingOrganization<T>(
  { database }: BillingDatabase,
  caller: ApiCaller,
  { organization_id, permission, isReadOnly = false }: BillingAsk,
  work: (sql: CallerSql, organizationId: string) => Promise<T>,
): Promise<T> {
  requireScope(caller, permission)
  return database.asCaller(
    caller.claims,
    async (sql) => {
      const [row] = await sql`
        select private.billing_organization(${organization_id ?? null}::uuid, ${permission}) as id`
      return work(sql, z.uuid().parse(row?.id))
    },
    { isReadOnly },
  )
}

/** Rows of one page of a billing table, of the organization that is meant. @throws {AppError} as {@link inBillingOrganization} */
export function listOfOrganization(
  deps: BillingDatabase,
  caller: ApiCaller,
  organization_id: string | undefined,
  table: string,
  request: ListRequest,
) {
  const ask = { organization_id, permission: 'billing.read', isReadOnly: true }
  return inBillingOrganization(deps, caller, ask, (sql, organizationId) => {
    const mine = { field: 'organization_id', operator: 'eq', value: organizationId } as const
    return listRows(sql, table, { ...request, filters: [...request.filters, mine] })
  })
}

/**
 * The organization that a change is about. One that was named is not asked for here: the function of the database that
 * makes the change asks for its permission.
 *
 * @throws {AppError} as {@link inBillingOrganization}
 */
export async function managedOrganization(
  deps: BillingDatabase,
  caller: ApiCaller,
  organization_id: string | undefined,
): Promise<string> {
  if (organization_id !== undefined) return organization_id
  return inBillingOrganization(deps, caller, { permission: 'billing.manage', isReadOnly: true }, async (_sql, id) => id)
}
