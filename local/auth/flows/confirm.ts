import type { Auth } from '../auth.ts'
import { type Db, orFail } from '../database.ts'
import { updateIdentityData } from '../models/identity.ts'
import { clearOneTimeTokens } from '../models/one_time_token.ts'
import { type User, updateUser } from '../models/user.ts'

/** Marks a user's address as confirmed and takes the tokens away that could do so. */
export function confirmUser(auth: Auth, db: Db, user: User): Promise<User> {
  const now = auth.now()
  return orFail('Error confirming user', async () => {
    await clearOneTimeTokens(db, user.id)
    await updateIdentityData(db, user.id, 'email', { email_verified: true }, now)
    const data = { ...user.raw_user_meta_data, email_verified: true }
    const columns = { confirmation_token: '', email_confirmed_at: now, raw_user_meta_data: data }
    return updateUser(db, user.id, columns, now)
  })
}

/**
 * Stores a new password and ends the sessions that the old one may have opened.
 *
 * Every token that was sent before goes too: someone else may have asked for it.
 */
export function replacePassword(auth: Auth, db: Db, user: User, encryptedPassword: string): Promise<User> {
  return orFail('Error during password storage', async () => {
    await clearOneTimeTokens(db, user.id)
    const columns = {
      encrypted_password: encryptedPassword,
      confirmation_token: '',
      confirmation_sent_at: null,
      recovery_token: '',
      recovery_sent_at: null,
      email_change_token_current: '',
      email_change_token_new: '',
      email_change_sent_at: null,
      phone_change_token: '',
      phone_change_sent_at: null,
      reauthentication_token: '',
      reauthentication_sent_at: null,
    }
    return updateUser(db, user.id, columns, auth.now())
  })
}
