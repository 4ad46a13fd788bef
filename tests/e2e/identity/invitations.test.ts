import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { sandboxClient } from '../../../local/sandbox/client.ts'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { lacks, type TestTarget, testTarget } from '../../support/target.ts'

const invited = z.object({
  invited_count: z.number(),
  results: z.array(z.object({ invitation_id: z.string().nullable(), code: z.string().nullable() })),
})
const page = z.object({ data: z.array(z.looseObject({ id: z.string(), email: z.string(), status: z.string() })) })
const password = 'Correct-horse-1'
const address = () => `${crypto.randomUUID()}@example.com`

describe('invitations, through the running stack', { timeout: 90_000 }, () => {
  let target: TestTarget
  let ada: ApiPerson
  let organizationId: string
  beforeAll(async () => {
    target = await testTarget()
    ada = await signedInPerson(target, { isVerified: true })
    const founded = await ada.client.rpc('create_organization', { name: 'Lovelace Works' })
    organizationId = founded.data?.id ?? ''
  }, 90_000)
  afterAll(() => target[Symbol.asyncDispose]())

  const call = (who: ApiPerson, method: string, path: string, body?: { type: string; text: string }) =>
    fetch(`${target.apiUrl}/functions/v1/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${who.token}`, ...(body && { 'content-type': body.type }) },
      ...(body && { body: body.text }),
    })
  const json = (body: object) => ({ type: 'application/json', text: JSON.stringify(body) })

  async function invite(row: object): Promise<string> {
    const response = await call(
      ada,
      'POST',
      `/organizations/${organizationId}/invitations`,
      json({ invitations: [row] }),
    )
    expect(response.status).toBe(200)
    const { results } = invited.parse(await response.json())
    return results[0]?.invitation_id ?? ''
  }

  /** Reads the mail as its owner does. @returns the token behind the link */
  async function tokenFor(email: string): Promise<string> {
    const mail = await sandboxClient(target.sandboxUrl ?? '').waitForMail({ to: email, timeoutMs: 40_000 })
    expect(mail.subject).toBe('Lovelace Works invites you to Atrium')
    expect(mail.text).toContain('#token=')
    return mail.links.map(({ url }) => new URL(url).hash.replace('#token=', '')).find((token) => token !== '') ?? ''
  }

  it.skipIf(lacks.sandbox)('[A1-02] brings in somebody who signs up after being invited', async () => {
    const email = address()
    await invite({ email, role: 'agent' })
    const token = await tokenFor(email)

    const visitor = target.client()
    const { data: preview } = await visitor.rpc('look_up_invitation', { token })
    expect(preview).toMatchObject({ is_valid: true, organization_name: 'Lovelace Works', role: 'agent' })
    const early = await visitor.rpc('accept_invitation', { token })
    expect(early.error).not.toBeNull()

    const eve = await signedInPerson(target)
    const foreign = await eve.client.rpc('accept_invitation', { token })
    expect(foreign.error?.code).toBe('invitation_for_another_address')

    await target.adminClient().auth.admin.createUser({ email, password, email_confirm: true })
    const grace = target.client()
    expect((await grace.auth.signInWithPassword({ email, password })).error).toBeNull()
    const first = await grace.rpc('accept_invitation', { token })
    expect(first.error).toBeNull()
    expect(first.data).toMatchObject({ organization_id: organizationId, role: 'agent' })
    expect((await grace.rpc('accept_invitation', { token })).data).toEqual(first.data)
    const { data: seen } = await grace.from('organizations').select('name').eq('id', organizationId)
    expect(seen).toEqual([{ name: 'Lovelace Works' }])
    expect((await visitor.rpc('look_up_invitation', { token })).data).toEqual({
      is_valid: false,
      organization_name: null,
      role: null,
      expires_at: null,
    })
  })

  it('[A1-02] takes lists as CSV over the REST face, and tells what became of each row', async () => {
    const text = `email;role\r\n${address()};viewer\r\nnobody;viewer\r\n${address()};owner\r\n`
    const path = `/organizations/${organizationId}/invitations/import`
    const response = await call(ada, 'POST', path, { type: 'text/csv', text })
    expect(response.status).toBe(200)
    const answer = invited.parse(await response.json())
    expect(answer.invited_count).toBe(1)
    expect(answer.results.map(({ code }) => code)).toEqual([null, 'email_invalid', 'role_too_high'])
    expect((await call(ada, 'POST', path, { type: 'text/plain', text })).status).toBe(415)
    const unknown = await call(ada, 'POST', path, { type: 'text/csv', text: 'email,is_admin\n' })
    expect(await unknown.json()).toMatchObject({ code: 'invitations_invalid' })
  })

  it('[A1-02] lists, revokes and sends again for managers, and is closed to everybody else', async () => {
    const email = address()
    const id = await invite({ email })
    const path = `/organizations/${organizationId}/invitations`
    const list = page.parse(await (await call(ada, 'GET', `${path}?email=${email}`)).json())
    expect(list.data).toMatchObject([{ id, email, status: 'pending' }])
    expect(JSON.stringify(list)).not.toContain('token')

    const soon = await call(ada, 'POST', `${path}/${id}/resend`)
    expect([soon.status, Number(soon.headers.get('retry-after')) > 0]).toEqual([429, true])
    const eve = await signedInPerson(target)
    for (const [method, tried] of [
      ['GET', path],
      ['DELETE', `${path}/${id}`],
      ['POST', `${path}/${id}/resend`],
    ] as const) {
      expect((await call(eve, method, tried)).status).toBe(404)
    }
    expect((await call(eve, 'POST', path, json({ invitations: [{ email: address() }] }))).status).toBe(404)
    const elsewhere = await call(ada, 'DELETE', `/organizations/${crypto.randomUUID()}/invitations/${id}`)
    expect(elsewhere.status).toBe(404)

    for (const _ of [1, 2]) {
      const revoked = await call(ada, 'DELETE', `${path}/${id}`)
      expect(revoked.status).toBe(200)
      expect(await revoked.json()).toMatchObject({ id, status: 'revoked' })
    }
  })

  it.skipIf(lacks.sandbox)('[A1-02] accepts over the REST face; every token of no use gets one answer', async () => {
    const grace = await signedInPerson(target)
    const id = await invite({ email: grace.email })
    const token = await tokenFor(grace.email)
    const revokedId = await invite({ email: address() })
    await call(ada, 'DELETE', `/organizations/${organizationId}/invitations/${revokedId}`)
    const accept = (text: string) => call(grace, 'POST', '/invitations/accept', json({ token: text }))
    const unknown = await accept('x'.repeat(43))
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { code: 'invitation_not_found' }])
    const accepted = await accept(token)
    expect(accepted.status).toBe(200)
    expect(await accepted.json()).toMatchObject({ invitation_id: id, organization_id: organizationId, role: 'member' })
  })

  it('[A1-06] hands an organization over once both sides confirmed, and lets the former owner leave', async () => {
    const founded = await ada.client.rpc('create_organization', { name: 'Handed Over' })
    const handed = founded.data?.id ?? ''
    const ben = await signedInPerson(target, { isVerified: true })
    const { data: member } = await ada.client.rpc('add_member', { organization_id: handed, user_id: ben.id })
    const proposed = await ada.client.rpc('propose_ownership_transfer', {
      organization_id: handed,
      membership_id: member?.id ?? '',
    })
    expect(proposed.error).toBeNull()
    const { data: offers } = await ben.client.from('ownership_transfers').select('id, status')
    expect(offers).toEqual([{ id: proposed.data?.id, status: 'pending' }])
    const accepted = await ben.client.rpc('accept_ownership_transfer', { transfer_id: proposed.data?.id ?? '' })
    expect(accepted.error).toBeNull()
    const { data: mine } = await ada.client
      .from('memberships')
      .select('id, role')
      .eq('organization_id', handed)
      .eq('user_id', ada.id)
      .single()
    expect(mine?.role).toBe('admin')
    expect((await ada.client.rpc('remove_member', { membership_id: mine?.id ?? '' })).error).toBeNull()
    expect((await ada.client.from('organizations').select('id').eq('id', handed)).data).toEqual([])
  })
})
