import type { JsonObject, User } from './user.ts'

/** A user as the API shows it: absent rather than null where nothing is set, and no secrets. */
export function userJson(user: User): JsonObject {
  return {
    id: user.id,
    aud: user.aud,
    role: user.role,
    email: user.email ?? '',
    ...when('email_confirmed_at', user.email_confirmed_at),
    ...when('invited_at', user.invited_at),
    phone: user.phone ?? '',
    ...when('phone_confirmed_at', user.phone_confirmed_at),
    ...when('confirmation_sent_at', user.confirmation_sent_at),
    ...when('confirmed_at', user.confirmed_at),
    ...when('recovery_sent_at', user.recovery_sent_at),
    ...(user.email_change ? { new_email: user.email_change } : {}),
    ...when('email_change_sent_at', user.email_change_sent_at),
    ...(user.phone_change ? { new_phone: user.phone_change } : {}),
    ...when('phone_change_sent_at', user.phone_change_sent_at),
    ...when('reauthentication_sent_at', user.reauthentication_sent_at),
    ...when('last_sign_in_at', user.last_sign_in_at),
    app_metadata: user.raw_app_meta_data,
    user_metadata: user.raw_user_meta_data,
    ...(user.factors.length > 0 ? { factors: user.factors.map(withoutEmpty) } : {}),
    identities: user.identities.map(withoutEmpty),
    created_at: user.created_at.toISOString(),
    updated_at: user.updated_at.toISOString(),
    ...when('banned_until', user.banned_until),
    ...when('deleted_at', user.deleted_at),
    is_anonymous: user.is_anonymous,
  }
}

function when(key: string, date: Date | null): JsonObject {
  return date === null ? {} : { [key]: date.toISOString() }
}

function withoutEmpty(value: object): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null && part !== ''))
}
