import { z } from '@hono/zod-openapi'
import type { CallerDatabase, CallerSql } from '../database/mod.ts'
import { defineListing, type ListRequest } from '../http/mod.ts'
import type { ApiCaller } from './api_caller.ts'
import { listInOrganization } from './members.ts'
import { instant } from './schemas.ts'

/** A service account on the REST face. */
export const accountSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    name: z.string(),
    description: z.string(),
    disabled_at: instant.nullable().openapi({ description: 'Since when it has no access; null while it has' }),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('ServiceAccount')

/** Body of a new service account. */
export const newAccountSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(60).openapi({ example: 'Website importer' }),
    role: z.string().max(60).default('member').openapi({ description: 'Below the own one', example: 'member' }),
    custom_role_id: z.uuid().nullable().default(null),
    description: z.string().max(500).default(''),
  })
  .openapi('NewServiceAccount')

/** An API key on the REST face; the key itself is in the answer that makes it alone. */
export const keySchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    service_account_id: z.uuid(),
    name: z.string(),
    prefix: z.string().openapi({ description: 'How the key begins', example: 'atk_live_1a2b3c4d' }),
    scopes: z.array(z.string()).openapi({ example: ['organization.read'] }),
    allowed_ips: z.array(z.string()).openapi({ description: 'Empty for everywhere', example: ['203.0.113.0/24'] }),
    expires_at: instant.nullable().openapi({ description: 'Null for never' }),
    last_used_at: instant.nullable().openapi({ description: 'To about a minute; null for never' }),
    revoked_at: instant.nullable(),
    rotated_from_id: z.uuid().nullable().openapi({ description: 'The key that it replaces' }),
    overlap_ends_at: instant.nullable().openapi({ description: 'Until when it works beside the key that replaced it' }),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('ApiKey')

/** Body of a new key. */
export const newKeySchema = z
  .strictObject({
    service_account_id: z.uuid(),
    name: z.string().trim().min(1).max(60).openapi({ example: 'Nightly import' }),
    scopes: z
      .array(z.string().max(100))
      .min(1)
      .max(100)
      .openapi({ description: 'Permissions that the caller has', example: ['organization.read'] }),
    expires_at: z.iso.datetime({ offset: true }).nullable().default(null),
    allowed_ips: z
      .array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]))
      .max(100)
      .default([]),
  })
  .openapi('NewApiKey')

/** Body of a rotation. */
export const rotationSchema = z
  .strictObject({
    overlap_seconds: z
      .number()
      .int()
      .min(0)
      .max(30 * 86_400)
      .default(86_400)
      .openapi({ description: 'How long the replaced key works beside the new one' }),
  })
  .openapi('ApiKeyRotation')

/** What making a key answers, once. */
export const madeKeySchema = keySchema
  .extend({
    secret: z.string().openapi({ description: 'The key. It is shown once', example: 'atk_live_1a2b3c4d_...' }),
  })
  .openapi('MadeApiKey')

/** What callers may ask of the list of keys. */
export const keyList = defineListing({
  item: keySchema,
  filters: { service_account_id: ['eq'] },
  sorts: ['created_at'],
  defaultSort: '-created_at',
})

/** What callers may ask of the list of service accounts. */
export const accountList = defineListing({
  item: accountSchema,
  filters: { name: ['eq'] },
  sorts: ['name', 'created_at'],
  defaultSort: 'name',
})

type Deps = { database: CallerDatabase }

/** One page of an organization's keys. @throws {AppError} 404 `organization_not_found`, 403 `permission_missing` */
export async function listKeys(deps: Deps, caller: ApiCaller, organizationId: string, request: ListRequest) {
  const list = { relation: 'public.api_keys', permission: 'api_keys.read', action: 'list API keys' }
  return keyList.page(request, await listInOrganization(deps, caller, organizationId, request, list))
}

/** One page of its service accounts. @throws {AppError} 404 `organization_not_found`, 403 `permission_missing` */
export async function listAccounts(deps: Deps, caller: ApiCaller, organizationId: string, request: ListRequest) {
  const list = { relation: 'public.service_accounts', permission: 'members.read', action: 'list service accounts' }
  return accountList.page(request, await listInOrganization(deps, caller, organizationId, request, list))
}

/** Makes a service account. @throws {AppError} what `create_service_account` answers */
export async function createAccount(
  deps: Deps,
  caller: ApiCaller,
  organizationId: string,
  { name, role, custom_role_id, description }: z.output<typeof newAccountSchema>,
) {
  const [row] = await deps.database.asCaller(
    caller.claims,
    (sql) => sql`
      select * from public.create_service_account(${organizationId}, ${name}, ${role}, ${custom_role_id}, ${description})`,
  )
  return accountSchema.parse(row)
}

/** Deletes a service account with its keys. @throws {AppError} what `delete_service_account` answers */
export async function deleteAccount(deps: Deps, caller: ApiCaller, accountId: string): Promise<void> {
  await deps.database.asCaller(caller.claims, (sql) => sql`select public.delete_service_account(${accountId})`)
}

/** Makes a key. @throws {AppError} what `create_api_key` answers */
export function createKey(deps: Deps, caller: ApiCaller, input: z.output<typeof newKeySchema>) {
  const { service_account_id, name, scopes, expires_at, allowed_ips } = input
  return deps.database.asCaller(caller.claims, async (sql) => {
    const made = await sql`
      select * from public.create_api_key(
        ${service_account_id}, ${name}, ${sql.types.list(scopes)}, ${expires_at}, ${sql.types.list(allowed_ips)}::text[]::cidr[]
      )`
    return shown(sql, made)
  })
}

/** Replaces a key. @throws {AppError} what `rotate_api_key` answers */
export function rotateKey(
  deps: Deps,
  caller: ApiCaller,
  keyId: string,
  { overlap_seconds }: z.output<typeof rotationSchema>,
) {
  return deps.database.asCaller(caller.claims, async (sql) =>
    shown(sql, await sql`select * from public.rotate_api_key(${keyId}, ${overlap_seconds})`),
  )
}

/** Ends a key. @throws {AppError} what `revoke_api_key` answers */
export async function revokeKey(deps: Deps, caller: ApiCaller, keyId: string) {
  const [row] = await deps.database.asCaller(caller.claims, (sql) => sql`select * from public.revoke_api_key(${keyId})`)
  return keySchema.parse(row)
}

const madeSchema = z.tuple([z.object({ key_id: z.uuid(), secret: z.string() })])

async function shown(sql: CallerSql, made: Iterable<unknown>) {
  const [{ key_id, secret }] = madeSchema.parse([...made])
  const [row] = await sql`select * from public.api_keys where id = ${key_id}`
  return madeKeySchema.parse({ ...row, secret })
}
