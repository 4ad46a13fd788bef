create type private.billing_sync_mode as enum ('events', 'full');
comment on type private.billing_sync_mode is
  'What a provider is asked for: the events since the last time, or all of its objects as they are.';

create table private.billing_sync_runs (
  id uuid primary key default gen_random_uuid(),
  provider text not null,
  mode private.billing_sync_mode not null,
  is_dry_run boolean not null default false,
  since_at timestamptz,
  newest_at timestamptz,
  seen_count int not null default 0,
  differed_count int not null default 0,
  last_error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint billing_sync_runs_provider_is_known check (provider = 'stripe'),
  constraint billing_sync_runs_counts_are_not_negative check (seen_count >= 0 and differed_count >= 0)
);
create index billing_sync_runs_created_at_idx on private.billing_sync_runs (created_at desc);
alter table private.billing_sync_runs enable row level security;
revoke all on private.billing_sync_runs from anon, authenticated, service_role;
comment on table private.billing_sync_runs is
  'When a payment provider was asked what its webhooks should have told, and how much differed. Kept for 90 days.';
comment on column private.billing_sync_runs.id is 'Identifies the run.';
comment on column private.billing_sync_runs.provider is 'Who was asked.';
comment on column private.billing_sync_runs.mode is 'For what.';
comment on column private.billing_sync_runs.is_dry_run is 'Whether it only looked.';
comment on column private.billing_sync_runs.since_at is 'From which time on events were asked for; null for all objects.';
comment on column private.billing_sync_runs.newest_at is 'When the newest event happened that it saw: the next run goes on there.';
comment on column private.billing_sync_runs.seen_count is 'Events or objects that the provider has.';
comment on column private.billing_sync_runs.differed_count is 'Those that we did not have, or not so.';
comment on column private.billing_sync_runs.last_error is 'Why it ended early; null when it did not.';
comment on column private.billing_sync_runs.created_at is 'When it was asked for.';
comment on column private.billing_sync_runs.updated_at is 'When the row last changed.';
comment on column private.billing_sync_runs.finished_at is 'When it ended; null while it is under way.';
create trigger t100_set_updated_at before update on private.billing_sync_runs
  for each row execute function private.set_updated_at();

create table private.billing_sync_differences (
  run_id uuid not null references private.billing_sync_runs (id) on delete cascade,
  object_key text not null,
  kind text not null,
  details jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (run_id, object_key),
  constraint billing_sync_differences_object_key_is_short check (length(object_key) between 1 and 255)
);
alter table private.billing_sync_differences enable row level security;
revoke all on private.billing_sync_differences from anon, authenticated, service_role;
comment on table private.billing_sync_differences is 'What a run found that we did not have, or not so.';
comment on column private.billing_sync_differences.run_id is 'The run.';
comment on column private.billing_sync_differences.object_key is 'The object, or the event.';
comment on column private.billing_sync_differences.kind is
  'event: it had not come; missing: we did not have the object; changed: we had it otherwise; refused: it is none of ours.';
comment on column private.billing_sync_differences.details is 'The type of the event, the columns that differed, or the reason.';
comment on column private.billing_sync_differences.created_at is 'When it was found.';
comment on column private.billing_sync_differences.updated_at is 'When the row last changed.';
create trigger t100_set_updated_at before update on private.billing_sync_differences
  for each row execute function private.set_updated_at();
