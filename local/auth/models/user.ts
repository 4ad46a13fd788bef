import { randomUUID } from 'node:crypto'
import { type Db, instanceId } from '../database.ts'

/** JSON object as metadata columns hold it. */
export type JsonObject = Record<string, unknown>

/** One way a person signs in, as the API shows it. */
export interface Identity {
  readonly identity_id: string
  readonly id: string
  readonly user_id: string
  readonly identity_data: JsonObject
  readonly provider: string
  readonly last_sign_in_at: string | null
  readonly created_at: string
  readonly updated_at: string
  readonly email: string | null
}

/** Columns of auth.users that flows write. */
export interface UserColumns {
  aud: string
  role: string
  email: string | null
  phone: string | null
  encrypted_password: string | null
  email_confirmed_at: Date | null
  phone_confirmed_at: Date | null
  invited_at: Date | null
  confirmation_token: string
  confirmation_sent_at: Date | null
  recovery_token: string
  recovery_sent_at: Date | null
  email_change_token_current: string
  email_change_token_new: string
  email_change: string
  email_change_sent_at: Date | null
  email_change_confirm_status: number
  phone_change: string
  phone_change_token: string
  phone_change_sent_at: Date | null
  reauthentication_token: string
  reauthentication_sent_at: Date | null
  last_sign_in_at: Date | null
  raw_app_meta_data: JsonObject
  raw_user_meta_data: JsonObject
  banned_until: Date | null
  deleted_at: Date | null
  is_anonymous: boolean
}

/** A row of auth.users with what belongs to it. */
export interface User extends Readonly<UserColumns> {
  readonly id: string
  readonly is_sso_user: boolean
  readonly created_at: Date
  readonly updated_at: Date
  readonly confirmed_at: Date | null
  readonly identities: readonly Identity[]
  readonly factors: readonly JsonObject[]
}

/** Audience of every user; the gateway of a hosted project knows no other. */
export const defaultAudience = 'authenticated'

function selectUser(db: Db) {
  return db`
    select users.id, coalesce(users.aud, '') as aud, coalesce(users.role, '') as role, users.email, users.phone,
      users.encrypted_password, users.email_confirmed_at, users.phone_confirmed_at, users.confirmed_at,
      users.invited_at, coalesce(users.confirmation_token, '') as confirmation_token, users.confirmation_sent_at,
      coalesce(users.recovery_token, '') as recovery_token, users.recovery_sent_at,
      coalesce(users.email_change_token_current, '') as email_change_token_current,
      coalesce(users.email_change_token_new, '') as email_change_token_new,
      coalesce(users.email_change, '') as email_change, users.email_change_sent_at,
      coalesce(users.email_change_confirm_status, 0) as email_change_confirm_status,
      coalesce(users.phone_change, '') as phone_change, coalesce(users.phone_change_token, '') as phone_change_token,
      users.phone_change_sent_at, coalesce(users.reauthentication_token, '') as reauthentication_token,
      users.reauthentication_sent_at, users.last_sign_in_at,
      coalesce(users.raw_app_meta_data, '{}') as raw_app_meta_data,
      coalesce(users.raw_user_meta_data, '{}') as raw_user_meta_data,
      users.banned_until, users.deleted_at, users.is_anonymous, users.is_sso_user,
      coalesce(users.created_at, now()) as created_at, coalesce(users.updated_at, now()) as updated_at,
      coalesce((
        select json_agg(json_build_object(
          'identity_id', identities.id, 'id', identities.provider_id, 'user_id', identities.user_id,
          'identity_data', identities.identity_data, 'provider', identities.provider,
          'last_sign_in_at', ${utc(db, 'identities.last_sign_in_at')},
          'created_at', ${utc(db, 'identities.created_at')}, 'updated_at', ${utc(db, 'identities.updated_at')},
          'email', identities.email
        ) order by identities.created_at, identities.id)
        from auth.identities where identities.user_id = users.id
      ), '[]') as identities,
      coalesce((
        select json_agg(json_build_object(
          'id', mfa_factors.id, 'created_at', ${utc(db, 'mfa_factors.created_at')},
          'updated_at', ${utc(db, 'mfa_factors.updated_at')}, 'status', mfa_factors.status,
          'friendly_name', mfa_factors.friendly_name, 'factor_type', mfa_factors.factor_type, 'phone', mfa_factors.phone
        ) order by mfa_factors.created_at)
        from auth.mfa_factors where mfa_factors.user_id = users.id
      ), '[]') as factors
    from auth.users`
}

