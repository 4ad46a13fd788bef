import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { sandboxClient } from '../../../local/sandbox/client.ts'
import { signedInPerson } from '../../support/api_person.ts'
import { lacks, type TestTarget, testTarget } from '../../support/target.ts'

const sessionSchema = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  user: z.object({ id: z.string(), email: z.string() }),
  has_second_factor: z.boolean(),
})

describe('sign-in through the REST face', { timeout: 90_000 }, () => {
  let target: TestTarget
  beforeAll(async () => {
    target = await testTarget()
    // Wrong passwords are limited by address, too, and all of these come from one.
    if (target.databaseUrl === null) return
    const sql = postgres(target.databaseUrl, { max: 1 })
    await sql`update private.rate_limit_rules set limit_count = 1000 where subject = 'address'`
    await sql.end()
  }, 60_000)
  afterAll(() => target[Symbol.asyncDispose]())

  const post = (path: string, body: object, token?: string) =>
    fetch(`${target.apiUrl}/functions/v1/api/v1/auth${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    })
  const logIn = async (email: string, password: string) =>
    sessionSchema.parse(await (await post('/login', { email, password })).json())
  const isAlive = async (token: string) =>
    (await fetch(`${target.apiUrl}/functions/v1/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })).ok

  it.skipIf(lacks.sandbox)('[IDN-01] [IDN-03] registers, confirms by mail and signs in', async () => {
    const email = `${crypto.randomUUID()}@example.com`
    const registration = { email, password: 'Correct-horse-1', display_name: 'Ada Okafor', time_zone: 'Africa/Lagos' }
    const answer = await post('/register', registration)
    expect(answer.status).toBe(202)
    expect((await post('/login', { email, password: registration.password })).status).toBe(403)
    const mail = await sandboxClient(target.sandboxUrl ?? '').waitForMail({ to: email, timeoutMs: 20_000 })
    const link = mail.links.find(({ url }) => url.includes('/auth/v1/verify'))
    await fetch(link?.url ?? '', { redirect: 'manual' })
    const session = await logIn(email, registration.password)
    expect(session).toMatchObject({ user: { email }, has_second_factor: false })
    const me = await fetch(`${target.apiUrl}/functions/v1/api/v1/me`, {
      headers: { authorization: `Bearer ${session.access_token}` },
    })
    expect(await me.json()).toMatchObject({ display_name: 'Ada Okafor', time_zone: 'Africa/Lagos' })
    const again = await post('/register', registration)
    expect([again.status, await again.json()]).toEqual([202, await answer.json()])
    expect((await post('/register', { ...registration, password: 'letters-only' })).status).toBe(422)
  })

  it('[IDN-03] refreshes and ends sessions, and answers everything with no-store', async () => {
    const { email } = await signedInPerson(target)
    const response = await post('/login', { email, password: 'Correct-horse-1' })
    expect(response.headers.get('cache-control')).toBe('no-store')
    const first = sessionSchema.parse(await response.json())
    const next = sessionSchema.parse(await (await post('/refresh', { refresh_token: first.refresh_token })).json())
    expect(await isAlive(next.access_token)).toBe(true)
    expect((await post('/logout', {}, next.access_token)).status).toBe(204)
    expect(await isAlive(next.access_token)).toBe(false)
    const ended = await post('/refresh', { refresh_token: next.refresh_token })
    expect([ended.status, await ended.json()]).toMatchObject([401, { code: 'session_invalid' }])
  })

  it('[IDN-09] changes the password, which ends every other session', async () => {
    const person = await signedInPerson(target)
    const { access_token: own } = await logIn(person.email, 'Correct-horse-1')
    const { access_token: other } = await logIn(person.email, 'Correct-horse-1')
    const change = (current_password: string, new_password: string) =>
      post('/change-password', { current_password, new_password }, own)
    const wrong = await change('Wrong-horse-1', 'Another-horse-2')
    expect([wrong.status, await wrong.json()]).toMatchObject([403, { code: 'current_password_wrong' }])
    expect(await isAlive(other)).toBe(true)
    expect((await change('Correct-horse-1', 'Another-horse-2')).status).toBe(204)
    expect(await isAlive(own)).toBe(true)
    expect(await isAlive(other)).toBe(false)
    expect(await isAlive(person.token)).toBe(false)
    expect((await post('/login', { email: person.email, password: 'Correct-horse-1' })).status).toBe(401)
    expect((await logIn(person.email, 'Another-horse-2')).user.id).toBe(person.id)
  })

  it('[SEC-07] locks an account after five wrong passwords, known or not, also for the right one', async () => {
    const { email } = await signedInPerson(target)
    const last = async (address: string) => {
      const statuses: number[] = []
      for (let attempt = 0; attempt < 5; attempt++) {
        statuses.push((await post('/login', { email: address, password: `Wrong-${attempt}` })).status)
      }
      const refused = await post('/login', { email: address.toUpperCase(), password: 'Correct-horse-1' })
      return [statuses, refused.status, Number(refused.headers.get('retry-after')) > 0, await refused.json()]
    }
    const locked = [[401, 401, 401, 401, 401], 429, true, expect.objectContaining({ code: 'account_locked' })]
    expect(await last(email)).toEqual(locked)
    expect(await last(`${crypto.randomUUID()}@example.com`)).toEqual(locked)
  })
})
