import { randomBytes, randomUUID } from 'node:crypto'
import type { Db } from '../database.ts'

/** A client's request to act for somebody; approved, it holds the code that the client exchanges. */
export interface OAuthAuthorization {
  readonly id: string
  /** What the page of the site names the request by. */
  readonly authorization_id: string
  readonly client_id: string
  /** Who looked at it first; null until somebody did. */
  readonly user_id: string | null
  readonly redirect_uri: string
  /** Separated by blanks. */
  readonly scope: string
  readonly state: string | null
  readonly resource: string | null
  readonly code_challenge: string | null
  readonly code_challenge_method: 's256' | 'plain' | null
  readonly nonce: string | null
  readonly status: 'pending' | 'approved' | 'denied' | 'expired'
  readonly authorization_code: string | null
  readonly expires_at: Date
}

/** What a person allowed a client. */
export interface OAuthConsent {
  readonly client_id: string
  readonly scopes: string
  readonly granted_at: Date
}

/** How long a request, and the code it ends with, may be used. */
const authorizationLifetime = 10 * 60_000

const columns = [
  'id',
  'authorization_id',
  'client_id',
  'user_id',
  'redirect_uri',
  'scope',
  'state',
  'resource',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'status',
  'authorization_code',
  'expires_at',
]

/** Remembers a request. @returns the id for the page of the site */
export async function insertAuthorization(
  db: Db,
  request: Pick<
    OAuthAuthorization,
    'client_id' | 'redirect_uri' | 'scope' | 'state' | 'resource' | 'code_challenge' | 'code_challenge_method' | 'nonce'
  >,
  now: Date,
): Promise<string> {
  const row = {
    ...request,
    id: randomUUID(),
    authorization_id: randomBytes(24).toString('base64url').replace(/[-_]/g, 'x'),
    created_at: now,
    expires_at: new Date(now.getTime() + authorizationLifetime),
  }
  await db`insert into auth.oauth_authorizations ${db(row)}`
  return row.authorization_id
}

/** Finds a request by its id or by its code. @param by.lock so that two answers come one after the other */
export async function findAuthorization(
  db: Db,
  by: { id: string; lock?: boolean } | { code: string },
): Promise<OAuthAuthorization | null> {
  const condition =
    'id' in by
      ? db`authorization_id = ${by.id} ${by.lock ? db`for update` : db``}`
      : db`authorization_code = ${by.code} and status = 'approved' for update`
  const [found] = await db<OAuthAuthorization[]>`
    select ${db(columns)} from auth.oauth_authorizations where ${condition}`
  return found ?? null
}

/** Binds a request to who looks at it first. */
export async function bindAuthorization(db: Db, id: string, userId: string): Promise<void> {
  await db`update auth.oauth_authorizations set user_id = ${userId} where id = ${id} and user_id is null`
}

/** Approves a request. @returns the code for the client */
export async function approveAuthorization(db: Db, id: string, now: Date): Promise<string> {
  const code = randomUUID()
  await db`
    update auth.oauth_authorizations
    set status = 'approved', approved_at = ${now}, authorization_code = ${code} where id = ${id}`
  return code
}

/** Ends a request without a code. */
export async function closeAuthorization(db: Db, id: string, status: 'denied' | 'expired'): Promise<void> {
  await db`update auth.oauth_authorizations set status = ${status} where id = ${id}`
}

/** Forgets a request whose code was exchanged: a code is good once. */
export async function deleteAuthorization(db: Db, id: string): Promise<void> {
  await db`delete from auth.oauth_authorizations where id = ${id}`
}

/** What a person allows a client now. */
export async function findConsent(db: Db, userId: string, clientId: string): Promise<OAuthConsent | null> {
  const [consent] = await db<OAuthConsent[]>`
    select client_id, scopes, granted_at from auth.oauth_consents
    where user_id = ${userId} and client_id = ${clientId} and revoked_at is null`
  return consent ?? null
}

/** What a person allows clients now, the newest first. */
export async function listConsents(db: Db, userId: string): Promise<OAuthConsent[]> {
  return db<OAuthConsent[]>`
    select client_id, scopes, granted_at from auth.oauth_consents
    where user_id = ${userId} and revoked_at is null order by granted_at desc`
}

/** Remembers what a person allows a client, so that they are asked once. */
export async function saveConsent(
  db: Db,
  consent: { userId: string; clientId: string; scopes: string },
  now: Date,
): Promise<void> {
  await db`
    insert into auth.oauth_consents (id, user_id, client_id, scopes, granted_at)
    values (${randomUUID()}, ${consent.userId}, ${consent.clientId}, ${consent.scopes}, ${now})
    on conflict (user_id, client_id) do update
    set scopes = excluded.scopes, granted_at = excluded.granted_at, revoked_at = null`
}

/** Takes a consent back and ends what the client opened with it. */
export async function revokeConsent(db: Db, userId: string, clientId: string, now: Date): Promise<void> {
  await db`
    update auth.oauth_consents set revoked_at = ${now} where user_id = ${userId} and client_id = ${clientId}`
  await db`delete from auth.sessions where user_id = ${userId} and oauth_client_id = ${clientId}`
}
