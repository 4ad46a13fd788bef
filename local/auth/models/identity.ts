import { randomUUID } from 'node:crypto'
import type { Db } from '../database.ts'
import { asJson, type JsonObject } from './user.ts'

/** Adds a way to sign in. */
export async function insertIdentity(
  db: Db,
  identity: { userId: string; provider: string; providerId: string; data: JsonObject },
  now: Date,
): Promise<void> {
  const row = {
    id: randomUUID(),
    provider_id: identity.providerId,
    user_id: identity.userId,
    identity_data: db.json(asJson(identity.data)),
    provider: identity.provider,
    last_sign_in_at: now,
    created_at: now,
    updated_at: now,
  }
  await db`insert into auth.identities ${db(row)}`
}

/** Merges data into an identity. @returns false when the user has none of that provider */
export async function updateIdentityData(
  db: Db,
  userId: string,
  provider: string,
  data: JsonObject,
  now: Date,
): Promise<boolean> {
  const { count } = await db`
    update auth.identities set identity_data = identity_data || ${db.json(asJson(data))}, updated_at = ${now}
    where user_id = ${userId} and provider = ${provider} and provider_id = ${userId}`
  return count > 0
}

/** What an e-mail identity holds. */
export function emailIdentityData(userId: string, email: string, isVerified = false): JsonObject {
  return { sub: userId, email, email_verified: isVerified, phone_verified: false }
}

/** Takes the personal data out of a soft-deleted user's identities; the hashes still stop a second sign-up. */
export async function anonymiseIdentities(db: Db, userId: string, now: Date): Promise<void> {
  await db`
    update auth.identities
    set provider_id = encode(sha256(convert_to(provider_id, 'UTF8')), 'hex'), identity_data = '{}', updated_at = ${now}
    where user_id = ${userId}`
}

/** Finds the identity that a provider's account has here, and holds it until the transaction ends. */
export async function findIdentity(
  db: Db,
  key: { provider: string; providerId: string },
): Promise<{ id: string; user_id: string } | null> {
  const [identity] = await db<{ id: string; user_id: string }[]>`
    select id, user_id from auth.identities
    where provider = ${key.provider} and provider_id = ${key.providerId} for update`
  return identity ?? null
}

/** Ids of users who hold one of the addresses, by their account or by an identity. */
export async function findHolders(
  db: Db,
  emails: readonly string[],
): Promise<{ byIdentity: string[]; byAccount: string[] }> {
  if (emails.length === 0) return { byIdentity: [], byAccount: [] }
  const byIdentity = await db<{ user_id: string }[]>`
    select distinct user_id from auth.identities where email in ${db([...emails])} and provider not like 'sso:%'`
  const byAccount = await db<{ id: string }[]>`
    select id from auth.users where lower(email) in ${db([...emails])} and is_sso_user = false`
  return { byIdentity: byIdentity.map((row) => row.user_id), byAccount: byAccount.map((row) => row.id) }
}

/** Replaces what a provider told of an account. */
export async function replaceIdentityData(db: Db, id: string, data: JsonObject, now: Date): Promise<void> {
  await db`
    update auth.identities
    set identity_data = ${db.json(asJson(data))}, last_sign_in_at = ${now}, updated_at = ${now}
    where id = ${id}`
}

/** Takes away one way to sign in. */
export async function deleteIdentity(db: Db, id: string): Promise<void> {
  await db`delete from auth.identities where id = ${id}`
}

/** Takes away a user's ways to sign in but for that of one provider's account. */
export async function deleteOtherIdentities(
  db: Db,
  userId: string,
  kept: { provider: string; providerId: string },
): Promise<void> {
  await db`
    delete from auth.identities
    where user_id = ${userId} and (provider <> ${kept.provider} or provider_id <> ${kept.providerId})`
}
