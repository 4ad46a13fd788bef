import { z } from 'zod'
import type { AuthConfig } from '../config.ts'
import type { Db } from '../database.ts'
import { AuthError } from '../errors.ts'
import type { JsonObject } from '../models/user.ts'
import { callHttpHook } from './http_hook.ts'
import { callPgHook } from './pg_hook.ts'

/** Points of the flows at which a project may step in. */
export type HookName =
  | 'send_email'
  | 'send_sms'
  | 'custom_access_token'
  | 'before_user_created'
  | 'mfa_verification_attempt'
  | 'password_verification_attempt'

/** Calls the hooks of config.toml. */
export interface Hooks {
  isEnabled(name: HookName): boolean
  /**
   * Calls a hook and reads its answer.
   *
   * @param db the flow's transaction; functions in the database run in it
   * @throws {AuthError} the hook's own `error`, or that of its transport
   */
  call<T>(db: Db, name: HookName, payload: JsonObject, answer: z.ZodType<T>): Promise<T>
}

const refusal = z.object({
  error: z.object({ http_code: z.number().int().min(400).max(599).optional(), message: z.string().default('') }),
})

/** @param secretFor secrets that replace those of config.toml, as a stack makes its own */
export function createHooks(config: AuthConfig, secretFor: (name: HookName) => string | undefined): Hooks {
  const enabled = (name: HookName) => {
    const hook = config.hook[name]
    return hook?.enabled ? hook : null
  }
  return {
    isEnabled: (name) => enabled(name) !== null,
    async call(db, name, payload, answer) {
      const hook = enabled(name)
      if (!hook) throw new AuthError(500, 'unexpected_failure', `Hook ${name} is not enabled`)
      const output = hook.uri.startsWith('pg-functions:')
        ? await callPgHook(db, hook.uri, payload)
        : await callHttpHook(hook.uri, secretFor(name) ?? hook.secrets, payload)
      const refused = refusal.safeParse(output)
      if (refused.success) {
        const status = refused.data.error.http_code ?? 500
        const code = status === 500 ? 'unexpected_failure' : 'unknown'
        throw new AuthError(status, code, refused.data.error.message)
      }
      const parsed = answer.safeParse(output ?? {})
      if (!parsed.success) {
        const reason = z.prettifyError(parsed.error)
        throw new AuthError(500, 'unexpected_failure', `output claims do not conform to the expected schema: ${reason}`)
      }
      return parsed.data
    },
  }
}
