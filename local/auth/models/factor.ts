import { randomUUID } from 'node:crypto'
import type { Db } from '../database.ts'
import type { JsonObject } from './user.ts'

/** Kinds of second factors. */
export type FactorType = 'totp' | 'phone'

/** A second factor. */
export interface Factor {
  readonly id: string
  readonly user_id: string
  readonly friendly_name: string | null
  readonly factor_type: FactorType
  readonly status: 'unverified' | 'verified'
  readonly secret: string | null
  readonly phone: string | null
  readonly last_challenged_at: Date | null
  readonly created_at: Date
  readonly updated_at: Date
}

/** A question to a factor, which one code answers. */
export interface Challenge {
  readonly id: string
  readonly created_at: Date
  readonly verified_at: Date | null
  readonly ip_address: string
  readonly otp_code: string | null
}

/** How long a factor may stay unverified and a challenge unanswered. */
export const factorLifetime = 5 * 60_000

const columns = [
  'id',
  'user_id',
  'friendly_name',
  'factor_type',
  'status',
  'secret',
  'phone',
  'last_challenged_at',
  'created_at',
  'updated_at',
]

/** A user's factors, oldest first. */
export async function listFactors(db: Db, userId: string): Promise<Factor[]> {
  return [
    ...(await db<Factor[]>`
      select ${db(columns)} from auth.mfa_factors
      where user_id = ${userId} and factor_type in ('totp', 'phone') order by created_at`),
  ]
}

/** Finds a factor of a user and holds it until the transaction ends. */
export async function findFactor(db: Db, userId: string, id: string): Promise<Factor | null> {
  const [factor] = await db<Factor[]>`
    select ${db(columns)} from auth.mfa_factors
    where id = ${id} and user_id = ${userId} and factor_type in ('totp', 'phone') for update`
  return factor ?? null
}

/** Adds a factor that waits for its first code. */
export async function insertFactor(
  db: Db,
  factor: { userId: string; type: FactorType; name: string; secret: string | null; phone: string | null },
  now: Date,
): Promise<string> {
  const row = {
    id: randomUUID(),
    user_id: factor.userId,
    friendly_name: factor.name,
    factor_type: factor.type,
    status: 'unverified',
    secret: factor.secret,
    phone: factor.phone,
    created_at: now,
    updated_at: now,
  }
  await db`insert into auth.mfa_factors ${db(row)}`
  return row.id
}

/** Writes what the holder of the secret key changed. */
export async function updateFactor(
  db: Db,
  id: string,
  changes: { friendly_name?: string; phone?: string },
  now: Date,
): Promise<void> {
  await db`update auth.mfa_factors set ${db({ ...changes, updated_at: now })} where id = ${id}`
}

/** Removes a factor. */
export async function deleteFactor(db: Db, id: string): Promise<void> {
  await db`delete from auth.mfa_factors where id = ${id}`
}

/** Removes factors that nobody verified in time, of every user. */
export async function deleteExpiredFactors(db: Db, now: Date): Promise<void> {
  const before = new Date(now.getTime() - factorLifetime)
  await db`
    delete from auth.mfa_factors
    where status = 'unverified' and created_at < ${before}
      and not exists (
        select from auth.mfa_challenges where factor_id = mfa_factors.id and mfa_challenges.created_at >= ${before}
      )`
}

/** Marks a factor as verified, and takes the user's other attempts of the same kind away. */
export async function verifyFactor(db: Db, factor: Factor, now: Date): Promise<void> {
  await db`update auth.mfa_factors set status = 'verified', updated_at = ${now} where id = ${factor.id}`
  await db`
    delete from auth.mfa_factors
    where user_id = ${factor.user_id} and factor_type = ${factor.factor_type} and status = 'unverified'`
}

/** Asks a factor. @param code what was sent; null where the person's device makes the code */
export async function insertChallenge(
  db: Db,
  challenge: { factorId: string; ip: string; code: string | null },
  now: Date,
): Promise<string> {
  const row = {
    id: randomUUID(),
    factor_id: challenge.factorId,
    created_at: now,
    ip_address: challenge.ip,
    otp_code: challenge.code,
  }
  await db`insert into auth.mfa_challenges ${db(row)}`
  // The column is unique over all factors, and our clock has only milliseconds: what is below them is made up.
  await db`
    update auth.mfa_factors
    set last_challenged_at = ${now}::timestamptz + random() * interval '999 microseconds', updated_at = ${now}
    where id = ${challenge.factorId}`
  return row.id
}

/** Finds a challenge of a factor and holds it until the transaction ends. */
export async function findChallenge(db: Db, factorId: string, id: string): Promise<Challenge | null> {
  const [challenge] = await db<Challenge[]>`
    select id, created_at, verified_at, host(ip_address) as ip_address, otp_code from auth.mfa_challenges
    where id = ${id} and factor_id = ${factorId} for update`
  return challenge ?? null
}

/** Marks a challenge as answered: its code is good once. */
export async function closeChallenge(db: Db, id: string, now: Date): Promise<void> {
  await db`update auth.mfa_challenges set verified_at = ${now} where id = ${id}`
}

/** A factor as the API shows it, without its secret. */
export function factorJson(factor: Factor): JsonObject {
  return {
    id: factor.id,
    created_at: factor.created_at.toISOString(),
    updated_at: factor.updated_at.toISOString(),
    status: factor.status,
    ...(factor.friendly_name ? { friendly_name: factor.friendly_name } : {}),
    factor_type: factor.factor_type,
    ...(factor.phone ? { phone: factor.phone } : {}),
    ...(factor.last_challenged_at ? { last_challenged_at: factor.last_challenged_at.toISOString() } : {}),
  }
}
