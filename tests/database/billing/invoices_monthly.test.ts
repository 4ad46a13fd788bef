import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { atCommit } from './invoices.ts'
import { planId } from './plans.ts'

interface Starting {
  readonly startsAt: string
  readonly endsAt: string
  readonly plan?: readonly [product: string, key: string, currency: string]
  readonly interval?: string
  readonly seats?: number
  readonly status?: string
}

/** A subscription paid by own invoice whose period is given. */
const starting = async (db: Database, organization: { id: string }, given: Starting) => {
  const [product, key, currency] = given.plan ?? ['estate', 'professional', 'NGN']
  const plan = await planId(db, product, key)
  return db.asOwner(() =>
    db.row<{ id: string }>(
      `insert into public.billing_subscriptions (organization_id, product, plan_id, provider, status, currency, seat_count,
         billing_interval, current_period_starts_at, current_period_ends_at, created_at, trial_ends_at)
       values ($1, $2::text::public.billing_product, $3, 'manual', $7, $4, $8, $9::text::public.billing_interval,
         $5::text::timestamptz, $6::text::timestamptz, $5::text::timestamptz,
         case when $7 = 'trialing' then $6::text::timestamptz end) returning id`,
      [
        organization.id,
        product,
        plan,
        currency,
        given.startsAt,
        given.endsAt,
        given.status ?? 'active',
        given.seats ?? 1,
        given.interval ?? 'month',
      ],
    ),
  )
}

interface Made {
  readonly id: string
  readonly number: string
  readonly subtotal_cents: string
  readonly period_starts_at: string
}

const run = async (db: Database) => {
  await db.asOwner(() => db.row('select private.make_invoices(1000)'))
  await atCommit(db)
}
const renew = (db: Database) => db.asOwner(() => db.row('select private.renew_subscriptions(1000)'))
const invoices = (db: Database, organization: { id: string }) =>
  db.asOwner(() =>
    db.rows<Made>(
      'select * from public.billing_invoices where organization_id = $1 order by period_starts_at, created_at',
      [organization.id],
    ),
  )
const lagos = async (db: Database): Promise<GivenOrganization> => {
  const organization = await given.organization(db)
  await db.asOwner(() =>
    db.exec(`update public.organizations set country = 'NG', time_zone = 'Africa/Lagos' where id = $1`, [
      organization.id,
    ]),
  )
  return organization
}
const lastMonth = { startsAt: '2026-10-05T09:00:00Z', endsAt: '2026-11-05T09:00:00Z' }

