import { randomBytes, randomUUID } from 'node:crypto'
import { type Db, instanceId } from '../database.ts'

/** A signed-in device. */
export interface Session {
  readonly id: string
  readonly user_id: string
  readonly created_at: Date
  readonly not_after: Date | null
  readonly refreshed_at: Date | null
  readonly aal: string
  /** The app that acts in it; null for the person's own. */
  readonly oauth_client_id: string | null
  /** Scopes of that app, separated by blanks. */
  readonly scopes: string | null
}

/** The app that a session is opened for, and the scopes it was allowed. */
export interface SessionApp {
  readonly clientId: string
  readonly scopes: string
}

/** One link of a session's chain of refresh tokens. */
export interface RefreshToken {
  readonly id: string
  readonly token: string
  readonly revoked: boolean
  readonly parent: string | null
  readonly updated_at: Date
}

/** One entry of a token's `amr` claim. */
export interface AuthenticationMethod {
  readonly method: string
  readonly timestamp: number
}

function selectSession(db: Db) {
  return db`
    select sessions.id, sessions.user_id, sessions.created_at, sessions.not_after,
      sessions.refreshed_at at time zone 'UTC' as refreshed_at, coalesce(sessions.aal::text, 'aal1') as aal,
      sessions.oauth_client_id, sessions.scopes
    from auth.sessions`
}

/** Finds a session. */
export async function findSession(db: Db, id: string): Promise<Session | null> {
  const [session] = await db<Session[]>`${selectSession(db)} where sessions.id = ${id}`
  return session ?? null
}

/**
 * Finds a refresh token and locks its session first, so that the requests of one family come one after the other.
 */
export async function findRefreshToken(
  db: Db,
  token: string,
): Promise<{ session: Session; token: RefreshToken } | null> {
  const [session] = await db<Session[]>`
    ${selectSession(db)}
    where sessions.id = (select session_id from auth.refresh_tokens where refresh_tokens.token = ${token})
    for update of sessions`
  if (!session) return null
  const [found] = await db<RefreshToken[]>`
    select id, token, coalesce(revoked, false) as revoked, parent, updated_at
    from auth.refresh_tokens where token = ${token} and session_id = ${session.id}`
  return found ? { session, token: found } : null
}

/** The token of a session that is still good, or null when the family was revoked. */
export async function findActiveToken(db: Db, sessionId: string): Promise<RefreshToken | null> {
  const [token] = await db<RefreshToken[]>`
    select id, token, false as revoked, parent, updated_at from auth.refresh_tokens
    where session_id = ${sessionId} and revoked = false order by id desc limit 1`
  return token ?? null
}

/** Opens a session with its first refresh token and how the person proved who they are. */
export async function insertSession(
  db: Db,
  session: { userId: string; method: string; userAgent: string | null; ip: string; app?: SessionApp | undefined },
  now: Date,
): Promise<{ session: Session; refreshToken: string }> {
  const id = randomUUID()
  const row = {
    id,
    user_id: session.userId,
    created_at: now,
    updated_at: now,
    aal: 'aal1',
    user_agent: session.userAgent,
    ip: session.ip || null,
    oauth_client_id: session.app?.clientId ?? null,
    scopes: session.app?.scopes ?? null,
  }
  await db`insert into auth.sessions ${db(row)}`
  const refreshToken = await insertRefreshToken(db, { userId: session.userId, sessionId: id, parent: null }, now)
  const claim = { id: randomUUID(), session_id: id, created_at: now, updated_at: now }
  await db`insert into auth.mfa_amr_claims ${db({ ...claim, authentication_method: session.method })}`
  return {
    session: {
      id,
      user_id: session.userId,
      created_at: now,
      not_after: null,
      refreshed_at: null,
      aal: 'aal1',
      oauth_client_id: row.oauth_client_id,
      scopes: row.scopes,
    },
    refreshToken,
  }
}

/** Adds a refresh token to a session. */
export async function insertRefreshToken(
  db: Db,
  token: { userId: string; sessionId: string; parent: string | null },
  now: Date,
): Promise<string> {
  const value = randomBytes(24).toString('base64url')
  const row = {
    instance_id: instanceId,
    token: value,
    user_id: token.userId,
    session_id: token.sessionId,
    parent: token.parent,
    revoked: false,
    created_at: now,
    updated_at: now,
  }
  await db`insert into auth.refresh_tokens ${db(row)}`
  return value
}

/** Marks a refresh token as spent. */
export async function revokeToken(db: Db, id: string, now: Date): Promise<void> {
  await db`update auth.refresh_tokens set revoked = true, updated_at = ${now} where id = ${id}`
}

/** Ends a chain of refresh tokens: whoever holds a copy has to sign in again. */
export async function revokeFamily(db: Db, sessionId: string, now: Date): Promise<void> {
  await db`
    update auth.refresh_tokens set revoked = true, updated_at = ${now}
    where session_id = ${sessionId} and revoked = false`
}

/** Records that a session was used. */
export async function touchSession(
  db: Db,
  id: string,
  use: { userAgent: string | null; ip: string },
  now: Date,
): Promise<void> {
  await db`
    update auth.sessions
    set refreshed_at = ${now}::timestamptz at time zone 'UTC', updated_at = ${now}, user_agent = ${use.userAgent},
      ip = ${use.ip || null}
    where id = ${id}`
}

/** How the person of a session proved who they are, latest first. */
export async function listMethods(db: Db, sessionId: string): Promise<AuthenticationMethod[]> {
  const rows = await db<AuthenticationMethod[]>`
    select authentication_method as method, extract(epoch from updated_at)::int as timestamp
    from auth.mfa_amr_claims where session_id = ${sessionId} order by updated_at desc`
  return rows.map(({ method, timestamp }) => ({ method, timestamp }))
}

/** Ends one session. */
export async function deleteSession(db: Db, id: string): Promise<void> {
  await db`delete from auth.sessions where id = ${id}`
}

/** Ends the sessions of a user, but for `exceptId` when given. */
export async function deleteSessions(db: Db, userId: string, exceptId: string | null = null): Promise<void> {
  if (exceptId === null) await db`delete from auth.sessions where user_id = ${userId}`
  else await db`delete from auth.sessions where user_id = ${userId} and id <> ${exceptId}`
}

/** Raises a session to two factors and adds how the second one was proved. */
export async function raiseSession(
  db: Db,
  id: string,
  proof: { factorId: string; method: string },
  now: Date,
): Promise<void> {
  await db`
    update auth.sessions set aal = 'aal2', factor_id = ${proof.factorId}, updated_at = ${now} where id = ${id}`
  await db`
    insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
    values (${randomUUID()}, ${id}, ${now}, ${now}, ${proof.method})
    on conflict (session_id, authentication_method) do update set updated_at = excluded.updated_at`
}

/** Takes the second factor from the sessions that were raised by it. */
export async function lowerSessions(db: Db, factorId: string, method: string, now: Date): Promise<void> {
  await db`
    delete from auth.mfa_amr_claims
    where authentication_method = ${method}
      and session_id in (select id from auth.sessions where factor_id = ${factorId})`
  await db`
    update auth.sessions set aal = 'aal1', factor_id = null, updated_at = ${now} where factor_id = ${factorId}`
}

/** Ends a user's sessions that proved one factor only. */
export async function deleteWeakSessions(db: Db, userId: string): Promise<void> {
  await db`delete from auth.sessions where user_id = ${userId} and (aal is null or aal < 'aal2')`
}
