create table private.rate_limit_rules (
  name text primary key,
  endpoint text,
  is_per_endpoint boolean not null default false,
  subject private.rate_limit_subject not null,
  window_seconds int not null,
  limit_count bigint,
  limit_key text references private.limit_definitions (key) on update cascade,
  description text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint rate_limit_rules_name_is_snake_case check (name ~ '^[a-z]+(_[a-z]+)*$'),
  constraint rate_limit_rules_endpoint_is_subject_and_verb check (endpoint ~ '^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$'),
  constraint rate_limit_rules_named_endpoint_is_counted_apart check (endpoint is null or not is_per_endpoint),
  -- Windows begin at full multiples of their length since 1970, so that a day is a day in UTC.
  constraint rate_limit_rules_window_divides_days
    check (window_seconds > 0 and (86400 % window_seconds = 0 or window_seconds % 86400 = 0)),
  constraint rate_limit_rules_number_or_limit check (num_nonnulls(limit_count, limit_key) = 1),
  constraint rate_limit_rules_limit_count_is_not_negative check (limit_count >= 0)
);
create index rate_limit_rules_limit_key_idx on private.rate_limit_rules (limit_key);
alter table private.rate_limit_rules enable row level security;
revoke all on private.rate_limit_rules from anon, authenticated, service_role;

comment on table private.rate_limit_rules is $$How much may be called in which time: every call is checked against all rules that fit.

A domain adds rows for its endpoints; operators change numbers.$$;
comment on column private.rate_limit_rules.name is 'Name of the rule.';
comment on column private.rate_limit_rules.endpoint is
  'The endpoint it is for, as functions name it ("messages.send"); null for all.';
comment on column private.rate_limit_rules.is_per_endpoint is
  'Whether a rule for all endpoints counts each of them apart.';
comment on column private.rate_limit_rules.subject is 'Whose calls are counted together.';
comment on column private.rate_limit_rules.window_seconds is 'Length of the window; a day is 86400 and begins at 00:00 UTC.';
comment on column private.rate_limit_rules.limit_count is 'How much a window admits; null when limit_key says it.';
comment on column private.rate_limit_rules.limit_key is
  'The limit of the organization that says how much a window admits, and whether more is refused or billed.';
comment on column private.rate_limit_rules.description is 'What it is for, in English.';
comment on column private.rate_limit_rules.created_at is 'When it was made.';
comment on column private.rate_limit_rules.updated_at is 'When it last changed.';

-- Unlogged: after a crash everybody starts a new window. A row is used again for the next window of its subject, and no
-- index holds a column that changes, so that a count is written in place and leaves nothing behind.
create unlogged table private.rate_limit_counters (
  rule text collate "C" not null,
  subject text collate "C" not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  limit_count bigint,
  used_count bigint not null,
  primary key (rule, subject)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
alter table private.rate_limit_counters enable row level security;
revoke all on private.rate_limit_counters from anon, authenticated, service_role;

comment on table private.rate_limit_counters is 'What was used of a window, one row for each rule and subject.';
comment on column private.rate_limit_counters.rule is 'Name of the rule.';
comment on column private.rate_limit_counters.subject is
  'Who is counted, with the endpoint or the day where these are counted apart; addresses are hashed.';
comment on column private.rate_limit_counters.starts_at is 'First moment of the window that is counted now.';
comment on column private.rate_limit_counters.ends_at is 'When the window ends.';
comment on column private.rate_limit_counters.limit_count is 'How much it admits; null counts without refusing.';
comment on column private.rate_limit_counters.used_count is 'How much was used.';

create unlogged table private.rest_writes (
  caller text collate "C" not null,
  written_at timestamptz not null,
  id bigint not null generated always as identity,
  write_count int not null default 1,
  is_summed boolean not null default false,
  primary key (caller, written_at, id)
);
alter table private.rest_writes enable row level security;
revoke all on private.rest_writes from anon, authenticated, service_role;

comment on table private.rest_writes is $$Changes that clients made through tables and RPCs, for the limit on them.

Only ever inserted by requests, so that no request waits for another; a job adds up what is older than a minute.$$;
comment on column private.rest_writes.caller is 'Who wrote; addresses are hashed.';
comment on column private.rest_writes.written_at is 'When, or the minute in which.';
comment on column private.rest_writes.id is 'Tells rows of one moment apart.';
comment on column private.rest_writes.write_count is 'How many requests the row stands for.';
comment on column private.rest_writes.is_summed is 'Whether it stands for the requests of a minute.';

create table private.api_usage_days (
  organization_id uuid not null references public.organizations (id) on delete cascade,
  day_on date not null,
  call_count bigint not null,
  limit_count bigint,
  overage_count bigint not null generated always as (greatest(call_count - limit_count, 0)) stored,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, day_on)
);
create index api_usage_days_day_on_idx on private.api_usage_days (day_on);
alter table private.api_usage_days enable row level security;
revoke all on private.api_usage_days from anon, authenticated, service_role;

comment on table private.api_usage_days is $$API calls of each organization and day, for billing and for showing.

Copied from the counters each minute: a crash of the database may lose a minute, never add one.$$;
comment on column private.api_usage_days.organization_id is 'Whose calls.';
comment on column private.api_usage_days.day_on is 'The day, in UTC.';
comment on column private.api_usage_days.call_count is 'Calls that were admitted, each with its cost.';
comment on column private.api_usage_days.limit_count is 'Calls that the plan includes; null means unlimited.';
comment on column private.api_usage_days.overage_count is 'Calls above those that the plan includes.';
comment on column private.api_usage_days.created_at is 'When the row was made.';
comment on column private.api_usage_days.updated_at is 'When the row last changed.';
