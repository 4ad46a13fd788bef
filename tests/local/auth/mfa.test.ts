import type { SupabaseClient } from '@supabase/supabase-js'
import { TOTP } from 'otpauth'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AuthStack, confirmedPerson, ourConfig, password, sessionOf, startAuthStack } from './auth_stack.ts'
import { type HookEndpoint, jsonAnswer, startHookEndpoint } from './hook_endpoint.ts'

const mfa = {
  max_enrolled_factors: 3,
  totp: { enroll_enabled: true, verify_enabled: true },
  phone: {
    enroll_enabled: true,
    verify_enabled: true,
    otp_length: 8,
    max_frequency: '5s',
    template: 'Code {{ .Code }}',
  },
}
const twilioAccount = { enabled: true, account_sid: 'AC42', message_service_sid: 'MG42', auth_token: 'secret' }

let names = 0
const enrollTotp = async (client: SupabaseClient) => {
  names += 1
  const { data, error } = await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: `device ${names}` })
  if (error) throw error
  return data
}
const codeFor = (secret: string, timestamp = Date.now()) => new TOTP({ secret }).generate({ timestamp })
/** Enrols and verifies a TOTP factor. */
const withTotp = async (client: SupabaseClient) => {
  const factor = await enrollTotp(client)
  const { error } = await client.auth.mfa.challengeAndVerify({ factorId: factor.id, code: codeFor(factor.totp.secret) })
  if (error) throw error
  return { id: factor.id, secret: factor.totp.secret }
}
const levelOf = async (client: SupabaseClient) => {
  const { data } = await client.auth.mfa.getAuthenticatorAssuranceLevel()
  return `${data?.currentLevel} of ${data?.nextLevel}`
}

