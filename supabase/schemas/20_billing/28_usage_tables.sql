create table public.usage_metrics (
  metric text primary key,
  kind public.usage_metric_kind not null,
  unit text not null,
  limit_key text references private.limit_definitions (key) on update cascade,
  limit_span public.usage_limit_span,
  description text not null,
  constraint usage_metrics_limit_key_key unique (limit_key),
  constraint usage_metrics_metric_is_snake_case check (metric ~ '^[a-z]+(_[a-z]+)*$'),
  constraint usage_metrics_limit_has_span check ((limit_key is null) = (limit_span is null)),
  constraint usage_metrics_span_follows_kind check ((limit_span = 'moment') = (kind = 'gauge'))
);
alter table public.usage_metrics enable row level security;
revoke all on public.usage_metrics from anon, authenticated, service_role;
grant select on public.usage_metrics to authenticated, service_role;
create policy usage_metrics_select_caller on public.usage_metrics
  for select to authenticated using ((select private.is_known_caller()));
comment on table public.usage_metrics is 'What is measured of the use of an organization. Migrations add rows.';
comment on column public.usage_metrics.metric is 'Name of the metric.';
comment on column public.usage_metrics.kind is 'How it is measured.';
comment on column public.usage_metrics.unit is 'What one is, in English.';
comment on column public.usage_metrics.limit_key is 'The limit that it is held against; null without one.';
comment on column public.usage_metrics.limit_span is 'What that limit is for; null without one.';
comment on column public.usage_metrics.description is 'What is measured, in English.';

create table public.usage_days (
  organization_id uuid not null references public.organizations (id) on delete cascade,
  metric text not null references public.usage_metrics (metric) on update cascade,
  day_on date not null,
  quantity bigint not null,
  peak_count bigint not null,
  limit_count bigint,
  overage_count bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, metric, day_on),
  constraint usage_days_overage_within_peak check (overage_count between 0 and greatest(peak_count, 0))
);
create index usage_days_metric_day_on_idx on public.usage_days (metric, day_on);
alter table public.usage_days enable row level security;
revoke all on public.usage_days from anon, authenticated, service_role;
-- Written by jobs alone.
grant select on public.usage_days to authenticated, service_role;
create policy usage_days_select_reader on public.usage_days
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.usage_days is $$Use of each organization, metric and day (UTC); days without any have no row.

Counters are added to during the day, gauges and API calls get their row when the day is over: get_usage knows more.$$;
comment on column public.usage_days.organization_id is 'Whose use.';
comment on column public.usage_days.metric is 'What was used.';
comment on column public.usage_days.day_on is 'The day, in UTC.';
comment on column public.usage_days.quantity is 'How much happened in the day; of a gauge what there was at its end.';
comment on column public.usage_days.peak_count is 'The most there was at a time of the day; of a counter the same as quantity.';
comment on column public.usage_days.limit_count is 'The limit at the end of the day; null for unlimited, or none.';
comment on column public.usage_days.overage_count is 'How much of the peak was above a limit that bills more.';
comment on column public.usage_days.created_at is 'When the row was made.';
comment on column public.usage_days.updated_at is 'When the row last changed.';

-- Only ever inserted, so that nobody who records waits for another; a job adds the rows up and removes them. Without a
-- foreign key on the metric: all writers would lock the same row of it.
create table private.usage_events (
  id bigint primary key generated always as identity,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  metric text not null,
  quantity bigint not null,
  recorded_at timestamptz not null,
  constraint usage_events_quantity_is_not_zero check (quantity <> 0),
  -- So that no sum of a day leaves bigint: the job that adds up would stop for all.
  constraint usage_events_quantity_is_plausible check (abs(quantity::numeric) <= 1e12)
);
create index usage_events_organization_id_metric_idx on private.usage_events (organization_id, metric);
alter table private.usage_events enable row level security;
revoke all on private.usage_events from anon, authenticated, service_role;
comment on table private.usage_events is 'Use that was recorded and not yet added to its day.';
comment on column private.usage_events.id is 'Order in which it was recorded.';
comment on column private.usage_events.organization_id is 'Whose use.';
comment on column private.usage_events.metric is 'What was used.';
comment on column private.usage_events.quantity is 'How much; negative takes back. At most 10^12 either way.';
comment on column private.usage_events.recorded_at is 'When it was used.';

