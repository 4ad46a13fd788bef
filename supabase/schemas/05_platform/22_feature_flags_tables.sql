create table private.organization_plans (
  organization_id uuid not null references public.organizations (id) on delete cascade,
  plan text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, plan),
  constraint organization_plans_plan_is_product_and_name check (plan ~ '^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$')
);
alter table private.organization_plans enable row level security;
revoke all on private.organization_plans from anon, authenticated, service_role;

comment on table private.organization_plans is $$Which plans an organization has now, one for each product, for flags and experiments.

Asked here and set above: billing is the only writer, as with private.organization_limits.$$;
comment on column private.organization_plans.organization_id is 'The organization.';
comment on column private.organization_plans.plan is 'Key of the plan as <product>.<plan>, such as "fundraising.pro".';
comment on column private.organization_plans.created_at is 'When the organization got the plan.';
comment on column private.organization_plans.updated_at is 'When the row last changed.';

create table private.feature_flags (
  key text primary key,
  flag_type private.feature_flag_type not null default 'release',
  description text not null,
  is_enabled boolean not null default false,
  rollout_percentage numeric(5, 2) not null default 100,
  rollout_unit private.rollout_unit not null default 'organization',
  plans text[],
  roles text[],
  is_public boolean not null default true,
  killed_at timestamptz,
  kill_reason text,
  reviewed_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint feature_flags_key_is_snake_case check (key ~ '^[a-z]+(_[a-z0-9]+)*$' and char_length(key) <= 100),
  constraint feature_flags_description_has_length check (char_length(description) between 1 and 500),
  constraint feature_flags_rollout_percentage_is_percentage check (rollout_percentage between 0 and 100),
  constraint feature_flags_plans_is_not_empty check (cardinality(plans) between 1 and 100),
  constraint feature_flags_roles_is_not_empty check (cardinality(roles) between 1 and 100),
  constraint feature_flags_kill_reason_matches_killed_at check ((killed_at is null) = (kill_reason is null)),
  constraint feature_flags_kill_reason_has_length check (char_length(kill_reason) between 1 and 500)
);
alter table private.feature_flags enable row level security;
revoke all on private.feature_flags from anon, authenticated, service_role;

comment on table private.feature_flags is $$Switches around parts of the product.

A flag is on for somebody when it is not killed, is enabled, and either their organization is named as on, or plan, role
and share all fit. A flag that does not exist is off.$$;
comment on column private.feature_flags.key is 'Name, in snake case; also what its share is drawn with.';
comment on column private.feature_flags.flag_type is 'What it is for; decides how long it may live.';
comment on column private.feature_flags.description is 'What it switches, in English.';
comment on column private.feature_flags.is_enabled is 'Off for everybody when false.';
comment on column private.feature_flags.rollout_percentage is
  'Share of units that have it, 0 to 100 with two decimals; a greater share contains every smaller one.';
comment on column private.feature_flags.rollout_unit is 'What the share is a share of.';
comment on column private.feature_flags.plans is 'Only organizations with one of these plans; null for all.';
comment on column private.feature_flags.roles is 'Only people with one of these roles; null for all.';
comment on column private.feature_flags.is_public is 'Whether clients hear of it; false for one that only the backend asks.';
comment on column private.feature_flags.killed_at is 'When it was killed, which wins over all else; null unless it is.';
comment on column private.feature_flags.kill_reason is 'Why it was killed; null unless it is.';
comment on column private.feature_flags.reviewed_at is 'When somebody last said that it is still needed.';
comment on column private.feature_flags.created_at is 'When it was made.';
comment on column private.feature_flags.updated_at is 'When the row last changed.';

create table private.feature_flag_organizations (
  flag_key text not null references private.feature_flags (key) on update cascade on delete cascade,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  is_on boolean not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (flag_key, organization_id)
);
create index feature_flag_organizations_organization_id_idx on private.feature_flag_organizations (organization_id);
alter table private.feature_flag_organizations enable row level security;
revoke all on private.feature_flag_organizations from anon, authenticated, service_role;

comment on table private.feature_flag_organizations is
  'Organizations for which a flag is on or off whatever their plan, their people''s roles and the share say.';
comment on column private.feature_flag_organizations.flag_key is 'The flag.';
comment on column private.feature_flag_organizations.organization_id is 'The organization.';
comment on column private.feature_flag_organizations.is_on is 'What the flag is there, unless it is killed or not enabled.';
comment on column private.feature_flag_organizations.created_at is 'When the organization was named.';
comment on column private.feature_flag_organizations.updated_at is 'When the row last changed.';
