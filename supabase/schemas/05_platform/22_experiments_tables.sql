create table private.experiments (
  key text primary key,
  description text not null,
  unit private.rollout_unit not null default 'person',
  state private.experiment_state not null default 'draft',
  traffic_percentage numeric(5, 2) not null default 100,
  plans text[],
  roles text[],
  is_public boolean not null default true,
  primary_metric text not null,
  guardrail_metrics text[] not null default '{}',
  phase int not null default 1,
  winner text,
  started_at timestamptz,
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint experiments_key_is_snake_case check (key ~ '^[a-z]+(_[a-z0-9]+)*$' and char_length(key) <= 100),
  constraint experiments_description_has_length check (char_length(description) between 1 and 500),
  constraint experiments_traffic_percentage_is_percentage check (traffic_percentage between 0 and 100),
  constraint experiments_plans_is_not_empty check (cardinality(plans) between 1 and 100),
  constraint experiments_roles_is_not_empty check (cardinality(roles) between 1 and 100),
  constraint experiments_metric_is_topic check (primary_metric ~ '^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$'),
  constraint experiments_primary_metric_is_no_guardrail check (primary_metric <> all (guardrail_metrics)),
  constraint experiments_started_at_matches_state check ((state = 'draft') = (started_at is null)),
  constraint experiments_ended_at_matches_state check ((state = 'ended') = (ended_at is not null)),
  constraint experiments_winner_matches_state check ((state = 'ended') = (winner is not null))
);
create index experiments_key_winner_idx on private.experiments (key, winner);
alter table private.experiments enable row level security;
revoke all on private.experiments from anon, authenticated, service_role;

comment on table private.experiments is $$Comparisons of variants, with what they are judged by.

Who takes part is drawn with the experiment's key, and stays in the variant of their first exposure for good.$$;
comment on column private.experiments.key is 'Name, in snake case; also what variants are drawn with.';
comment on column private.experiments.description is 'What is tried and what is expected of it, in English.';
comment on column private.experiments.unit is 'Who is given a variant: people, or whole organizations.';
comment on column private.experiments.state is 'Where it stands.';
comment on column private.experiments.traffic_percentage is 'Share of the units that take part, 0 to 100.';
comment on column private.experiments.plans is 'Only organizations with one of these plans; null for all.';
comment on column private.experiments.roles is 'Only people with one of these roles; null for all.';
comment on column private.experiments.is_public is 'Whether clients hear of it; false for one that only the backend asks.';
comment on column private.experiments.primary_metric is 'What the variants compete for, as <subject>.<event>.';
comment on column private.experiments.guardrail_metrics is 'Harms that must not grow, as <subject>.<event>.';
comment on column private.experiments.phase is 'Grows with each change of the shares.';
comment on column private.experiments.winner is 'The variant that everybody gets; null until it ended.';
comment on column private.experiments.started_at is 'When it started; null for a draft.';
comment on column private.experiments.ended_at is 'When it ended; null until then.';
comment on column private.experiments.created_at is 'When it was made.';
comment on column private.experiments.updated_at is 'When the row last changed.';

create table private.experiment_variants (
  experiment_key text not null references private.experiments (key) on delete cascade,
  variant text not null,
  position int not null,
  payload jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (experiment_key, variant),
  constraint experiment_variants_variant_is_snake_case
    check (variant ~ '^[a-z]+(_[a-z0-9]+)*$' and char_length(variant) <= 60),
  constraint experiment_variants_position_is_not_negative check (position >= 0),
  constraint experiment_variants_payload_is_small_object
    check (jsonb_typeof(payload) = 'object' and char_length(payload::text) <= 4000)
);
create unique index experiment_variants_experiment_key_position_idx
  on private.experiment_variants (experiment_key, position);
alter table private.experiment_variants enable row level security;
revoke all on private.experiment_variants from anon, authenticated, service_role;
alter table private.experiments add constraint experiments_winner_is_variant
  foreign key (key, winner) references private.experiment_variants (experiment_key, variant);

comment on table private.experiment_variants is 'What an experiment compares; the one at position 0 is the control.';
comment on column private.experiment_variants.experiment_key is 'The experiment.';
comment on column private.experiment_variants.variant is 'Name, in snake case.';
comment on column private.experiment_variants.position is 'Order in which variants share the range of 0 to 1; 0 is the control.';
comment on column private.experiment_variants.payload is 'What a client is given with the variant.';
comment on column private.experiment_variants.created_at is 'When it was made.';
comment on column private.experiment_variants.updated_at is 'When the row last changed.';