/** A timestamp inside JSON in the form of the API. `column` is one of ours, never input. */
function utc(db: Db, column: string) {
  return db.unsafe(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`)
}

const ofInstance = (db: Db) => db`coalesce(users.instance_id, ${instanceId}) = ${instanceId}`

/** Ways to look a user up. */
export type UserKey =
  | { readonly id: string }
  | { readonly email: string }
  | { readonly phone: string }
  | { readonly confirmationToken: string }
  | { readonly recoveryToken: string }
  | { readonly emailChangeToken: string }

/**
 * Finds a user.
 *
 * @param options.lock holds the row until the transaction ends, for flows that spend a token or check a limit
 */
export async function findUser(db: Db, key: UserKey, options: { lock?: boolean } = {}): Promise<User | null> {
  const lock = options.lock ? db`for update of users` : db``
  const [user] = await db<User[]>`${selectUser(db)} where ${conditionFor(db, key)} and ${ofInstance(db)} ${lock}`
  return user ?? null
}

function conditionFor(db: Db, key: UserKey) {
  const withoutSso = db`users.is_sso_user = false`
  if ('id' in key) return db`users.id = ${key.id}`
  // lower() as in the index on it; addresses are stored in lower case, but seeds may not be.
  if ('email' in key) {
    return db`lower(users.email) = ${key.email.toLowerCase()} and users.aud = ${defaultAudience} and ${withoutSso}`
  }
  if ('phone' in key) return db`users.phone = ${key.phone} and users.aud = ${defaultAudience} and ${withoutSso}`
  if ('confirmationToken' in key) return db`users.confirmation_token = ${key.confirmationToken} and ${withoutSso}`
  if ('recoveryToken' in key) return db`users.recovery_token = ${key.recoveryToken} and ${withoutSso}`
  const token = key.emailChangeToken
  return db`(users.email_change_token_current = ${token} or users.email_change_token_new = ${token}) and ${withoutSso}`
}

/** Finds the user who is changing from or to an address. */
export async function findUserForEmailChange(db: Db, email: string, tokenHash: string): Promise<User | null> {
  const tokens = [tokenHash, `pkce_${tokenHash}`]
  const [user] = await db<User[]>`
    ${selectUser(db)}
    where (lower(users.email) = ${email} and users.email_change_token_current in ${db(tokens)}
      or lower(users.email_change) = ${email} and users.email_change_token_new in ${db(tokens)})
      and users.is_sso_user = false and ${ofInstance(db)}
    for update of users`
  return user ?? null
}

/** Finds the user who is changing to a number. */
export async function findUserForPhoneChange(db: Db, phone: string, tokenHash: string): Promise<User | null> {
  const [user] = await db<User[]>`
    ${selectUser(db)}
    where users.phone_change = ${phone} and users.phone_change_token = ${tokenHash}
      and users.is_sso_user = false and ${ofInstance(db)}
    for update of users`
  return user ?? null
}

/** One page of users, newest first, with the count of all. */
export async function listUsers(
  db: Db,
  page: { limit: number; offset: number },
): Promise<{ users: User[]; total: number }> {
  const users = await db<User[]>`
    ${selectUser(db)} where users.aud = ${defaultAudience} and ${ofInstance(db)}
    order by users.created_at desc, users.id limit ${page.limit} offset ${page.offset}`
  const [count] = await db<{ total: number }[]>`
    select count(*)::int as total from auth.users where users.aud = ${defaultAudience} and ${ofInstance(db)}`
  return { users: [...users], total: count?.total ?? 0 }
}

/** Adds a user and returns the row as triggers left it. */
export async function insertUser(
  db: Db,
  columns: Partial<UserColumns>,
  now: Date,
  id: string = randomUUID(),
): Promise<User> {
  const row = {
    instance_id: instanceId,
    id,
    aud: defaultAudience,
    role: 'authenticated',
    confirmation_token: '',
    recovery_token: '',
    email_change_token_new: '',
    email_change: '',
    ...columns,
    raw_app_meta_data: db.json(asJson(columns.raw_app_meta_data ?? {})),
    raw_user_meta_data: db.json(asJson(columns.raw_user_meta_data ?? {})),
    created_at: now,
    updated_at: now,
  }
  await db`insert into auth.users ${db(row)}`
  return reload(db, id)
}

/** Writes some columns and returns the row as triggers left it. */
export async function updateUser(db: Db, id: string, columns: Partial<UserColumns>, now: Date): Promise<User> {
  const { raw_app_meta_data: app, raw_user_meta_data: own, ...plain } = columns
  const row = {
    ...plain,
    ...(app ? { raw_app_meta_data: db.json(asJson(app)) } : {}),
    ...(own ? { raw_user_meta_data: db.json(asJson(own)) } : {}),
    updated_at: now,
  }
  await db`update auth.users set ${db(row)} where id = ${id}`
  return reload(db, id)
}

/** Reads a user again after statements that changed what belongs to it. */
export async function reload(db: Db, id: string): Promise<User> {
  const user = await findUser(db, { id })
  if (!user) throw new Error('A user disappeared within its own transaction')
  return user
}

/** Removes a user and, by foreign keys, everything of it. */
export async function deleteUser(db: Db, id: string): Promise<void> {
  await db`delete from auth.users where id = ${id}`
}

/** `current` with `changes` on top; null takes a key away. */
export function mergeMetadata(current: JsonObject, changes: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries({ ...current, ...changes }).filter(([, value]) => value !== null))
}

/** True while a ban lasts. */
export function isBanned(user: User, now: Date): boolean {
  return user.banned_until !== null && user.banned_until > now
}

/** Metadata as postgres.js takes it: only what came from JSON is ever in there. */
export function asJson(value: JsonObject): Parameters<Db['json']>[0] {
  return value as Parameters<Db['json']>[0]
}
