import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  type AuthStack,
  confirmedPerson,
  errorOf,
  newEmail,
  ourConfig,
  password,
  sessionOf,
  startAuthStack,
} from './auth_stack.ts'
import { type HookEndpoint, jsonAnswer, startHookEndpoint } from './hook_endpoint.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const payload = z.object({
  user: z.looseObject({ email: z.string(), new_email: z.string().optional() }),
  email_data: z.object({
    token: z.string(),
    token_hash: z.string(),
    redirect_to: z.string(),
    email_action_type: z.string(),
    site_url: z.string(),
    token_new: z.string(),
    token_hash_new: z.string(),
  }),
})

describe('the send-e-mail hook', () => {
  let stack: AuthStack
  let endpoint: HookEndpoint
  beforeAll(async () => {
    endpoint = await startHookEndpoint()
    const hook = { send_email: { enabled: true, uri: endpoint.url, secrets: `v1,${secret}` } }
    stack = await startAuthStack({ config: { ...ourConfig, hook } })
  })
  beforeEach(() => endpoint.answerWith(jsonAnswer({})))
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
    await endpoint[Symbol.asyncDispose]()
  })

  const lastCall = () => {
    const call = endpoint.calls.at(-1)
    if (!call) throw new Error('The hook was not called')
    return payload.parse(new Webhook(secret).verify(call.body, call.headers))
  }
  const signUp = (email: string) => stack.request('/signup', { json: { email, password } })

  it('gets user, code and link data, signed as Standard Webhooks says', async () => {
    const email = newEmail()
    const emailRedirectTo = 'https://app.example.com/hello'
    const client = stack.client()
    await client.auth.signUp({ email, password, options: { emailRedirectTo, data: { name: 'Ada' } } })
    const { user, email_data: data } = lastCall()
    expect(user).toMatchObject({ email, user_metadata: { name: 'Ada' } })
    expect(data).toMatchObject({
      email_action_type: 'signup',
      redirect_to: emailRedirectTo,
      site_url: 'http://127.0.0.1:54321/auth/v1',
      token: expect.stringMatching(/^\d{6}$/),
      token_new: '',
      token_hash_new: '',
    })
    expect(stack.mails.unread(email)).toEqual([])
    const verified = await client.auth.verifyOtp({ token_hash: data.token_hash, type: 'signup' })
    expect(verified.error).toBeNull()
  })

  it('gets both codes of a change of address', async () => {
    const email = newEmail()
    const client = stack.client()
    await client.auth.signUp({ email, password })
    await client.auth.verifyOtp({ email, token: lastCall().email_data.token, type: 'signup' })
    const next = newEmail()
    await client.auth.updateUser({ email: next })
    const { user, email_data: data } = lastCall()
    expect(user.new_email).toBe(next)
    const current = await client.auth.verifyOtp({ email, token: data.token, type: 'email_change' })
    expect(current.error).toBeNull()
    const changed = await client.auth.verifyOtp({ token_hash: data.token_hash, type: 'email_change' })
    expect(changed.data.user?.email).toBe(next)
  })

  it('is asked again when it says to come back, three times at most', async () => {
    const busy = { status: 503, headers: { 'retry-after': 'true' } }
    const before = endpoint.calls.length
    endpoint.answerWith(busy, { ...busy, status: 429 }, jsonAnswer({}))
    expect((await signUp(newEmail())).status).toBe(200)
    expect(endpoint.calls.length - before).toBe(3)
    endpoint.answerWith(busy)
    const email = newEmail()
    const response = await signUp(email)
    expect(response.status).toBe(500)
    expect(endpoint.calls.length - before).toBe(6)
    expect(await stack.sql`select 1 from auth.users where email = ${email}`).toHaveLength(0)
  })

  it.each([
    [
      'an error of its own',
      jsonAnswer({ error: { http_code: 403, message: 'Blocked domain' } }),
      403,
      'unknown',
      'Blocked domain',
    ],
    [
      '503 without retry-after',
      { status: 503 },
      500,
      'unexpected_failure',
      'Service currently unavailable due to hook',
    ],
    ['401', { status: 401 }, 500, 'unexpected_failure', 'Hook requires authorization token'],
    ['418', { status: 418 }, 500, 'unexpected_failure', 'Unexpected status code returned from hook: 418'],
    [
      'plain text',
      { status: 200, headers: { 'content-type': 'text/plain' }, body: 'ok' },
      400,
      'hook_payload_invalid_content_type',
      'Invalid JSON response. Received content-type: text/plain',
    ],
    [
      'more than 200 kB',
      jsonAnswer({ text: 'x'.repeat(210 * 1024) }),
      422,
      'hook_payload_over_size_limit',
      'Payload size exceeded size limit of 204800 bytes',
    ],
  ])('fails the sign-up when it answers %s', async (_name, answer, status, code, message) => {
    endpoint.answerWith(answer)
    const response = await signUp(newEmail())
    expect([response.status, await response.json()]).toEqual([status, { code: status, error_code: code, msg: message }])
  })

  it('is given five seconds', async () => {
    endpoint.answerWith(null)
    const started = Date.now()
    expect(await errorOf(await signUp(newEmail()))).toBe('422 hook_timeout')
    expect(Date.now() - started).toBeGreaterThan(4500)
  })
})

