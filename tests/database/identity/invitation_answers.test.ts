import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { atOnce, type Database, type Person, withCommit, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { accept, decline, expire, invite, invited, mail, nothing, preview, statusOf } from './invitation_support.ts'

describe('look_up_invitation', () => {
  it('[A1-02] shows the holder of the link who invites, without signing in', () =>
    withRollback(async (db) => {
      const { token } = await invited(db, { role: 'viewer' })
      await db.actAs('anon')
      expect(await preview(db, token)).toEqual({
        is_valid: true,
        organization_name: 'Lovelace Works',
        role: 'viewer',
        expires_at: expect.anything(),
      })
    }))

  it('[A1-02] answers unknown, expired, revoked and answered tokens alike, and so do the answers', () =>
    withRollback(async (db) => {
      const { ours, id, token: revoked } = await invited(db)
      await db.exec('select public.revoke_invitation($1)', [id])
      const late = await invited(db)
      await expire(db, late.id)
      const declined = await invited(db)
      await decline(db, declined.token)
      const accepted = await invited(db)
      await db.actAs(await given.person(db, { email: accepted.email }))
      await accept(db, accepted.token)
      const gone = await invited(db)
      await db.asOwner(() =>
        db.exec('update public.organizations set deleted_at = now() where id = $1', [gone.ours.id]),
      )
      const suspended = await invited(db)
      await db.asOwner(() =>
        db.exec('update public.organizations set suspended_at = now() where id = $1', [suspended.ours.id]),
      )
      const tokens = [
        revoked,
        late.token,
        declined.token,
        accepted.token,
        gone.token,
        suspended.token,
        'x',
        '',
        ours.id,
      ]
      const stranger = await given.person(db)
      const said = new Set<string>()
      for (const token of tokens) {
        await db.actAs('anon')
        expect(await preview(db, token)).toEqual(nothing)
        const saysNo = await decline(db, token).catch((error: Error) => JSON.stringify({ ...error, m: error.message }))
        await db.actAs(stranger)
        const saysYes = await accept(db, token).catch((error: Error) => JSON.stringify({ ...error, m: error.message }))
        said.add(`${saysNo} ${saysYes}`)
      }
      expect([...said]).toEqual([expect.stringMatching(/404.*invitation_not_found.*404.*invitation_not_found/)])
    }))

  it('[PLT-19] counts calls of one address', () =>
    withRollback(async (db) => {
      await db.actAs('anon')
      await db.exec(`select set_config('request.headers', '{"x-forwarded-for": "203.0.113.9"}', true)`)
      const ask = async () => (await preview(db, 'x')).is_valid
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask().catch(({ code }) => code)))
      expect(answers).not.toContain(true)
      let last: unknown
      for (let turn = 0; turn < 40 && last !== 'rate_limit_exceeded'; turn += 1)
        last = await ask().catch(({ code }) => code)
      expect(last).toBe('rate_limit_exceeded')
    }))
})

