create type private.feature_flag_type as enum ('release', 'experiment', 'operational', 'permission', 'kill_switch');
comment on type private.feature_flag_type is $$What a feature flag is for, which decides how long it may live.

Setting "feature_flags.lifetime_days" holds the days for each type; a type that it leaves out is permanent.$$;

create type private.rollout_unit as enum ('organization', 'person');
comment on type private.rollout_unit is 'What a share is a share of: whole organizations, or people.';

create type private.targeting_context as (
  person_id uuid,
  organization_id uuid,
  role text,
  plans text[]
);
comment on type private.targeting_context is $$For whom flags and experiments are decided.

The person, the organization they act in, their role there and the plans of that organization; null for what is not
there.$$;
comment on column private.targeting_context.person_id is 'The person; null for an anonymous caller.';
comment on column private.targeting_context.organization_id is 'The organization; null when they act in none.';
comment on column private.targeting_context.role is 'The person''s role in it; null for who is no active member.';
comment on column private.targeting_context.plans is 'Keys of the plans that the organization has.';
