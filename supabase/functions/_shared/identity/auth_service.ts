import { z } from 'zod'
import { ProviderError, requestProvider } from '../providers/mod.ts'
import type { Env } from '../runtime/mod.ts'

/** What somebody is signed in with. */
export const authSessionSchema = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  token_type: z.string(),
  expires_in: z.number(),
  expires_at: z.number(),
  user: z.object({
    id: z.uuid(),
    email: z.string().nullish(),
    factors: z.array(z.object({ status: z.string() })).nullish(),
  }),
})
export type AuthSession = z.infer<typeof authSessionSchema>

/** A password that somebody shows. */
export interface Credentials {
  readonly email: string
  readonly password: string
  /** Of the captcha's widget, where Auth asks for one. */
  readonly captchaToken?: string | undefined
}

/**
 * Supabase Auth, as far as the REST face stands in front of it.
 *
 * Every call throws a {@link ProviderError} whose `vendorCode` is Auth's error code, such as `invalid_credentials`.
 */
export interface AuthService {
  /** Registers, and has the mail with the link sent. @param data what the profile is made from */
  signUp(input: Credentials & { data: object; redirectTo?: string | undefined }): Promise<void>
  signIn(credentials: Credentials): Promise<AuthSession>
  refresh(refreshToken: string): Promise<AuthSession>
  /** @param scope which sessions end: this one, the others, or all */
  signOut(accessToken: string, scope: 'local' | 'others' | 'global'): Promise<void>
  /** Who the token is of, as Auth knows them now. */
  readUser(accessToken: string): Promise<{ id: string; email: string | null }>
  /** Sets the password of the token's person, which ends the other sessions. */
  changePassword(accessToken: string, passwords: { current: string; next: string }): Promise<void>
}

/** Where a request came from, so that sessions and histories tell the person's device and not ours. */
export interface AuthOrigin {
  readonly ipAddress?: string | undefined
  readonly userAgent?: string | undefined
  readonly signal: AbortSignal
}

const failureSchema = z.union([z.object({ code: z.string() }), z.object({ error_code: z.string() })])
/** Of the answers that Auth gives; without it those of its first version, which tell what a trigger of ours refused. */
const apiVersion = '2024-01-01'

/**
 * Auth behind its own API. Called with the publishable key, as a client would: with a secret key it skips the captcha.
 *
 * @param origin of the request that is answered
 */
export function httpAuthService(
  env: Pick<Env, 'SUPABASE_URL' | 'SUPABASE_PUBLISHABLE_KEYS' | 'SUPABASE_ANON_KEY'>,
  origin: AuthOrigin,
): AuthService {
  async function call<Schema extends z.ZodType>(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    schema: Schema,
    options: { json?: object; token?: string; isVersioned?: false } = {},
  ): Promise<z.output<Schema>> {
    const { body } = await requestProvider({
      provider: 'auth',
      method,
      url: `${env.SUPABASE_URL}/auth/v1${path}`,
      headers: {
        apikey: env.SUPABASE_PUBLISHABLE_KEYS.default ?? env.SUPABASE_ANON_KEY ?? '',
        ...(options.isVersioned !== false && { 'x-supabase-api-version': apiVersion }),
        ...(options.token && { authorization: `Bearer ${options.token}` }),
        ...(origin.ipAddress && { 'x-forwarded-for': origin.ipAddress }),
        ...(origin.userAgent && { 'user-agent': origin.userAgent }),
      },
      ...(options.json && { json: options.json }),
      signal: origin.signal,
      // A repeated guess is two guesses.
      maxAttempts: 1,
      schema,
      explain: ({ status, body }) => {
        const failure = failureSchema.safeParse(body).data
        const code = failure && ('code' in failure ? failure.code : failure.error_code)
        return {
          ...(code !== undefined && { vendorCode: code }),
          // A wrong password is no fault of our key.
          ...(status >= 400 && status < 500 && status !== 429 && { failure: 'refused' as const }),
        }
      },
    })
    return body
  }
  const captcha = (token: string | undefined) => ({ gotrue_meta_security: { captcha_token: token ?? null } })

  return {
    async signUp({ email, password, captchaToken, data, redirectTo }) {
      const query = redirectTo === undefined ? '' : `?redirect_to=${encodeURIComponent(redirectTo)}`
      await call('POST', `/signup${query}`, z.unknown(), { json: { email, password, data, ...captcha(captchaToken) } })
    },
    signIn({ email, password, captchaToken }) {
      const json = { email, password, ...captcha(captchaToken) }
      return call('POST', '/token?grant_type=password', authSessionSchema, { json })
    },
    refresh(refreshToken) {
      const json = { refresh_token: refreshToken }
      return call('POST', '/token?grant_type=refresh_token', authSessionSchema, { json })
    },
    async signOut(token, scope) {
      await call('POST', `/logout?scope=${scope}`, z.unknown(), { token })
    },
    async readUser(token) {
      const user = await call('GET', '/user', z.object({ id: z.uuid(), email: z.string().nullish() }), { token })
      return { id: user.id, email: user.email || null }
    },
    async changePassword(token, { current, next }) {
      const json = { password: next, current_password: current }
      await call('PUT', '/user', z.unknown(), { token, json, isVersioned: false })
    },
  }
}

/** Auth's code for what it refused; null for other failures, such as when it cannot be reached. */
export function refusalOf(error: unknown): string | null {
  if (!(error instanceof ProviderError)) return null
  return error.failure === 'refused' || error.failure === 'throttled' ? (error.vendorCode ?? 'unknown') : null
}
