import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { balance, books, grant, release, reserve, settle, wallets } from './credits.ts'

const yesterday = (db: Database) =>
  db.exec(`update public.credit_wallets set granted_on = granted_on - 1 where kind = 'daily'`)
const daily = (db: Database, batch = 1000) =>
  db.row<{ count: number }>('select private.grant_daily_credits($1) as count', [batch])

describe('wallets', () => {
  it('[CRD-02] [CRD-03] hold the Free plan’s 50 of the day, and 200 once for the person who signs up', () =>
    withRollback(async (db) => {
      const owner = await given.person(db)
      const personal = await given.personalOrganizationId(db, owner)
      expect(await balance(db, personal)).toMatchObject({
        available_count: '250',
        daily_count: '50',
        initial_count: '200',
        daily_granted_count: '50',
      })
      const company = await given.organization(db)
      expect(await balance(db, company.id)).toMatchObject({ available_count: '50', initial_count: '0' })
    }))

  it.each([50, 150, 200])('[CRD-02] are granted the %s of the plan each day, what is left is gone', (count) =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await given.limit(db, { organization, key: 'daily_credits', value: count })
      await settle(db, (await reserve(db, organization, { action: 'investor_search' })).id)
      await yesterday(db)
      await daily(db)
      expect(await balance(db, organization.id)).toMatchObject({ daily_count: String(count) })
      const kinds = await db.rows('select kind, credit_count from public.credit_entries where organization_id = $1', [
        organization.id,
      ])
      expect(kinds.map((entry) => Object.values(entry))).toEqual([
        ['grant', '50'],
        ['spend', '-5'],
        ['expiry', '-45'],
        ['grant', String(count)],
      ])
    }),
  )

  it('[A2-06] are drained in order: the day, promotions, the sign-up, what was bought', () =>
    withRollback(async (db) => {
      const organization = { id: await given.personalOrganizationId(db, await given.person(db)) }
      await grant(db, organization, 10)
      await db.exec(
        `with wallet as (
           insert into public.credit_wallets (organization_id, kind, priority) values ($1, 'purchased', 40) returning id
         ) select private.add_credits($1, wallet.id, 'purchase', 100, 'pack') from wallet`,
        [organization.id],
      )
      const kinds = async () => (await wallets(db, organization)).map(({ kind, free }) => `${kind} ${free}`)
      expect(await kinds()).toEqual(['daily 50', 'promotional 10', 'initial 200', 'purchased 100'])
      await settle(db, (await reserve(db, organization, { action: 'investor_search', quantity: 11 })).id)
      expect(await kinds()).toEqual(['daily 0', 'promotional 5', 'initial 200', 'purchased 100'])
      await settle(db, (await reserve(db, organization, { action: 'investor_search', quantity: 42 })).id)
      expect(await kinds()).toEqual(['daily 0', 'promotional 0', 'initial 0', 'purchased 95'])
      expect(await books(db)).toEqual([])
    }))

  it('[A2-06] of a promotion are empty when its time is over, except for what is set aside', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await grant(db, organization, 30, `now() + interval '1 hour'`)
      const held = await reserve(db, organization, { action: 'investor_search', quantity: 11 })
      await db.exec(`update public.credit_wallets set expires_at = now() - interval '1 s' where kind = 'promotional'`)
      await db.rows('select private.expire_credits(100)')
      expect(await wallets(db, organization)).toMatchObject([{ free: '0' }, { kind: 'promotional', free: '0' }])
      await release(db, held.id)
      // What comes back to a promotion that is over is gone; the day's 50 are not.
      expect(await balance(db, organization.id)).toMatchObject({ available_count: '50', promotional_count: '0' })
      expect(await books(db)).toEqual([])
    }))
})

