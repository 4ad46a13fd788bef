import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AuthStack,
  codeIn,
  confirmedPerson,
  linkIn,
  newEmail,
  ourConfig,
  password,
  startAuthStack,
} from './auth_stack.ts'

describe('sign-up', () => {
  let stack: AuthStack
  beforeAll(async () => {
    stack = await startAuthStack()
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  it('[IDN-02] makes an unconfirmed user without a session and mails a confirmation', async () => {
    const email = newEmail()
    const { data, error } = await stack.client().auth.signUp({ email, password, options: { data: { name: 'Ada' } } })
    expect(error).toBeNull()
    expect(data.session).toBeNull()
    expect(data.user).toMatchObject({
      aud: 'authenticated',
      role: 'authenticated',
      email,
      app_metadata: { provider: 'email', providers: ['email'] },
      user_metadata: { name: 'Ada', email, email_verified: false, phone_verified: false },
      is_anonymous: false,
    })
    expect(data.user?.identities).toMatchObject([
      { provider: 'email', identity_data: { email, email_verified: false } },
    ])
    expect(data.user?.email_confirmed_at).toBeUndefined()
    const mail = await stack.mails.next(email)
    expect(mail.subject).toBe('Confirm Your Signup')
    expect(codeIn(mail)).toMatch(/^\d{6}$/)
  })

  it('[IDN-02] refuses the password until the address is confirmed', async () => {
    const email = newEmail()
    const client = stack.client()
    await client.auth.signUp({ email, password })
    const early = await client.auth.signInWithPassword({ email, password })
    expect(early.error).toMatchObject({ code: 'email_not_confirmed', status: 400 })
    const token = codeIn(await stack.mails.next(email))
    const verified = await client.auth.verifyOtp({ email, token, type: 'email' })
    expect(verified.data.session?.access_token).toBeTruthy()
    expect(verified.data.user?.email_confirmed_at).toBeTruthy()
    expect(verified.data.user?.user_metadata).toMatchObject({ email_verified: true })
    const later = await stack.client().auth.signInWithPassword({ email, password })
    expect(later.error).toBeNull()
  })

  it('[IDN-02] confirms by the link of the mail and sends the browser on with a session', async () => {
    const email = newEmail()
    const emailRedirectTo = 'https://app.example.com/welcome?from=mail'
    await stack.client().auth.signUp({ email, password, options: { emailRedirectTo } })
    const link = linkIn(await stack.mails.next(email), stack)
    const response = await fetch(link, { redirect: 'manual' })
    expect(response.status).toBe(303)
    const target = new URL(response.headers.get('location') ?? '')
    expect(`${target.origin}${target.pathname}${target.search}`).toBe(emailRedirectTo)
    const fragment = new URLSearchParams(target.hash.slice(1))
    expect(fragment.get('type')).toBe('signup')
    expect(fragment.get('token_type')).toBe('bearer')
    expect(fragment.get('expires_in')).toBe('86400')
    const user = await stack.client().auth.getUser(fragment.get('access_token') ?? '')
    expect(user.data.user?.email).toBe(email)

    const again = await fetch(link, { redirect: 'manual' })
    const refused = new URL(again.headers.get('location') ?? '')
    expect(Object.fromEntries(new URLSearchParams(refused.hash.slice(1)))).toEqual({
      error: 'access_denied',
      error_code: 'otp_expired',
      error_description: 'Email link is invalid or has expired',
    })
  })

  it('answers a confirmed address as it answers a new one, without identities and without mail', async () => {
    const { email } = await confirmedPerson(stack)
    const known = await stack.client().auth.signUp({ email, password: 'another password 2' })
    const fresh = await stack.client().auth.signUp({ email: newEmail(), password })
    expect(known.error).toBeNull()
    expect(known.data.session).toBeNull()
    expect(known.data.user?.identities).toEqual([])
    expect(Object.keys(known.data.user ?? {})).toEqual(Object.keys(fresh.data.user ?? {}))
    expect(Object.keys(known.data.user?.user_metadata ?? {})).toEqual(Object.keys(fresh.data.user?.user_metadata ?? {}))
    const [row] = await stack.sql`select id from auth.users where email = ${email}`
    expect(known.data.user?.id).not.toBe(row?.id)
    expect(stack.mails.unread(email)).toEqual([])
    const [audit] = await stack.sql`
      select payload ->> 'action' as action from auth.audit_log_entries
      where payload ->> 'actor_username' = ${email} order by created_at desc limit 1`
    expect(audit?.action).toBe('user_repeated_signup')
  })

  it('sends the confirmation again and keeps the first password when an unconfirmed address signs up twice', async () => {
    const email = newEmail()
    await stack.client().auth.signUp({ email, password })
    const first = codeIn(await stack.mails.next(email))
    await stack.client().auth.signUp({ email, password: 'a stranger password 3' })
    const second = codeIn(await stack.mails.next(email))
    const client = stack.client()
    if (first !== second) {
      const spent = await client.auth.verifyOtp({ email, token: first, type: 'signup' })
      expect(spent.error?.code).toBe('otp_expired')
    }
    expect((await client.auth.verifyOtp({ email, token: second, type: 'signup' })).error).toBeNull()
    expect((await client.auth.signInWithPassword({ email, password })).error).toBeNull()
  })

  it('makes one user when the same address signs up several times at once', async () => {
    const email = newEmail()
    const answers = await Promise.all([1, 2, 3, 4].map(() => stack.client().auth.signUp({ email, password })))
    expect(answers.map(({ error }) => error)).toEqual([null, null, null, null])
    const rows = await stack.sql`select id from auth.users where email = ${email}`
    expect(rows).toHaveLength(1)
  })

  it('[IDN-12] stores the password as bcrypt with a salt of its own', async () => {
    const [one, other] = [await confirmedPerson(stack), await confirmedPerson(stack)]
    const rows = await stack.sql<{ hash: string; matches: boolean }[]>`
      select encrypted_password as hash, extensions.crypt(${password}, encrypted_password) = encrypted_password as matches
      from auth.users where email in (${one.email}, ${other.email})`
    expect(rows.map(({ hash }) => /^\$2[aby]\$10\$/.test(hash))).toEqual([true, true])
    expect(rows.map(({ matches }) => matches)).toEqual([true, true])
    expect(rows[0]?.hash).not.toBe(rows[1]?.hash)
  })

  it('says why a password is weak', async () => {
    const { error } = await stack.client().auth.signUp({ email: newEmail(), password: 'short' })
    expect(error).toMatchObject({
      name: 'AuthWeakPasswordError',
      code: 'weak_password',
      status: 422,
      reasons: ['length'],
    })
    const long = await stack.client().auth.signUp({ email: newEmail(), password: 'x'.repeat(73) })
    expect(long.error).toMatchObject({ code: 'validation_failed', status: 400 })
  })

  it.each([
    [{ email: 'no address', password }, 400, 'validation_failed', 'Unable to validate email address: invalid format'],
    [{ email: 'a@example.com' }, 400, 'validation_failed', 'Signup requires a valid password'],
    [{ email: 7, password }, 400, 'bad_json', null],
    [{ phone: '+14155552671', password }, 400, 'phone_provider_disabled', 'Phone signups are disabled'],
    [{}, 422, 'anonymous_provider_disabled', 'Anonymous sign-ins are disabled'],
  ])('refuses %j', async (json, status, code, message) => {
    const response = await stack.request('/signup', { json, headers: { 'x-supabase-api-version': '2024-01-01' } })
    expect(response.status).toBe(status)
    expect(response.headers.get('x-supabase-api-version')).toBe('2024-01-01')
    expect(await response.json()).toEqual({ code, message: message ?? expect.any(String) })
  })

  it('answers a body that is no JSON in the older form when no version is asked for', async () => {
    const response = await stack.request('/signup', { method: 'POST', body: '{' })
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ code: 400, error_code: 'bad_json', msg: expect.any(String) })
  })

  it('answers 500 and keeps no user when a trigger of the project refuses', async () => {
    await stack.sql.unsafe(`
      create function public.refuse_blocked() returns trigger language plpgsql as $$
      begin raise exception 'blocked'; end $$;
      create trigger t900_refuse_blocked before insert on auth.users for each row
        when (new.email like 'blocked%') execute function public.refuse_blocked();`)
    const json = { email: 'blocked@example.com', password }
    const headers = { 'x-supabase-api-version': '2024-01-01' }
    const answers = [
      // Clients of the first version are told what the trigger said.
      { response: await stack.request('/signup', { json }), body: { code: 'P0001', message: 'blocked' } },
      {
        response: await stack.request('/signup', { json, headers }),
        body: { code: 'unexpected_failure', message: 'Database error saving new user' },
      },
    ]
    for (const { response, body } of answers) {
      expect(response.status).toBe(500)
      expect(await response.json()).toEqual(body)
    }
    expect(await stack.sql`select 1 from auth.users where email = 'blocked@example.com'`).toHaveLength(0)
  })
})

