create table public.billing_subscriptions (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  product public.billing_product not null,
  plan_id uuid not null references public.billing_plans (id),
  provider text not null,
  provider_subscription_id text,
  status text not null,
  access public.billing_access not null default 'full',
  seat_count int not null default 1,
  billing_interval public.billing_interval not null default 'month',
  currency text not null,
  started_at timestamptz not null default now(),
  current_period_starts_at timestamptz not null,
  current_period_ends_at timestamptz not null,
  period_anchor_at timestamptz,
  paused_seconds bigint not null default 0,
  trial_ends_at timestamptz,
  is_cancelled_at_period_end boolean not null default false,
  cancel_reason public.billing_cancel_reason,
  cancel_comment text,
  cancelled_at timestamptz,
  ended_at timestamptz,
  paused_at timestamptz,
  overdue_at timestamptz,
  own_overdue_at timestamptz,
  provider_changed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_subscriptions_organization_id_id_key unique (organization_id, id),
  constraint billing_subscriptions_provider_subscription_id_key unique (provider, provider_subscription_id),
  constraint billing_subscriptions_provider_is_known check (provider in ('stripe', 'razorpay', 'manual')),
  constraint billing_subscriptions_provider_names_its_own check (
    (provider = 'manual') = (provider_subscription_id is null)
  ),
  constraint billing_subscriptions_seat_count_is_positive check (seat_count > 0),
  constraint billing_subscriptions_currency_is_code check (currency ~ '^[A-Z]{3}$'),
  constraint billing_subscriptions_paused_seconds_is_not_negative check (paused_seconds >= 0),
  constraint billing_subscriptions_period_lasts check (current_period_ends_at > current_period_starts_at),
  constraint billing_subscriptions_cancel_comment_has_length check (char_length(cancel_comment) <= 2000),
  constraint billing_subscriptions_ended_has_no_access check ((ended_at is not null) = (access = 'ended')),
  constraint billing_subscriptions_degraded_is_overdue check (
    access in ('none', 'full', 'ended') or overdue_at is not null or own_overdue_at is not null
  )
);
-- A plan is changed, not added to: one subscription counts for each product line. A provider may have more.
create unique index billing_subscriptions_one_live_for_each_product_idx
  on public.billing_subscriptions (organization_id, product) where ended_at is null and access <> 'none';
create index billing_subscriptions_organization_id_idx on public.billing_subscriptions (organization_id, created_at desc);
create index billing_subscriptions_plan_id_idx on public.billing_subscriptions (plan_id);
create index billing_subscriptions_overdue_at_idx on public.billing_subscriptions (overdue_at)
  where overdue_at is not null and ended_at is null;
create index billing_subscriptions_own_overdue_at_idx on public.billing_subscriptions (own_overdue_at)
  where own_overdue_at is not null and ended_at is null;
create index billing_subscriptions_trial_ends_at_idx on public.billing_subscriptions (trial_ends_at)
  where trial_ends_at is not null and ended_at is null;
alter table public.billing_subscriptions enable row level security;
revoke all on public.billing_subscriptions from anon, authenticated, service_role;
grant select on public.billing_subscriptions to authenticated, service_role;
create policy billing_subscriptions_select_reader on public.billing_subscriptions
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_subscriptions is $$Subscriptions of organizations, of which one counts for each product line.

Mirrors of what the payment provider keeps, or made by operators (provider "manual"). What a subscription entitles to
follows from its plan and access, by trigger.$$;
comment on column public.billing_subscriptions.id is 'Identifies the subscription.';
comment on column public.billing_subscriptions.organization_id is 'Who subscribes.';
comment on column public.billing_subscriptions.product is 'The product line, that of the plan.';
comment on column public.billing_subscriptions.plan_id is 'The plan.';
comment on column public.billing_subscriptions.provider is 'Who collects the money: "stripe", "razorpay", or "manual" for operators.';
comment on column public.billing_subscriptions.provider_subscription_id is 'Its id there; null for manual ones.';
comment on column public.billing_subscriptions.status is
  'How payment stands, in the provider''s words: trialing, active, past_due, unpaid, canceled, paused, ...';
