create table private.credit_accounts (
  organization_id uuid primary key references public.organizations (id) on delete cascade,
  threshold_percent int not null default 0,
  created_at timestamptz not null default now()
);
alter table private.credit_accounts enable row level security;
revoke all on private.credit_accounts from anon, authenticated, service_role;
comment on table private.credit_accounts is $$One row for each organization, locked by whatever moves its credits.

The lock puts concurrent spenders in a queue, so that none of them decides on a balance that another one changes.$$;
comment on column private.credit_accounts.organization_id is 'The organization.';
comment on column private.credit_accounts.threshold_percent is
  'The highest share of the day''s credits of which its use was told, 0 for none.';
comment on column private.credit_accounts.created_at is 'When it was made.';

create table public.credit_actions (
  action text primary key,
  credit_count int not null,
  description text not null,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint credit_actions_action_is_snake_case check (action ~ '^[a-z]+(_[a-z]+)*$'),
  constraint credit_actions_credit_count_is_not_negative check (credit_count >= 0)
);
alter table public.credit_actions enable row level security;
revoke all on public.credit_actions from anon, authenticated, service_role;
grant select on public.credit_actions to authenticated, service_role;
create policy credit_actions_select_caller on public.credit_actions
  for select to authenticated using ((select private.is_known_caller()));
comment on table public.credit_actions is 'The price list: what an action costs in credits. Operators change it.';
comment on column public.credit_actions.action is 'Name of the action, as reservations give it.';
comment on column public.credit_actions.credit_count is 'Credits for one.';
comment on column public.credit_actions.description is 'What one gets, in English.';
comment on column public.credit_actions.is_active is 'Whether it is offered; others are refused.';
comment on column public.credit_actions.created_at is 'When it was first offered.';
comment on column public.credit_actions.updated_at is 'When the row last changed.';

create table public.credit_wallets (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  kind public.credit_wallet_kind not null,
  priority smallint not null,
  balance_count bigint not null default 0,
  reserved_count bigint not null default 0,
  granted_on date,
  expires_at timestamptz,
  description text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint credit_wallets_organization_id_id_key unique (organization_id, id),
  constraint credit_wallets_priority_in_range check (priority between 1 and 100),
  constraint credit_wallets_reserved_within_balance check (reserved_count between 0 and balance_count),
  constraint credit_wallets_daily_has_day check ((kind = 'daily') = (granted_on is not null)),
  -- The day's credits go with the next grant.
  constraint credit_wallets_expiry_is_of_promotions check (expires_at is null or kind = 'promotional'),
  constraint credit_wallets_description_has_length check (char_length(description) between 1 and 200)
);
create unique index credit_wallets_one_of_kind_idx on public.credit_wallets (organization_id, kind)
  where kind in ('daily', 'initial', 'purchased');
create index credit_wallets_organization_id_priority_idx on public.credit_wallets (organization_id, priority);
create index credit_wallets_granted_on_idx on public.credit_wallets (granted_on) where kind = 'daily';
create index credit_wallets_expires_at_idx on public.credit_wallets (expires_at)
  where expires_at is not null and balance_count > 0;
alter table public.credit_wallets enable row level security;
revoke all on public.credit_wallets from anon, authenticated, service_role;
-- Written by the backend alone, through functions.
grant select on public.credit_wallets to authenticated, service_role;
create policy credit_wallets_select_member on public.credit_wallets
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('credits.read'))));
comment on table public.credit_wallets is $$Credits of an organization, by where they come from.

Changed by grants, reservations and their ends alone; get_credit_balance adds them up.$$;
comment on column public.credit_wallets.id is 'Identifies the wallet.';
comment on column public.credit_wallets.organization_id is 'Whose credits.';
comment on column public.credit_wallets.kind is 'Where they come from.';
comment on column public.credit_wallets.priority is 'Lower ones are drained first; 1 to 100.';
comment on column public.credit_wallets.balance_count is 'Credits in it, those that are set aside included.';
comment on column public.credit_wallets.reserved_count is 'Credits set aside for what is being done.';
comment on column public.credit_wallets.granted_on is 'The day (UTC) whose grant a daily wallet holds; null for others.';
comment on column public.credit_wallets.expires_at is 'When the credits of a promotion go; null keeps them.';
comment on column public.credit_wallets.description is 'What a promotion is called.';
comment on column public.credit_wallets.created_at is 'When it was made.';
comment on column public.credit_wallets.updated_at is 'When the row last changed.';

