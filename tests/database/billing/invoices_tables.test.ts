import { describe, expect, it } from 'vitest'
import { type Actor, type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { atCommit, draftInvoice, invoice, issue } from './invoices.ts'

const record = (db: Database, organization: { id: string }, status: string, details: object, after = '0 seconds') =>
  db.asOwner(() =>
    db.row<{ id: string; status: string; total_cents: string }>(
      `select * from private.record_provider_invoice($1, 'stripe', 'in_1', $2, 'ngn', now() + $4::text::interval, $3::text::jsonb)`,
      [organization.id, status, JSON.stringify(details), after],
    ),
  )

describe('an own invoice', () => {
  it('[BIL-31] [BIL-32] is a draft, is issued with a number and due in 14 days, then overdue and paid', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await draftInvoice(db, organization, { amount: 1000, currency: 'NGN', taxRate: '0.075' })
      expect(await invoice(db, id)).toMatchObject({
        status: 'draft',
        number: null,
        total_cents: '1075',
        open_cents: '0',
      })
      const { number } = await issue(db, id)
      expect(number).toMatch(/^ATR-\d{4}-\d{6}$/)
      expect(await invoice(db, id)).toMatchObject({ status: 'issued', open_cents: '1075' })
      await db.exec(`update public.billing_invoices set status = 'overdue' where id = $1`, [id])
      await expect(
        db.exec(`update public.billing_invoices set status = 'paid', paid_at = now() where id = $1`, [id]),
      ).rejects.toThrow('own_is_paid_when_nothing_is_open')
      await db.exec(
        `update public.billing_invoices set status = 'paid', paid_at = now(), paid_cents = 1075 where id = $1`,
        [id],
      )
      await expect(db.exec(`update public.billing_invoices set status = 'draft' where id = $1`, [id])).rejects.toThrow(
        'is paid and cannot become draft',
      )
      await atCommit(db)
    }))

  it.each<[string, Actor]>([
    ['the backend', 'service_role'],
    ['the owner of the tables', 'postgres'],
  ])('[A2-10] [BIL-32] never changes once it is issued, not even by %s', (_name, actor) =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await draftInvoice(db, organization, { amount: 1000 })
      await issue(db, id)
      await db.asOwner(() =>
        db.exec('grant update, delete on public.billing_invoices, public.billing_invoice_lines to service_role'),
      )
      await db.actAs(actor)
      const change = (what: string) => db.exec(`update public.billing_invoices set ${what} where id = $1`, [id])
      for (const what of [
        'subtotal_cents = 1, total_cents = 1',
        `number = 'ATR-1'`,
        `buyer = '{"legal_name": "Other"}'`,
        `due_at = due_at + interval '1 day'`,
        `currency = 'EUR'`,
        `created_at = now() - interval '1 day'`,
      ]) {
        await expect(change(what), what).rejects.toThrow('is issued and never changes')
      }
      await expect(
        db.exec('update public.billing_invoice_lines set amount_cents = 1 where invoice_id = $1', [id]),
      ).rejects.toThrow('issued never change')
      await expect(db.exec('delete from public.billing_invoice_lines where invoice_id = $1', [id])).rejects.toThrow(
        'issued never change',
      )
      await expect(db.exec('delete from public.billing_invoices where id = $1', [id])).rejects.toThrow('it is issued')
    }),
  )

  it('goes with its organization, and a copy is kept as the law asks', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await draftInvoice(db, organization, { amount: 1000 })
      await issue(db, id)
      await db.asOwner(() => db.exec('delete from public.organizations where id = $1', [organization.id]))
      expect(
        await db.asOwner(() =>
          db.rows(
            `select table_name, content ->> 'status' as status from private.retained_records
             where former_organization_id = $1 and table_name like '%billing_invoice%' order by table_name`,
            [organization.id],
          ),
        ),
      ).toMatchObject([{ status: null }, { status: 'issued' }])
    }))

  it('adds up: its lines are the subtotal, and with tax the total', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await draftInvoice(db, organization, { amount: 1000, taxRate: '0.2' })
      await expect(
        db.exec('update public.billing_invoices set total_cents = 1199 where id = $1', [id]),
      ).rejects.toThrow('total_is_amount_and_tax')
      await expect(
        db.exec('update public.billing_invoices set tax_cents = 199, total_cents = 1199 where id = $1', [id]),
      ).rejects.toThrow('tax_follows_rate')
      await db.exec('update public.billing_invoice_lines set amount_cents = 999 where invoice_id = $1', [id])
      await expect(atCommit(db)).rejects.toThrow('do not add up')
    }))
})

