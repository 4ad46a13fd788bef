import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Actor, type Database, type Person, SqlError, withRollback } from '../../support/database.ts'
import { type Cast, givenCast } from '../access/actors.ts'
import { everythingOf } from '../access/everything_of.ts'
import { givenScene } from '../access/matrix.ts'
import { starting } from './invoices.ts'

/**
 * Everything that a person may ask of one thing of an organization, by the table that the thing is in: `$1` is its id, `$2`
 * the organization that the caller names as its own.
 */
const asked: readonly (readonly [table: string, call: string])[] = [
  ['billing_subscriptions', `public.cancel_subscription($1, 'unused', null, false)`],
  ['billing_subscriptions', 'public.resume_subscription($1)'],
  ['billing_subscriptions', 'public.change_subscription($1, seat_count => 2)'],
  ['billing_subscriptions', 'public.change_seats($1, 2)'],
  ['billing_subscriptions', 'public.pause_subscription($1)'],
  ['billing_subscriptions', 'public.unpause_subscription($1)'],
  ['billing_subscriptions', 'public.preview_subscription_change($1, seat_count => 2)'],
  ['billing_subscriptions', `private.managed_subscription($1, 'cancel')`],
  ['billing_subscriptions', 'private.plan_subscription_change($1, null, null, 2)'],
  ['billing_invoices', `public.mark_invoice_paid($1, 'cash')`],
  ['billing_invoices', 'public.issue_invoice($1)'],
  ['billing_invoices', `public.void_invoice($1, 'No')`],
  ['billing_invoices', `public.issue_credit_note($1, 1, 'No')`],
  ['billing_invoices', `public.record_manual_payment($2, 'USD', 100, 'cash', invoice_id => $1)`],
  ['billing_invoices', `private.begin_payment($2, 'stripe', null, 'USD', $1)`],
  ['billing_invoices', `private.begin_checkout($2, 'stripe', 'payment', null, null, 'USD', null, null, $1)`],
  ['billing_invoices', `private.open_razorpay_order($2, $1, null, 'USD')`],
  ['billing_payments', 'public.request_refund($1)'],
  ['billing_payments', 'private.payment_to_confirm($1, null)'],
  ['billing_payment_methods', 'private.managed_payment_method($1)'],
  ['billing_wallet_bindings', 'public.remove_wallet($1)'],
  ['billing_onchain_quotes', `public.submit_onchain_transaction($1, '0x${'1'.repeat(64)}')`],
]
/** The same of what is only read. */
const read: typeof asked = [
  ['billing_subscriptions', 'public.preview_next_invoice($1)'],
  ['billing_invoices', `public.get_billing_document('invoice', $1)`],
  ['billing_credit_notes', `public.get_billing_document('credit_note', $1)`],
  ['billing_receipts', `public.get_billing_document('receipt', $1)`],
]

/** An organization with one of everything, and everybody who may try something. */
async function scene(db: Database): Promise<Cast> {
  const cast = await givenCast(db, await givenScene(db))
  await starting(db, cast.organization, {
    plan: ['chat', 'team', 'USD'],
    startsAt: '2026-01-01T00:00:00Z',
    endsAt: '2099-01-01T00:00:00Z',
  })
  return cast
}

/** Ids of what the organization has in a table. */
const idsIn = (db: Database, table: string, organization: { id: string }) =>
  db.asOwner(async () =>
    (await db.rows<{ id: string }>(`select id from public.${table} where organization_id = $1`, [organization.id])).map(
      ({ id }) => id,
    ),
  )

/** What a call is answered with: null where it was not refused. */
async function refusal(db: Database, call: string, parameters: readonly string[]): Promise<string | null> {
  const used = parameters.map((parameter, index) => (call.includes(`$${index + 1}`) ? parameter : null))
  const typed = used.map((_, index) => `$${index + 1}::uuid as given_${index + 1}`).join(', ')
  const statement = used.reduce<string>(
    (text, _, index) => text.replaceAll(`$${index + 1}`, `given.given_${index + 1}`),
    `select ${call} from given`,
  )
  try {
    await db.row(`with given as materialized (select ${typed}) ${statement}`, used)
    return null
  } catch (error) {
    if (!(error instanceof SqlError)) throw error
    return `${error.status ?? error.sqlstate} ${error.code ?? ''} ${error.message}`
  }
}

