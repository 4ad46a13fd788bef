import { parseOptions, verify } from '@node-rs/bcrypt'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type AuthStack,
  confirmedPerson,
  newEmail,
  ourConfig,
  password,
  sessionOf,
  startAuthStack,
} from './auth_stack.ts'

vi.mock('@node-rs/bcrypt', async (original) => {
  const real = await original<typeof import('@node-rs/bcrypt')>()
  return { ...real, verify: vi.fn(real.verify) }
})

describe('who is registered stays unknown', () => {
  let stack: AuthStack
  beforeAll(async () => {
    stack = await startAuthStack({
      config: { ...ourConfig, email: { enable_confirmations: true, max_frequency: '60s' } },
    })
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  const recover = async (email: string) =>
    (await stack.client().auth.resetPasswordForEmail(email)).error?.code ?? 'sent'

  it('when a password is recovered, also the second time within the pause', async () => {
    const { email } = await confirmedPerson(stack)
    const stranger = newEmail()
    for (const address of [email, stranger]) {
      expect(await recover(address), address).toBe('sent')
      expect(await recover(address), address).toBe('over_email_send_rate_limit')
    }
    await stack.mails.next(email)
    expect(stack.mails.unread(stranger)).toEqual([])
  })

  it('when somebody signs up, also the second time within the pause', async () => {
    const { email } = await confirmedPerson(stack)
    const signUp = async (address: string) => {
      const { data, error } = await stack.client().auth.signUp({ email: address, password })
      return error?.code ?? `${data.user?.role} ${data.session}`
    }
    for (const address of [email, newEmail()]) {
      expect(await signUp(address), address).toBe('authenticated null')
      expect(await signUp(address), address).toBe('over_email_send_rate_limit')
    }
  })

  it('when a confirmation is asked for again', async () => {
    const { email } = await confirmedPerson(stack)
    const resend = async (address: string) =>
      (await stack.client().auth.resend({ type: 'signup', email: address })).error?.code ?? 'sent'
    for (const address of [email, newEmail()]) expect(await resend(address), address).toBe('sent')
  })

  it('by the words and the work of a refused password, for a banned person as well', async () => {
    const { email } = await confirmedPerson(stack)
    const banned = await confirmedPerson(stack)
    const { data } = await banned.client.auth.getUser()
    await stack.admin().auth.admin.updateUserById(data.user?.id ?? '', { ban_duration: '24h' })
    const attempt = async (address: string) => {
      vi.mocked(verify).mockClear()
      const { error } = await stack.client().auth.signInWithPassword({ email: address, password: 'wrong one 12' })
      const costs = vi.mocked(verify).mock.calls.map(([, hash]) => parseOptions(String(hash)).cost)
      return { answer: `${error?.status} ${error?.code} ${error?.message}`, costs }
    }
    await attempt(newEmail())
    // What takes the time is the comparison, so everybody gets one, of the same cost.
    for (const address of [email, newEmail(), banned.email]) {
      const answer = '400 invalid_credentials Invalid login credentials'
      expect(await attempt(address), address).toEqual({ answer, costs: [10] })
    }
  })

  it('by the time that a recovery takes where mail is slow', async () => {
    const hook = { send_email: { enabled: true, uri: 'pg-functions://postgres/public/slow_mail' } }
    await using slow = await startAuthStack({ config: { ...ourConfig, hook } })
    await slow.sql.unsafe(`
      create function public.slow_mail(event jsonb) returns jsonb language sql as $$
        select '{}'::jsonb from pg_sleep(0.2)
      $$;
      grant execute on function public.slow_mail(jsonb) to supabase_auth_admin;
    `)
    const email = newEmail()
    await slow.admin().auth.admin.createUser({ email, password, email_confirm: true })
    const time = async (address: string) => {
      const start = performance.now()
      expect((await slow.client().auth.resetPasswordForEmail(address)).error).toBeNull()
      return performance.now() - start
    }
    expect(await time(email)).toBeGreaterThan(190)
    expect(await time(newEmail())).toBeGreaterThan(190)
  })
})

it('[IDN-08] keeps refresh tokens in the database and checks them there', async () => {
  await using stack = await startAuthStack()
  const { client } = await confirmedPerson(stack)
  const session = await sessionOf(client)
  const [row] = await stack.sql`
    select user_id, revoked from auth.refresh_tokens where token = ${session.refresh_token}`
  expect(row).toEqual({ user_id: session.user.id, revoked: false })
  const refresh = async (refreshToken: string) => {
    const { data, error } = await stack.client().auth.refreshSession({ refresh_token: refreshToken })
    return error?.code ?? data.session?.refresh_token ?? ''
  }
  const next = await refresh(session.refresh_token)
  const chain = await stack.sql`
    select token, parent, revoked from auth.refresh_tokens where user_id = ${session.user.id} order by id`
  expect([...chain]).toEqual([
    { token: session.refresh_token, parent: null, revoked: true },
    { token: next, parent: session.refresh_token, revoked: false },
  ])
  expect(await refresh('never issued')).toBe('refresh_token_not_found')
  await stack.sql`delete from auth.refresh_tokens where token = ${next}`
  expect(await refresh(next)).toBe('refresh_token_not_found')
})