it.each([
  ['NGN', 1000, '0.075', '75'],
  ['a half goes up: 20', 20, '0.075', '2'],
  ['a half goes up: 60', 60, '0.075', '5'],
  ['just below a half', 6, '0.075', '0'],
  ['JPY, no decimals', 15, '0.1', '2'],
  ['KWD, three decimals', 12345, '0.05', '617'],
  ['no rate', 1000, null, '0'],
])('[BIL-39] [A2-11] tax is rounded half up to the minor unit: %s', (_name, amount, rate, tax) =>
  withRollback(async (db) => {
    expect(
      await db.asOwner(() => db.row('select private.invoice_tax($1::bigint, $2::numeric) as tax', [amount, rate])),
    ).toEqual({ tax })
  }),
)

describe('numbers of invoices', () => {
  it('follow each other for each seller, kind and year', () =>
    withRollback(async (db) => {
      await db.actAs('postgres')
      const next = async (at: string, kind = 'invoice') =>
        (
          await db.row<{ number: string }>(
            `select private.next_billing_number(id, $2::text::private.billing_number_kind, $1::text::timestamptz) as number
             from public.billing_sellers where key = 'lagos'`,
            [at, kind],
          )
        ).number
      await db.exec(
        `insert into public.billing_sellers (key, number_prefix, legal_name, time_zone, serves_country)
         values ('lagos', 'LOS', 'Lagos', 'Africa/Lagos', 'ZN')`,
      )
      expect(await next('2031-06-01T00:00:00Z')).toBe('LOS-2031-000001')
      expect(await next('2031-06-01T00:00:00Z')).toBe('LOS-2031-000002')
      // In Lagos the year has begun.
      expect(await next('2031-12-31T23:30:00Z')).toBe('LOS-2032-000001')
      expect(await next('2031-06-01T00:00:00Z', 'credit_note')).toBe('LOS-CN-2031-000001')
      expect(await next('2031-06-01T00:00:00Z', 'receipt')).toBe('LOS-R-2031-000001')
    }))

  it('are never those of another seller, not even after its prefix changed', () =>
    withRollback(async (db) => {
      await db.actAs('postgres')
      const seller = (key: string, prefix: string) =>
        db.exec(
          `insert into public.billing_sellers (key, number_prefix, legal_name, serves_country) values ($1, $2, $1, $3)`,
          [key, prefix, key === 'lagos' ? 'ZN' : 'ZM'],
        )
      const rename = (prefix: string) =>
        db.exec(`update public.billing_sellers set number_prefix = $1 where key = 'lagos'`, [prefix])
      await seller('lagos', 'LOS')
      // Nothing has a number yet: the prefix is free again.
      await rename('LAG')
      await seller('los_angeles', 'LOS')
      await db.exec(
        `select private.next_billing_number(id, 'invoice', now()) from public.billing_sellers where key = 'lagos'`,
      )
      await rename('NG')
      await expect(
        db.exec(`update public.billing_sellers set number_prefix = 'LAG' where key = 'los_angeles'`),
      ).rejects.toThrow('Numbers with prefix "LAG" are on what another seller issued')
      await rename('LAG')
      await expect(seller('abuja', 'ABV-CN')).rejects.toThrow('billing_sellers_number_prefix_names_no_kind')
    }))
})

