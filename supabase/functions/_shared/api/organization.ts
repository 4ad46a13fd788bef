import { z } from '@hono/zod-openapi'
import type { CallerDatabase } from '../database/mod.ts'
import { AppError, preconditionFailed } from '../http/mod.ts'
import type { ApiCaller } from './api_caller.ts'
import { organizationSchema } from './schemas.ts'

/** Body of a new organization. */
export const newOrganizationSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(120).openapi({ example: 'Analytical Estates' }),
    kind: z.enum(['company', 'startup', 'fund']).default('company'),
  })
  .openapi('NewOrganization')

const color = z
  .string()
  .regex(/^#[0-9A-Fa-f]{6}$/, 'Must be a colour such as "#1a2b3c"')
  .nullable()

/** What may be changed of an organization. Fields that are left out stay as they are. */
export const organizationChangeSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(120),
    slug: z
      .string()
      .max(60)
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'Must be lower case letters, digits and single hyphens'),
    logo_path: z.string().max(500).nullable().openapi({ description: 'Path in its folder of the bucket `avatars`' }),
    primary_color: color.openapi({ example: '#0b3d2e' }),
    secondary_color: color.openapi({ example: '#e0a458' }),
    mail_footer: z
      .string()
      .trim()
      .min(1)
      .max(500)
      .nullable()
      .openapi({ description: 'Plain text, up to 500 characters' }),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'Must be an ISO 3166-1 alpha-2 code')
      .nullable()
      .openapi({ example: 'NG' }),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'Must be an ISO 4217 code')
      .openapi({ example: 'NGN' }),
    time_zone: z.string().max(64).openapi({ example: 'Africa/Lagos' }),
    billing_email: z.email().max(320).nullable().openapi({ description: 'Null means to the owners' }),
  })
  .partial()
  .openapi('OrganizationChange')

type Deps = { database: CallerDatabase }
const columns = Object.keys(organizationSchema.shape)

/** One organization. @throws {AppError} 404 `organization_not_found` */
export async function readOrganization(deps: Deps, caller: ApiCaller, organizationId: string) {
  const [row] = await deps.database.asCaller(
    caller.claims,
    (sql) => sql`select ${sql(columns)} from public.organizations where id = ${organizationId}`,
    { isReadOnly: true },
  )
  if (!row) throw new AppError(404, 'organization_not_found', 'Cannot read organization: no such organization')
  return organizationSchema.parse(row)
}

/** Makes an organization with the caller as its owner. @throws {AppError} what `create_organization` answers */
export async function createOrganization(
  deps: Deps,
  caller: ApiCaller,
  { name, kind }: z.output<typeof newOrganizationSchema>,
) {
  const [row] = await deps.database.asCaller(
    caller.claims,
    (sql) => sql`select * from public.create_organization(${name}, ${kind})`,
  )
  return organizationSchema.parse(row)
}

/**
 * Changes an organization.
 *
 * @param version that the change is based on; null when any will do
 * @throws {AppError} 404 `organization_not_found`, 403 `permission_missing`, 409 `conflict` for a slug that is taken,
 * 412 `precondition_failed`
 */
export async function changeOrganization(
  deps: Deps,
  caller: ApiCaller,
  organizationId: string,
  change: z.output<typeof organizationChangeSchema>,
  version: string | null,
) {
  const row = await deps.database.asCaller(caller.claims, async (sql) => {
    await sql`select private.require_permission(${organizationId}, 'organization.update', 'change organization')`
    const given = Object.keys(change).length > 0 ? sql(change) : sql`name = name`
    const [changed] = await sql`
      update public.organizations set ${given}
      where id = ${organizationId} and (${version}::timestamptz is null or updated_at = ${version}::timestamptz)
      returning ${sql(columns)}`
    if (!changed) throw preconditionFailed('organization')
    return changed
  })
  return organizationSchema.parse(row)
}
