import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Db } from '../database.ts'
import type { JsonObject } from './user.ts'

/** How a client shows the token endpoint who it is. */
export const clientAuthMethods = ['none', 'client_secret_basic', 'client_secret_post'] as const
export type ClientAuthMethod = (typeof clientAuthMethods)[number]

/** An app of somebody else, which people sign in to with their account here. */
export interface OAuthClient {
  readonly id: string
  readonly client_secret_hash: string | null
  readonly client_type: 'public' | 'confidential'
  readonly registration_type: 'dynamic' | 'manual'
  /** Comma-separated, as Auth keeps lists. */
  readonly redirect_uris: string
  readonly grant_types: string
  readonly client_name: string | null
  readonly client_uri: string | null
  readonly logo_uri: string | null
  readonly token_endpoint_auth_method: ClientAuthMethod
  readonly created_at: Date
  readonly updated_at: Date
}

/** Columns that an admin may change. */
export type OAuthClientChanges = Partial<
  Pick<
    OAuthClient,
    | 'redirect_uris'
    | 'grant_types'
    | 'client_name'
    | 'client_uri'
    | 'logo_uri'
    | 'token_endpoint_auth_method'
    | 'client_secret_hash'
  >
>

const columns = [
  'id',
  'client_secret_hash',
  'client_type',
  'registration_type',
  'redirect_uris',
  'grant_types',
  'client_name',
  'client_uri',
  'logo_uri',
  'token_endpoint_auth_method',
  'created_at',
  'updated_at',
]

/** Finds a client that was not deleted. */
export async function findOAuthClient(db: Db, id: string): Promise<OAuthClient | null> {
  const [client] = await db<OAuthClient[]>`
    select ${db(columns)} from auth.oauth_clients where id = ${id} and deleted_at is null`
  return client ?? null
}

/** One page of the clients, the newest first, and how many there are. */
export async function listOAuthClients(
  db: Db,
  page: { limit: number; offset: number },
): Promise<{ clients: OAuthClient[]; total: number }> {
  const clients = await db<OAuthClient[]>`
    select ${db(columns)} from auth.oauth_clients where deleted_at is null
    order by created_at desc, id limit ${page.limit} offset ${page.offset}`
  const [counted] = await db<{ total: number }[]>`
    select count(*)::int as total from auth.oauth_clients where deleted_at is null`
  return { clients: [...clients], total: counted?.total ?? 0 }
}

/** Adds a client. */
export async function insertOAuthClient(
  db: Db,
  client: Omit<OAuthClient, 'id' | 'created_at' | 'updated_at'>,
  now: Date,
): Promise<OAuthClient> {
  const row = { ...client, id: randomUUID(), created_at: now, updated_at: now }
  await db`insert into auth.oauth_clients ${db(row)}`
  return row
}

/** Changes a client. @returns null when it was deleted meanwhile */
export async function updateOAuthClient(
  db: Db,
  id: string,
  changes: OAuthClientChanges,
  now: Date,
): Promise<OAuthClient | null> {
  const [client] = await db<OAuthClient[]>`
    update auth.oauth_clients set ${db({ ...changes, updated_at: now })} where id = ${id} and deleted_at is null
    returning ${db(columns)}`
  return client ?? null
}

/** Deletes a client. Its row stays, and so do its sessions, of which it can refresh none. */
export async function deleteOAuthClient(db: Db, id: string, now: Date): Promise<void> {
  await db`update auth.oauth_clients set deleted_at = ${now}, updated_at = ${now} where id = ${id}`
}

/** A new secret, and what is kept of it. */
export function newClientSecret(): { secret: string; hash: string } {
  const secret = randomBytes(32).toString('base64url')
  return { secret, hash: hashOf(secret).toString('base64url') }
}

/** Whether a secret is the client's, in the same time for every wrong one. */
export function matchesClientSecret(client: OAuthClient, secret: string): boolean {
  const stored = Buffer.from(client.client_secret_hash ?? '', 'base64url')
  const given = hashOf(secret)
  return stored.length === given.length && timingSafeEqual(stored, given)
}

const hashOf = (secret: string) => createHash('sha256').update(secret).digest()

/** A list as Auth keeps it in one column. */
export const listOf = (column: string): string[] => (column === '' ? [] : column.split(','))

/** A client as the API shows it. @param secret shown once, when it is made */
export function oauthClientJson(client: OAuthClient, secret?: string): JsonObject {
  return {
    client_id: client.id,
    ...(secret === undefined ? {} : { client_secret: secret }),
    client_type: client.client_type,
    redirect_uris: listOf(client.redirect_uris),
    token_endpoint_auth_method: client.token_endpoint_auth_method,
    grant_types: listOf(client.grant_types),
    response_types: ['code'],
    ...(client.client_name ? { client_name: client.client_name } : {}),
    ...(client.client_uri ? { client_uri: client.client_uri } : {}),
    ...(client.logo_uri ? { logo_uri: client.logo_uri } : {}),
    registration_type: client.registration_type,
    created_at: client.created_at,
    updated_at: client.updated_at,
  }
}

/** What a person is shown of a client. */
export function clientDetailsJson(client: OAuthClient): JsonObject {
  return {
    id: client.id,
    ...(client.client_name ? { name: client.client_name } : {}),
    ...(client.client_uri ? { uri: client.client_uri } : {}),
    ...(client.logo_uri ? { logo_uri: client.logo_uri } : {}),
  }
}