describe('a reservation', () => {
  it('[CRD-12] costs what the price list says, and is refused for what it does not name', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const prices = await db.rows(
        'select action, credit_count from public.credit_actions order by credit_count, action',
      )
      expect(prices.map(({ action, credit_count }) => [action, credit_count])).toEqual([
        ['assistant_chat_turn', 1],
        ['assistant_librarian', 1],
        ['assistant_mentor', 2],
        ['outreach_message', 2],
        ['investor_search', 5],
        ['pitch_deck_analysis', 10],
      ])
      expect(await reserve(db, organization, { action: 'pitch_deck_analysis', quantity: 3 })).toMatchObject({
        credit_count: '30',
        state: 'held',
      })
      await expect(reserve(db, organization, { action: 'magic' })).rejects.toMatchObject({
        code: 'credit_action_unknown',
      })
    }))

  it('is refused beyond what is left, and sets nothing aside then', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await reserve(db, organization, { action: 'investor_search', quantity: 9 })
      const much = reserve(db, organization, { action: 'investor_search', quantity: 2 })
      await expect(much).rejects.toMatchObject({ status: 402, code: 'insufficient_credits' })
      expect(await balance(db, organization.id)).toMatchObject({ available_count: '5', reserved_count: '45' })
    }))

  it('is the same for the same key, and refused for another use of it', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const first = await reserve(db, organization, { action: 'investor_search', key: 'search-1' })
      expect(await reserve(db, organization, { action: 'investor_search', key: 'search-1' })).toEqual(first)
      const other = reserve(db, organization, { action: 'outreach_message', key: 'search-1' })
      await expect(other).rejects.toMatchObject({ status: 409, code: 'credit_reservation_key_reused' })
      expect(await balance(db, organization.id)).toMatchObject({ reserved_count: '5' })
    }))

  it('[CRD-07] is settled once, for less if less was used, and says who spent on what', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const person = organization.member.id
      const { id } = await reserve(db, organization, { action: 'assistant_mentor', quantity: 10, person })
      await expect(settle(db, id, 21)).rejects.toMatchObject({ code: 'credit_count_invalid' })
      expect(await settle(db, id, 7)).toMatchObject({ state: 'settled', spent_count: '7', person_id: person })
      expect(await settle(db, id, 7)).toMatchObject({ state: 'settled', spent_count: '7' })
      await expect(settle(db, id)).rejects.toMatchObject({ code: 'credit_reservation_ended' })
      await expect(release(db, id)).rejects.toMatchObject({ code: 'credit_reservation_ended' })
      expect(await balance(db, organization.id)).toMatchObject({ available_count: '43', reserved_count: '0' })
      await db.actAs(organization.member)
      const statement = await db.rows(
        `select kind, action, entry_count, credit_count, opening_count, closing_count
         from public.get_credit_statement($1, current_date)`,
        [organization.id],
      )
      expect(statement.map((row) => Object.values(row))).toEqual([
        ['grant', null, '1', '50', '0', '43'],
        ['spend', 'assistant_mentor', '1', '-7', '0', '43'],
      ])
    }))

  it('ends by itself when it is forgotten, and cannot be settled then', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await reserve(db, organization, { action: 'investor_search' })
      await db.exec(`update public.credit_reservations set expires_at = now() - interval '1 s'`)
      await db.rows('select private.expire_credits(100)')
      expect(await balance(db, organization.id)).toMatchObject({ available_count: '50', reserved_count: '0' })
      await expect(settle(db, id)).rejects.toMatchObject({ status: 409, code: 'credit_reservation_ended' })
      expect(await release(db, id)).toMatchObject({ state: 'expired' })
    }))

  it('of yesterday is spent from yesterday’s credits and leaves today’s alone', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const [spent, released] = [
        await reserve(db, organization, { action: 'investor_search' }),
        await reserve(db, organization, { action: 'investor_search' }),
      ]
      await yesterday(db)
      await db.exec('update private.credit_reservation_parts set granted_on = granted_on - 1')
      await daily(db)
      expect(await balance(db, organization.id)).toMatchObject({ available_count: '50', reserved_count: '10' })
      await settle(db, spent.id)
      await release(db, released.id)
      expect(await balance(db, organization.id)).toMatchObject({ available_count: '50', reserved_count: '0' })
      expect(await books(db)).toEqual([])
    }))

  it('that was spent in vain is refunded once, after its day as a promotion', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const [today, late] = [
        await reserve(db, organization, { action: 'investor_search' }),
        await reserve(db, organization, { action: 'investor_search' }),
      ]
      const refund = (id: string) => db.rows('select public.refund_credits($1)', [id])
      await expect(refund(today.id)).rejects.toMatchObject({ code: 'credit_reservation_not_settled' })
      await settle(db, today.id)
      await settle(db, late.id)
      await refund(today.id)
      await refund(today.id)
      expect(await balance(db, organization.id)).toMatchObject({ daily_count: '45' })
      await yesterday(db)
      await db.exec('update private.credit_reservation_parts set granted_on = granted_on - 1')
      await daily(db)
      await refund(late.id)
      expect(await balance(db, organization.id)).toMatchObject({ daily_count: '50', promotional_count: '5' })
      expect(await books(db)).toEqual([])
    }))

  it('is refused while the organization is suspended, which gets no grant either', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.exec(
        `update public.organizations set suspended_at = now(), suspension_reason = 'Unpaid' where id = $1`,
        [organization.id],
      )
      await yesterday(db)
      await expect(reserve(db, organization, { action: 'investor_search' })).rejects.toMatchObject({
        code: 'organization_suspended',
      })
      await daily(db)
      const [wallet] = await db.rows(
        `select granted_on = private.credit_today() as is_granted from public.credit_wallets where organization_id = $1`,
        [organization.id],
      )
      expect(wallet).toEqual({ is_granted: false })
    }))
})