create table private.experiment_shares (
  experiment_key text not null,
  phase int not null,
  variant text not null,
  weight int not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (experiment_key, phase, variant),
  constraint experiment_shares_of_a_variant foreign key (experiment_key, variant)
    references private.experiment_variants (experiment_key, variant) on delete cascade,
  -- With at most 100 variants the shares are exact in a double, here and in TypeScript.
  constraint experiment_shares_weight_is_small check (weight between 0 and 10000)
);
create index experiment_shares_experiment_key_variant_idx on private.experiment_shares (experiment_key, variant);
alter table private.experiment_shares enable row level security;
revoke all on private.experiment_shares from anon, authenticated, service_role;

comment on table private.experiment_shares is $$How large the variants are, in each phase of an experiment.

Former phases are kept: whether as many units were exposed as the shares say can only be judged phase by phase.$$;
comment on column private.experiment_shares.experiment_key is 'The experiment.';
comment on column private.experiment_shares.phase is 'The phase, from 1.';
comment on column private.experiment_shares.variant is 'The variant.';
comment on column private.experiment_shares.weight is 'Its share as a part of the sum of all weights of the phase.';
comment on column private.experiment_shares.created_at is 'When the phase began.';
comment on column private.experiment_shares.updated_at is 'When the row last changed.';

create table private.experiment_assignments (
  experiment_key text not null,
  unit_id uuid not null generated always as (coalesce(user_id, organization_id)) stored,
  user_id uuid references public.profiles (id) on delete cascade,
  organization_id uuid references public.organizations (id) on delete cascade,
  variant text not null,
  phase int not null,
  exposed_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (experiment_key, unit_id),
  constraint experiment_assignments_has_one_unit check (num_nonnulls(user_id, organization_id) = 1),
  constraint experiment_assignments_to_a_variant foreign key (experiment_key, variant)
    references private.experiment_variants (experiment_key, variant) on delete cascade
);
create index experiment_assignments_experiment_key_variant_idx
  on private.experiment_assignments (experiment_key, variant);
create index experiment_assignments_user_id_idx on private.experiment_assignments (user_id);
create index experiment_assignments_organization_id_idx on private.experiment_assignments (organization_id);
alter table private.experiment_assignments enable row level security;
revoke all on private.experiment_assignments from anon, authenticated, service_role;

comment on table private.experiment_assignments is $$Who has met which variant, one row for each unit and experiment: exposure and sticky assignment in one.

Written at the first use. Until then the variant is computed, and nothing needs to be kept.$$;
comment on column private.experiment_assignments.experiment_key is 'The experiment.';
comment on column private.experiment_assignments.unit_id is 'The person or organization.';
comment on column private.experiment_assignments.user_id is 'The person; null where organizations are compared.';
comment on column private.experiment_assignments.organization_id is 'The organization; null where people are compared.';
comment on column private.experiment_assignments.variant is 'The variant, for good.';
comment on column private.experiment_assignments.phase is 'The phase whose shares it was drawn from.';
comment on column private.experiment_assignments.exposed_at is 'When it was first used; metrics count from here on.';
comment on column private.experiment_assignments.created_at is 'When the row was made.';
comment on column private.experiment_assignments.updated_at is 'When the row last changed.';

create table private.experiment_conversions (
  experiment_key text not null,
  unit_id uuid not null,
  metric text not null,
  converted_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (experiment_key, unit_id, metric),
  constraint experiment_conversions_of_an_exposed_unit foreign key (experiment_key, unit_id)
    references private.experiment_assignments (experiment_key, unit_id) on delete cascade
);
alter table private.experiment_conversions enable row level security;
revoke all on private.experiment_conversions from anon, authenticated, service_role;

comment on table private.experiment_conversions is
  'Which exposed units reached a metric, once for each: what happened again or before the exposure does not count.';
comment on column private.experiment_conversions.experiment_key is 'The experiment.';
comment on column private.experiment_conversions.unit_id is 'The person or organization.';
comment on column private.experiment_conversions.metric is 'The primary metric or a guardrail.';
comment on column private.experiment_conversions.converted_at is 'When it first happened after the exposure.';
comment on column private.experiment_conversions.created_at is 'When the row was made.';
comment on column private.experiment_conversions.updated_at is 'When the row last changed.';