describe('second factors', () => {
  let stack: AuthStack
  let twilio: HookEndpoint
  beforeAll(async () => {
    twilio = await startHookEndpoint()
    const sms = { enable_signup: false, twilio: twilioAccount }
    stack = await startAuthStack({ config: { ...ourConfig, mfa, sms }, twilioUrl: new URL(twilio.url).origin })
  })
  beforeEach(() => twilio.answerWith(jsonAnswer({ sid: 'SM1', status: 'queued' }, 201)))
  afterEach(() => stack.shiftClock(0))
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
    await twilio[Symbol.asyncDispose]()
  })
  const lastCode = () =>
    /Code (\d{8})$/.exec(new URLSearchParams(twilio.calls.at(-1)?.body).get('Body') ?? '')?.[1] ?? ''

  it('[IDN-27] enrols an authenticator: QR code, secret and address, and raises the session by its code', async () => {
    const { client, email } = await confirmedPerson(stack)
    const { data: factor, error } = await client.auth.mfa.enroll({
      factorType: 'totp',
      friendlyName: 'Phone',
      issuer: 'Atrium',
    })
    expect(error).toBeNull()
    if (!factor) throw new Error('no factor')
    expect(factor.totp.qr_code).toMatch(/^data:image\/svg\+xml;utf-8,<svg /)
    expect(factor.totp.secret).toMatch(/^[A-Z2-7]{32}$/)
    const uri = new URL(factor.totp.uri)
    expect(uri.protocol).toBe('otpauth:')
    expect(decodeURIComponent(uri.pathname)).toContain(`Atrium:${email}`)
    expect(await levelOf(client)).toBe('aal1 of aal1')
    expect((await client.auth.mfa.listFactors()).data).toMatchObject({ totp: [], all: [{ status: 'unverified' }] })

    const before = await sessionOf(client)
    const code = codeFor(factor.totp.secret)
    const verified = await client.auth.mfa.challengeAndVerify({ factorId: factor.id, code })
    expect(verified.error).toBeNull()
    expect(await levelOf(client)).toBe('aal2 of aal2')
    const claims = await stack.tokens.verify((await sessionOf(client)).access_token)
    const old = await stack.tokens.verify(before.access_token)
    expect(claims).toMatchObject({ aal: 'aal2', session_id: old.session_id })
    expect(claims.amr).toEqual([
      { method: 'totp', timestamp: expect.any(Number) },
      { method: 'otp', timestamp: expect.any(Number) },
    ])
    const [row] = await stack.sql`select aal, factor_id from auth.sessions where id = ${String(claims.session_id)}`
    expect(row).toEqual({ aal: 'aal2', factor_id: factor.id })
    const refreshed = await client.auth.refreshSession()
    expect((await stack.tokens.verify(refreshed.data.session?.access_token ?? '')).aal).toBe('aal2')
    const listed = await client.auth.mfa.listFactors()
    expect(listed.data?.totp).toMatchObject([{ id: factor.id, friendly_name: 'Phone', status: 'verified' }])
    expect(JSON.stringify(listed.data)).not.toContain(factor.totp.secret)
  })

  it('[IDN-27] asks the next sign-in for the second factor and ends the sessions that had one only', async () => {
    const { client, email } = await confirmedPerson(stack)
    const elsewhere = stack.client()
    await elsewhere.auth.signInWithPassword({ email, password })
    const factor = await withTotp(client)
    expect((await elsewhere.auth.refreshSession()).error?.code).toBe('refresh_token_not_found')
    const next = stack.client()
    await next.auth.signInWithPassword({ email, password })
    expect(await levelOf(next)).toBe('aal1 of aal2')
    expect((await next.auth.updateUser({ password: 'another one 123' })).error?.code).toBe('insufficient_aal')
    stack.shiftClock(30_000)
    const code = codeFor(factor.secret, Date.now() + 30_000)
    expect((await next.auth.mfa.challengeAndVerify({ factorId: factor.id, code })).error).toBeNull()
    expect(await levelOf(next)).toBe('aal2 of aal2')
  })

  it('[IDN-27] refuses codes that are wrong, too old, or for a challenge that is spent or expired', async () => {
    const { client } = await confirmedPerson(stack)
    const { id, totp } = await enrollTotp(client)
    const challenge = async () => (await client.auth.mfa.challenge({ factorId: id })).data?.id ?? ''
    const answer = async (challengeId: string, code: string) =>
      (await client.auth.mfa.verify({ factorId: id, challengeId, code })).error?.code ?? 'accepted'
    const first = await challenge()
    const right = codeFor(totp.secret)
    const wrong = right === '000000' ? '000001' : '000000'
    expect(await answer(first, wrong)).toBe('mfa_verification_failed')
    expect(await answer(first, codeFor(totp.secret, Date.now() - 300_000))).toBe('mfa_verification_failed')
    expect(await answer(crypto.randomUUID(), right)).toBe('mfa_factor_not_found')
    const late = await challenge()
    stack.shiftClock(301_000)
    expect(await answer(late, codeFor(totp.secret, Date.now() + 301_000))).toBe('mfa_challenge_expired')
    stack.shiftClock(0)
    expect(await answer(first, codeFor(totp.secret))).toBe('accepted')
    expect(await answer(first, codeFor(totp.secret))).toBe('mfa_ip_address_mismatch')
  })

  it('[IDN-27] lets one of two answers to a challenge through', async () => {
    const { client } = await confirmedPerson(stack)
    const { id, totp } = await enrollTotp(client)
    const { data } = await client.auth.mfa.challenge({ factorId: id })
    const { access_token: token } = await sessionOf(client)
    const attempt = () =>
      stack.request(`/factors/${id}/verify`, {
        headers: { authorization: `Bearer ${token}` },
        json: { challenge_id: data?.id, code: codeFor(totp.secret) },
      })
    const statuses = (await Promise.all([attempt(), attempt()])).map(({ status }) => status)
    expect(statuses.sort()).toEqual([200, 422])
  })

  it('gives a factor to its owner only', async () => {
    const owner = await confirmedPerson(stack)
    const { id } = await enrollTotp(owner.client)
    const { client } = await confirmedPerson(stack)
    expect((await client.auth.mfa.challenge({ factorId: id })).error?.code).toBe('mfa_factor_not_found')
    expect((await client.auth.mfa.unenroll({ factorId: id })).error?.code).toBe('mfa_factor_not_found')
  })

  it('[IDN-27] takes a verified factor away only by the factor, and lowers the sessions it raised', async () => {
    const { client, email } = await confirmedPerson(stack)
    const factor = await withTotp(client)
    const weak = stack.client()
    await weak.auth.signInWithPassword({ email, password })
    const refused = await weak.auth.mfa.unenroll({ factorId: factor.id })
    expect(refused.error).toMatchObject({ code: 'insufficient_aal', status: 422 })
    const third = await weak.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'thief' })
    expect(third.error).toMatchObject({ code: 'insufficient_aal', status: 403 })
    expect((await client.auth.mfa.unenroll({ factorId: factor.id })).data).toEqual({ id: factor.id })
    await client.auth.refreshSession()
    expect(await levelOf(client)).toBe('aal1 of aal1')
  })

  it('limits factors, wants their names to differ, and forgets those that nobody verified in time', async () => {
    const { client } = await confirmedPerson(stack)
    const enroll = async (friendlyName: string) =>
      (await client.auth.mfa.enroll({ factorType: 'totp', friendlyName })).error?.code ?? 'enrolled'
    expect(await enroll('one')).toBe('enrolled')
    expect(await enroll('one')).toBe('mfa_factor_name_conflict')
    expect(await enroll('two')).toBe('enrolled')
    expect(await enroll('three')).toBe('enrolled')
    expect(await enroll('four')).toBe('too_many_enrolled_mfa_factors')
    stack.shiftClock(301_000)
    expect(await enroll('four')).toBe('enrolled')
    expect((await client.auth.mfa.listFactors()).data?.all).toHaveLength(1)
  })

  it('[IDN-28] enrols a phone and raises the session by a code that came by SMS', async () => {
    const { client } = await confirmedPerson(stack)
    const enrolled = await client.auth.mfa.enroll({
      factorType: 'phone',
      phone: '+46 70 174 06 05',
      friendlyName: 'mobile',
    })
    expect(enrolled.data).toMatchObject({ type: 'phone', phone: '46701740605', friendly_name: 'mobile' })
    const factorId = enrolled.data?.id ?? ''
    const { data: challenge, error } = await client.auth.mfa.challenge({ factorId })
    expect(error).toBeNull()
    expect(challenge?.expires_at).toBeGreaterThan(Date.now() / 1000 + 290)
    expect(new URLSearchParams(twilio.calls.at(-1)?.body).get('To')).toBe('+46701740605')
    const early = await client.auth.mfa.challenge({ factorId })
    expect(early.error).toMatchObject({ code: 'over_sms_send_rate_limit', status: 429 })
    const code = lastCode()
    const challengeId = challenge?.id ?? ''
    const wrong = await client.auth.mfa.verify({ factorId, challengeId, code: code === '00000000' ? '1' : '00000000' })
    expect(wrong.error?.code).toBe('mfa_verification_failed')
    const verified = await client.auth.mfa.verify({ factorId, challengeId, code })
    expect(verified.error).toBeNull()
    const claims = await stack.tokens.verify((await sessionOf(client)).access_token)
    expect(claims.aal).toBe('aal2')
    expect(claims.amr).toMatchObject([{ method: 'mfa/phone' }, { method: 'otp' }])
    expect((await client.auth.mfa.listFactors()).data?.phone).toMatchObject([{ id: factorId, phone: '46701740605' }])
    const again = await client.auth.mfa.enroll({ factorType: 'phone', phone: '+46701740605' })
    expect(again.error?.code).toBe('mfa_verified_factor_exists')
  })

  it('refuses kinds of factors that config.toml does not enable', async () => {
    await using closed = await startAuthStack()
    const { client } = await confirmedPerson(closed)
    const totp = await client.auth.mfa.enroll({ factorType: 'totp' })
    expect(totp.error).toMatchObject({ code: 'mfa_totp_enroll_not_enabled', status: 422 })
    const phone = await client.auth.mfa.enroll({ factorType: 'phone', phone: '+46701740605' })
    expect(phone.error).toMatchObject({ code: 'mfa_phone_enroll_not_enabled', status: 422 })
  })

  it('[IDN-27] lets the holder of the secret key see a lost factor and take it away', async () => {
    const { client } = await confirmedPerson(stack)
    const factor = await withTotp(client)
    const userId = (await sessionOf(client)).user.id
    const admin = stack.admin()
    const listed = await admin.auth.admin.mfa.listFactors({ userId })
    expect(listed.data?.factors).toMatchObject([{ id: factor.id, factor_type: 'totp', status: 'verified' }])
    expect(JSON.stringify(listed.data)).not.toContain(factor.secret)
    expect((await admin.auth.admin.mfa.deleteFactor({ id: factor.id, userId })).error).toBeNull()
    expect((await admin.auth.admin.mfa.listFactors({ userId })).data?.factors).toEqual([])
    const asPerson = await client.auth.admin.mfa.listFactors({ userId })
    expect(asPerson.error?.code).toBe('not_admin')
  })

  it('[IDN-27] slows guessing: 15 attempts a minute', async () => {
    await using limited = await startAuthStack({ config: { ...ourConfig, mfa }, limitsRates: true })
    const { client } = await confirmedPerson(limited)
    const { id, totp } = await enrollTotp(client)
    const { data } = await client.auth.mfa.challenge({ factorId: id })
    const wrong = codeFor(totp.secret) === '000000' ? '000001' : '000000'
    const outcomes: unknown[] = []
    for (let attempt = 0; attempt < 16; attempt += 1) {
      const { error } = await client.auth.mfa.verify({ factorId: id, challengeId: data?.id ?? '', code: wrong })
      outcomes.push(error?.code)
    }
    expect(outcomes.slice(0, 15)).toEqual(Array(15).fill('mfa_verification_failed'))
    expect(outcomes[15]).toBe('over_request_rate_limit')
  })
})