describe('the copy of a provider’s invoice', () => {
  it('[BIL-47] follows the newest state, and paid is an end', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const figures = { subtotal_cents: 1000, tax_cents: 75, total_cents: 1075, number: 'A-1' }
      const lines = [{ kind: 'flat', description: 'Pro', amount_cents: 1000, provider_line_id: 'il_1' }]
      const paid = await record(db, organization, 'paid', { ...figures, paid_cents: 1075, lines })
      expect(paid).toMatchObject({ status: 'paid', provider_status: 'paid', currency: 'NGN', number: 'A-1' })
      expect(await record(db, organization, 'open', figures, '1 second')).toMatchObject({ id: paid.id, status: 'paid' })
      expect(await record(db, organization, 'paid', { total_cents: 1 }, '-1 second')).toMatchObject({
        total_cents: '1075',
      })
      expect(await record(db, organization, 'paid', { hosted_url: 'https://stripe.test/i' }, '1 second')).toMatchObject(
        {
          hosted_url: 'https://stripe.test/i',
          total_cents: '1075',
        },
      )
      await db.actAs(organization.admin)
      expect(await db.rows('select description, amount_cents from public.billing_invoice_lines')).toEqual([
        { description: 'Pro', amount_cents: '1000' },
      ])
    }))

  it('tells each state once, also the one that came late', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.asOwner(() => db.exec(`select private.subscribe('invoice.*', 'probe.run')`))
      await record(db, organization, 'draft', {})
      await record(db, organization, 'paid', {}, '2 seconds')
      await record(db, organization, 'open', {}, '3 seconds')
      expect(
        await db.asOwner(() =>
          db.rows(
            `select payload ->> 'topic' as topic from private.jobs where kind = 'probe.run' and organization_id = $1 order by id`,
            [organization.id],
          ),
        ),
      ).toEqual([{ topic: 'invoice.issued' }, { topic: 'invoice.paid' }])
    }))
})

describe('who is on an invoice', () => {
  it('[BIL-31] is told by who manages billing, and wrong fields are named', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const save = (details: object) =>
        db.row('select * from public.save_billing_profile($1, $2::text::jsonb)', [
          organization.id,
          JSON.stringify(details),
        ])
      await db.actAs(organization.member)
      await expect(save({})).rejects.toMatchObject({ status: 403, code: 'permission_missing' })
      await db.actAs(organization.admin)
      await expect(save({ country: 'Nigeria', tax_number: 'no?', fax: '1' })).rejects.toMatchObject({
        code: 'billing_profile_invalid',
        message: expect.stringContaining('no field fax'),
      })
      await expect(save({ country: 'Nigeria', tax_number: 'no?', line1: 'a\nb' })).rejects.toMatchObject({
        status: 422,
        message: expect.stringMatching(/the country is.*the tax number has.*a line of the address/),
      })
      expect(await save({ legal_name: ' Bush Ltd ', country: 'ng', tax_number: ' 1234-x ', line2: '' })).toMatchObject({
        legal_name: 'Bush Ltd',
        country: 'NG',
        tax_number: '1234-X',
        line2: null,
      })
    }))

  it('the seller of the country comes before that of the product line, and operators keep them', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const save = (key: string, prefix: string, details: object) =>
        db.row('select * from public.save_billing_seller($1, $2, $3, $4::text::jsonb)', [
          key,
          prefix,
          'Atrium Ltd',
          JSON.stringify(details),
        ])
      await db.actAs(organization.owner)
      await expect(save('ng', 'NG', {})).rejects.toMatchObject({ code: 'platform_admin_required' })
      await actAsOperator(db)
      await save('nigeria', 'ZNG', { serves_country: 'ZN', country: 'NG' })
      await save('plots', 'ZPL', { serves_product: 'estate' })
      await expect(save('again', 'ZNG', {})).rejects.toMatchObject({ status: 422, code: 'billing_seller_invalid' })
      await expect(save('again', 'no', { country: 'x' })).rejects.toMatchObject({ code: 'billing_seller_invalid' })
      await expect(save('again', 'AGAIN', { fax: 1 })).rejects.toThrow('A seller has no fax')
      const found = (country: string, product: string) =>
        db.asOwner(() =>
          db.row('select (private.find_billing_seller($1, $2::text::public.billing_product)).key', [country, product]),
        )
      expect(await found('ZN', 'estate')).toEqual({ key: 'nigeria' })
      expect(await found('ZZ', 'estate')).toEqual({ key: 'plots' })
      expect(await found('ZZ', 'chat')).toEqual({ key: 'default' })
      const retire = (key: string) => db.exec('select public.retire_billing_seller($1)', [key])
      await retire('plots')
      expect(await found('ZZ', 'estate')).toEqual({ key: 'default' })
      await expect(retire('default')).rejects.toMatchObject({ code: 'billing_seller_invalid' })
      await expect(retire('nobody')).rejects.toMatchObject({ code: 'billing_seller_not_found' })
      await expect(save('default', 'ATR', { serves_country: 'NG' })).rejects.toMatchObject({
        code: 'billing_seller_invalid',
      })
    }))
})