comment on column public.billing_subscriptions.access is 'What may be done with it.';
comment on column public.billing_subscriptions.seat_count is 'Seats that are paid for.';
comment on column public.billing_subscriptions.billing_interval is 'How long a period is.';
comment on column public.billing_subscriptions.currency is 'ISO 4217, of its prices.';
comment on column public.billing_subscriptions.started_at is 'When it began; of several the newest counts.';
comment on column public.billing_subscriptions.current_period_starts_at is 'First moment of the paid period.';
comment on column public.billing_subscriptions.current_period_ends_at is 'When the paid period ends.';
comment on column public.billing_subscriptions.period_anchor_at is
  'From where periods paid by invoice are counted, after another interval or a pause; null for the end of the trial or the begin.';
comment on column public.billing_subscriptions.paused_seconds is
  'How long it rested in this period, which ends as much later; of subscriptions paid by invoice.';
comment on column public.billing_subscriptions.trial_ends_at is 'When the trial ends or ended; null without one.';
comment on column public.billing_subscriptions.is_cancelled_at_period_end is 'Whether it ends with the paid period.';
comment on column public.billing_subscriptions.cancel_reason is 'Why it was cancelled; null when it was not, or nobody said.';
comment on column public.billing_subscriptions.cancel_comment is 'What the person added, at most 2,000 characters.';
comment on column public.billing_subscriptions.cancelled_at is 'When it was cancelled; null while it is not.';
comment on column public.billing_subscriptions.ended_at is 'When it ended; null while it is live.';
comment on column public.billing_subscriptions.paused_at is 'Since when it is paused; null while it is not.';
comment on column public.billing_subscriptions.overdue_at is 'Since when a payment is overdue; null when none is.';
comment on column public.billing_subscriptions.own_overdue_at is
  'Since when our own invoice for use above its limits is overdue, beside what the payment provider collects; null when none is.';
comment on column public.billing_subscriptions.provider_changed_at is
  'The time of the provider''s event that the row is from: older ones change nothing.';
comment on column public.billing_subscriptions.created_at is 'When the row was made.';
comment on column public.billing_subscriptions.updated_at is 'When the row last changed.';

create table public.billing_subscription_items (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  subscription_id uuid not null,
  price_id uuid not null references public.billing_prices (id),
  created_at timestamptz not null default now(),
  constraint billing_subscription_items_price_once unique (subscription_id, price_id),
  constraint billing_subscription_items_subscription_in_same_organization
    foreign key (organization_id, subscription_id)
    references public.billing_subscriptions (organization_id, id) on delete cascade
);
create index billing_subscription_items_organization_id_subscription_id_idx
  on public.billing_subscription_items (organization_id, subscription_id);
create index billing_subscription_items_price_id_idx on public.billing_subscription_items (price_id);
alter table public.billing_subscription_items enable row level security;
revoke all on public.billing_subscription_items from anon, authenticated, service_role;
grant select on public.billing_subscription_items to authenticated, service_role;
create policy billing_subscription_items_select_reader on public.billing_subscription_items
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_subscription_items is
  'At which prices an organization subscribed: those of that day, whatever the price list says now.';
comment on column public.billing_subscription_items.id is 'Identifies the item.';
comment on column public.billing_subscription_items.organization_id is 'Who subscribes.';
comment on column public.billing_subscription_items.subscription_id is 'The subscription.';
comment on column public.billing_subscription_items.price_id is 'The price.';
comment on column public.billing_subscription_items.created_at is 'When it was agreed.';

create table private.billing_overrides (
  organization_id uuid not null references public.organizations (id) on delete cascade,
  key text not null references private.limit_definitions (key) on update cascade,
  value bigint,
  action private.limit_action not null default 'block',
  reason text not null,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, key),
  constraint billing_overrides_value_is_not_negative check (value >= 0),
  constraint billing_overrides_reason_has_length check (char_length(btrim(reason)) between 1 and 500)
);
create index billing_overrides_key_idx on private.billing_overrides (key);
create index billing_overrides_expires_at_idx on private.billing_overrides (expires_at) where expires_at is not null;
alter table private.billing_overrides enable row level security;
revoke all on private.billing_overrides from anon, authenticated, service_role;
comment on table private.billing_overrides is 'Limits that an operator gave one organization, whatever its plans say.';
comment on column private.billing_overrides.organization_id is 'The organization.';
comment on column private.billing_overrides.key is 'Name of the limit.';
comment on column private.billing_overrides.value is 'How much; null means unlimited.';
comment on column private.billing_overrides.action is 'What happens at the limit.';
comment on column private.billing_overrides.reason is 'Why, 1 to 500 characters.';
comment on column private.billing_overrides.expires_at is 'Until when; null keeps it.';
comment on column private.billing_overrides.created_at is 'When it was given.';
comment on column private.billing_overrides.updated_at is 'When the row last changed.';
