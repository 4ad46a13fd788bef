import { describe, expect, it } from 'vitest'
import { AppError } from '../../../supabase/functions/_shared/http/mod.ts'
import {
  type AuthService,
  type AuthSession,
  changePassword,
  logIn,
  register,
} from '../../../supabase/functions/_shared/identity/mod.ts'
import { ProviderError } from '../../../supabase/functions/_shared/providers/mod.ts'

const session: AuthSession = {
  access_token: 'proof',
  refresh_token: 'r',
  token_type: 'bearer',
  expires_in: 1,
  expires_at: 1,
  user: { id: '7d2f6a52-6d5f-4d8c-9a55-000000000001' },
}
const credentials = { email: 'ada@example.com', password: 'correct-horse-7' }
const refusal = (code: string) => new ProviderError('auth', 'refused', 'Refused', { vendorCode: code })

/** What the use cases did, in order, and a clock that goes on only when they wait. */
function given(fails: Partial<Record<keyof AuthService | 'begin', unknown>> = {}) {
  const did: string[] = []
  let now = 0
  const step = async <T>(name: keyof AuthService | 'begin', detail: string, answer: T): Promise<T> => {
    did.push(`${name} ${detail}`.trim())
    if (fails[name] !== undefined) throw fails[name]
    return answer
  }
  const auth: AuthService = {
    signUp: ({ email }) => step('signUp', email, undefined),
    signIn: ({ password }) => step('signIn', password, session),
    refresh: (token) => step('refresh', token, session),
    signOut: (token, scope) => step('signOut', `${token} ${scope}`, undefined),
    readUser: (token) => step('readUser', token, { id: session.user.id, email: credentials.email }),
    changePassword: (token, { next }) => step('changePassword', `${token} ${next}`, undefined),
  }
  const deps = {
    auth,
    attempts: {
      begin: (email: string) => step('begin', email, undefined),
      forgive: async (email: string) => {
        did.push(`forgive ${email}`)
      },
    },
    timing: {
      clock: { now: () => new Date(now) },
      wait: async (milliseconds: number) => {
        now += milliseconds
      },
    },
    audit: {
      rpc: async (_name: string, parameters: object) => {
        did.push(`audit ${JSON.stringify(parameters)}`)
        return { data: 1, error: null }
      },
    },
  }
  return { deps, did, tookMs: () => now }
}

describe('signing in', () => {
  it('[IDN-03] counts the attempt before the password is looked at, and forgives it when it was right', async () => {
    const { deps, did } = given()
    expect(await logIn(deps, credentials)).toEqual(session)
    expect(did).toEqual(['begin ada@example.com', 'signIn correct-horse-7', 'forgive ada@example.com'])
  })

  it('[SEC-07] does not even try the password of an account that is locked', async () => {
    const { deps, did } = given({ begin: new AppError(429, 'account_locked', 'Too many wrong passwords') })
    await expect(logIn(deps, credentials)).rejects.toMatchObject({ code: 'account_locked' })
    expect(did).toEqual(['begin ada@example.com'])
  })

  it('answers the same, after the same time, to a wrong password, an unknown address and a ban', async () => {
    const answers = await Promise.all(
      ['invalid_credentials', 'user_not_found', 'user_banned', 'validation_failed'].map(async (code) => {
        const { deps, tookMs } = given({ signIn: refusal(code) })
        const error = await logIn(deps, credentials).catch((thrown: unknown) => thrown)
        return error instanceof AppError ? [error.status, error.code, error.message, tookMs()] : error
      }),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]).toEqual([401, 'sign_in_failed', expect.any(String), 500])
  })

  it('tells who has the right password that the address is not confirmed, and 503 when Auth is gone', async () => {
    const unconfirmed = given({ signIn: refusal('email_not_confirmed') })
    await expect(logIn(unconfirmed.deps, credentials)).rejects.toMatchObject({ code: 'email_not_confirmed' })
    expect(unconfirmed.did.at(-1)).toBe('forgive ada@example.com')
    const gone = given({ signIn: new ProviderError('auth', 'unavailable', 'Gone') })
    await expect(logIn(gone.deps, credentials)).rejects.toMatchObject({ code: 'auth_unavailable', status: 503 })
    const captcha = given({ signIn: refusal('captcha_failed') })
    await expect(logIn(captcha.deps, credentials)).rejects.toMatchObject({ code: 'captcha_failed' })
  })
})

describe('registering', () => {
  it('[IDN-01] answers the same, after the same time, whether or not the address is known', async () => {
    for (const code of [undefined, 'user_already_exists', 'email_exists', 'over_email_send_rate_limit']) {
      const { deps, tookMs } = given(code === undefined ? {} : { signUp: refusal(code) })
      expect(await register(deps, credentials)).toEqual({ status: 'confirmation_sent' })
      expect(tookMs()).toBe(1000)
    }
  })

  it.each([
    ['weak_password', 422, 'password_weak'],
    ['email_address_invalid', 422, 'email_invalid'],
    ['signup_disabled', 403, 'registration_closed'],
    ['captcha_failed', 400, 'captcha_failed'],
    ['hook_payload_over_size_limit', 422, 'registration_refused'],
    ['over_request_rate_limit', 429, 'rate_limit_exceeded'],
  ])('[IDN-01] tells what is wrong with the request itself: %s', async (vendorCode, status, code) => {
    const { deps } = given({ signUp: refusal(vendorCode) })
    await expect(register(deps, credentials)).rejects.toMatchObject({ status, code })
  })
})

describe('changing the password', () => {
  const input = { accessToken: 'own', current: 'old-password-1', next: 'new-password-1' }

  it('[IDN-09] proves the present password, changes it, ends the other sessions and tells the audit log', async () => {
    const { deps, did } = given()
    await changePassword(deps, input, { requestId: 'r1' })
    expect(did.slice(0, -1)).toEqual([
      'readUser own',
      'begin ada@example.com',
      'signIn old-password-1',
      'forgive ada@example.com',
      'changePassword own new-password-1',
      'signOut own others',
    ])
    expect(did.at(-1)).toContain('"action":"password_changed"')
    expect(did.at(-1)).not.toMatch(/old-password|new-password|ada@/)
  })

  it('[IDN-09] refuses a wrong present password, which counts as a guess', async () => {
    const { deps, did } = given({ signIn: refusal('invalid_credentials') })
    await expect(changePassword(deps, input, {})).rejects.toMatchObject({ status: 403, code: 'current_password_wrong' })
    expect(did).toEqual(['readUser own', 'begin ada@example.com', 'signIn old-password-1'])
  })

  it.each([
    ['weak_password', 'password_weak'],
    ['same_password', 'password_unchanged'],
    ['insufficient_aal', 'second_factor_required'],
    ['reauthentication_needed', 'reauthentication_needed'],
  ])('[IDN-09] ends the session of the proof when Auth refuses the new one: %s', async (vendorCode, code) => {
    const { deps, did } = given({ changePassword: refusal(vendorCode) })
    await expect(changePassword(deps, input, {})).rejects.toMatchObject({ code })
    expect(did.at(-1)).toBe('signOut proof local')
  })

  it('[IDN-09] refuses a session that has ended', async () => {
    const { deps } = given({ readUser: refusal('session_not_found') })
    await expect(changePassword(deps, input, {})).rejects.toMatchObject({ status: 401, code: 'session_invalid' })
  })
})
