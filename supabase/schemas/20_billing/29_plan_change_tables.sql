create table public.billing_scheduled_changes (
  subscription_id uuid primary key,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  plan_id uuid not null references public.billing_plans (id),
  billing_interval public.billing_interval not null,
  seat_count int not null,
  price_ids uuid[] not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_scheduled_changes_seat_count_is_positive check (seat_count > 0),
  constraint billing_scheduled_changes_subscription_in_same_organization
    foreign key (organization_id, subscription_id)
    references public.billing_subscriptions (organization_id, id) on delete cascade
);
create index billing_scheduled_changes_organization_id_subscription_id_idx
  on public.billing_scheduled_changes (organization_id, subscription_id);
create index billing_scheduled_changes_plan_id_idx on public.billing_scheduled_changes (plan_id);
alter table public.billing_scheduled_changes enable row level security;
revoke all on public.billing_scheduled_changes from anon, authenticated, service_role;
grant select on public.billing_scheduled_changes to authenticated, service_role;
create policy billing_scheduled_changes_select_reader on public.billing_scheduled_changes
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
create trigger t100_set_updated_at before update on public.billing_scheduled_changes
  for each row execute function private.set_updated_at();
comment on table public.billing_scheduled_changes is $$What subscriptions paid by invoice become when their period ends; the row goes then.

Written by change_subscription for what costs less or has another interval. Changing back to what is now takes it away.$$;
comment on column public.billing_scheduled_changes.subscription_id is 'The subscription.';
comment on column public.billing_scheduled_changes.organization_id is 'Who subscribes.';
comment on column public.billing_scheduled_changes.plan_id is 'The plan from then on.';
comment on column public.billing_scheduled_changes.billing_interval is 'How long periods are from then on.';
comment on column public.billing_scheduled_changes.seat_count is 'Seats from then on.';
comment on column public.billing_scheduled_changes.price_ids is 'The prices that were agreed, whatever the price list says by then.';
comment on column public.billing_scheduled_changes.created_at is 'When it was first asked for.';
comment on column public.billing_scheduled_changes.updated_at is 'When the row last changed.';

create table public.billing_pending_lines (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  subscription_id uuid not null,
  description text not null,
  currency text not null,
  amount_cents bigint not null,
  period_starts_at timestamptz not null,
  period_ends_at timestamptz not null,
  invoice_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_pending_lines_description_has_length check (char_length(btrim(description)) between 1 and 500),
  constraint billing_pending_lines_currency_is_code check (currency ~ '^[A-Z]{3}$'),
  constraint billing_pending_lines_period_lasts check (period_ends_at >= period_starts_at),
  constraint billing_pending_lines_subscription_in_same_organization
    foreign key (organization_id, subscription_id)
    references public.billing_subscriptions (organization_id, id) on delete cascade,
  constraint billing_pending_lines_invoice_in_same_organization
    foreign key (organization_id, invoice_id)
    references public.billing_invoices (organization_id, id) on delete set null (invoice_id)
);
create index billing_pending_lines_organization_id_subscription_id_idx
  on public.billing_pending_lines (organization_id, subscription_id);
create index billing_pending_lines_organization_id_invoice_id_idx
  on public.billing_pending_lines (organization_id, invoice_id);
create index billing_pending_lines_waiting_idx on public.billing_pending_lines (subscription_id) where invoice_id is null;
alter table public.billing_pending_lines enable row level security;
revoke all on public.billing_pending_lines from anon, authenticated, service_role;
grant select on public.billing_pending_lines to authenticated, service_role;
create policy billing_pending_lines_select_reader on public.billing_pending_lines
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
create trigger t100_set_updated_at before update on public.billing_pending_lines
  for each row execute function private.set_updated_at();
comment on table public.billing_pending_lines is $$What the next own invoice of a subscription adds or takes off, beside its fee: the rest of a period after a change of plan.

Before tax. Lines stay after they were invoiced.$$;
comment on column public.billing_pending_lines.id is 'Identifies the line.';
comment on column public.billing_pending_lines.organization_id is 'Who pays.';
comment on column public.billing_pending_lines.subscription_id is 'The subscription.';
comment on column public.billing_pending_lines.description is 'As it will stand on the invoice, 1 to 500 characters.';
comment on column public.billing_pending_lines.currency is 'ISO 4217.';
comment on column public.billing_pending_lines.amount_cents is 'In the currency''s minor unit, before tax; negative for what is given back.';
comment on column public.billing_pending_lines.period_starts_at is 'Since when it is for.';
comment on column public.billing_pending_lines.period_ends_at is 'Until when it is for.';
comment on column public.billing_pending_lines.invoice_id is 'The invoice it is on; null while it waits.';
comment on column public.billing_pending_lines.created_at is 'When it came about.';
comment on column public.billing_pending_lines.updated_at is 'When the row last changed.';
