import { describe, expect, it } from 'vitest'
import { atOnce, type Database, withCommit, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

interface Transfer {
  id: string
  status: string
}

/** Calls `<verb>_ownership_transfer`. */
const answer = (db: Database, verb: 'accept' | 'decline' | 'cancel', id: string) =>
  db.row<Transfer>(`select * from public.${verb}_ownership_transfer($1)`, [id])

const propose = (db: Database, organization: { id: string }, membershipId: string) =>
  db.row<Transfer>('select * from public.propose_ownership_transfer($1, $2)', [organization.id, membershipId])

/** An organization whose owner offered it to the member. */
async function offered(db: Database) {
  const ours = await given.organization(db, { areVerified: true })
  const membership = await given.membershipId(db, { organization: ours, person: ours.member })
  await db.actAs(ours.owner)
  return { ours, membership, transfer: await propose(db, ours, membership) }
}

const rolesOf = (db: Database, organization: { id: string }) =>
  db.asOwner(async () => {
    const rows = await db.rows<{ user_id: string; role: string }>(
      'select user_id, role from public.memberships where organization_id = $1',
      [organization.id],
    )
    return new Map(rows.map(({ user_id, role }) => [user_id, role]))
  })

describe('propose_ownership_transfer', () => {
  it('[A1-06] changes nothing by itself, and is the same offer when asked again', () =>
    withRollback(async (db) => {
      const { ours, membership, transfer } = await offered(db)
      expect(transfer).toMatchObject({ status: 'pending', from_user_id: ours.owner.id, to_user_id: ours.member.id })
      expect(await propose(db, ours, membership)).toEqual(transfer)
      expect((await rolesOf(db, ours)).get(ours.owner.id)).toBe('owner')
      const other = await given.membershipId(db, { organization: ours, person: ours.admin })
      const second = propose(db, ours, other)
      await expect(second).rejects.toMatchObject({ status: 409, code: 'ownership_transfer_exists' })
    }))

  it('[IDN-32] asks for a code of the last ten minutes, from who offers and from who accepts', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const required = { status: 403, code: 'verification_required' }
      const membership = await given.membershipId(db, { organization: ours, person: ours.member })
      await db.actAs(ours.owner)
      await expect(propose(db, ours, membership)).rejects.toMatchObject(required)
      await db.actAs(await given.verified(db, ours.owner))
      const transfer = await propose(db, ours, membership)
      await db.actAs(ours.member)
      await expect(answer(db, 'accept', transfer.id)).rejects.toMatchObject(required)
      await db.actAs(await given.verified(db, ours.member))
      expect(await answer(db, 'accept', transfer.id)).toMatchObject({ status: 'accepted' })
    }))

  it('is for owners, to other active members of the same team', () =>
    withRollback(async (db) => {
      const ours = await given.organization(db)
      const theirs = await given.organization(db)
      const member = await given.membershipId(db, { organization: ours, person: ours.member })
      await db.actAs(ours.admin)
      await expect(propose(db, ours, member)).rejects.toMatchObject({ status: 403, code: 'owner_required' })
      await db.actAs(theirs.owner)
      await expect(propose(db, ours, member)).rejects.toMatchObject({ status: 404, code: 'organization_not_found' })
      const foreign = await given.membershipId(db, { organization: theirs, person: theirs.member })
      await db.actAs(ours.owner)
      await expect(propose(db, ours, foreign)).rejects.toMatchObject({ status: 404, code: 'member_not_found' })
      const { id: idle } = await given.member(db, { organization: ours, status: 'suspended' })
      await expect(propose(db, ours, idle)).rejects.toMatchObject({ status: 404, code: 'member_not_found' })
      const own = await given.membershipId(db, { organization: ours, person: ours.owner })
      await expect(propose(db, ours, own)).rejects.toMatchObject({ status: 409, code: 'member_is_owner' })
      const personal = { id: await given.personalOrganizationId(db, ours.owner) }
      await expect(propose(db, personal, member)).rejects.toMatchObject({ code: 'organization_is_personal' })
    }))
})

