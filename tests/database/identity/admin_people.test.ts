import { describe, expect, it } from 'vitest'
import { withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator, actWithLevel, givenPlatformAdmin } from '../platform/operator_session.ts'

const somebody = '7d2f6a52-6d5f-4d8c-9a55-0c8a2f3b1c11'
const reason = 'Reported by three members'

describe('platform admins and people', () => {
  const calls = [
    'select * from public.admin_list_people()',
    'select * from public.admin_list_organizations()',
    `select public.admin_get_person('${somebody}')`,
    `select public.admin_approve_person('${somebody}')`,
    `select public.admin_ban_person('${somebody}', '${reason}')`,
    `select public.admin_unban_person('${somebody}')`,
    `select public.admin_set_membership('${somebody}', '${somebody}', 'member', '${reason}')`,
    `select public.open_support_access('${reason}')`,
    'select public.close_support_access()',
    `select public.admin_request_impersonation('${somebody}', '${reason}')`,
    `select public.admin_end_impersonation('${somebody}')`,
  ]

  it.each(calls)('[ADM-01] [ADM-02] [A1-09] are such by the account, with a second factor: %s', (call) =>
    withRollback(async (db) => {
      const { owner } = await given.organization(db)
      const admin = await givenPlatformAdmin(db)
      await actWithLevel(db, owner, 'aal2')
      await expect(db.rows(call)).rejects.toMatchObject({ status: 403, code: 'platform_admin_required' })
      await actWithLevel(db, admin, 'aal1')
      await expect(db.rows(call)).rejects.toMatchObject({ status: 403, code: 'second_factor_required' })
      // A third-party app that the admin signed in to, even with a second factor.
      const app = await given.appOf(db, { person: admin })
      await db.actAs({ ...app, claims: { ...app.claims, aal: 'aal2' } })
      await expect(db.rows(call)).rejects.toMatchObject({ status: 403, code: 'platform_admin_required' })
    }),
  )

  it('[ADM-01] approve who signed up while that was needed, and nothing works for them before', () =>
    withRollback(async (db) => {
      const before = await given.person(db)
      await db.exec(`update private.settings set value = 'true' where key = 'sign_up.requires_approval'`)
      const person = await given.person(db)
      const [own, account] = [
        'select id from public.profiles where id = private.current_person_id()',
        'select state from public.get_my_account()',
      ]
      await db.actAs(person)
      expect(await db.rows(own)).toEqual([])
      expect(await db.rows(account)).toEqual([{ state: 'pending' }])
      await expect(db.rows(`select public.create_organization('Too early')`)).rejects.toMatchObject({ status: 403 })
      await db.actAs(before)
      expect(await db.rows(own)).toHaveLength(1)
      await actAsOperator(db)
      const waiting = `select id, state from public.admin_list_people(state => 'pending')`
      expect(await db.rows(waiting)).toEqual([{ id: person.id, state: 'pending' }])
      for (let call = 0; call < 2; call += 1) {
        const approved = await db.row('select state from public.admin_approve_person($1)', [person.id])
        expect(approved).toEqual({ state: 'active' })
      }
      expect(await db.rows(waiting)).toEqual([])
      await db.actAs(person)
      expect(await db.rows(own)).toEqual([{ id: person.id }])
    }))

  it('[IDN-15] need no approval themselves, or the first one would wait for ever', () =>
    withRollback(async (db) => {
      await db.exec(`update private.settings set value = 'true' where key = 'sign_up.requires_approval'`)
      const person = await givenPlatformAdmin(db)
      await db.actAs(person)
      expect(await db.rows('select state from public.get_my_account()')).toEqual([{ state: 'active' }])
    }))

  it('[ADM-02] ban a person at once, with all sessions and channels, until a time or for good, and lift it', () =>
    withRollback(async (db) => {
      const { id: organization, member: plain } = await given.organization(db)
      const member = await given.session(db, { person: plain })
      const seen = 'select id from public.organizations where id = $1'
      const epoch = () =>
        db.asOwner(() => db.row('select topic_epoch from public.organizations where id = $1', [organization]))
      await db.actAs(member)
      expect(await db.rows(seen, [organization])).toHaveLength(1)
      const admin = await actAsOperator(db)
      const until = await db.row(
        `select state, banned_until > now() + interval '1 day' as is_later
         from public.admin_ban_person($1, $2, now() + interval '2 days')`,
        [member.id, reason],
      )
      expect(until).toEqual({ state: 'banned', is_later: true })
      expect(await epoch()).toEqual({ topic_epoch: 2 })
      await db.actAs(plain)
      expect(await db.rows(seen, [organization])).toEqual([])
      expect(await db.rows('select state from public.get_my_account()')).toEqual([{ state: 'banned' }])
      await actWithLevel(db, admin, 'aal2')
      await db.rows('select public.admin_ban_person($1, $2)', [member.id, reason])
      const listed = await db.rows(`select id from public.admin_list_people(state => 'banned')`)
      expect(listed).toEqual([{ id: member.id }])
      for (let call = 0; call < 2; call += 1) {
        const lifted = await db.row('select state, banned_until from public.admin_unban_person($1)', [member.id])
        expect(lifted).toEqual({ state: 'active', banned_until: null })
      }
      await db.actAs(member)
      expect(await db.rows(seen, [organization])).toEqual([])
      await db.actAs(plain)
      expect(await db.rows(seen, [organization])).toHaveLength(1)
      const log = await db.asOwner(() =>
        db.rows(
          `select action, actor_kind, actor_id, changes ->> 'reason' as reason from public.audit_logs
           where object_type = 'users' and object_id = $1 and action in ('ban', 'unban') order by id`,
          [member.id],
        ),
      )
      const by = { actor_kind: 'platform_admin', actor_id: admin.id }
      expect(log).toEqual([
        { action: 'ban', ...by, reason },
        { action: 'ban', ...by, reason },
        { action: 'unban', ...by, reason: null },
      ])
    }))

  it.each([
    ['without a reason', `'${somebody}', 'bad'`, 422, 'reason_invalid'],
    ['nobody', `'${somebody}', '${reason}'`, 404, 'person_not_found'],
    ['until yesterday', `'${somebody}', '${reason}', now() - interval '1 day'`, 422, 'ban_end_invalid'],
    ['themselves', `private.current_person_id(), '${reason}'`, 409, 'person_is_self'],
  ])('[ADM-02] do not ban %s', (_, parameters, status, code) =>
    withRollback(async (db) => {
      await actAsOperator(db)
      await expect(db.rows(`select public.admin_ban_person(${parameters})`)).rejects.toMatchObject({ status, code })
    }),
  )

  it('find people by name, address and id, page by page, and the log says whom they saw', () =>
    withRollback(async (db) => {
      const tag = 'zz-quince'
      const people = [
        await given.person(db, { name: `Ada ${tag}` }),
        await given.person(db, { email: `ben.${tag}@example.test` }),
        await given.person(db, { name: `Cleo 100% ${tag}` }),
      ]
      const admin = await actAsOperator(db)
      const find = (search: string, after: string | null = null, size = 50) =>
        db.rows<{ id: string }>('select id from public.admin_list_people($1, null, $2, $3)', [search, after, size])
      const all = await find('ZZ-Quince')
      expect(all.map(({ id }) => id).sort()).toEqual(people.map(({ id }) => id).sort())
      const first = await find(tag, null, 2)
      const second = await find(tag, first[1]?.id ?? '', 2)
      expect([...first, ...second]).toEqual(all)
      expect(await find('100% ')).toEqual([{ id: people[2]?.id }])
      expect(await find(people[1]?.id ?? '')).toEqual([{ id: people[1]?.id }])
      const seen = await db.asOwner(() =>
        db.rows(
          `select changes -> 'user_ids' as ids from public.audit_logs
           where actor_id = $1 and action = 'list' and object_type = 'users' order by id limit 1`,
          [admin.id],
        ),
      )
      expect(seen).toEqual([{ ids: all.map(({ id }) => id) }])
    }))

  it('read one person with memberships, which the log tells', () =>
    withRollback(async (db) => {
      const { id, member } = await given.organization(db)
      const admin = await actAsOperator(db)
      const { person } = await db.row<{ person: object }>('select public.admin_get_person($1) as person', [member.id])
      expect(person).toMatchObject({
        id: member.id,
        email: member.email,
        state: 'active',
        organization_count: 2,
        memberships: [
          { role: 'owner', kind: 'personal' },
          { organization_id: id, role: 'member' },
        ],
      })
      await expect(db.rows(`select public.admin_get_person('${somebody}')`)).rejects.toMatchObject({ status: 404 })
      const log = await db.asOwner(() =>
        db.rows(`select object_id from public.audit_logs where actor_id = $1 and action = 'read'`, [admin.id]),
      )
      expect(log).toEqual([{ object_id: member.id }])
    }))
})
