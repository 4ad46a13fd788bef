import { z } from 'zod'
import { AppError } from '../http/mod.ts'
import { accountSubject, type RpcClient } from '../platform/mod.ts'

/** Locks an account after wrong passwords, from wherever they come; `docs/domains/identity/api-keys.md` says how long. */
export interface SignInAttempts {
  /** Counts an attempt, before it is known how it ends. @throws {AppError} 429 `account_locked` */
  begin(email: string): Promise<void>
  /** Forgets the attempts of an account, because one succeeded. */
  forgive(email: string): Promise<void>
}

/** The attempts that the database counts. @param client with the secret key */
export function rpcSignInAttempts(client: RpcClient): SignInAttempts {
  async function rpc(name: 'begin_sign_in' | 'forgive_sign_ins', email: string): Promise<unknown> {
    const { data, error } = await client.rpc(name, { account: await accountSubject(email) })
    if (!error) return data
    // Unlimited guesses would be worse than none.
    throw new AppError(503, 'rate_limit_unavailable', 'Attempts to sign in cannot be counted now', {
      hint: 'Try again in a moment',
      headers: { 'retry-after': '5' },
      cause: new Error(`Cannot call ${name}: ${error.message}`),
    })
  }
  return {
    async begin(email) {
      const seconds = z
        .number()
        .int()
        .nullable()
        .parse(await rpc('begin_sign_in', email))
      if (seconds === null) return
      throw new AppError(429, 'account_locked', 'Too many wrong passwords', {
        hint: `Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}, or choose a new password by mail`,
        headers: { 'retry-after': String(seconds) },
      })
    },
    async forgive(email) {
      await rpc('forgive_sign_ins', email)
    },
  }
}