describe('the invoice of a period', () => {
  it('[BIL-36] [BIL-39] [BIL-40] [AUD-15] is the fee less money credits, with the tax of the country, issued and due in 14 days', () =>
    withRollback(async (db) => {
      const organization = await lagos(db)
      await starting(db, organization, lastMonth)
      await run(db)
      const [first] = await invoices(db, organization)
      expect(first).toMatchObject({
        status: 'issued',
        subtotal_cents: '4500000',
        tax_name: 'VAT',
        tax_cents: '337500',
        total_cents: '4837500',
        open_cents: '4837500',
        buyer: expect.objectContaining({ country: 'NG' }),
      })
      expect(
        await db.asOwner(() =>
          db.rows(
            `select due_at - issued_at = interval '14 days' as is_in_14_days,
               (select count(*)::int from public.audit_logs where object_type = 'billing_invoices' and object_id = $1::text
                  and action = 'create') as audited
             from public.billing_invoices where id = $1::uuid`,
            [first?.id ?? ''],
          ),
        ),
      ).toEqual([{ is_in_14_days: true, audited: 1 }])
    }))

  it('[BIL-40] is made once, however often the job runs', () =>
    withRollback(async (db) => {
      const organization = await lagos(db)
      await starting(db, organization, lastMonth)
      await run(db)
      await run(db)
      expect(await invoices(db, organization)).toHaveLength(1)
    }))

  it('[BIL-40] after an outage comes for every period that began meanwhile, as each was', () =>
    withRollback(async (db) => {
      const organization = await lagos(db)
      const { id } = await starting(db, organization, {
        startsAt: '2026-01-31T08:00:00Z',
        endsAt: '2026-02-28T08:00:00Z',
      })
      await renew(db)
      await db.exec('update public.billing_subscriptions set plan_id = $2 where id = $1', [
        id,
        await planId(db, 'estate', 'enterprise'),
      ])
      await renew(db)
      await renew(db)
      await run(db)
      const made = await invoices(db, organization)
      expect(made.map((one) => [one.subtotal_cents, new Date(one.period_starts_at).toISOString()])).toEqual([
        ['4500000', '2026-01-31T08:00:00.000Z'],
        ['4500000', '2026-02-28T08:00:00.000Z'],
        ['15000000', '2026-03-31T08:00:00.000Z'],
        ['15000000', '2026-04-30T08:00:00.000Z'],
      ])
      const last = made.map((one) => Number(one.number.slice(-6)))
      expect(last).toEqual(last.map((_, index) => (last[0] ?? 0) + index))
    }))

  it('is for the seats of the moment in which the period begins', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await actAsOperator(db)
      const plan = await planId(db, 'chat', 'team')
      await db.asOwner(() =>
        db.exec(
          `insert into public.billing_prices (plan_id, kind, billing_interval, currency, unit_cents, starts_at)
           values ($1, 'seat', 'month', 'USD', 400, '2026-01-01')`,
          [plan],
        ),
      )
      const { id } = await starting(db, organization, { ...lastMonth, plan: ['chat', 'team', 'USD'], seats: 3 })
      await db.asOwner(() => db.exec('update public.billing_subscriptions set seat_count = 9 where id = $1', [id]))
      await run(db)
      expect(await invoices(db, organization)).toMatchObject([
        { subtotal_cents: '2100', tax_cents: '0', tax_rate: null },
      ])
      expect(
        await db.asOwner(() =>
          db.rows(
            `select kind, quantity, amount_cents from public.billing_invoice_lines where organization_id = $1 order by position`,
            [organization.id],
          ),
        ),
      ).toEqual([
        { kind: 'flat', quantity: '1', amount_cents: '900' },
        { kind: 'seat', quantity: '3', amount_cents: '1200' },
      ])
    }))

  it('is not made for a trial, for what is free, or for a provider’s subscription', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await starting(db, organization, { ...lastMonth, status: 'trialing' })
      await starting(db, organization, { ...lastMonth, plan: ['chat', 'free', 'USD'] })
      await db.exec(`insert into public.billing_subscriptions (organization_id, product, plan_id, provider,
          provider_subscription_id, status, currency, current_period_starts_at, current_period_ends_at)
        select '${organization.id}', product, id, 'stripe', 'sub_1', 'active', 'USD', '2026-10-05', '2026-11-05'
        from public.billing_plans where product = 'campaigns' and key = 'growth'`)
      await run(db)
      expect(await invoices(db, organization)).toEqual([])
      await renew(db)
      await run(db)
      // The trial is over, and its first period began.
      expect(await invoices(db, organization)).toMatchObject([{ subtotal_cents: '4500000' }])
    }))

  it('waits as a draft for the hours of the setting, in which it can be stopped', () =>
    withRollback(async (db) => {
      const organization = await lagos(db)
      await db.asOwner(() =>
        db.exec(`update private.settings set value = '48' where key = 'billing.invoice_draft_hours'`),
      )
      await starting(db, organization, lastMonth)
      await run(db)
      expect(await invoices(db, organization)).toMatchObject([{ status: 'draft', number: null }])
      await db.asOwner(() =>
        db.exec(`update public.billing_invoices set created_at = created_at - interval '49 hours'`),
      )
      await run(db)
      expect(await invoices(db, organization)).toMatchObject([{ status: 'issued' }])
    }))
})

it.each([
  // Lagos has no summer time, and its day begins before that of UTC.
  ['Africa/Lagos', '2026-01-31T23:30:00Z', ['2026-02-28T23:30', '2026-03-31T23:30', '2026-04-30T23:30']],
  // By the clock of Paris it is the first of the month, 00:30, in winter and in summer.
  ['Europe/Paris', '2026-02-28T23:30:00Z', ['2026-03-31T22:30', '2026-04-30T22:30', '2026-05-31T22:30']],
  // 02:30 does not exist in New York on 8 March 2026, the next month it does.
  ['America/New_York', '2026-02-08T07:30:00Z', ['2026-03-08T07:30', '2026-04-08T06:30', '2026-05-08T06:30']],
  // Leap day.
  ['UTC', '2028-01-31T12:00:00Z', ['2028-02-29T12:00', '2028-03-31T12:00', '2028-04-30T12:00']],
  ['UTC', '2027-01-31T12:00:00Z', ['2027-02-28T12:00', '2027-03-31T12:00', '2027-04-30T12:00']],
])('[BIL-40] periods are counted by the clock of %s from %s', (zone, anchor, ends) =>
  withRollback(async (db) => {
    const found: string[] = []
    let end = anchor
    for (const _ of ends) {
      const row = await db.asOwner(() =>
        db.row<{ next: string }>(
          `select to_char(private.next_period_end($1::text::timestamptz, $2::text::timestamptz, 'month', $3) at time zone 'UTC',
             'YYYY-MM-DD"T"HH24:MI') as next`,
          [anchor, end, zone],
        ),
      )
      found.push(row.next)
      end = `${row.next}:00Z`
    }
    expect(found).toEqual(ends)
  }),
)

