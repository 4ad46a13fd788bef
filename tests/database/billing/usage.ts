import type { Database } from '../../support/database.ts'

/** A table of a domain to come, whose rows are limited as the domain's page says: `public.estate_plots`. */
export const plotsTable = (counted = '{"deleted_at": null}') => `
  create table public.estate_plots (
    id bigint primary key generated always as identity,
    organization_id uuid not null references public.organizations (id) on delete cascade,
    deleted_at timestamptz
  );
  select private.limit_table('public.estate_plots', 'max_plots', '${counted}');`

/** Adds so many plots in one statement. */
export const addPlots = (db: Database, organization: { id: string }, count: number) =>
  db.asOwner(() =>
    db.exec('insert into public.estate_plots (organization_id) select $1::uuid from generate_series(1, $2::int)', [
      organization.id,
      count,
    ]),
  )

/** How much of a limit an organization uses. */
export const level = async (db: Database, organization: { id: string }, metric: string) => {
  const [row] = await db.asOwner(() =>
    db.rows<{ level: number }>(
      'select level_count::int as level from private.usage_levels where organization_id = $1 and metric = $2',
      [organization.id, metric],
    ),
  )
  return row?.level ?? 0
}

/** Moves what was counted so far to earlier days, as if it were so many days later. */
export const daysLater = (db: Database, days: number) =>
  db.asOwner(() =>
    db.exec(`
      update private.usage_levels set peaked_on = peaked_on - ${days}, window_on = window_on - ${days},
        told_at = told_at - interval '${days} days';
      update private.usage_events set recorded_at = recorded_at - interval '${days} days';
      update public.usage_days set day_on = day_on - ${days};`),
  )

/** Runs the job once. */
export const rollUp = (db: Database, batch = 1000) =>
  db.asOwner(() => db.row<{ count: number }>('select private.roll_up_usage($1) as count', [batch]))

/** The days of a metric, oldest first: days ago, quantity, peak, and what was above the limit. */
export const days = async (db: Database, organization: { id: string }, metric: string) =>
  (
    await db.asOwner(() =>
      db.rows<{ ago: number; quantity: number; peak: number; overage: number }>(
        `select (private.usage_today() - day_on)::int as ago, quantity::int, peak_count::int as peak,
           overage_count::int as overage
         from public.usage_days where organization_id = $1 and metric = $2 order by day_on`,
        [organization.id, metric],
      ),
    )
  ).map((day) => [day.ago, day.quantity, day.peak, day.overage])
