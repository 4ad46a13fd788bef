import type { SupabaseContext } from '@supabase/server'
import { AppError } from '../http/mod.ts'
import type { RecoveryBackend } from './use_recovery_code.ts'

/** Answers of ours: PostgREST passes status and body of `private.raise_error` on. */
const ownCodes: Readonly<Record<string, number>> = { recovery_code_invalid: 422, person_required: 403 }

/** The database and Auth behind a recovery. @param client with the secret key */
export function supabaseRecoveryBackend(client: SupabaseContext['supabaseAdmin']): RecoveryBackend {
  return {
    async redeem({ userId, sessionId }, code) {
      const { data, error } = await client.rpc('redeem_recovery_code', {
        user_id: userId,
        session_id: sessionId,
        code,
      })
      if (!error) return data
      const status = ownCodes[error.code]
      if (status === undefined) throw new Error(`Cannot redeem recovery code: ${error.message}`)
      throw new AppError(status, error.code, error.message, { hint: error.hint })
    },
    async deleteFactor(userId, id) {
      const { error } = await client.auth.admin.mfa.deleteFactor({ userId, id })
      if (error && error.status !== 404) throw error
    },
  }
}
