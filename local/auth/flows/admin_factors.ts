import { z } from 'zod'
import { readPhone } from '../addresses.ts'
import type { Flow } from '../auth.ts'
import { isUuid } from '../caller.ts'
import { type Db, inTransaction } from '../database.ts'
import { AuthError } from '../errors.ts'
import { type AuthRequest, ok, text } from '../http.ts'
import { adminActor, writeAudit } from '../models/audit_log.ts'
import { factorJson, listFactors, updateFactor } from '../models/factor.ts'
import { findUser, type User } from '../models/user.ts'
import { removeFactor, requireFactor } from './factors.ts'

const changes = z.object({ friendly_name: text, phone: text })

/** GET /admin/users/:id/factors. */
export const listAnyFactors: Flow = async (auth, request) => {
  const user = await namedUser(auth.pool, request)
  return ok((await listFactors(auth.pool, user.id)).map(factorJson))
}

/** PUT /admin/users/:id/factors/:factor: changes a factor's name or number. */
export const updateAnyFactor: Flow = async (auth, request) => {
  const body = await request.json(changes)
  const factor = await inTransaction(auth.pool, async (db) => {
    const user = await namedUser(db, request)
    const found = await requireFactor(db, user.id, request)
    const columns = {
      ...(body.friendly_name ? { friendly_name: body.friendly_name } : {}),
      ...(body.phone && found.factor_type === 'phone' ? { phone: readPhone(body.phone) } : {}),
    }
    await updateFactor(db, found.id, columns, auth.now())
    return requireFactor(db, user.id, request)
  })
  return ok(factorJson(factor))
}

/** DELETE /admin/users/:id/factors/:factor: takes a factor from a person who lost it. */
export const deleteAnyFactor: Flow = async (auth, request) => {
  const factor = await inTransaction(auth.pool, async (db) => {
    const user = await namedUser(db, request)
    const found = await requireFactor(db, user.id, request)
    await removeFactor(auth, db, found)
    const traits = { user_id: user.id, factor_id: found.id }
    await writeAudit(db, { action: 'factor_deleted', actor: adminActor, ip: request.clientIp, traits }, auth.now())
    return found
  })
  return ok(factorJson(factor))
}

async function namedUser(db: Db, request: AuthRequest): Promise<User> {
  const id = request.params.id
  if (!isUuid(id)) throw new AuthError(404, 'validation_failed', 'user_id must be an UUID')
  const user = await findUser(db, { id })
  if (!user) throw new AuthError(404, 'user_not_found', 'User not found')
  return user
}
