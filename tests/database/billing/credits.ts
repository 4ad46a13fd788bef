import { randomUUID } from 'node:crypto'
import type { Database } from '../../support/database.ts'

interface Reservation {
  readonly id: string
  readonly state: string
  readonly credit_count: string
  readonly spent_count: string | null
}

interface Owner {
  readonly id: string
}

/** Sets credits aside as the backend does. */
export const reserve = (
  db: Database,
  organization: Owner,
  of: { action: string; quantity?: number; key?: string; person?: string },
) =>
  db.asOwner(() =>
    db.row<Reservation>('select * from public.reserve_credits($1, $2, $3, $4, $5)', [
      organization.id,
      of.action,
      of.key ?? randomUUID(),
      of.quantity ?? 1,
      of.person ?? null,
    ]),
  )

/** Spends what was set aside, or some of it. */
export const settle = (db: Database, reservation: string, count: number | null = null) =>
  db.asOwner(() => db.row<Reservation>('select * from public.settle_credits($1, $2::bigint)', [reservation, count]))

/** Gives back what was set aside. */
export const release = (db: Database, reservation: string) =>
  db.asOwner(() => db.row<Reservation>('select * from public.release_credits($1)', [reservation]))

/** Gives credits away. @param expires an SQL expression */
export const grant = (db: Database, organization: Owner, count: number, expires = 'null') =>
  db.asOwner(() =>
    db.row(`select * from private.grant_credits($1, $2::bigint, 'Gift', $3, ${expires})`, [
      organization.id,
      count,
      randomUUID(),
    ]),
  )

/** What an organization has. */
export const balance = (db: Database, organization: string) =>
  db.asOwner(() => db.row('select * from public.get_credit_balance($1)', [organization]))

/** The wallets in the order in which they are drained. */
export const wallets = (db: Database, organization: Owner) =>
  db.asOwner(() =>
    db.rows<{ id: string; kind: string; free: string }>(
      `select id, kind, balance_count - reserved_count as free from public.credit_wallets
       where organization_id = $1 order by priority, created_at`,
      [organization.id],
    ),
  )

/** Wallets that disagree with the sum of their entries, or with what reservations hold of them. */
export const books = (db: Database) => db.asOwner(() => db.rows(unbalanced))

/** The statement behind {@link books}. */
export const unbalanced = `
  select wallets.id from public.credit_wallets as wallets
  left join lateral (
    select coalesce(sum(entries.credit_count), 0) as total from public.credit_entries as entries
    where entries.wallet_id = wallets.id
  ) as ledger on true
  left join lateral (
    select coalesce(sum(parts.credit_count), 0) as total from private.credit_reservation_parts as parts
    join public.credit_reservations as reservations
      on reservations.id = parts.reservation_id and reservations.state = 'held'
    where parts.wallet_id = wallets.id
  ) as held on true
  where (wallets.balance_count, wallets.reserved_count) is distinct from (ledger.total, held.total)`
