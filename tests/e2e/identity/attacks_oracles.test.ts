import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sandboxClient } from '../../../local/sandbox/client.ts'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const address = () => `${crypto.randomUUID()}@example.com`

describe('an attacker who compares answers', { timeout: 120_000 }, () => {
  let stack: TestStack
  let [ada, ben, eve]: ApiPerson[] = []
  let organizationId = ''

  const json = { 'content-type': 'application/json' }
  const sql = async <T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> => {
    const connection = postgres(stack.database.url, { max: 1 })
    return work(connection).finally(() => connection.end())
  }
  async function answerOf(path: string, body: object, token = stack.secrets.keys.publishableKey) {
    const response = await fetch(stack.apiUrl + path, {
      method: 'POST',
      headers: { ...json, apikey: stack.secrets.keys.publishableKey, authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    // What names the request and not the case.
    return [response.status, text.replace(/"request_id":"[^"]*"/, '')]
  }

  beforeAll(async () => {
    stack = await testStack()
    await sql((db) => db`update private.rate_limit_rules set limit_count = 100000 where limit_count is not null`)
    ;[ada, ben, eve] = [await signedInPerson(stack), await signedInPerson(stack), await signedInPerson(stack)]
    organizationId = (await ada.client.rpc('create_organization', { name: 'Lovelace Works' })).data?.id ?? ''
  }, 60_000)
  afterAll(() => stack[Symbol.asyncDispose]())

  /** Invites somebody. @returns id of the invitation and the token of its mail */
  async function invite(email: string) {
    const made = await ada?.client.rpc('create_invitations', {
      organization_id: organizationId,
      invitations: [{ email }],
    })
    expect(made?.error).toBeNull()
    const mail = await sandboxClient(stack.sandboxUrl).waitForMail({ to: email, timeoutMs: 60_000 })
    const token =
      mail.links.map(({ url }) => new URL(url).hash.replace('#token=', '')).find((text) => text !== '') ?? ''
    const { data } = await stack.adminClient().from('invitations').select('id').eq('email', email).single()
    return { id: data?.id ?? '', token }
  }

  it('[TST-19] [A1-02] tries tokens that are unknown, foreign, expired, revoked and used, and hears one answer', async () => {
    const [expired, revoked, declined, foreign] = [
      await invite(address()),
      await invite(address()),
      await invite(ben?.email ?? ''),
      await invite(address()),
    ]
    await sql(async (db) => {
      await db`update public.invitations set created_at = now() - interval '9 days', expires_at = now() - interval '1 day'
        where id = ${expired.id}`
    })
    expect((await ada?.client.rpc('revoke_invitation', { invitation_id: revoked.id }))?.error).toBeNull()
    expect((await ben?.client.rpc('decline_invitation', { token: declined.token }))?.error).toBeNull()
    const useless = {
      unknown: 'x'.repeat(43),
      short: 'x',
      expired: expired.token,
      revoked: revoked.token,
      declined: declined.token,
    }
    for (const [path, token] of [
      ['/rest/v1/rpc/look_up_invitation', undefined],
      ['/rest/v1/rpc/look_up_invitation', eve?.token],
      ['/rest/v1/rpc/accept_invitation', eve?.token],
      ['/rest/v1/rpc/decline_invitation', eve?.token],
      ['/functions/v1/api/v1/invitations/accept', eve?.token],
    ] as const) {
      const answers = new Map<string, string>()
      for (const [kind, text] of Object.entries(useless)) {
        answers.set(kind, JSON.stringify(await answerOf(path, { token: text }, token)))
      }
      // The REST face tells a text that cannot be a token by its form, whoever has it.
      if (path.startsWith('/functions')) answers.delete('short')
      expect(new Set(answers.values()).size, `${path} ${JSON.stringify([...answers])}`).toBe(1)
      expect([...answers.values()].join(), path).not.toMatch(/Lovelace|example\.com/)
    }
    // Who holds the link of somebody else gets the same answer wherever the invitation belongs to another address.
    const taken = await answerOf('/rest/v1/rpc/accept_invitation', { token: foreign.token }, eve?.token)
    expect(JSON.stringify(taken)).not.toContain('@')
    const { data: rows } = (await eve?.client.from('invitations').select('*')) ?? {}
    expect(rows).toEqual([])
    expect((await eve?.client.from('organizations').select('id').eq('id', organizationId))?.data).toEqual([])
  })

  it('[TST-19] registers, recovers, signs in and asks for codes with addresses known and unknown, and hears the same', async () => {
    const face = '/functions/v1/api/v1/auth'
    for (const [path, more] of [
      [`${face}/register`, { password: 'Correct-horse-2', display_name: 'Somebody' }],
      [`${face}/login`, { password: 'Wrong-horse-1' }],
      ['/auth/v1/recover', {}],
      ['/auth/v1/otp', {}],
      ['/auth/v1/resend', { type: 'signup' }],
      ['/auth/v1/token?grant_type=password', { password: 'Wrong-horse-1' }],
      ['/auth/v1/verify', { type: 'email', token: '123456' }],
    ] as const) {
      // Somebody else each time: how soon Auth sends the next mail to an address is a matter of its own, see docs/security.md.
      const known = (await signedInPerson(stack)).email
      const [first, second] = [
        await answerOf(path, { email: known, ...more }),
        await answerOf(path, { email: address(), ...more }),
      ]
      expect(first, path).toEqual(second)
    }
  })

  it('[TST-19] invites, adds and searches people, and does not learn who has an account', async () => {
    const own = (await eve?.client.rpc('create_organization', { name: 'Curious Works' }))?.data?.id ?? ''
    const asked = async (email: string) => {
      const { data, error } =
        (await eve?.client.rpc('create_invitations', { organization_id: own, invitations: [{ email }] })) ?? {}
      const text = JSON.stringify([data, error]).replaceAll(email, 'address')
      return text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id').replace(/"[^"]*_at":"[^"]*"/g, '')
    }
    expect(await asked(ben?.email ?? '')).toBe(await asked(address()))
    // A private profile is no more to be found than none, by name or by address.
    for (const search of [ben?.email ?? '', (ben?.email ?? '').slice(0, 12)]) {
      const { data } = (await eve?.client.rpc('search_profiles', { query: search })) ?? {}
      expect(JSON.stringify(data ?? []), search).not.toContain(ben?.id)
    }
    const add = async (userId: string) => {
      const { error } =
        (await eve?.client.rpc('add_member', { organization_id: organizationId, user_id: userId })) ?? {}
      return [error?.code, error?.message]
    }
    expect(await add(ben?.id ?? '')).toEqual(await add(crypto.randomUUID()))
  })
})
