import { decodeJwt } from 'jose'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { addAuthenticator, authPerson, signIn } from '../../support/auth_person.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const impersonationSchema = z.object({ id: z.uuid(), access_token: z.string() })

describe('Auth itself, asked by an admin who sees the product as somebody', { timeout: 120_000 }, () => {
  let stack: TestStack
  let adminToken = ''

  const publicKey = () => stack.secrets.keys.publishableKey
  const send = (method: string, path: string, token: string, body?: object) =>
    fetch(stack.apiUrl + path, {
      method,
      headers: { apikey: publicKey(), authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
  const sql = async <T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> => {
    const connection = postgres(stack.database.url, { max: 1 })
    return work(connection).finally(() => connection.end())
  }
  async function impersonate(person: ApiPerson) {
    const begun = await send('POST', '/functions/v1/identity/impersonations', adminToken, {
      user_id: person.id,
      reason: 'Reported by three members',
    })
    expect(begun.status).toBe(201)
    return impersonationSchema.parse(await begun.json())
  }
  const profileSeenBy = async (token: string, { id }: ApiPerson) =>
    z
      .array(z.object({ id: z.string() }))
      .parse(await (await send('GET', `/rest/v1/profiles?id=eq.${id}`, token)).json())
  /** All that Auth keeps of a person. */
  const kept = ({ id }: ApiPerson) =>
    sql(
      (db) => db`
        select
          to_jsonb(u) as account,
          (select jsonb_agg(s order by s.id) from auth.sessions s where s.user_id = u.id) as sessions,
          (select jsonb_agg(t order by t.id) from auth.refresh_tokens t where t.user_id = u.id::text) as tokens,
          (select jsonb_agg(f order by f.id) from auth.mfa_factors f where f.user_id = u.id) as factors,
          (select jsonb_agg(i order by i.id) from auth.identities i where i.user_id = u.id) as identities
        from auth.users u where u.id = ${id}`,
    )

  beforeAll(async () => {
    stack = await testStack()
    const target = { ...stack, publishableKey: publicKey() }
    const admin = await signIn(target, await authPerson(target, { isPlatformAdmin: true }))
    await addAuthenticator(admin)
    adminToken = (await admin.auth.getSession()).data.session?.access_token ?? ''
  }, 60_000)
  afterAll(() => stack[Symbol.asyncDispose]())

  it('[ADM-02] [TST-19] is told of no session, and neither ends, adds, changes nor tells anything', async () => {
    const ada = await signedInPerson(stack)
    const factor = await addAuthenticator(ada.client)
    const { access_token: token } = await impersonate(ada)
    const identity = (await ada.client.auth.getUserIdentities()).data?.identities[0]?.identity_id
    const before = await kept(ada)
    const calls: readonly (readonly [string, string, object?])[] = [
      ['GET', '/user'],
      ['PUT', '/user', { password: 'Another-horse-2' }],
      ['PUT', '/user', { email: 'eve@example.com' }],
      ['PUT', '/user', { phone: '+2348000000000' }],
      ['PUT', '/user', { data: { display_name: 'Taken' } }],
      ['GET', '/reauthenticate'],
      ['POST', '/factors', { factor_type: 'totp', friendly_name: 'Spy' }],
      ['POST', `/factors/${factor.id}/challenge`],
      ['POST', `/factors/${factor.id}/verify`, { challenge_id: crypto.randomUUID(), code: factor.totp.generate() }],
      ['DELETE', `/factors/${factor.id}`],
      ['GET', '/user/identities/authorize?provider=github&skip_http_redirect=true'],
      ['DELETE', `/user/identities/${identity}`],
      ['GET', '/user/oauth/grants'],
      ['DELETE', `/user/oauth/grants?client_id=${crypto.randomUUID()}`],
      ['GET', `/oauth/authorizations/${crypto.randomUUID()}`],
      ['POST', `/oauth/authorizations/${crypto.randomUUID()}/consent`, { action: 'approve' }],
      ['POST', '/logout?scope=others'],
      ['POST', '/logout?scope=local'],
      ['POST', '/logout?scope=global'],
      ['POST', '/logout'],
    ]
    for (const [method, path, body] of calls) {
      const answer = await send(method, `/auth/v1${path}`, token, body)
      const said = { status: answer.status, body: await answer.text() }
      expect(said, `${method} ${path}`).toEqual({ status: 403, body: expect.stringContaining('session_not_found') })
    }
    expect(await kept(ada)).toEqual(before)
    expect(await profileSeenBy(token, ada)).toHaveLength(1)
    expect((await ada.client.auth.getUser()).data.user?.id).toBe(ada.id)
  })

  it('[ADM-02] gives nothing for the refresh token, which nobody was handed, once the half hour is over', async () => {
    const ada = await signedInPerson(stack)
    const seen = await impersonate(ada)
    const sessionId = z.uuid().parse(decodeJwt(seen.access_token).impersonated_session_id)
    const [row] = await sql(
      (db) => db<{ token: string }[]>`
        select token from auth.refresh_tokens where session_id = ${sessionId} and not revoked`,
    )
    const refresh = () =>
      send('POST', '/auth/v1/token?grant_type=refresh_token', publicKey(), { refresh_token: row?.token ?? '' })
    const renewed = z.object({ access_token: z.string() }).parse(await (await refresh()).json())
    expect(decodeJwt(renewed.access_token)).toMatchObject({ is_impersonated: true, impersonated_session_id: sessionId })
    expect((await send('POST', '/auth/v1/logout?scope=others', renewed.access_token)).status).toBe(403)
    expect(await profileSeenBy(renewed.access_token, ada)).toHaveLength(1)
    await sql((db) => db`update private.impersonations set expires_at = now() where id = ${seen.id}`)
    for (const token of [seen.access_token, renewed.access_token]) expect(await profileSeenBy(token, ada)).toEqual([])
    await sql((db) => db`select private.job_end_impersonations(1000)`)
    expect((await refresh()).status).toBe(400)
  })

  it('[ADM-02] ends an impersonation when the person signs out elsewhere or is banned, who can do so as ever', async () => {
    const [ada, ben] = [await signedInPerson(stack), await signedInPerson(stack)]
    const [seen, other] = [await impersonate(ada), await impersonate(ben)]
    expect((await ada.client.auth.signOut({ scope: 'others' })).error).toBeNull()
    expect((await ada.client.auth.getUser()).error).toBeNull()
    expect(await profileSeenBy(seen.access_token, ada)).toEqual([])
    const banned = await send('POST', `/functions/v1/api/v1/admin/people/${ben.id}/ban`, adminToken, {
      reason: 'Reported by three members',
    })
    expect(banned.status).toBe(200)
    expect(await profileSeenBy(other.access_token, ben)).toEqual([])
  })
})