describe('sign-up without confirmations', () => {
  let stack: AuthStack
  beforeAll(async () => {
    stack = await startAuthStack({
      config: { ...ourConfig, email: { enable_confirmations: false }, enable_anonymous_sign_ins: true },
    })
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  it('signs in at once and names a known address', async () => {
    const email = newEmail()
    const first = await stack.client().auth.signUp({ email, password })
    expect(first.data.session?.user.email_confirmed_at).toBeTruthy()
    const second = await stack.client().auth.signUp({ email, password })
    expect(second.error).toMatchObject({ code: 'user_already_exists', status: 422 })
  })

  it('signs in anonymously and keeps the user when an address is added', async () => {
    const client = stack.client()
    const { data } = await client.auth.signInAnonymously({ options: { data: { theme: 'dark' } } })
    expect(data.user).toMatchObject({ is_anonymous: true, email: '', user_metadata: { theme: 'dark' } })
    const claims = await stack.tokens.verify(data.session?.access_token ?? '')
    expect(claims).toMatchObject({ is_anonymous: true, amr: [{ method: 'anonymous' }] })
    const email = newEmail()
    const upgraded = await client.auth.updateUser({ email, password })
    expect(upgraded.error).toBeNull()
    expect(upgraded.data.user).toMatchObject({ id: data.user?.id, email, is_anonymous: false })
    const again = await stack.client().auth.signInWithPassword({ email, password })
    expect(again.data.user?.id).toBe(data.user?.id)
  })
})

describe('closed sign-up', () => {
  it('refuses new users but lets known ones in', async () => {
    await using stack = await startAuthStack({ config: { ...ourConfig, enable_signup: false } })
    const { error } = await stack.client().auth.signUp({ email: newEmail(), password })
    expect(error).toMatchObject({ code: 'signup_disabled', status: 422 })
    const otp = await stack.client().auth.signInWithOtp({ email: newEmail() })
    expect(otp.error?.code).toBe('signup_disabled')
  })
})