describe('the daily grant', () => {
  it('[CRD-04] is given once however often the job runs, and one day after an outage of three', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      for (let day = 0; day < 3; day += 1) await yesterday(db)
      while ((await daily(db, 2)).count > 0);
      expect((await daily(db)).count).toBe(0)
      const grants = await db.rows(`select from public.credit_entries where organization_id = $1 and kind = 'grant'`, [
        organization.id,
      ])
      expect(grants).toHaveLength(2)
      expect(await books(db)).toEqual([])
    }))

  it('[CRD-04] is there at midnight although the job has not run', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await settle(db, (await reserve(db, organization, { action: 'investor_search', quantity: 10 })).id)
      await yesterday(db)
      expect(await reserve(db, organization, { action: 'investor_search' })).toMatchObject({ state: 'held' })
      expect(await balance(db, organization.id)).toMatchObject({ available_count: '45' })
    }))
})

describe('the books', () => {
  it('[A2-06] cannot be changed, by nobody', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await settle(db, (await reserve(db, organization, { action: 'investor_search' })).id)
      await db.exec('set constraints all immediate')
      for (const statement of [
        'update public.credit_entries set credit_count = 1',
        'delete from public.credit_entries',
        'truncate public.credit_entries',
      ]) {
        await expect(db.exec(statement), statement).rejects.toThrow('append-only')
      }
    }))

  it('[A2-06] refuse at commit a balance without its entry, and an entry that does not follow', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const commit = 'set constraints all immediate'
      await db.exec(commit)
      await expect(
        db.exec('update public.credit_wallets set balance_count = 1000 where organization_id = $1', [organization.id]),
      ).rejects.toThrow('its ledger says 50')
      const [wallet] = await wallets(db, organization)
      await expect(
        db.exec(
          `insert into public.credit_entries (organization_id, wallet_id, kind, account, credit_count, balance_count)
           values ($1, $2, 'grant', 'granted', 10, 70)`,
          [organization.id, wallet?.id ?? null],
        ),
      ).rejects.toThrow('is off: 50 and 10 are not 70')
    }))

  it('go with their organization', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await settle(db, (await reserve(db, organization, { action: 'investor_search' })).id)
      await db.exec('delete from public.organizations where id = $1', [organization.id])
      expect(await db.rows('select from public.credit_entries where organization_id = $1', [organization.id])).toEqual(
        [],
      )
      await db.exec('set constraints all immediate')
    }))
})

it('[A2-07] the organization is told at 80, 90 and 100 % of the day’s credits, each once', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    await db.exec(`select private.subscribe('credits.used', 'test.told')`)
    const told = async () =>
      (
        await db.rows<{ event: { percent: number; left_count: number; is_low: boolean } }>(
          `select payload -> 'event' as event from private.jobs where kind = 'test.told' order by id`,
        )
      ).map(({ event }) => [event.percent, event.left_count, event.is_low])
    const use = async (quantity: number) =>
      settle(db, (await reserve(db, organization, { action: 'assistant_chat_turn', quantity })).id)
    await use(39)
    expect(await told()).toEqual([])
    await use(1)
    await use(1)
    expect(await told()).toEqual([[80, 10, false]])
    await use(9)
    expect(await told()).toEqual([
      [80, 10, false],
      [100, 0, true],
    ])
    await yesterday(db)
    await daily(db)
    await use(45)
    expect(await told()).toHaveLength(3)
  }))

it('grant_credits is for platform admins with a second factor, once for each reference', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    const give = () =>
      db.row(`select * from public.grant_credits($1, 25, 'Conference', 'conference-2026')`, [organization.id])
    await db.actAs(organization.owner)
    await expect(give()).rejects.toMatchObject({ status: 403 })
    await actAsOperator(db)
    const wallet = await give()
    expect(await give()).toEqual(wallet)
    expect(wallet).toMatchObject({ kind: 'promotional', balance_count: '25', description: 'Conference' })
  }))
