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
  sessionOf,
  startAuthStack,
} from './auth_stack.ts'

describe('the own user', () => {
  let stack: AuthStack
  beforeAll(async () => {
    stack = await startAuthStack()
  })
  afterEach(() => stack.shiftClock(0))
  afterAll(() => stack[Symbol.asyncDispose]())

  it('merges metadata and takes keys away that are set to null', async () => {
    const { client } = await confirmedPerson(stack)
    await client.auth.updateUser({ data: { name: 'Ada', theme: 'dark' } })
    const { data } = await client.auth.updateUser({ data: { theme: null, city: 'Zürich' } })
    expect(data.user?.user_metadata).toMatchObject({ name: 'Ada', city: 'Zürich', email_verified: true })
    expect(data.user?.user_metadata).not.toHaveProperty('theme')
    expect((await client.auth.getUser()).data.user?.user_metadata).toEqual(data.user?.user_metadata)
  })

  it('does not let a user touch what belongs to the project', async () => {
    const { client } = await confirmedPerson(stack)
    const { access_token: token } = await sessionOf(client)
    const response = await stack.request('/user', {
      method: 'PUT',
      json: { app_metadata: { role: 'admin' } },
      headers: { authorization: `Bearer ${token}` },
    })
    expect(await errorOf(response)).toBe('403 not_admin')
  })

  it('[IDN-11] ends every other session when the password is changed', async () => {
    const { email, client } = await confirmedPerson(stack)
    const elsewhere = stack.client()
    await elsewhere.auth.signInWithPassword({ email, password })
    expect((await client.auth.updateUser({ password: 'a new password 6' })).error).toBeNull()
    expect((await elsewhere.auth.refreshSession()).error?.code).toBe('refresh_token_not_found')
    expect((await client.auth.refreshSession()).error).toBeNull()
    const login = await stack.client().auth.signInWithPassword({ email, password: 'a new password 6' })
    expect(login.error).toBeNull()
  })

  it('refuses the same password, and a weak one with its reasons', async () => {
    const { client } = await confirmedPerson(stack)
    expect((await client.auth.updateUser({ password })).error).toMatchObject({ code: 'same_password', status: 422 })
    expect((await client.auth.updateUser({ password: 'weak' })).error).toMatchObject({ reasons: ['length'] })
  })

  it('changes the address when both the old and the new one confirm', async () => {
    const { email, client } = await confirmedPerson(stack)
    const next = newEmail()
    const { data } = await client.auth.updateUser({ email: next })
    expect(data.user).toMatchObject({ email, new_email: next })
    const first = await client.auth.verifyOtp({
      email,
      token: codeIn(await stack.mails.next(email)),
      type: 'email_change',
    })
    expect(first.error).toBeNull()
    expect(first.data.session).toBeNull()
    expect((await client.auth.getUser()).data.user?.email).toBe(email)
    const second = await client.auth.verifyOtp({
      email: next,
      token: codeIn(await stack.mails.next(next)),
      type: 'email_change',
    })
    expect(second.data.user).toMatchObject({ email: next, user_metadata: { email: next } })
    expect(second.data.user?.identities?.[0]?.identity_data).toMatchObject({ email: next, email_verified: true })
    expect((await stack.client().auth.signInWithPassword({ email: next, password })).error).toBeNull()
  })

  it('changes the address by the two links in either order', async () => {
    const { email, client } = await confirmedPerson(stack)
    const next = newEmail()
    await client.auth.updateUser({ email: next })
    const open = async (address: string) => {
      const response = await fetch(linkIn(await stack.mails.next(address), stack), { redirect: 'manual' })
      return new URLSearchParams(new URL(response.headers.get('location') ?? '').hash.slice(1))
    }
    expect((await open(next)).get('message')).toContain('Please proceed to confirm link sent to the other email')
    expect((await open(email)).get('type')).toBe('email_change')
    expect((await client.auth.getUser()).data.user?.email).toBe(next)
  })

  it('does not count one address twice', async () => {
    const { email, client } = await confirmedPerson(stack)
    const next = newEmail()
    await client.auth.updateUser({ email: next })
    const token = codeIn(await stack.mails.next(next))
    const confirm = () => client.auth.verifyOtp({ email: next, token, type: 'email_change' })
    expect((await confirm()).error).toBeNull()
    expect((await confirm()).error?.code).toBe('otp_expired')
    expect((await client.auth.getUser()).data.user?.email).toBe(email)
  })

  it('refuses an address that somebody else has', async () => {
    const [{ email }, { client }] = [await confirmedPerson(stack), await confirmedPerson(stack)]
    expect((await client.auth.updateUser({ email })).error).toMatchObject({ code: 'email_exists', status: 422 })
  })
})

describe('changes of the address without double confirmation', () => {
  it('need the new address only', async () => {
    const email = { ...ourConfig.email, double_confirm_changes: false }
    await using stack = await startAuthStack({ config: { ...ourConfig, email } })
    const person = await confirmedPerson(stack)
    const next = newEmail()
    await person.client.auth.updateUser({ email: next })
    const token = codeIn(await stack.mails.next(next))
    expect(stack.mails.unread(person.email)).toEqual([])
    const { data } = await person.client.auth.verifyOtp({ email: next, token, type: 'email_change' })
    expect(data.user?.email).toBe(next)
    expect((await stack.client().auth.signInWithPassword({ email: next, password })).error).toBeNull()
  })
})

describe('secure changes of the password', () => {
  const config = { ...ourConfig, email: { ...ourConfig.email, secure_password_change: true } }

  it('asks for a code when the sign-in is more than a day ago', async () => {
    await using stack = await startAuthStack({ config })
    const { email, client } = await confirmedPerson(stack)
    stack.shiftClock(25 * 3_600_000)
    const early = await client.auth.updateUser({ password: 'a new password 7' })
    expect(early.error).toMatchObject({ code: 'reauthentication_needed', status: 400 })
    expect((await client.auth.reauthenticate()).error).toBeNull()
    const nonce = codeIn(await stack.mails.next(email))
    const wrong = nonce === '000000' ? '111111' : '000000'
    const refused = await client.auth.updateUser({ password: 'a new password 7', nonce: wrong })
    expect(refused.error).toMatchObject({ code: 'reauthentication_not_valid', status: 422 })
    expect((await client.auth.updateUser({ password: 'a new password 7', nonce })).error).toBeNull()
  })

  it('asks for the current password when told to, but not after a link by mail', async () => {
    const email = { ...ourConfig.email, require_current_password: true }
    await using stack = await startAuthStack({ config: { ...ourConfig, email } })
    const person = await confirmedPerson(stack)
    const client = stack.client()
    await client.auth.signInWithPassword({ email: person.email, password })
    const without = await client.auth.updateUser({ password: 'a new password 8' })
    expect(without.error?.status).toBe(400)
    const right = await client.auth.updateUser({ password: 'a new password 8', current_password: password })
    expect(right.error).toBeNull()
    await client.auth.resetPasswordForEmail(person.email)
    const token = codeIn(await stack.mails.next(person.email))
    await client.auth.verifyOtp({ email: person.email, token, type: 'recovery' })
    expect((await client.auth.updateUser({ password: 'a new password 9' })).error).toBeNull()
  })
})