describe('accept_ownership_transfer', () => {
  it('[A1-06] swaps the roles in one step once both sides agreed, and the former owner may leave', () =>
    withRollback(async (db) => {
      const { ours, transfer } = await offered(db)
      const own = await given.membershipId(db, { organization: ours, person: ours.owner })
      const leave = () => db.exec('select public.remove_member($1)', [own])
      await expect(leave()).rejects.toMatchObject({ status: 409, code: 'last_owner' })
      await db.actAs(ours.member)
      const accepted = await answer(db, 'accept', transfer.id)
      expect(accepted).toMatchObject({ status: 'accepted' })
      expect(await answer(db, 'accept', transfer.id)).toEqual(accepted)
      const roles = await rolesOf(db, ours)
      expect([roles.get(ours.member.id), roles.get(ours.owner.id)]).toEqual(['owner', 'admin'])
      await db.actAs(ours.owner)
      await leave()
      expect((await rolesOf(db, ours)).size).toBe(2)
    }))

  it('is for the member alone: others see no offer, the owner cannot answer it', () =>
    withRollback(async (db) => {
      const { ours, transfer } = await offered(db)
      for (const verb of ['accept', 'decline'] as const) {
        const code = 'ownership_transfer_for_another'
        await expect(answer(db, verb, transfer.id)).rejects.toMatchObject({ status: 403, code })
      }
      for (const person of [ours.admin, await given.person(db)]) {
        await db.actAs(person)
        for (const verb of ['accept', 'decline', 'cancel'] as const) {
          const code = 'ownership_transfer_not_found'
          await expect(answer(db, verb, transfer.id)).rejects.toMatchObject({ status: 404, code })
        }
      }
      await db.actAs(ours.member)
      await expect(answer(db, 'cancel', transfer.id)).rejects.toMatchObject({ status: 403 })
    }))

  it('is refused after the offer was declined, cancelled or expired', () =>
    withRollback(async (db) => {
      const { ours, membership, transfer } = await offered(db)
      const refused = { status: 409, code: 'ownership_transfer_not_pending' }
      await db.actAs(ours.member)
      expect(await answer(db, 'decline', transfer.id)).toMatchObject({ status: 'declined' })
      await expect(answer(db, 'accept', transfer.id)).rejects.toMatchObject(refused)
      await db.actAs(ours.owner)
      const second = await propose(db, ours, membership)
      expect(await answer(db, 'cancel', second.id)).toMatchObject({ status: 'cancelled' })
      const third = await propose(db, ours, membership)
      await db.asOwner(() =>
        db.exec('update public.ownership_transfers set expires_at = now() where id = $1', [third.id]),
      )
      await db.actAs(ours.member)
      await expect(answer(db, 'accept', second.id)).rejects.toMatchObject(refused)
      await expect(answer(db, 'accept', third.id)).rejects.toMatchObject(refused)
      await db.actAs('postgres')
      expect(await db.row('select private.job_expire_invitations(10) as count')).toEqual({ count: 1 })
      expect((await rolesOf(db, ours)).get(ours.owner.id)).toBe('owner')
    }))

  it('is refused when who offered is no owner any more, and while the organization is suspended', () =>
    withRollback(async (db) => {
      const { ours, transfer } = await offered(db)
      await db.asOwner(() => db.exec('update public.organizations set suspended_at = now() where id = $1', [ours.id]))
      await db.actAs(ours.member)
      await expect(answer(db, 'accept', transfer.id)).rejects.toMatchObject({ code: 'organization_suspended' })
      await db.asOwner(async () => {
        await db.exec('update public.organizations set suspended_at = null where id = $1', [ours.id])
        await given.member(db, { organization: ours, role: 'owner' })
        await db.exec(`update public.memberships set role = 'viewer' where organization_id = $1 and user_id = $2`, [
          ours.id,
          ours.owner.id,
        ])
      })
      await expect(answer(db, 'accept', transfer.id)).rejects.toMatchObject({ code: 'ownership_transfer_not_pending' })
      expect((await rolesOf(db, ours)).get(ours.member.id)).toBe('member')
    }))

  it('[A1-06] ends one way when the member accepts as the owner cancels', async () => {
    const { ours, transfer } = await withCommit(offered)
    const [accepted, cancelled] = await atOnce(
      async (db) => {
        await db.actAs(ours.member)
        return answer(db, 'accept', transfer.id)
      },
      async (db) => {
        await db.actAs(ours.owner)
        return answer(db, 'cancel', transfer.id)
      },
    )
    expect(accepted.status).toBe('fulfilled')
    expect(cancelled.status).toBe('rejected')
    await withRollback(async (db) => {
      const roles = await rolesOf(db, ours)
      expect([roles.get(ours.member.id), roles.get(ours.owner.id)]).toEqual(['owner', 'admin'])
    })
  })

  it('[AUD-05] tells both sides by topic and leaves its story in the audit log', () =>
    withRollback(async (db) => {
      await db.exec(
        `insert into private.event_subscriptions (topic_pattern, kind) values ('ownership_transfer.*', 'probe.tell')`,
      )
      const { ours, transfer } = await offered(db)
      await db.actAs(ours.member)
      await answer(db, 'accept', transfer.id)
      await db.actAs('postgres')
      const told = await db.rows<{ topic: string; event: object }>(
        `select payload ->> 'topic' as topic, payload -> 'event' as event from private.jobs where kind = 'probe.tell' order by id`,
      )
      expect(told.map(({ topic }) => topic)).toEqual(['ownership_transfer.proposed', 'ownership_transfer.accepted'])
      expect(told[0]?.event).toEqual({
        transfer_id: transfer.id,
        from_user_id: ours.owner.id,
        to_user_id: ours.member.id,
      })
      const entries = await db.rows('select action from public.audit_logs where object_id = $1 order by id', [
        transfer.id,
      ])
      expect(entries).toEqual([{ action: 'create' }, { action: 'update' }])
    }))
})
