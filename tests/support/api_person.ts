import { setTimeout as delay } from 'node:timers/promises'
import type { SupabaseClient } from '@supabase/supabase-js'
import type { Database } from '../../types/database.ts'
import type { TestTarget } from './target.ts'

/** Somebody signed in who uses the REST face with the own access token. */
export interface ApiPerson {
  readonly id: string
  readonly email: string
  readonly password: string
  readonly token: string
  readonly client: SupabaseClient<Database>
  /** Waits where a rate limit asks for a few seconds. @param path after `/functions/v1/api`, with its query */
  get(path: string, headers?: Record<string, string>): Promise<Response>
}

const password = 'Correct-horse-1'
/** A longer one is the answer: nobody waits an hour for the next window. */
const longestWaitSeconds = 5

/**
 * Makes an account and signs it in.
 *
 * @param options.isVerified by a code of a mail instead of the password, as the most sensitive RPCs ask
 * @throws {Error} when Auth refuses
 */
export async function signedInPerson(
  target: Pick<TestTarget, 'apiUrl' | 'client' | 'adminClient'>,
  options: { isVerified?: boolean } = {},
): Promise<ApiPerson> {
  const email = `${crypto.randomUUID()}@example.com`
  const made = await target.adminClient().auth.admin.createUser({ email, password, email_confirm: true })
  if (made.error) throw made.error
  const client = target.client()
  const { data, error } = options.isVerified
    ? await client.auth.verifyOtp({ email, token: await mailedCode(target, email), type: 'email' })
    : await client.auth.signInWithPassword({ email, password })
  if (error) throw error
  const token = data.session?.access_token ?? ''
  return {
    id: made.data.user.id,
    email,
    password,
    token,
    client,
    async get(path, headers = {}) {
      const ask = () =>
        fetch(`${target.apiUrl}/functions/v1/api${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } })
      for (;;) {
        const response = await ask()
        // As a good client does: tests ask faster than people.
        const seconds = Number(response.headers.get('retry-after'))
        if (response.status !== 429 || seconds > longestWaitSeconds) return response
        await delay(seconds * 1000)
      }
    },
  }
}

/** The code that a mail would bring. */
async function mailedCode(target: Pick<TestTarget, 'adminClient'>, email: string): Promise<string> {
  const { data, error } = await target.adminClient().auth.admin.generateLink({ type: 'magiclink', email })
  if (error) throw error
  return data.properties.email_otp
}
