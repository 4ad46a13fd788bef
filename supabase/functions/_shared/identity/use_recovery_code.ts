import { z } from 'zod'
import { AppError } from '../http/mod.ts'

/** What of supabase-js, with the secret key, a recovery needs. */
export interface RecoveryBackend {
  /** Body of `redeem_recovery_code`. @throws {AppError} what the database refused */
  redeem(person: RecoveringPerson, code: string): Promise<unknown>
  /** Takes a factor away as an admin; one that is gone already is no failure. @throws {Error} when Auth cannot */
  deleteFactor(userId: string, factorId: string): Promise<void>
}

/** Who asks, from the token. */
export interface RecoveringPerson {
  readonly userId: string
  readonly sessionId: string
}

/**
 * Spends a recovery code and takes all second factors of its person away, so that a new one can be added.
 *
 * @returns how many factors there were
 * @throws {AppError} `recovery_code_invalid`; 503 `recovery_unfinished` when the same call has to be made again
 */
export async function useRecoveryCode(
  deps: { backend: RecoveryBackend },
  person: RecoveringPerson,
  code: string,
): Promise<number> {
  const factorIds = z.array(z.uuid()).parse(await deps.backend.redeem(person, code))
  try {
    await Promise.all(factorIds.map((id) => deps.backend.deleteFactor(person.userId, id)))
  } catch (cause) {
    // The code stays good for this session, so that nobody is left without both.
    throw new AppError(503, 'recovery_unfinished', 'Cannot remove the second factor now', {
      hint: 'Send the same code again within ten minutes',
      headers: { 'retry-after': '5' },
      cause,
    })
  }
  return factorIds.length
}
