-- Without foreign keys to organization and subscription: revenue of the past outlives both.
create table private.billing_subscription_changes (
  id bigint generated always as identity primary key,
  subscription_id uuid not null,
  organization_id uuid not null,
  product public.billing_product not null,
  plan_id uuid not null references public.billing_plans (id),
  provider text not null,
  status text not null,
  is_trial boolean not null,
  billing_interval public.billing_interval not null,
  seat_count int not null,
  currency text not null,
  country text,
  annual_cents bigint not null,
  annual_change_cents bigint not null,
  cancel_reason public.billing_cancel_reason,
  ended_at timestamptz,
  changed_at timestamptz not null,
  constraint billing_subscription_changes_annual_cents_is_not_negative check (annual_cents >= 0),
  constraint billing_subscription_changes_trial_is_not_paid check (not is_trial or annual_cents = 0)
);
create index billing_subscription_changes_subscription_id_idx on private.billing_subscription_changes (subscription_id, id desc);
create index billing_subscription_changes_plan_id_idx on private.billing_subscription_changes (plan_id);
alter table private.billing_subscription_changes enable row level security;
revoke all on private.billing_subscription_changes from anon, authenticated, service_role;
comment on table private.billing_subscription_changes is $$What subscriptions were worth since when: one row for each change of plan, price, seats, trial, pause or end.

Append-only; what revenue is reported from. A row holds until the next one of its subscription.$$;
comment on column private.billing_subscription_changes.id is 'Identifies the change; later ones are larger.';
comment on column private.billing_subscription_changes.subscription_id is 'The subscription, which may be gone.';
comment on column private.billing_subscription_changes.organization_id is 'Who subscribed, who may be gone.';
comment on column private.billing_subscription_changes.product is 'The product line.';
comment on column private.billing_subscription_changes.plan_id is 'The plan from here on.';
comment on column private.billing_subscription_changes.provider is 'Who collects the money.';
comment on column private.billing_subscription_changes.status is 'How the payment stood, in the provider''s words.';
comment on column private.billing_subscription_changes.is_trial is 'Whether it was in trial from here on.';
comment on column private.billing_subscription_changes.billing_interval is 'How long a paid period is.';
comment on column private.billing_subscription_changes.seat_count is 'Seats from here on.';
comment on column private.billing_subscription_changes.currency is 'ISO 4217.';
comment on column private.billing_subscription_changes.country is 'Where the organization was, ISO 3166-1 alpha-2; null when it was not told.';
comment on column private.billing_subscription_changes.annual_cents is $$What a year of it costs from here on, without use above limits; 0 while nobody pays for it.

Twelve monthly prices or a yearly one: whole minor units, where a twelfth of a yearly price has fractions.$$;
comment on column private.billing_subscription_changes.annual_change_cents is
  'By how much annual_cents differs from that of the subscription''s row before; what sums are made of.';
comment on column private.billing_subscription_changes.cancel_reason is 'Why it was cancelled; null while it is not.';
comment on column private.billing_subscription_changes.ended_at is 'When it ended; null while it lasts.';
comment on column private.billing_subscription_changes.changed_at is 'When it changed, at the provider where one keeps it.';