create table public.credit_reservations (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  person_id uuid references public.profiles (id) on delete set null,
  action text not null references public.credit_actions (action) on update cascade,
  quantity int not null,
  credit_count bigint not null,
  spent_count bigint,
  state public.credit_reservation_state not null default 'held',
  idempotency_key text not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint credit_reservations_idempotency_key_key unique (organization_id, idempotency_key),
  constraint credit_reservations_organization_id_id_key unique (organization_id, id),
  constraint credit_reservations_quantity_is_positive check (quantity > 0),
  constraint credit_reservations_credit_count_is_not_negative check (credit_count >= 0),
  constraint credit_reservations_spent_within_credits check (spent_count between 0 and credit_count),
  constraint credit_reservations_spent_when_settled check ((state = 'settled') = (spent_count is not null)),
  constraint credit_reservations_ended_unless_held check ((state = 'held') = (ended_at is null)),
  constraint credit_reservations_idempotency_key_has_length check (char_length(idempotency_key) between 1 and 255)
);
create index credit_reservations_organization_id_created_at_idx
  on public.credit_reservations (organization_id, created_at desc);
create index credit_reservations_person_id_idx on public.credit_reservations (person_id);
create index credit_reservations_action_idx on public.credit_reservations (action);
create index credit_reservations_expires_at_idx on public.credit_reservations (expires_at) where state = 'held';
alter table public.credit_reservations enable row level security;
revoke all on public.credit_reservations from anon, authenticated, service_role;
-- Written by the backend alone, through functions.
grant select on public.credit_reservations to authenticated, service_role;
create policy credit_reservations_select_member on public.credit_reservations
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('credits.read'))));
comment on table public.credit_reservations is $$Credits that were set aside for something, and what became of them.

Made by the backend before it does what costs credits, ended after; forgotten ones end by themselves.$$;
comment on column public.credit_reservations.id is 'Identifies the reservation.';
comment on column public.credit_reservations.organization_id is 'Whose credits.';
comment on column public.credit_reservations.person_id is 'Who uses them; null for programs and people who left.';
comment on column public.credit_reservations.action is 'What they are for.';
comment on column public.credit_reservations.quantity is 'How many of it.';
comment on column public.credit_reservations.credit_count is 'Credits set aside, at the price of that moment.';
comment on column public.credit_reservations.spent_count is 'Credits spent in the end; null before, and when given back.';
comment on column public.credit_reservations.state is 'Where it stands.';
comment on column public.credit_reservations.idempotency_key is 'Named by who asks: the same again gives this reservation.';
comment on column public.credit_reservations.expires_at is 'When it ends by itself.';
comment on column public.credit_reservations.ended_at is 'When it ended; null while held.';
comment on column public.credit_reservations.created_at is 'When it was made.';
comment on column public.credit_reservations.updated_at is 'When the row last changed.';

create table private.credit_reservation_parts (
  reservation_id uuid not null,
  organization_id uuid not null,
  wallet_id uuid not null,
  credit_count bigint not null,
  granted_on date,
  primary key (reservation_id, wallet_id),
  constraint credit_reservation_parts_credit_count_is_positive check (credit_count > 0),
  constraint credit_reservation_parts_reservation_in_same_organization
    foreign key (organization_id, reservation_id)
    references public.credit_reservations (organization_id, id) on delete cascade,
  constraint credit_reservation_parts_wallet_in_same_organization
    foreign key (organization_id, wallet_id) references public.credit_wallets (organization_id, id) on delete cascade
);
create index credit_reservation_parts_organization_id_reservation_id_idx
  on private.credit_reservation_parts (organization_id, reservation_id);
create index credit_reservation_parts_organization_id_wallet_id_idx
  on private.credit_reservation_parts (organization_id, wallet_id);
alter table private.credit_reservation_parts enable row level security;
revoke all on private.credit_reservation_parts from anon, authenticated, service_role;
comment on table private.credit_reservation_parts is 'From which wallets a reservation took its credits.';
comment on column private.credit_reservation_parts.reservation_id is 'The reservation.';
comment on column private.credit_reservation_parts.organization_id is 'Whose credits.';
comment on column private.credit_reservation_parts.wallet_id is 'The wallet.';
comment on column private.credit_reservation_parts.credit_count is 'Credits set aside in it.';
comment on column private.credit_reservation_parts.granted_on is
  'The day whose grant they are of: given back later than that they are gone. Null for other wallets.';
