import type { Auth } from '../auth.ts'
import { type Db, orFail } from '../database.ts'
import { emailIdentityData, insertIdentity, updateIdentityData } from '../models/identity.ts'
import { deleteSessions } from '../models/session.ts'
import { type JsonObject, mergeMetadata, reload, type User, updateUser } from '../models/user.ts'
import { confirmUser, replacePassword } from './confirm.ts'

/** What the holder of the secret key may change of a user. Absent parts stay as they are. */
export interface UserChanges {
  readonly email?: string
  readonly phone?: string
  readonly encryptedPassword?: string
  readonly role?: string
  readonly confirmsEmail?: boolean
  readonly confirmsPhone?: boolean
  /** Null ends a ban. */
  readonly bannedUntil?: Date | null | undefined
  readonly userMetadata?: JsonObject
  readonly appMetadata?: JsonObject
}

/** Applies changes to a user; a new password ends all of the user's sessions. */
export function changeUser(auth: Auth, db: Db, user: User, changes: UserChanges): Promise<User> {
  const now = auth.now()
  return orFail('Error updating user', async () => {
    let changed = user
    if (changes.encryptedPassword !== undefined) {
      changed = await replacePassword(auth, db, changed, changes.encryptedPassword)
      await deleteSessions(db, user.id)
    }
    if (changes.email !== undefined) changed = await setAddress(auth, db, changed, 'email', changes.email)
    if (changes.phone !== undefined) changed = await setAddress(auth, db, changed, 'phone', changes.phone)
    if (changes.confirmsEmail) changed = await confirmUser(auth, db, changed)
    if (changes.confirmsPhone) {
      await updateIdentityData(db, user.id, 'phone', { phone_verified: true }, now)
      changed = await updateUser(db, user.id, { phone_confirmed_at: now }, now)
    }
    const columns = {
      ...(changes.role === undefined ? {} : { role: changes.role }),
      ...(changes.bannedUntil === undefined ? {} : { banned_until: changes.bannedUntil }),
      ...(changes.userMetadata
        ? { raw_user_meta_data: mergeMetadata(changed.raw_user_meta_data, changes.userMetadata) }
        : {}),
      ...(changes.appMetadata
        ? { raw_app_meta_data: mergeMetadata(changed.raw_app_meta_data, changes.appMetadata) }
        : {}),
    }
    return Object.keys(columns).length > 0 ? updateUser(db, user.id, columns, now) : reload(db, user.id)
  })
}

async function setAddress(auth: Auth, db: Db, user: User, provider: 'email' | 'phone', address: string): Promise<User> {
  const now = auth.now()
  if (!(await updateIdentityData(db, user.id, provider, { [provider]: address }, now))) {
    const data =
      provider === 'email'
        ? emailIdentityData(user.id, address)
        : { sub: user.id, phone: address, phone_verified: false }
    await insertIdentity(db, { userId: user.id, provider, providerId: user.id, data }, now)
  }
  const providers = [...new Set([...user.identities.map((identity) => identity.provider), provider])]
  const appMetadata = { providers, provider: user.raw_app_meta_data.provider ?? provider }
  const columns = {
    [provider]: address,
    is_anonymous: false,
    raw_app_meta_data: mergeMetadata(user.raw_app_meta_data, appMetadata),
  }
  return updateUser(db, user.id, columns, now)
}
