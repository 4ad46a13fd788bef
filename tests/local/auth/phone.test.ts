import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type AuthStack, confirmedPerson, ourConfig, password, startAuthStack } from './auth_stack.ts'
import { type HookEndpoint, jsonAnswer, startHookEndpoint } from './hook_endpoint.ts'

let numbers = 0
/** A number that no other test uses, in stored form. */
const newPhone = () => {
  numbers += 1
  return `4670${String(1_740_600 + numbers)}`
}
const sent = jsonAnswer({ sid: 'SM0123', status: 'queued' }, 201)
const sms = {
  enable_signup: true,
  enable_confirmations: true,
  max_frequency: '5s',
  otp_expiry: 600,
  template: 'Your Atrium code is {{ .Code }}',
  test_otp: { '46701740000': '123456' },
  twilio: { enabled: true, account_sid: 'AC42', message_service_sid: 'MG42', auth_token: 'secret' },
}

describe('signing in with a phone', () => {
  let stack: AuthStack
  let twilio: HookEndpoint
  beforeAll(async () => {
    twilio = await startHookEndpoint()
    stack = await startAuthStack({ config: { ...ourConfig, sms }, twilioUrl: new URL(twilio.url).origin })
  })
  beforeEach(() => twilio.answerWith(sent))
  afterEach(() => stack.shiftClock(0))
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
    await twilio[Symbol.asyncDispose]()
  })
  const lastSms = () => {
    const call = twilio.calls.at(-1)
    if (!call) throw new Error('Nothing was sent')
    const form = new URLSearchParams(call.body)
    const code = /code is (\d{6})$/.exec(form.get('Body') ?? '')?.[1] ?? ''
    return { call, form, code }
  }

  it('makes a user of an unknown number by a code, sent as Twilio wants it', async () => {
    const phone = newPhone()
    const client = stack.client()
    const asked = await client.auth.signInWithOtp({ phone: `+${phone}`, options: { data: { name: 'Ada' } } })
    expect(asked.error).toBeNull()
    expect(asked.data).toMatchObject({ messageId: 'SM0123' })
    const { call, form, code } = lastSms()
    expect(call.path).toBe('/2010-04-01/Accounts/AC42/Messages.json')
    expect(call.headers.authorization).toBe(`Basic ${btoa('AC42:secret')}`)
    expect(Object.fromEntries(form)).toMatchObject({ To: `+${phone}`, MessagingServiceSid: 'MG42', Channel: 'sms' })
    const { data, error } = await client.auth.verifyOtp({ phone: `+${phone}`, token: code, type: 'sms' })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({
      phone,
      email: '',
      phone_confirmed_at: expect.any(String),
      app_metadata: { provider: 'phone', providers: ['phone'] },
      user_metadata: { name: 'Ada', phone_verified: true },
    })
    const spent = await client.auth.verifyOtp({ phone, token: code, type: 'sms' })
    expect(spent.error?.code).toBe('otp_expired')
  })

  it('signs up and in with number and password, and only after the code', async () => {
    const phone = newPhone()
    const client = stack.client()
    const { data } = await client.auth.signUp({ phone, password })
    expect(data).toMatchObject({ session: null, user: { phone } })
    const early = await client.auth.signInWithPassword({ phone, password })
    expect(early.error).toMatchObject({ code: 'phone_not_confirmed', status: 400 })
    const verified = await client.auth.verifyOtp({ phone, token: lastSms().code, type: 'sms' })
    expect(verified.error).toBeNull()
    expect((await stack.client().auth.signInWithPassword({ phone, password })).data.user?.phone).toBe(phone)
  })

  it('answers the same for a number that is registered, one that is not and a wrong password', async () => {
    const phone = newPhone()
    await stack.client().auth.signUp({ phone, password })
    await stack.client().auth.verifyOtp({ phone, token: lastSms().code, type: 'sms' })
    const calls = twilio.calls.length
    const again = await stack.client().auth.signUp({ phone, password: 'somebody else 1' })
    expect(again.error).toBeNull()
    expect(again.data.user).toMatchObject({ phone, identities: [] })
    expect(twilio.calls).toHaveLength(calls)
    const refusals = await Promise.all(
      [phone, newPhone()].map((number) =>
        stack.client().auth.signInWithPassword({ phone: number, password: 'wrong one 12' }),
      ),
    )
    expect(refusals.map(({ error }) => error?.message)).toEqual(Array(2).fill('Invalid login credentials'))
    const codes = await Promise.all(
      [phone, newPhone()].map((number) =>
        stack.client().auth.verifyOtp({ phone: number, token: '000000', type: 'sms' }),
      ),
    )
    expect(codes.map(({ error }) => error?.message)).toEqual(Array(2).fill('Token has expired or is invalid'))
  })

  it('sends a code again, though not before the pause is over', async () => {
    const phone = newPhone()
    const client = stack.client()
    await client.auth.signUp({ phone, password })
    const first = lastSms().code
    const early = await client.auth.resend({ type: 'sms', phone })
    expect(early.error).toMatchObject({ code: 'over_sms_send_rate_limit', status: 429 })
    stack.shiftClock(6000)
    expect((await client.auth.resend({ type: 'sms', phone })).data).toMatchObject({ messageId: 'SM0123' })
    const old = await client.auth.verifyOtp({ phone, token: first, type: 'sms' })
    if (first !== lastSms().code) expect(old.error?.code).toBe('otp_expired')
    expect((await client.auth.verifyOtp({ phone, token: lastSms().code, type: 'sms' })).error).toBeNull()
  })

  it('refuses a code that is too old', async () => {
    const phone = newPhone()
    await stack.client().auth.signInWithOtp({ phone })
    stack.shiftClock(601_000)
    const { error } = await stack.client().auth.verifyOtp({ phone, token: lastSms().code, type: 'sms' })
    expect(error?.code).toBe('otp_expired')
  })

  it('knows numbers with fixed codes, which get no text', async () => {
    const calls = twilio.calls.length
    await stack.client().auth.signInWithOtp({ phone: '+46701740000' })
    expect(twilio.calls).toHaveLength(calls)
    const { data } = await stack.client().auth.verifyOtp({ phone: '+46701740000', token: '123456', type: 'sms' })
    expect(data.user?.phone).toBe('46701740000')
  })

  it('adds a number to an account by a code, and refuses one that is taken', async () => {
    const phone = newPhone()
    const { client, email } = await confirmedPerson(stack)
    const { data } = await client.auth.updateUser({ phone })
    expect(data.user).toMatchObject({ email, phone: '', new_phone: phone })
    const verified = await client.auth.verifyOtp({ phone, token: lastSms().code, type: 'phone_change' })
    expect(verified.data.user).toMatchObject({ email, phone, app_metadata: { providers: ['email', 'phone'] } })
    const other = await confirmedPerson(stack)
    expect((await other.client.auth.updateUser({ phone })).error).toMatchObject({ code: 'phone_exists', status: 422 })
  })

  it('takes the number away with its identity', async () => {
    await using open = await startAuthStack({
      config: { ...ourConfig, enable_manual_linking: true, sms },
      twilioUrl: new URL(twilio.url).origin,
    })
    const phone = newPhone()
    const { client } = await confirmedPerson(open)
    await client.auth.updateUser({ phone })
    await client.auth.verifyOtp({ phone, token: lastSms().code, type: 'phone_change' })
    const identities = (await client.auth.getUserIdentities()).data?.identities ?? []
    const own = identities.find(({ provider }) => provider === 'phone')
    if (!own) throw new Error('The identity is missing')
    expect((await client.auth.unlinkIdentity(own)).error).toBeNull()
    expect((await client.auth.getUser()).data.user?.phone).toBe('')
  })

  it('says that the provider failed, and keeps no user that got no code', async () => {
    twilio.answerWith(jsonAnswer({ code: 21211, message: "Invalid 'To' Phone Number" }, 400))
    const phone = newPhone()
    const { error } = await stack.client().auth.signInWithOtp({ phone })
    expect(error).toMatchObject({ code: 'sms_send_failed', status: 422 })
    expect(error?.message).toContain("Invalid 'To' Phone Number")
    const [count] = await stack.sql`select count(*)::int as n from auth.users where phone = ${phone}`
    expect(count?.n).toBe(0)
  })

  it.each(['+0123456789', 'abc', '+12345678901234567'])('refuses %s, which is no number', async (phone) => {
    const { error } = await stack.client().auth.signInWithOtp({ phone })
    expect(error).toMatchObject({ code: 'validation_failed', status: 400 })
  })

  it('refuses phones where config.toml does not enable them', async () => {
    await using closed = await startAuthStack()
    const { error } = await closed.client().auth.signInWithOtp({ phone: newPhone() })
    expect(error?.code).toBe('phone_provider_disabled')
  })
})

