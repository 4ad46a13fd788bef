import { describe, expect, it } from 'vitest'
import { withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { invoices, lagos, lastMonth, renew, run, starting } from './invoices.ts'
import { planId } from './plans.ts'

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

  it('[BIL-40] of others is made when one cannot be, which says why and is tried again', () =>
    withRollback(async (db) => {
      const [broken, sound] = [await lagos(db), await lagos(db)]
      await starting(db, broken, lastMonth)
      await starting(db, sound, lastMonth)
      await db.asOwner(() =>
        db.exec(
          `alter table public.billing_invoices add constraint broken check (organization_id <> '${broken.id}') not valid`,
        ),
      )
      await run(db)
      expect(await invoices(db, sound)).toHaveLength(1)
      expect(await invoices(db, broken)).toEqual([])
      const failed = () =>
        db.asOwner(() =>
          db.rows('select last_error from private.billing_periods where failed_at is not null and handled_at is null'),
        )
      expect(await failed()).toMatchObject([{ last_error: expect.stringContaining('"broken"') }])
      await db.asOwner(() => db.exec('alter table public.billing_invoices drop constraint broken'))
      await run(db)
      expect(await invoices(db, broken)).toEqual([])
      await db.asOwner(() => db.exec(`update private.billing_periods set failed_at = failed_at - interval '1 hour'`))
      await run(db)
      expect(await invoices(db, broken)).toHaveLength(1)
      expect(await failed()).toEqual([])
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

it('[BIL-36] [BIL-40] the overage of the ended period is billed with the next fee, and alone when the subscription ends', () =>
  withRollback(async (db) => {
    const organization = await lagos(db)
    const { id } = await starting(db, organization, lastMonth)
    await db.asOwner(() =>
      db.exec(
        `insert into public.billing_subscription_items (organization_id, subscription_id, price_id)
         select subscriptions.organization_id, subscriptions.id, prices.id from public.billing_subscriptions as subscriptions
         join public.billing_prices as prices on prices.plan_id = subscriptions.plan_id and prices.kind = 'metered'
         where subscriptions.id = $1`,
        [id],
      ),
    )
    // What was used is usage's to tell; here a line for each time that it is asked for.
    await db.asOwner(() =>
      db.exec(`create or replace function private.overage_lines(
          subscription_id uuid, starts_at timestamptz, ends_at timestamptz
        )
        returns table (
          limit_key text, price_id uuid, quantity bigint, unit_cents bigint, unit_count int, amount_cents bigint, usage jsonb
        )
        language sql stable
        as $$ select 'max_plots', null::uuid, 12::bigint, 30000::bigint, 1, 360000::bigint,
          jsonb_build_object('starts_at', starts_at, 'ends_at', ends_at) $$`),
    )
    await run(db)
    await renew(db)
    await run(db)
    await db.asOwner(() =>
      db.exec(
        `update public.billing_subscriptions set access = 'ended', ended_at = '2026-11-20 12:00+00', status = 'canceled'
         where id = $1`,
        [id],
      ),
    )
    await run(db)
    expect((await invoices(db, organization)).map((one) => one.subtotal_cents)).toEqual([
      '4500000',
      '4860000',
      '360000',
    ])
    const lines = await db.asOwner(() =>
      db.rows(
        `select lines.kind, lines.quantity, lines.limit_key, to_char(lines.period_starts_at at time zone 'UTC', 'MM-DD') as begun,
           to_char(lines.period_ends_at at time zone 'UTC', 'MM-DD HH24') as ended
         from public.billing_invoice_lines as lines where lines.organization_id = $1 and lines.kind = 'overage'
         order by lines.period_starts_at`,
        [organization.id],
      ),
    )
    expect(lines).toEqual([
      { kind: 'overage', quantity: '12', limit_key: 'max_plots', begun: '10-05', ended: '11-05 09' },
      { kind: 'overage', quantity: '12', limit_key: 'max_plots', begun: '11-05', ended: '11-20 12' },
    ])
  }))
