import { createHash } from 'node:crypto'
import type { Auth } from '../auth.ts'
import type { Db } from '../database.ts'
import { anonymiseIdentities } from '../models/identity.ts'
import { clearOneTimeTokens } from '../models/one_time_token.ts'
import { deleteSessions } from '../models/session.ts'
import { type User, updateUser } from '../models/user.ts'

/** Empties a user for good but keeps the row that others refer to. */
export async function softDeleteUser(auth: Auth, db: Db, user: User): Promise<void> {
  const now = auth.now()
  const obscure = (value: string) => createHash('sha256').update(`${user.id}${value}`).digest('base64url')
  await clearOneTimeTokens(db, user.id)
  await anonymiseIdentities(db, user.id, now)
  await db`delete from auth.mfa_factors where user_id = ${user.id}`
  await deleteSessions(db, user.id)
  await updateUser(
    db,
    user.id,
    {
      email: user.email ? obscure(user.email) : null,
      phone: user.phone ? obscure(user.phone).slice(0, 15) : null,
      email_change: user.email_change ? obscure(user.email_change) : '',
      phone_change: user.phone_change ? obscure(user.phone_change).slice(0, 15) : '',
      encrypted_password: null,
      confirmation_token: '',
      recovery_token: '',
      email_change_token_current: '',
      email_change_token_new: '',
      phone_change_token: '',
      reauthentication_token: '',
      raw_app_meta_data: {},
      raw_user_meta_data: {},
      deleted_at: now,
    },
    now,
  )
}