describe('the send-SMS hook', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const payload = z.object({
    user: z.looseObject({ phone: z.string() }),
    sms: z.object({ otp: z.string(), sms_type: z.string(), phone: z.string() }),
  })

  it('gets number and code by signed HTTP in place of the provider', async () => {
    await using endpoint = await startHookEndpoint()
    endpoint.answerWith(jsonAnswer({}))
    const hook = { send_sms: { enabled: true, uri: endpoint.url, secrets: `v1,${secret}` } }
    await using stack = await startAuthStack({ config: { ...ourConfig, sms, hook } })
    const phone = newPhone()
    await stack.client().auth.signInWithOtp({ phone })
    const call = endpoint.calls[0]
    if (!call) throw new Error('The hook was not called')
    const told = payload.parse(new Webhook(secret).verify(call.body, call.headers))
    expect(told.sms).toMatchObject({ phone, sms_type: 'sms' })
    const verified = await stack.client().auth.verifyOtp({ phone, token: told.sms.otp, type: 'sms' })
    expect(verified.error).toBeNull()
    endpoint.answerWith(jsonAnswer({ error: { http_code: 403, message: 'Not to this country' } }))
    const refused = await stack.client().auth.signInWithOtp({ phone: newPhone() })
    expect(refused.error).toMatchObject({ status: 403, message: 'Not to this country' })
  })

  it('may be a function in the database', async () => {
    const hook = { send_sms: { enabled: true, uri: 'pg-functions://postgres/public/send_sms' } }
    await using stack = await startAuthStack({ config: { ...ourConfig, sms, hook } })
    await stack.sql.unsafe(`
      create table public.texts (phone text, code text);
      create function public.send_sms(event jsonb) returns jsonb language sql security definer as $$
        insert into public.texts values (event -> 'sms' ->> 'phone', event -> 'sms' ->> 'otp') returning '{}'::jsonb
      $$;
      grant execute on function public.send_sms(jsonb) to supabase_auth_admin;
    `)
    const phone = newPhone()
    expect((await stack.client().auth.signInWithOtp({ phone })).error).toBeNull()
    const [text] = await stack.sql<{ code: string }[]>`select code from public.texts where phone = ${phone}`
    const verified = await stack.client().auth.verifyOtp({ phone, token: text?.code ?? '', type: 'sms' })
    expect(verified.error).toBeNull()
  })
})
