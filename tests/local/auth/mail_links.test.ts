import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  type AuthStack,
  codeIn,
  confirmedPerson,
  errorOf,
  linkIn,
  newEmail,
  ourConfig,
  password,
  startAuthStack,
} from './auth_stack.ts'

describe('codes and links by mail', () => {
  let stack: AuthStack
  beforeAll(async () => {
    stack = await startAuthStack()
  })
  afterEach(() => stack.shiftClock(0))
  afterAll(() => stack[Symbol.asyncDispose]())

  /** A browser's memory, which PKCE needs between the two halves of a flow. */
  const memory = () => {
    const values = new Map<string, string>()
    return {
      getItem: (key: string) => values.get(key) ?? null,
      setItem: (key: string, value: string) => void values.set(key, value),
      removeItem: (key: string) => void values.delete(key),
    }
  }
  const follow = async (link: URL) => {
    const response = await fetch(link, { redirect: 'manual' })
    return new URL(response.headers.get('location') ?? '')
  }

  it('signs a known person in by a code', async () => {
    const { email } = await confirmedPerson(stack)
    const client = stack.client()
    expect((await client.auth.signInWithOtp({ email })).error).toBeNull()
    const mail = await stack.mails.next(email)
    expect(mail.subject).toBe('Your Magic Link')
    const { data, error } = await client.auth.verifyOtp({ email, token: codeIn(mail), type: 'email' })
    expect(error).toBeNull()
    expect(data.user?.email).toBe(email)
    const spent = await client.auth.verifyOtp({ email, token: codeIn(mail), type: 'email' })
    expect(spent.error).toMatchObject({ code: 'otp_expired', status: 403, message: 'Token has expired or is invalid' })
  })

  it('makes a user of an unknown address, unless told not to', async () => {
    const email = newEmail()
    const closed = await stack.client().auth.signInWithOtp({ email, options: { shouldCreateUser: false } })
    expect(closed.error).toMatchObject({ code: 'otp_disabled', status: 422 })
    const client = stack.client()
    await client.auth.signInWithOtp({ email, options: { data: { name: 'Grace' } } })
    const token = codeIn(await stack.mails.next(email))
    const { data } = await client.auth.verifyOtp({ email, token, type: 'email' })
    expect(data.user?.user_metadata).toMatchObject({ name: 'Grace', email_verified: true })
  })

  it('exchanges the hash of a link for a session', async () => {
    const { email } = await confirmedPerson(stack)
    await stack.client().auth.signInWithOtp({ email })
    const hash = linkIn(await stack.mails.next(email), stack).searchParams.get('token') ?? ''
    const { data, error } = await stack.client().auth.verifyOtp({ token_hash: hash, type: 'email' })
    expect(error).toBeNull()
    expect(data.session?.user.email).toBe(email)
  })

  it('ends a flow with PKCE by a code that only the client that began it can exchange', async () => {
    const { email } = await confirmedPerson(stack)
    const client = stack.client({ flowType: 'pkce', storage: memory(), persistSession: true })
    await client.auth.signInWithOtp({ email, options: { emailRedirectTo: 'https://app.example.com/in' } })
    const link = linkIn(await stack.mails.next(email), stack)
    expect(link.searchParams.get('token')).toMatch(/^pkce_/)
    const target = await follow(link)
    expect(target.hash).toBe('')
    const code = target.searchParams.get('code') ?? ''
    const json = { auth_code: code, code_verifier: 'x'.repeat(43) }
    const stolen = await stack.request('/token?grant_type=pkce', { json })
    expect(await errorOf(stolen)).toBe('400 bad_code_verifier')
    const { data, error } = await client.auth.exchangeCodeForSession(code)
    expect(error).toBeNull()
    expect(data.user?.email).toBe(email)
    const claims = await stack.tokens.verify(data.session?.access_token ?? '')
    expect(claims.amr).toMatchObject([{ method: 'magiclink' }])
    const again = await stack.request('/token?grant_type=pkce', { json })
    expect(await errorOf(again)).toBe('404 flow_state_not_found')
  })

  it('refuses the code of a flow with PKCE after five minutes', async () => {
    const { email } = await confirmedPerson(stack)
    const client = stack.client({ flowType: 'pkce', storage: memory(), persistSession: true })
    await client.auth.resetPasswordForEmail(email)
    const target = await follow(linkIn(await stack.mails.next(email), stack))
    stack.shiftClock(6 * 60_000)
    const { error } = await client.auth.exchangeCodeForSession(target.searchParams.get('code') ?? '')
    expect(error?.code).toBe('flow_state_expired')
  })

  it('[IDN-10] resets a password: request, mail, new password', async () => {
    const { email } = await confirmedPerson(stack)
    const client = stack.client()
    expect((await client.auth.resetPasswordForEmail(email)).error).toBeNull()
    const mail = await stack.mails.next(email)
    expect(mail.subject).toBe('Reset Your Password')
    const verified = await client.auth.verifyOtp({ email, token: codeIn(mail), type: 'recovery' })
    expect(verified.error).toBeNull()
    expect((await client.auth.updateUser({ password: 'a new password 4' })).error).toBeNull()
    const old = await stack.client().auth.signInWithPassword({ email, password })
    expect(old.error?.code).toBe('invalid_credentials')
    const next = await stack.client().auth.signInWithPassword({ email, password: 'a new password 4' })
    expect(next.error).toBeNull()
  })

  it('[IDN-10] refuses a recovery code that is wrong, spent, replaced or too old', async () => {
    const { email } = await confirmedPerson(stack)
    const client = stack.client()
    const attempt = async (token: string) =>
      (await client.auth.verifyOtp({ email, token, type: 'recovery' })).error?.code ?? 'accepted'
    await client.auth.resetPasswordForEmail(email)
    const first = codeIn(await stack.mails.next(email))
    expect(await attempt(first === '000000' ? '111111' : '000000')).toBe('otp_expired')
    await client.auth.resetPasswordForEmail(email)
    const second = codeIn(await stack.mails.next(email))
    if (first !== second) expect(await attempt(first)).toBe('otp_expired')
    stack.shiftClock(3601_000)
    expect(await attempt(second)).toBe('otp_expired')
    stack.shiftClock(0)
    expect(await attempt(second)).toBe('accepted')
    expect(await attempt(second)).toBe('otp_expired')
  })

  it('[IDN-11] ends every other session when the password is reset', async () => {
    const { email, client: elsewhere } = await confirmedPerson(stack)
    const client = stack.client()
    await client.auth.resetPasswordForEmail(email)
    await client.auth.verifyOtp({ email, token: codeIn(await stack.mails.next(email)), type: 'recovery' })
    expect((await elsewhere.auth.getUser()).error).toBeNull()
    await client.auth.updateUser({ password: 'a new password 5' })
    expect((await elsewhere.auth.refreshSession()).error?.code).toBe('refresh_token_not_found')
    expect((await elsewhere.auth.getUser()).error?.name).toBe('AuthSessionMissingError')
    expect((await client.auth.refreshSession()).error).toBeNull()
    const left = await stack.sql`
      select count(*)::int as total from auth.refresh_tokens
      where user_id = (select id::text from auth.users where email = ${email}) and not revoked`
    expect(left[0]?.total).toBe(1)
  })

  it('answers a recovery and a resend for an unknown address as for a known one', async () => {
    const email = newEmail()
    const { email: known } = await confirmedPerson(stack)
    for (const address of [email, known]) {
      const recovery = await stack.request('/recover', { json: { email: address } })
      const again = await stack.request('/resend', { json: { type: 'signup', email: address } })
      expect([recovery.status, await recovery.json(), again.status, await again.json()]).toEqual([200, {}, 200, {}])
    }
    expect(stack.mails.unread(email)).toEqual([])
  })

  it('sends a confirmation again', async () => {
    const email = newEmail()
    const client = stack.client()
    await client.auth.signUp({ email, password })
    await stack.mails.next(email)
    expect((await client.auth.resend({ type: 'signup', email })).error).toBeNull()
    const token = codeIn(await stack.mails.next(email))
    expect((await client.auth.verifyOtp({ email, token, type: 'signup' })).error).toBeNull()
  })

  it('sends the browser to the site when the wanted address is not allowed', async () => {
    const { email } = await confirmedPerson(stack)
    for (const emailRedirectTo of [
      'https://evil.example.com/',
      'https://app.example.com.evil.com/',
      'javascript:alert(1)',
    ]) {
      await stack.client().auth.signInWithOtp({ email, options: { emailRedirectTo } })
      const link = linkIn(await stack.mails.next(email), stack)
      expect(link.searchParams.get('redirect_to')).toBe('http://127.0.0.1:3000')
      link.searchParams.set('redirect_to', emailRedirectTo)
      expect((await follow(link)).origin).toBe('http://127.0.0.1:3000')
    }
  })

  it.each([
    [{ token: '123456', email: 'a@example.com' }, '400 validation_failed'],
    [{ type: 'signup', email: 'a@example.com' }, '400 validation_failed'],
    [{ type: 'signup', token: '123456' }, '400 validation_failed'],
    [{ type: 'signup', token: '123456', token_hash: 'x' }, '400 validation_failed'],
    [{ type: 'nonsense', token: '123456', email: 'a@example.com' }, '400 validation_failed'],
    [{ type: 'signup', token: '123456', email: 'a@example.com' }, '403 otp_expired'],
    [{ type: 'email', token_hash: 'unknown' }, '403 otp_expired'],
  ])('refuses to verify %j', async (json, expected) => {
    expect(await errorOf(await stack.request('/verify', { json }))).toBe(expected)
  })
})

describe('a pause between mails', () => {
  it('refuses the next mail of a kind for max_frequency', async () => {
    await using stack = await startAuthStack({
      config: { ...ourConfig, email: { enable_confirmations: true, max_frequency: '60s' } },
    })
    const { email } = await confirmedPerson(stack)
    await stack.client().auth.resetPasswordForEmail(email)
    const { error } = await stack.client().auth.resetPasswordForEmail(email)
    expect(error).toMatchObject({
      code: 'over_email_send_rate_limit',
      status: 429,
      message: 'For security purposes, you can only request this after 60 seconds.',
    })
    stack.shiftClock(61_000)
    expect((await stack.client().auth.resetPasswordForEmail(email)).error).toBeNull()
  })
})