const asAal1 = (person: Person): Person => ({ ...person, claims: { ...person.claims, aal: 'aal1' } })

describe('what an organization has in billing', () => {
  const strangers: readonly [string, (cast: Cast) => Actor][] = [
    ['the owner of another organization', (cast) => cast.outsider],
    ['somebody bound to it from outside', (cast) => cast.boundOutsider],
    ['a member who may not see billing', (cast) => cast.organization.member],
    ['a service account without a scope', (cast) => cast.narrowAccount],
    ['a platform admin without a second factor', (cast) => asAal1(cast.platformAdmin)],
  ]
  it.each(strangers)('is answered to %s like what is not there', (_who, actorOf) =>
    withRollback(async (db) => {
      const cast = await scene(db)
      const before = await everythingOf(db, cast.organization.id)
      const actor = actorOf(cast)
      for (const [table, call] of [...asked, ...read]) {
        const ids = await idsIn(db, table, cast.organization)
        expect(ids, table).not.toEqual([])
        await db.actAs(actor)
        const nothing = await refusal(db, call, [randomUUID(), cast.otherOrganizationId])
        expect(nothing, call).not.toBeNull()
        for (const id of ids) expect(await refusal(db, call, [id, cast.otherOrganizationId]), call).toBe(nothing)
      }
      expect(await everythingOf(db, cast.organization.id)).toBe(before)
    }),
  )

  it.each<[string, (cast: Cast) => Actor]>([
    ['somebody who may only read it', (cast) => cast.customRole],
    ['support in the name of an owner', (cast) => cast.impersonatedOwner],
  ])('is read and not changed by %s', (_who, actorOf) =>
    withRollback(async (db) => {
      const cast = await scene(db)
      await db.asOwner(() =>
        db.exec(
          `insert into public.custom_role_permissions (custom_role_id, organization_id, permission)
           select id, organization_id, 'billing.read' from public.custom_roles where organization_id = $1`,
          [cast.organization.id],
        ),
      )
      const before = await everythingOf(db, cast.organization.id)
      const actor = actorOf(cast)
      const each = async (calls: typeof asked, ask: (call: string, ids: readonly string[]) => Promise<void>) => {
        for (const [table, call] of calls) {
          const ids = await idsIn(db, table, cast.organization)
          await db.actAs(actor)
          await ask(call, ids)
        }
      }
      await each(asked, async (call, ids) => {
        for (const id of ids) expect(await refusal(db, call, [id, cast.organization.id]), call).not.toBeNull()
      })
      await each(read, async (call, ids) => {
        const answers: (string | null)[] = []
        for (const id of ids) answers.push(await refusal(db, call, [id, cast.organization.id]))
        expect(answers, call).toContain(null)
      })
      expect(await everythingOf(db, cast.organization.id)).toBe(before)
    }),
  )
})

it('nothing of billing is told by Realtime, nor callable by who is not signed in but the price lists', () =>
  withRollback(async (db) => {
    const names = '^(billing|credit|usage|wallet)'
    expect(await db.rows('select tablename from pg_publication_tables where tablename ~ $1', [names])).toEqual([])
    const open = await db.rows<{ name: string }>(
      `select proname as name from pg_proc
       where pronamespace = 'public'::regnamespace and has_function_privilege('anon', oid, 'execute')
         and (proname ~ 'billing|credit|usage|plan|price|subscription|invoice|payment|refund|wallet|onchain|razorpay|stripe|seat|checkout')
       order by 1`,
    )
    expect(open.map(({ name }) => name)).toEqual(['list_credit_packs', 'list_plans'])
  }))
