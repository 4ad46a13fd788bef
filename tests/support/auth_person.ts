import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { TOTP } from 'otpauth'
import type { Database } from '../../types/database.ts'
import type { TestTarget } from './target.ts'

type Target = Pick<TestTarget, 'apiUrl' | 'publishableKey' | 'adminClient'>

/** Somebody with an account who signs in from devices. */
export interface AuthPerson {
  readonly id: string
  readonly email: string
  readonly password: string
}

/** Makes a confirmed account. @throws {Error} when Auth refuses */
export async function authPerson(
  target: Target,
  options: { locale?: string; isPlatformAdmin?: boolean } = {},
): Promise<AuthPerson> {
  const email = `${crypto.randomUUID()}@example.com`
  const password = 'Correct-horse-1'
  const { data, error } = await target.adminClient().auth.admin.createUser({
    email,
    password,
    email_confirm: true,
    ...(options.locale === undefined ? {} : { user_metadata: { locale: options.locale } }),
    ...(options.isPlatformAdmin ? { app_metadata: { platform_admin: true } } : {}),
  })
  if (error) throw error
  return { id: data.user.id, email, password }
}

/** A client of a device of its own. @param userAgent how the device names itself */
export function deviceClient(target: Target, userAgent = 'tests'): SupabaseClient<Database> {
  return createClient<Database>(target.apiUrl, target.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: { headers: { 'user-agent': userAgent } },
  })
}

/** Signs a person in by password on a device. @throws {Error} when Auth refuses */
export async function signIn(
  target: Target,
  person: AuthPerson,
  userAgent?: string,
): Promise<SupabaseClient<Database>> {
  const client = deviceClient(target, userAgent)
  const { error } = await client.auth.signInWithPassword(person)
  if (error) throw error
  return client
}

/** Adds an authenticator app, which raises the session. @returns what gives its codes */
export async function addAuthenticator(client: SupabaseClient<Database>): Promise<{ id: string; totp: TOTP }> {
  const { data, error } = await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: crypto.randomUUID() })
  if (error) throw error
  if (data.type !== 'totp') throw new Error('Auth enrolled something else')
  const totp = new TOTP({ secret: data.totp.secret })
  await verifyAuthenticator(client, { id: data.id, totp })
  return { id: data.id, totp }
}

/** Raises a session by a code of the app. @throws {Error} when Auth refuses */
export async function verifyAuthenticator(
  client: SupabaseClient<Database>,
  { id, totp }: { id: string; totp: TOTP },
): Promise<void> {
  const { error } = await client.auth.mfa.challengeAndVerify({ factorId: id, code: totp.generate() })
  if (error) throw error
}
