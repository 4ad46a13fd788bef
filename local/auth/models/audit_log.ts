import { randomUUID } from 'node:crypto'
import { type Db, instanceId } from '../database.ts'
import { asJson, type JsonObject, type User } from './user.ts'

const logTypes = {
  login: 'account',
  logout: 'account',
  invite_accepted: 'account',
  user_signedup: 'team',
  user_invited: 'team',
  user_deleted: 'team',
  user_modified: 'user',
  user_recovery_requested: 'user',
  user_reauthenticate_requested: 'user',
  user_confirmation_requested: 'user',
  user_repeated_signup: 'user',
  user_updated_password: 'user',
  identity_unlinked: 'user',
  factor_in_progress: 'factor',
  factor_unenrolled: 'factor',
  factor_deleted: 'factor',
  challenge_created: 'factor',
  verification_attempted: 'factor',
  token_revoked: 'token',
  token_refreshed: 'token',
} as const

/** Events of the audit trail. */
export type AuditAction = keyof typeof logTypes

/** Who did something: a user, or the holder of the secret key. */
export type Actor = Pick<User, 'id' | 'email' | 'phone' | 'is_sso_user' | 'raw_user_meta_data'>

/** The holder of the secret key as an actor. */
export const adminActor: Actor = {
  id: '00000000-0000-0000-0000-000000000000',
  email: 'service_role',
  phone: null,
  is_sso_user: false,
  raw_user_meta_data: {},
}

/** Writes one event into the audit trail. */
export async function writeAudit(
  db: Db,
  entry: { action: AuditAction; actor: Actor; ip: string; traits?: JsonObject },
  now: Date,
): Promise<void> {
  const { actor } = entry
  const payload: JsonObject = {
    action: entry.action,
    actor_id: actor.id,
    actor_username: actor.phone || actor.email || '',
    actor_via_sso: actor.is_sso_user,
    log_type: logTypes[entry.action],
    ...(actor.raw_user_meta_data.full_name === undefined ? {} : { actor_name: actor.raw_user_meta_data.full_name }),
    ...(entry.traits ? { traits: entry.traits } : {}),
  }
  const row = {
    instance_id: instanceId,
    id: randomUUID(),
    payload: db.json(asJson(payload)),
    created_at: now,
    ip_address: entry.ip,
  }
  await db`insert into auth.audit_log_entries ${db(row)}`
}
