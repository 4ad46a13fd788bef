import { createHash, randomInt, randomUUID } from 'node:crypto'
import type { Db } from '../database.ts'

/** What a one-time token is good for. */
export type OneTimeTokenType =
  | 'confirmation_token'
  | 'reauthentication_token'
  | 'recovery_token'
  | 'email_change_token_new'
  | 'email_change_token_current'
  | 'phone_change_token'

/** Mark of tokens whose link ends in a code for PKCE instead of a session. */
export const pkcePrefix = 'pkce_'

/** A code of digits. */
export function createCode(length: number): string {
  let code = ''
  while (code.length < length) code += String(randomInt(10))
  return code
}

/** What the database keeps of a code; only someone who knows address and code can form it. */
export function hashCode(address: string, code: string): string {
  return createHash('sha224').update(`${address}${code}`).digest('hex')
}

/** Stores a token in place of an earlier one of the same type. */
export async function saveOneTimeToken(
  db: Db,
  token: { userId: string; type: OneTimeTokenType; hash: string; relatesTo: string },
): Promise<void> {
  await db`
    insert into auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to)
    values (${randomUUID()}, ${token.userId}, ${token.type}, ${token.hash}, ${token.relatesTo.toLowerCase()})
    on conflict (user_id, token_type) do update
    set token_hash = excluded.token_hash, relates_to = excluded.relates_to,
      created_at = excluded.created_at, updated_at = excluded.updated_at`
}

/** Takes away a user's tokens, all of them or those of one type. */
export async function clearOneTimeTokens(db: Db, userId: string, type?: OneTimeTokenType): Promise<void> {
  if (type) await db`delete from auth.one_time_tokens where user_id = ${userId} and token_type = ${type}`
  else await db`delete from auth.one_time_tokens where user_id = ${userId}`
}
