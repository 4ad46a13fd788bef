import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AuthStack,
  codeIn,
  confirmedPerson,
  errorOf,
  linkIn,
  newEmail,
  password,
  sessionOf,
  startAuthStack,
} from './auth_stack.ts'

const unknownId = '6f0b8e4c-3f3e-4f2e-9a11-1d2f3a4b5c6d'

describe('the admin API', () => {
  let stack: AuthStack
  beforeAll(async () => {
    stack = await startAuthStack()
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  const users = () => stack.admin().auth.admin

  it('is closed to everyone but the holder of the secret key', async () => {
    const { client } = await confirmedPerson(stack)
    const person = { authorization: `Bearer ${(await sessionOf(client)).access_token}` }
    for (const [method, path] of [
      ['GET', '/admin/users'],
      ['POST', '/admin/users'],
      ['GET', `/admin/users/${unknownId}`],
      ['PUT', `/admin/users/${unknownId}`],
      ['DELETE', `/admin/users/${unknownId}`],
      ['POST', '/admin/generate_link'],
      ['POST', '/invite'],
    ] as const) {
      expect(await errorOf(await stack.request(path, { method }))).toBe('403 not_admin')
      expect(await errorOf(await stack.request(path, { method, headers: person }))).toBe('403 not_admin')
    }
    const legacy = { apikey: stack.keys.serviceRoleKey }
    expect((await stack.request('/admin/users', { headers: legacy })).status).toBe(200)
  })

  it('adds a user who can sign in at once', async () => {
    const email = newEmail()
    const { data, error } = await users().createUser({
      email,
      password,
      email_confirm: true,
      user_metadata: { name: 'Ada' },
      app_metadata: { plan: 'pro' },
    })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({
      email,
      app_metadata: { provider: 'email', providers: ['email'], plan: 'pro' },
      user_metadata: { name: 'Ada', email_verified: true },
      identities: [{ provider: 'email', identity_data: { email } }],
    })
    const login = await stack.client().auth.signInWithPassword({ email, password })
    expect(login.data.user?.id).toBe(data.user?.id)
    const claims = await stack.tokens.verify(login.data.session?.access_token ?? '')
    expect(claims.app_metadata).toMatchObject({ plan: 'pro' })
  })

  it('takes over an id and a bcrypt hash from elsewhere', async () => {
    const email = newEmail()
    const id = crypto.randomUUID()
    const [row] = await stack.sql`select extensions.crypt(${password}, extensions.gen_salt('bf', 6)) as hash`
    const { data } = await users().createUser({ id, email, password_hash: String(row?.hash), email_confirm: true })
    expect(data.user?.id).toBe(id)
    expect((await stack.client().auth.signInWithPassword({ email, password })).error).toBeNull()
  })

  it('refuses an address twice, none at all, a weak password and an odd hash', async () => {
    const { email } = await confirmedPerson(stack)
    const codeOf = async (attributes: Parameters<ReturnType<typeof users>['createUser']>[0]) =>
      (await users().createUser(attributes)).error?.code
    expect(await codeOf({ email, password })).toBe('email_exists')
    expect(await codeOf({ password })).toBe('validation_failed')
    expect(await codeOf({ email: newEmail(), password: 'weak' })).toBe('weak_password')
    expect(await codeOf({ email: newEmail(), password_hash: 'plain' })).toBe('validation_failed')
    expect(await codeOf({ email: newEmail(), ban_duration: 'soon' })).toBe('validation_failed')
  })

  it('keeps a user with a phone number beside the address', async () => {
    const phone = `1415${Math.floor(1e6 + Math.random() * 8e6)}`
    const { data } = await users().createUser({ email: newEmail(), phone: `+${phone}`, phone_confirm: true })
    expect(data.user).toMatchObject({ phone, app_metadata: { providers: ['email', 'phone'] } })
    expect(data.user?.phone_confirmed_at).toBeTruthy()
    expect((await users().createUser({ phone })).error?.code).toBe('phone_exists')
  })

  it('lists users page by page', async () => {
    for (let count = 0; count < 3; count += 1) await users().createUser({ email: newEmail() })
    const { data } = await users().listUsers({ page: 1, perPage: 2 })
    expect(data.users).toHaveLength(2)
    if (!('nextPage' in data)) throw new Error('The list tells no pages')
    expect(data).toMatchObject({ nextPage: 2, aud: 'authenticated' })
    expect(data.total).toBeGreaterThanOrEqual(3)
    const second = await users().listUsers({ page: 2, perPage: 2 })
    const ids = new Set([...data.users, ...second.data.users].map(({ id }) => id))
    expect(ids.size).toBe(2 + second.data.users.length)
    const bad = await stack.request('/admin/users?page=x', { headers: { apikey: stack.keys.secretKey } })
    expect(await errorOf(bad)).toBe('400 validation_failed')
  })

  it('reads, changes and confirms a user', async () => {
    const { data } = await users().createUser({ email: newEmail() })
    const id = data.user?.id ?? ''
    const email = newEmail()
    const changed = await users().updateUserById(id, {
      email,
      email_confirm: true,
      password: 'set by an admin 1',
      user_metadata: { name: 'Grace' },
      app_metadata: { plan: 'free' },
      role: 'authenticated',
    })
    expect(changed.error).toBeNull()
    expect((await users().getUserById(id)).data.user).toMatchObject({
      email,
      user_metadata: { name: 'Grace' },
      app_metadata: { plan: 'free', provider: 'email' },
      identities: [{ identity_data: { email } }],
    })
    const login = await stack.client().auth.signInWithPassword({ email, password: 'set by an admin 1' })
    expect(login.error).toBeNull()
  })

  it('[IDN-11] ends all sessions of a user whose password an admin sets', async () => {
    const { client } = await confirmedPerson(stack)
    const { user } = await sessionOf(client)
    await users().updateUserById(user.id, { password: 'set by an admin 2' })
    expect((await client.auth.refreshSession()).error?.code).toBe('refresh_token_not_found')
  })

  it('bans a user until the ban is lifted', async () => {
    const { email, client } = await confirmedPerson(stack)
    const { user } = await sessionOf(client)
    const { data } = await users().updateUserById(user.id, { ban_duration: '1h30m' })
    expect(new Date(data.user?.banned_until ?? 0).getTime()).toBeGreaterThan(Date.now() + 80 * 60_000)
    expect((await stack.client().auth.signInWithPassword({ email, password })).error?.code).toBe('user_banned')
    expect((await client.auth.refreshSession()).error?.code).toBe('user_banned')
    await users().updateUserById(user.id, { ban_duration: 'none' })
    expect((await stack.client().auth.signInWithPassword({ email, password })).error).toBeNull()
  })

  it('deletes a user with everything of it', async () => {
    const { client } = await confirmedPerson(stack)
    const { user } = await sessionOf(client)
    expect((await users().deleteUser(user.id)).error).toBeNull()
    const [left] = await stack.sql`
      select (select count(*) from auth.identities where user_id = ${user.id})
        + (select count(*) from auth.sessions where user_id = ${user.id}) as total`
    expect(Number(left?.total)).toBe(0)
    expect((await users().getUserById(user.id)).error).toMatchObject({ code: 'user_not_found', status: 404 })
    expect((await client.auth.getUser()).error?.code).toBe('user_not_found')
  })

  it('empties a user that is deleted softly and frees the address', async () => {
    const { email, client } = await confirmedPerson(stack)
    const { user } = await sessionOf(client)
    await users().deleteUser(user.id, true)
    const { data } = await users().getUserById(user.id)
    expect(data.user).toMatchObject({ user_metadata: {}, app_metadata: {}, deleted_at: expect.any(String) })
    expect(JSON.stringify(data.user)).not.toContain(email)
    expect((await client.auth.refreshSession()).error?.code).toBe('refresh_token_not_found')
    expect((await users().createUser({ email, password })).error).toBeNull()
  })

  it('signs a user out by their token', async () => {
    const { email, client } = await confirmedPerson(stack)
    const other = stack.client()
    await other.auth.signInWithPassword({ email, password })
    const { access_token: token } = await sessionOf(client)
    expect((await users().signOut(token, 'others')).error).toBeNull()
    expect((await other.auth.refreshSession()).error?.code).toBe('refresh_token_not_found')
    expect((await client.auth.refreshSession()).error).toBeNull()
  })

  it('invites by mail; accepting signs in', async () => {
    const email = newEmail()
    const redirectTo = 'https://app.example.com/team'
    const { data, error } = await users().inviteUserByEmail(email, { data: { team: 'blue' }, redirectTo })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({ email, user_metadata: { team: 'blue' }, invited_at: expect.any(String) })
    const mail = await stack.mails.next(email)
    expect(mail.subject).toBe('You have been invited')
    const response = await fetch(linkIn(mail, stack), { redirect: 'manual' })
    const target = new URL(response.headers.get('location') ?? '')
    expect(target.href).toMatch(/^https:\/\/app\.example\.com\/team#.*type=invite/)
    expect((await users().inviteUserByEmail(email)).error?.code).toBe('email_exists')
  })

  it.each(['signup', 'magiclink', 'recovery', 'invite'] as const)(
    'makes a link of type %s without a mail',
    async (type) => {
      const known = type === 'recovery' ? (await confirmedPerson(stack)).email : newEmail()
      const { data, error } = await users().generateLink(
        type === 'signup' ? { type, email: known, password } : { type, email: known },
      )
      expect(error).toBeNull()
      expect(stack.mails.unread(known)).toEqual([])
      expect(data.user?.email).toBe(known)
      const link = new URL(data.properties?.action_link ?? '')
      expect(`${link.origin}${link.pathname}`).toBe('http://127.0.0.1:54321/auth/v1/verify')
      expect(link.searchParams.get('token')).toBe(data.properties?.hashed_token)
      const verified = await stack.client().auth.verifyOtp({
        token_hash: data.properties?.hashed_token ?? '',
        type: data.properties?.verification_type === 'signup' ? 'signup' : type,
      })
      expect(verified.data.user?.email).toBe(known)
    },
  )

  it('makes the two links of a change of address', async () => {
    const { email } = await confirmedPerson(stack)
    const newAddress = newEmail()
    for (const type of ['email_change_current', 'email_change_new'] as const) {
      const { data } = await users().generateLink({ type, email, newEmail: newAddress })
      const token_hash = data.properties?.hashed_token ?? ''
      const verified = await stack.client().auth.verifyOtp({ token_hash, type: 'email_change' })
      expect(verified.error).toBeNull()
    }
    const second = await users().generateLink({ type: 'recovery', email: newEmail() })
    expect(second.error?.code).toBe('user_not_found')
  })

  it('leaves what an admin did in the audit trail', async () => {
    const { data } = await users().createUser({ email: newEmail() })
    const rows = await stack.sql`
      select payload ->> 'action' as action, payload ->> 'actor_username' as actor, ip_address
      from auth.audit_log_entries where payload -> 'traits' ->> 'user_id' = ${data.user?.id ?? ''}`
    expect(rows).toMatchObject([{ action: 'user_signedup', actor: 'service_role', ip_address: '127.0.0.1' }])
  })

  it('signs a person in by a code that an admin hands over', async () => {
    const { email } = await confirmedPerson(stack)
    const { data } = await users().generateLink({ type: 'magiclink', email })
    const token = data.properties?.email_otp ?? ''
    expect((await stack.client().auth.verifyOtp({ email, token, type: 'email' })).error).toBeNull()
    await stack.client().auth.signInWithOtp({ email })
    expect(codeIn(await stack.mails.next(email))).not.toBe('')
  })
})