it('[BIL-40] a leap day’s yearly subscription is billed on the last of February, and on the leap day again', () =>
  withRollback(async (db) => {
    const { ends } = await db.asOwner(() =>
      db.row<{ ends: string[] }>(
        `select array(select to_char(private.next_period_end('2028-02-29 10:00+00', at, 'year', 'UTC'), 'YYYY-MM-DD')
           from unnest(array['2028-02-29 10:00+00', '2029-02-28 10:00+00', '2031-02-28 10:00+00']::timestamptz[]) as at) as ends`,
      ),
    )
    expect(ends).toEqual(['2029-02-28', '2030-02-28', '2032-02-29'])
  }))

it('[BIL-39] [A2-11] the tax rate is that of the day on which the period begins where the organization is', () =>
  withRollback(async (db) => {
    const organization = await lagos(db)
    await db.asOwner(() =>
      db.exec(`update public.billing_tax_rates set ends_on = '2026-11-01' where country = 'NG';
        insert into public.billing_tax_rates (country, name, rate, starts_on) values ('NG', 'VAT', 0.1, '2026-11-01')`),
    )
    // The last of October in UTC, the first of November in Lagos.
    await starting(db, organization, { startsAt: '2026-10-31T23:30:00Z', endsAt: '2026-11-30T23:30:00Z' })
    await run(db)
    expect(await invoices(db, organization)).toMatchObject([{ tax_rate: '0.100000', tax_cents: '450000' }])
  }))

describe('money credits', () => {
  const creditNote = async (db: Database, organization: { id: string }, invoice: string, amount: number) => {
    await actAsOperator(db)
    await db.row('select public.record_manual_payment($1, $2, 4837500, $3)', [organization.id, 'NGN', 'cash'])
    return db.row('select * from public.issue_credit_note($1, $2, $3, $4)', [invoice, amount, 'Outage', 'balance'])
  }

  it('[BIL-36] [A2-11] are taken before tax by the next invoice, never below zero, and what is left by the one after', () =>
    withRollback(async (db) => {
      const organization = await lagos(db)
      await starting(db, organization, lastMonth)
      await run(db)
      const [first] = await invoices(db, organization)
      expect(await creditNote(db, organization, first?.id ?? '', 1_000_001)).toMatchObject({
        amount_cents: '1000001',
        tax_cents: '0',
        settlement: 'balance',
      })
      await renew(db)
      await run(db)
      const [, second] = await invoices(db, organization)
      // 7.5 % of 3,499,999 is 262,499.925.
      expect(second).toMatchObject({ credit_cents: '1000001', tax_cents: '262500', total_cents: '3762499' })
    }))

  it('[BIL-36] cover an invoice wholly, which is then paid at once', () =>
    withRollback(async (db) => {
      const organization = await lagos(db)
      await starting(db, organization, lastMonth)
      await run(db)
      const [first] = await invoices(db, organization)
      await creditNote(db, organization, first?.id ?? '', 4_500_000)
      await db.asOwner(() =>
        db.exec(
          `update public.billing_subscriptions set plan_id = (select id from public.billing_plans
          where product = 'estate' and key = 'starter') where organization_id = $1`,
          [organization.id],
        ),
      )
      await renew(db)
      await run(db)
      expect((await invoices(db, organization))[1]).toMatchObject({
        subtotal_cents: '1500000',
        credit_cents: '1500000',
        total_cents: '0',
        status: 'paid',
      })
      expect(
        await db.asOwner(() =>
          db.row('select used_cents from public.billing_credit_notes where organization_id = $1', [organization.id]),
        ),
      ).toEqual({ used_cents: '1500000' })
    }))
})

it('[BIL-36] the next invoice can be looked at before, by who reads billing', () =>
  withRollback(async (db) => {
    const organization = await lagos(db)
    const { id } = await starting(db, organization, lastMonth)
    const preview = () => db.row<{ preview: object }>('select public.preview_next_invoice($1) as preview', [id])
    await db.actAs(organization.member)
    await expect(preview()).rejects.toMatchObject({ status: 404, code: 'billing_subscription_not_found' })
    await db.actAs(organization.admin)
    expect((await preview()).preview).toMatchObject({
      subtotal_cents: 4500000,
      tax_cents: 337500,
      total_cents: 4837500,
      period_starts_at: expect.stringContaining('2026-11-05T09:00:00'),
      lines: [{ kind: 'flat', description: 'Professional', amount_cents: 4500000 }],
    })
  }))
