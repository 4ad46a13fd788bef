import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Auth } from '../auth.ts'
import { type Db, orFail } from '../database.ts'
import type { AuthRequest } from '../http.ts'
import { emailIdentityData, insertIdentity } from '../models/identity.ts'
import { defaultAudience, insertUser, type JsonObject, reload, type User, updateUser } from '../models/user.ts'

/** What a new user starts with. */
export interface NewUser {
  readonly email?: string
  readonly phone?: string
  readonly encryptedPassword: string | null
  /** Metadata that the user may edit. */
  readonly data: JsonObject
  readonly appMetadata?: JsonObject
  readonly role?: string
  readonly isAnonymous?: boolean
  readonly id?: string
  /** The provider's account that takes the place of an identity of its own address. */
  readonly external?: { readonly provider: string; readonly providerId: string; readonly data: JsonObject }
}

/**
 * Adds a user with the identities of its addresses. Triggers of the project run here; when one refuses, so does this.
 *
 * @param failure message of the 500 that a refusal becomes
 * @throws {AuthError} that 500, or what the before-user-created hook says
 */
export async function createUser(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  user: NewUser,
  failure = 'Database error saving new user',
): Promise<User> {
  const now = auth.now()
  const id: string = user.id ?? randomUUID()
  const addresses = [...(user.email ? ['email'] : []), ...(user.phone ? ['phone'] : [])]
  const providers = user.external ? [user.external.provider] : addresses
  const appMetadata = { ...(providers.length > 0 ? { provider: providers[0], providers } : {}), ...user.appMetadata }
  await askBeforeUserCreated(auth, db, request, { ...user, id, appMetadata })
  return orFail(failure, async () => {
    const columns = {
      email: user.email ?? null,
      phone: user.phone ?? null,
      encrypted_password: user.encryptedPassword,
      raw_app_meta_data: appMetadata,
      raw_user_meta_data: user.data,
      is_anonymous: user.isAnonymous ?? false,
      role: user.role ?? 'authenticated',
    }
    const created = await insertUser(db, columns, now, id)
    if (user.external) await insertIdentity(db, { userId: id, ...user.external }, now)
    if (user.email && !user.external) {
      const data = emailIdentityData(id, user.email)
      await insertIdentity(db, { userId: id, provider: 'email', providerId: id, data }, now)
    }
    if (user.phone) {
      const data = { sub: id, phone: user.phone, email_verified: false, phone_verified: false }
      await insertIdentity(db, { userId: id, provider: 'phone', providerId: id, data }, now)
    }
    return providers.length > 0 ? reload(db, created.id) : created
  })
}

/** Adds the user of a sign-up, whose metadata repeats what the identity knows. */
export async function createSignUp(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  user: { email: string; encryptedPassword: string | null; data: JsonObject },
): Promise<User> {
  const created = await createUser(auth, db, request, user)
  const data = { ...created.raw_user_meta_data, ...emailIdentityData(created.id, user.email) }
  return orFail('Database error updating user', () =>
    updateUser(db, created.id, { raw_user_meta_data: data }, auth.now()),
  )
}

async function askBeforeUserCreated(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  user: NewUser & { id: string; appMetadata: JsonObject },
): Promise<void> {
  if (!auth.hooks.isEnabled('before_user_created')) return
  const time = auth.now().toISOString()
  const payload = {
    metadata: { uuid: randomUUID(), time, name: 'before-user-created', ip_address: request.clientIp },
    user: {
      id: user.id,
      aud: defaultAudience,
      role: '',
      email: user.email ?? '',
      phone: user.phone ?? '',
      app_metadata: user.appMetadata,
      user_metadata: user.data,
      identities: [],
      created_at: '0001-01-01T00:00:00Z',
      updated_at: '0001-01-01T00:00:00Z',
      is_anonymous: user.isAnonymous ?? false,
    },
  }
  await auth.hooks.call(db, 'before_user_created', payload, z.unknown())
}