describe('the hook on attempts at a second factor', () => {
  it('sees every attempt and can end all sessions', async () => {
    const hook = {
      mfa_verification_attempt: { enabled: true, uri: 'pg-functions://postgres/public/judge_attempt' },
    }
    await using stack = await startAuthStack({ config: { ...ourConfig, mfa, hook } })
    await stack.sql.unsafe(`
      create table public.attempts (factor_type text, is_valid boolean);
      create function public.judge_attempt(event jsonb) returns jsonb language plpgsql security definer as $$
      begin
        insert into public.attempts values (event ->> 'factor_type', (event ->> 'valid')::boolean);
        if (select count(*) > 2 from public.attempts) then
          return '{"decision": "reject", "message": "Too many attempts"}';
        end if;
        return '{"decision": "continue"}';
      end $$;
      grant execute on function public.judge_attempt(jsonb) to supabase_auth_admin;
    `)
    const { client } = await confirmedPerson(stack)
    const factor = await enrollTotp(client)
    const wrong = codeFor(factor.totp.secret) === '000000' ? '000001' : '000000'
    const attempt = async () => {
      const { error } = await client.auth.mfa.challengeAndVerify({ factorId: factor.id, code: wrong })
      return `${error?.status} ${error?.message}`
    }
    expect(await attempt()).toBe('422 Invalid TOTP code entered')
    expect(await attempt()).toBe('422 Invalid TOTP code entered')
    expect(await attempt()).toBe('403 Too many attempts')
    expect(await stack.sql`select distinct factor_type, is_valid from public.attempts`).toEqual([
      { factor_type: 'totp', is_valid: false },
    ])
    expect((await client.auth.refreshSession()).error?.code).toBe('refresh_token_not_found')
  })
})