create table private.usage_keys (
  organization_id uuid not null references public.organizations (id) on delete cascade,
  metric text not null,
  idempotency_key text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, metric, idempotency_key),
  constraint usage_keys_idempotency_key_has_length check (char_length(idempotency_key) between 1 and 255)
);
create index usage_keys_created_at_idx on private.usage_keys (created_at);
alter table private.usage_keys enable row level security;
revoke all on private.usage_keys from anon, authenticated, service_role;
comment on table private.usage_keys is 'What was recorded under a key, so that it counts once however often it is told.';
comment on column private.usage_keys.organization_id is 'Whose use.';
comment on column private.usage_keys.metric is 'What was used.';
comment on column private.usage_keys.idempotency_key is 'Named by who records.';
comment on column private.usage_keys.created_at is 'When it was recorded; kept for setting usage.key_days.';

-- Changed with each row of what is limited: no index holds a column that changes.
create table private.usage_levels (
  organization_id uuid not null references public.organizations (id) on delete cascade,
  metric text not null references public.usage_metrics (metric) on update cascade,
  level_count bigint not null default 0,
  peak_count bigint not null default 0,
  peaked_on date not null,
  window_on date not null,
  told_percent smallint not null default 0,
  told_at timestamptz,
  primary key (organization_id, metric),
  constraint usage_levels_level_within_peak check (level_count between 0 and peak_count)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
create index usage_levels_metric_idx on private.usage_levels (metric);
alter table private.usage_levels enable row level security;
revoke all on private.usage_levels from anon, authenticated, service_role;
comment on table private.usage_levels is $$How much of each limit an organization uses now, one row for each.

Locked by whatever takes of the limit, so that those who do at once are counted one after the other.$$;
comment on column private.usage_levels.organization_id is 'Whose use.';
comment on column private.usage_levels.metric is 'What is used.';
comment on column private.usage_levels.level_count is 'How much there is, or how much of the window is used.';
comment on column private.usage_levels.peak_count is 'The most there was on peaked_on.';
comment on column private.usage_levels.peaked_on is 'The first day (UTC) that is not in usage_days yet.';
comment on column private.usage_levels.window_on is 'First day of the window that is counted; of a gauge the day of the first count.';
comment on column private.usage_levels.told_percent is 'The highest share of the limit of which was told, 0 for none.';
comment on column private.usage_levels.told_at is 'When that was; null for never.';

create table private.usage_copies (
  source text primary key,
  copied_on date not null
);
alter table private.usage_copies enable row level security;
revoke all on private.usage_copies from anon, authenticated, service_role;
comment on table private.usage_copies is 'How far use that others count has been copied to usage_days.';
comment on column private.usage_copies.source is 'The metric.';
comment on column private.usage_copies.copied_on is 'Days before this one are copied.';

create table private.usage_agreed_prices (
  subscription_id uuid not null,
  organization_id uuid not null,
  price_id uuid not null references public.billing_prices (id),
  agreed_at timestamptz not null,
  primary key (subscription_id, price_id, agreed_at),
  constraint usage_agreed_prices_subscription_in_same_organization
    foreign key (organization_id, subscription_id)
    references public.billing_subscriptions (organization_id, id) on delete cascade
);
create index usage_agreed_prices_organization_id_subscription_id_idx
  on private.usage_agreed_prices (organization_id, subscription_id);
create index usage_agreed_prices_price_id_idx on private.usage_agreed_prices (price_id);
alter table private.usage_agreed_prices enable row level security;
revoke all on private.usage_agreed_prices from anon, authenticated, service_role;
comment on table private.usage_agreed_prices is $$Since when a metered price holds for a subscription.

Kept when the plan changes, because what was used before is billed after it.$$;
comment on column private.usage_agreed_prices.subscription_id is 'The subscription.';
comment on column private.usage_agreed_prices.organization_id is 'Who subscribes.';
comment on column private.usage_agreed_prices.price_id is 'The price.';
comment on column private.usage_agreed_prices.agreed_at is 'Since when.';

create table private.billing_plan_sightings (
  provider_subscription_id text not null,
  told_at timestamptz not null,
  plan_id uuid not null references public.billing_plans (id),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  primary key (provider_subscription_id, told_at, plan_id)
);
create index billing_plan_sightings_plan_id_idx on private.billing_plan_sightings (plan_id);
create index billing_plan_sightings_organization_id_idx on private.billing_plan_sightings (organization_id);
alter table private.billing_plan_sightings enable row level security;
revoke all on private.billing_plan_sightings from anon, authenticated, service_role;
comment on table private.billing_plan_sightings is $$On which plan a subscription at Stripe was, each time an event told it.

Stripe does not say since when a subscription is on its plan. All that its events told says so, in whatever order they came.$$;
comment on column private.billing_plan_sightings.provider_subscription_id is 'The subscription, by its id at Stripe.';
comment on column private.billing_plan_sightings.told_at is 'When the event happened.';
comment on column private.billing_plan_sightings.plan_id is 'The plan.';
comment on column private.billing_plan_sightings.organization_id is 'Who subscribes.';
