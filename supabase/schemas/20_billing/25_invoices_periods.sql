create table private.billing_periods (
  subscription_id uuid not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  plan_id uuid not null references public.billing_plans (id),
  currency text not null,
  seat_count int not null,
  previous_starts_at timestamptz,
  previous_ends_at timestamptz,
  is_final boolean not null default false,
  handled_at timestamptz,
  invoice_id uuid,
  failed_at timestamptz,
  last_error text,
  created_at timestamptz not null default now(),
  primary key (subscription_id, starts_at),
  constraint billing_periods_lasts check (ends_at >= starts_at),
  constraint billing_periods_previous_lasts check (previous_ends_at >= previous_starts_at),
  constraint billing_periods_invoice_once_handled check (handled_at is not null or invoice_id is null),
  constraint billing_periods_subscription_in_same_organization
    foreign key (organization_id, subscription_id)
    references public.billing_subscriptions (organization_id, id) on delete cascade,
  constraint billing_periods_invoice_in_same_organization
    foreign key (organization_id, invoice_id) references public.billing_invoices (organization_id, id)
    on delete set null (invoice_id)
);
create index billing_periods_waiting_idx on private.billing_periods (starts_at, subscription_id) where handled_at is null;
create index billing_periods_organization_id_subscription_id_idx
  on private.billing_periods (organization_id, subscription_id);
create index billing_periods_organization_id_invoice_id_idx on private.billing_periods (organization_id, invoice_id);
create index billing_periods_plan_id_idx on private.billing_periods (plan_id);
alter table private.billing_periods enable row level security;
revoke all on private.billing_periods from anon, authenticated, service_role;
comment on table private.billing_periods is $$Periods of subscriptions, each billed once: with the fee where own invoices are paid, else overage alone.

Written when a period begins, with the plan and seats of that moment, so that a period that an outage delayed is billed as
it was. What waits has no handled_at.$$;
comment on column private.billing_periods.subscription_id is 'The subscription.';
comment on column private.billing_periods.starts_at is 'First moment of the period that is paid for; when the subscription ended for the final one.';
comment on column private.billing_periods.ends_at is 'When it ends.';
comment on column private.billing_periods.organization_id is 'Who subscribes.';
comment on column private.billing_periods.plan_id is 'The plan at its begin.';
comment on column private.billing_periods.currency is 'ISO 4217, of the prices.';
comment on column private.billing_periods.seat_count is 'The seats at its begin.';
comment on column private.billing_periods.previous_starts_at is 'First moment of the time whose overage is billed with it; null for none.';
comment on column private.billing_periods.previous_ends_at is 'When that time ended; null for none.';
comment on column private.billing_periods.is_final is 'Whether the subscription ended: overage only, no fee.';
comment on column private.billing_periods.handled_at is 'When it was billed, or found to cost nothing; null while it waits.';
comment on column private.billing_periods.invoice_id is 'Its invoice; null while it waits, or where it cost nothing.';
comment on column private.billing_periods.failed_at is 'When billing it failed last; it is tried again after an hour. Null when it did not.';
comment on column private.billing_periods.last_error is 'Why it failed; null when it did not.';
comment on column private.billing_periods.created_at is 'When the row was made.';

create table private.billing_dunning_plans (
  currency text primary key,
  minimum_cents bigint not null,
  attempt_count int not null,
  delay_days int not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_dunning_plans_currency_is_code check (currency ~ '^[A-Z]{3}$' or currency = '*'),
  constraint billing_dunning_plans_minimum_cents_is_not_negative check (minimum_cents >= 0),
  constraint billing_dunning_plans_attempt_count_in_range check (attempt_count between 0 and 20),
  constraint billing_dunning_plans_delay_days_in_range check (delay_days between 1 and 90)
);
alter table private.billing_dunning_plans enable row level security;
revoke all on private.billing_dunning_plans from anon, authenticated, service_role;
comment on table private.billing_dunning_plans is 'How overdue own invoices are asked for, by currency.';
comment on column private.billing_dunning_plans.currency is 'ISO 4217; "*" for all without a row of their own.';
comment on column private.billing_dunning_plans.minimum_cents is
  'What an organization owes at least before it is reminded and loses access, in the currency''s minor unit.';
comment on column private.billing_dunning_plans.attempt_count is 'How many reminders go out.';
comment on column private.billing_dunning_plans.delay_days is 'Days from the due date to the first, and from each to the next.';
comment on column private.billing_dunning_plans.created_at is 'When it was made.';
comment on column private.billing_dunning_plans.updated_at is 'When the row last changed.';
create trigger t100_set_updated_at before update on private.billing_dunning_plans
  for each row execute function private.set_updated_at();
insert into private.billing_dunning_plans (currency, minimum_cents, attempt_count, delay_days) values
  ('*', 0, 3, 3), ('USD', 100, 3, 3), ('EUR', 100, 3, 3), ('NGN', 100000, 3, 3);
select private.audit_table(
  'private.billing_dunning_plans', '{minimum_cents, attempt_count, delay_days}', organization_column := null
);

create table private.billing_trial_reminders (
  subscription_id uuid not null references public.billing_subscriptions (id) on delete cascade,
  trial_ends_at timestamptz not null,
  day_count int not null,
  created_at timestamptz not null default now(),
  primary key (subscription_id, trial_ends_at, day_count)
);
alter table private.billing_trial_reminders enable row level security;
revoke all on private.billing_trial_reminders from anon, authenticated, service_role;
comment on table private.billing_trial_reminders is 'Which reminders of the end of a trial went out; each goes once.';
comment on column private.billing_trial_reminders.subscription_id is 'The subscription.';
comment on column private.billing_trial_reminders.trial_ends_at is 'The end that was told; another end is told anew.';
comment on column private.billing_trial_reminders.day_count is 'So many days before the end.';
comment on column private.billing_trial_reminders.created_at is 'When it went out.';