describe('hooks in the database', () => {
  let stack: AuthStack
  beforeAll(async () => {
    const hook = {
      custom_access_token: { enabled: true, uri: 'pg-functions://postgres/public/add_claims' },
      before_user_created: { enabled: true, uri: 'pg-functions://postgres/public/check_user' },
      password_verification_attempt: { enabled: true, uri: 'pg-functions://postgres/public/count_attempt' },
    }
    stack = await startAuthStack({ config: { ...ourConfig, hook } })
    await stack.sql.unsafe(`
      create table public.attempts (user_id uuid, valid boolean);
      create function public.add_claims(event jsonb) returns jsonb language sql as $$
        select case when event #>> '{claims,email}' like 'slow%' then
            (select jsonb_build_object('claims', '{}'::jsonb) from pg_sleep(5))
          when event #>> '{claims,email}' like 'empty%' then '{"claims": {}}'::jsonb
          else jsonb_set(event, '{claims,tier}', to_jsonb(event ->> 'authentication_method')) end $$;
      create function public.check_user(event jsonb) returns jsonb language sql as $$
        select case when event #>> '{user,email}' like '%@blocked.example' then
          '{"error": {"http_code": 400, "message": "This domain is blocked"}}'::jsonb else '{}'::jsonb end $$;
      create function public.count_attempt(event jsonb) returns jsonb language plpgsql security definer as $$
      begin
        insert into public.attempts values ((event ->> 'user_id')::uuid, (event ->> 'valid')::boolean);
        if (select count(*) from public.attempts where user_id = (event ->> 'user_id')::uuid and not valid) > 2 then
          return '{"decision": "reject", "message": "Too many attempts", "should_logout_user": true}';
        end if;
        return '{"decision": "continue"}';
      end $$;
      grant execute on function public.add_claims, public.check_user, public.count_attempt to supabase_auth_admin;
      grant usage on schema public to supabase_auth_admin;`)
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  it('adds claims to each access token', async () => {
    const { client } = await confirmedPerson(stack)
    const session = await sessionOf(client)
    expect(await stack.tokens.verify(session.access_token)).toMatchObject({ tier: 'otp', sub: session.user.id })
    const { data } = await client.auth.refreshSession()
    expect(await stack.tokens.verify(data.session?.access_token ?? '')).toMatchObject({ tier: 'token_refresh' })
  })

  it('refuses claims that make no token, and a function that takes too long', async () => {
    const signIn = async (name: string) => {
      const email = `${name}.${newEmail()}`
      await stack.admin().auth.admin.createUser({ email, password, email_confirm: true })
      return stack.request('/token?grant_type=password', { json: { email, password } })
    }
    expect(await errorOf(await signIn('empty'))).toBe('500 unexpected_failure')
    expect(await errorOf(await signIn('slow'))).toBe('422 hook_timeout')
  })

  it('decides who may sign up', async () => {
    const json = { email: 'someone@blocked.example', password }
    const response = await stack.request('/signup', { json })
    expect(await response.json()).toEqual({ code: 400, error_code: 'unknown', msg: 'This domain is blocked' })
  })

  it('counts wrong passwords and ends the sessions after too many', async () => {
    const { email, client } = await confirmedPerson(stack)
    const attempt = async (secretWord: string) =>
      (await stack.client().auth.signInWithPassword({ email, password: secretWord })).error?.message
    expect(await attempt('wrong password')).toBe('Invalid login credentials')
    expect(await attempt('wrong password')).toBe('Invalid login credentials')
    expect((await client.auth.refreshSession()).error).toBeNull()
    expect(await attempt('wrong password')).toBe('Too many attempts')
    expect(await attempt(password)).toBe('Too many attempts')
    expect((await client.auth.refreshSession()).error?.code).toBe('refresh_token_not_found')
  })
})
