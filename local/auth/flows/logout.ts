import type { Flow } from '../auth.ts'
import { requireUser } from '../caller.ts'
import { inTransaction } from '../database.ts'
import { validationFailed } from '../errors.ts'
import { writeAudit } from '../models/audit_log.ts'
import { deleteSession, deleteSessions } from '../models/session.ts'

/** POST /logout: ends all sessions of the user, this one (`local`) or the others (`others`). */
export const logout: Flow = async (auth, request) => {
  const scope = request.query.get('scope') ?? 'global'
  if (!['global', 'local', 'others'].includes(scope)) {
    throw validationFailed(`Unsupported logout scope "${scope}"`)
  }
  const { user, session } = await requireUser(auth, request)
  await inTransaction(auth.pool, async (db) => {
    await writeAudit(db, { action: 'logout', actor: user, ip: request.clientIp }, auth.now())
    if (!session || scope === 'global') await deleteSessions(db, user.id)
    else if (scope === 'local') await deleteSession(db, session.id)
    else await deleteSessions(db, user.id, session.id)
  })
  return { status: 204 }
}