describe('accept_invitation', () => {
  it('[A1-02] makes a person a member who signed up after the invitation', () =>
    withRollback(async (db) => {
      const { ours, email, id, token } = await invited(db, { role: 'agent' })
      const grace = await given.person(db, { email })
      await db.actAs(grace)
      expect(await accept(db, token)).toMatchObject({ organization_id: ours.id, role: 'agent' })
      expect(await db.rows('select id from public.organizations where id = $1', [ours.id])).toHaveLength(1)
      expect(await statusOf(db, id)).toBe('accepted')
    }))

  it('[A1-02] gives the same person the same answer again, and nobody a second membership', () =>
    withRollback(async (db) => {
      const { ours, email, token } = await invited(db)
      const grace = await given.person(db, { email })
      await db.actAs(grace)
      const first = await accept(db, token)
      expect(await accept(db, token)).toEqual(first)
      expect(
        await db.rows('select id from public.memberships where user_id = $1 and organization_id = $2', [
          grace.id,
          ours.id,
        ]),
      ).toHaveLength(1)
      await db.actAs(ours.admin)
      await db.exec('select public.remove_member($1)', [first.membership_id])
      await db.actAs(grace)
      await expect(accept(db, token)).rejects.toMatchObject({ status: 404, code: 'invitation_not_found' })
    }))

  it('refuses who did not confirm the invited address, and who is not signed in', () =>
    withRollback(async (db) => {
      const { email, id, token } = await invited(db)
      await db.actAs(await given.person(db))
      const wrong = { status: 403, code: 'invitation_for_another_address' }
      await expect(accept(db, token)).rejects.toMatchObject(wrong)
      const unconfirmed = await given.person(db, { email })
      await db.asOwner(() => db.exec('update auth.users set email_confirmed_at = null where id = $1', [unconfirmed.id]))
      await db.actAs(unconfirmed)
      await expect(accept(db, token)).rejects.toMatchObject(wrong)
      await db.actAs('anon')
      await expect(accept(db, token)).rejects.toMatchObject({ sqlstate: '42501' })
      expect(await statusOf(db, id)).toBe('pending')
    }))

  it('[A1-04] counts only while the inviter may still invite, until somebody else sends it again', () =>
    withRollback(async (db) => {
      const { ours, email, id, token } = await invited(db, { role: 'agent' })
      await db.actAs(ours.owner)
      const membership = await given.membershipId(db, { organization: ours, person: ours.admin })
      await db.exec(`select public.change_member_role($1, 'member')`, [membership])
      await db.actAs('anon')
      expect(await preview(db, token)).toEqual(nothing)
      const grace = await given.person(db, { email })
      await db.actAs(grace)
      await expect(accept(db, token)).rejects.toMatchObject({ status: 404 })
      await db.asOwner(() => db.exec('update public.invitations set resendable_at = now() where id = $1', [id]))
      await db.actAs(ours.owner)
      await db.exec('select public.resend_invitation($1)', [id])
      const fresh = await mail(db, id)
      await db.actAs(grace)
      expect(await accept(db, fresh)).toMatchObject({ role: 'agent' })
    }))

  it('[ORG-07] binds outsiders by topic and gives them no membership', () =>
    withRollback(async (db) => {
      const binding = randomUUID()
      await db.exec(
        `insert into private.event_subscriptions (topic_pattern, kind) values ('invitation.accepted', 'probe.bind')`,
      )
      const { ours, email, token } = await invited(db, { role: 'vendor', binding_id: binding })
      const vendor = await given.person(db, { email })
      await db.actAs(vendor)
      const first = await accept(db, token)
      expect(first).toMatchObject({ organization_id: ours.id, role: 'vendor', membership_id: null })
      expect(await accept(db, token)).toEqual(first)
      expect(await db.rows('select id from public.organizations where id = $1', [ours.id])).toEqual([])
      await db.actAs('postgres')
      const [job] = await db.rows<{ payload: { event: object } }>(
        `select payload from private.jobs where kind = 'probe.bind'`,
      )
      expect(job?.payload.event).toMatchObject({ binding_kind: 'vendor', binding_id: binding, accepted_by: vendor.id })
      expect(JSON.stringify(job)).not.toContain(email)
    }))

  it('leaves who belongs to the organization already what they are', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      await db.actAs(ours.admin)
      const id = await invite(db, ours, { email: ours.member.email, role: 'viewer' })
      const token = await mail(db, id)
      await db.actAs(ours.member)
      expect(await accept(db, token)).toMatchObject({ role: 'member' })
      expect(await statusOf(db, id)).toBe('accepted')
    }))

  it('[A1-02] fills the last seat once when two accept at once; the other invitation stays', async () => {
    const { ours, people, ids, tokens } = await withCommit(async (db) => {
      const organization = await given.organization(db)
      await given.limit(db, { organization, key: 'members', value: 4 })
      const both = [await given.person(db), await given.person(db)] as const
      await db.actAs(organization.admin)
      const made = [
        await invite(db, organization, { email: both[0].email }),
        await invite(db, organization, { email: both[1].email }),
      ] as const
      return {
        ours: organization,
        people: both,
        ids: made,
        tokens: [await mail(db, made[0]), await mail(db, made[1])] as const,
      }
    })
    const ask = (person: Person, token: string) => async (db: Database) => {
      await db.actAs(person)
      return accept(db, token)
    }
    const [first, second] = await atOnce(ask(people[0], tokens[0]), ask(people[1], tokens[1]))
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({ status: 'rejected', reason: { status: 409, code: 'member_limit_reached' } })
    await withRollback(async (db) => {
      expect(await statusOf(db, ids[1])).toBe('pending')
      expect(await db.rows('select id from public.memberships where organization_id = $1', [ours.id])).toHaveLength(4)
    })
  })

  it('[A1-02] joins once when the same person accepts twice at once', async () => {
    const { ours, grace, token } = await withCommit(async (db) => {
      const made = await invited(db)
      return { ...made, grace: await given.person(db, { email: made.email }) }
    })
    const ask = async (db: Database) => {
      await db.actAs(grace)
      return accept(db, token)
    }
    const [first, second] = await atOnce(ask, ask)
    if (first.status === 'rejected' || second.status === 'rejected') throw new Error('An answer was refused')
    expect(second.value).toEqual(first.value)
    await withRollback(async (db) => {
      expect(await db.rows('select id from public.memberships where organization_id = $1', [ours.id])).toHaveLength(4)
    })
  })
})
