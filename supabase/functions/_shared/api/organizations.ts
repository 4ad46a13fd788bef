import { type CallerDatabase, listRows } from '../database/mod.ts'
import { defineListing, type ListRequest } from '../http/mod.ts'
import { type ApiCaller, requireScope } from './api_caller.ts'
import { organizationSchema } from './schemas.ts'

/** What callers may ask of the list of organizations. */
export const organizationList = defineListing({
  item: organizationSchema,
  filters: {
    kind: ['eq', 'in'],
    status: ['eq', 'in'],
    slug: ['eq'],
    country: ['eq', 'in'],
    created_at: ['gte', 'lt'],
    updated_at: ['gte', 'lt'],
  },
  sorts: ['name', 'created_at', 'updated_at'],
  defaultSort: '-created_at',
})

/** One page of the organizations that the caller may see. */
export async function listOrganizations(deps: { database: CallerDatabase }, caller: ApiCaller, request: ListRequest) {
  requireScope(caller, 'organization.read')
  const rows = await deps.database.asCaller(caller.claims, (sql) => listRows(sql, 'public.organizations', request), {
    isReadOnly: true,
  })
  return organizationList.page(request, rows)
}
