import { z } from 'zod'
import { readEmail, readPhone } from '../addresses.ts'
import type { Auth, Flow } from '../auth.ts'
import { isUuid, requireAdmin } from '../caller.ts'
import { type Db, inTransaction, orFail } from '../database.ts'
import { parseDuration } from '../duration.ts'
import { AuthError, validationFailed } from '../errors.ts'
import { type AuthRequest, object, ok, type Reply, text } from '../http.ts'
import { type AuditAction, adminActor, writeAudit } from '../models/audit_log.ts'
import { deleteUser, findUser, listUsers, type User } from '../models/user.ts'
import { userJson } from '../models/user_json.ts'
import { readPage } from '../paging.ts'
import { hashPassword, isPasswordHash, randomPassword, requireStrongPassword } from '../passwords.ts'
import { changeUser, type UserChanges } from './admin_changes.ts'
import { createUser } from './new_user.ts'
import { softDeleteUser } from './soft_delete.ts'

const parameters = z.object({
  id: text,
  role: text,
  email: text,
  phone: text,
  password: z.string().nullish(),
  password_hash: text,
  email_confirm: z.boolean().nullish(),
  phone_confirm: z.boolean().nullish(),
  user_metadata: object,
  app_metadata: object,
  ban_duration: text,
})
type Parameters = z.infer<typeof parameters>

const deletion = z.object({ should_soft_delete: z.boolean().nullish() })

/** Lets only the holder of the secret key reach a flow. */
export function asAdmin(flow: Flow): Flow {
  return async (auth, request) => {
    await requireAdmin(auth, request)
    return flow(auth, request)
  }
}

/** GET /admin/users: one page, with the count and the neighbouring pages in headers. */
export const listAllUsers: Flow = async (auth, request) => {
  const page = readPage(request)
  const { users, total } = await listUsers(auth.pool, page)
  return {
    status: 200,
    body: { users: users.map(userJson), aud: 'authenticated' },
    headers: page.headers('/admin/users', total),
  }
}

/** GET /admin/users/:id. */
export const getAnyUser: Flow = async (auth, request) => ok(userJson(await namedUser(auth, auth.pool, request)))

/** POST /admin/users: adds a user without asking the address. */
export const createAnyUser: Flow = async (auth, request) => {
  const body = await request.json(parameters)
  if (body.email === '' && body.phone === '') {
    throw validationFailed('Cannot create a user without either an email or phone')
  }
  if (body.id !== '' && !isUuid(body.id)) throw validationFailed('ID must conform to the uuid v4 format')
  const changes = await readChanges(auth, body)
  const encryptedPassword = changes.encryptedPassword ?? (await hashPassword(randomPassword()))
  const user = await inTransaction(auth.pool, async (db) => {
    await requireFreeAddresses(db, changes, null)
    const { email, phone } = changes
    const start = {
      encryptedPassword,
      data: body.user_metadata ?? {},
      appMetadata: body.app_metadata ?? {},
      ...(body.id ? { id: body.id } : {}),
      ...(email ? { email } : {}),
      ...(phone ? { phone } : {}),
      ...(body.role ? { role: body.role } : {}),
    }
    const created = await createUser(auth, db, request, start, 'Database error creating new user')
    await audit(auth, db, request, 'user_signedup', created)
    const { confirmsEmail = false, confirmsPhone = false, bannedUntil } = changes
    return changeUser(auth, db, created, { confirmsEmail, confirmsPhone, bannedUntil })
  })
  return ok(userJson(user))
}

/** PUT /admin/users/:id: changes anything of a user at once. */
export const updateAnyUser: Flow = async (auth, request) => {
  const body = await request.json(parameters)
  const changes = await readChanges(auth, body)
  const user = await inTransaction(auth.pool, async (db) => {
    const current = await namedUser(auth, db, request)
    await requireFreeAddresses(db, changes, current.id)
    const changed = await changeUser(auth, db, current, {
      ...changes,
      ...(body.role ? { role: body.role } : {}),
      ...(body.user_metadata ? { userMetadata: body.user_metadata } : {}),
      ...(body.app_metadata ? { appMetadata: body.app_metadata } : {}),
    })
    await audit(auth, db, request, 'user_modified', changed)
    return changed
  })
  return ok(userJson(user))
}

/** DELETE /admin/users/:id: removes a user, or keeps an empty shell for foreign keys. */
export const deleteAnyUser: Flow = async (auth, request): Promise<Reply> => {
  const body = request.contentLength !== 0 ? await request.json(deletion) : {}
  await inTransaction(auth.pool, async (db) => {
    const user = await namedUser(auth, db, request)
    await audit(auth, db, request, 'user_deleted', user)
    if (!body.should_soft_delete) {
      await orFail('Database error deleting user', () => deleteUser(db, user.id))
    } else if (!user.deleted_at) {
      await orFail('Error soft deleting user', () => softDeleteUser(auth, db, user))
    }
  })
  return ok({})
}

async function namedUser(auth: Auth, db: Db, request: AuthRequest): Promise<User> {
  const id = request.params.id
  if (!isUuid(id)) throw new AuthError(404, 'validation_failed', 'user_id must be an UUID')
  const user = await findUser(db, { id }, { lock: db !== auth.pool })
  if (!user) throw new AuthError(404, 'user_not_found', 'User not found')
  return user
}

async function readChanges(auth: Auth, body: Parameters): Promise<UserChanges> {
  const now = auth.now()
  return {
    ...(body.email ? { email: readEmail(body.email) } : {}),
    ...(body.phone ? { phone: readPhone(body.phone) } : {}),
    ...(await readPassword(auth, body)),
    confirmsEmail: body.email_confirm ?? false,
    confirmsPhone: body.phone_confirm ?? false,
    ...(body.ban_duration ? { bannedUntil: readBan(body.ban_duration, now) } : {}),
  }
}

async function readPassword(auth: Auth, body: Parameters): Promise<{ encryptedPassword?: string }> {
  if (body.password && body.password_hash) {
    throw validationFailed('Only a password or a password hash should be provided')
  }
  if (body.password_hash) {
    if (!isPasswordHash(body.password_hash)) throw validationFailed('password_hash must be a bcrypt hash')
    return { encryptedPassword: body.password_hash }
  }
  if (!body.password) return {}
  requireStrongPassword(auth.config, body.password)
  return { encryptedPassword: await hashPassword(body.password) }
}

function readBan(value: string, now: Date): Date | null {
  if (value === 'none') return null
  const duration = parseDuration(value)
  if (duration === null) throw validationFailed(`invalid format for ban duration: "${value}"`)
  return new Date(now.getTime() + duration)
}

async function requireFreeAddresses(db: Db, changes: UserChanges, ownId: string | null): Promise<void> {
  const other = changes.email ? await findUser(db, { email: changes.email }) : null
  if (other && other.id !== ownId) {
    throw new AuthError(422, 'email_exists', 'A user with this email address has already been registered')
  }
  const caller = changes.phone ? await findUser(db, { phone: changes.phone }) : null
  if (caller && caller.id !== ownId) {
    throw new AuthError(422, 'phone_exists', 'Phone number already registered by another user')
  }
}

function audit(auth: Auth, db: Db, request: AuthRequest, action: AuditAction, user: User): Promise<void> {
  const traits = { user_id: user.id, user_email: user.email ?? '', user_phone: user.phone ?? '' }
  return writeAudit(db, { action, actor: adminActor, ip: request.clientIp, traits }, auth.now())
}
