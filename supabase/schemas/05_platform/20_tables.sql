create table private.jobs (
  -- A number and not a uuid: jobs of one ordering key run in the order of their ids.
  id bigint primary key generated always as identity,
  queue text not null default 'default',
  kind text not null,
  payload jsonb not null default '{}',
  checkpoint jsonb,
  organization_id uuid references public.organizations (id) on delete cascade,
  created_by uuid references public.profiles (id) on delete set null,
  is_cancellable boolean not null default false,
  dedupe_key text,
  ordering_key text,
  priority int not null default 0,
  state private.job_state not null default 'queued',
  run_at timestamptz not null default now(),
  attempt int not null default 0,
  max_attempts int not null default 8,
  continued_count int not null default 0,
  lease_id uuid,
  lease_until timestamptz,
  worker text,
  cancel_requested_at timestamptz,
  last_error text,
  result jsonb,
  progress_done_count int,
  progress_total_count int,
  progress_message text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  constraint jobs_queue_is_snake_case check (queue ~ '^[a-z]+(_[a-z]+)*$'),
  constraint jobs_kind_is_subject_and_verb check (kind ~ '^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$'),
  constraint jobs_payload_is_object check (jsonb_typeof(payload) = 'object'),
  constraint jobs_checkpoint_is_object check (jsonb_typeof(checkpoint) = 'object'),
  constraint jobs_max_attempts_is_positive check (max_attempts > 0),
  constraint jobs_lease_matches_state check ((state = 'running') = (lease_id is not null and lease_until is not null)),
  constraint jobs_finished_at_matches_state
    check ((state in ('succeeded', 'dead', 'cancelled')) = (finished_at is not null)),
  constraint jobs_progress_is_not_negative check (progress_done_count >= 0 and progress_total_count >= 0)
);
-- What a claim walks along: one priority of one queue at a time, so that jobs for later never stand in the way.
create index jobs_queue_priority_run_at_id_idx on private.jobs (queue, priority, run_at, id)
  where state in ('queued', 'failed');
create index jobs_queue_lease_until_idx on private.jobs (queue, lease_until) where state = 'running';
-- Rows without a value are left out everywhere: each index that a change of state must write to costs throughput.
create unique index jobs_kind_dedupe_key_live_idx on private.jobs (kind, dedupe_key)
  where dedupe_key is not null and state in ('queued', 'running', 'failed');
create index jobs_kind_dedupe_key_idx on private.jobs (kind, dedupe_key) where dedupe_key is not null;
create index jobs_ordering_key_id_idx on private.jobs (ordering_key, id)
  where ordering_key is not null and state in ('queued', 'running', 'failed');
-- The last word on "one at a time": two workers that saw different snapshots cannot both start a job of one key.
create unique index jobs_ordering_key_running_idx on private.jobs (ordering_key)
  where ordering_key is not null and state = 'running';
create index jobs_organization_id_idx on private.jobs (organization_id) where organization_id is not null;
create index jobs_created_by_idx on private.jobs (created_by) where created_by is not null;
create index jobs_finished_at_idx on private.jobs (finished_at) where finished_at is not null;
create index jobs_kind_dead_idx on private.jobs (kind, id) where state = 'dead';

comment on table private.jobs is $$The only queue: every piece of work that outlives the request which asked for it.

Made with private.enqueue_job and private.emit_event; claimed, extended and ended by workers under a lease. A crashed
worker's jobs come back when the lease ends.$$;
comment on column private.jobs.id is 'Grows; jobs of one ordering key run in this order.';
comment on column private.jobs.queue is 'Workers claim from named queues.';
comment on column private.jobs.kind is 'Names the handler, such as "platform.probe".';
comment on column private.jobs.payload is 'What the handler is given; ids rather than content.';
comment on column private.jobs.checkpoint is
  'Where the handler goes on, as it said when it last stopped; null at the beginning.';
comment on column private.jobs.organization_id is 'Whose work it is; null for work of the platform.';
comment on column private.jobs.created_by is
  'Who asked for it and may follow it; null for the backend itself, or when that account is gone.';
comment on column private.jobs.is_cancellable is
  'Whether people who may follow it may stop it; the backend and operators always may.';
comment on column private.jobs.dedupe_key is 'At most one live job of a kind has it; null for no such rule.';
comment on column private.jobs.ordering_key is
  'Jobs with the same one run one at a time, oldest first; null for no order.';
comment on column private.jobs.priority is 'Smaller runs first.';
comment on column private.jobs.state is 'Where it stands.';
comment on column private.jobs.run_at is 'Not started before.';
comment on column private.jobs.attempt is 'How many times it was started since its last checkpoint.';
comment on column private.jobs.max_attempts is 'Starts after which a failure is final.';
comment on column private.jobs.continued_count is 'How many times it stopped at a checkpoint.';
comment on column private.jobs.lease_id is
  'Proves that a worker speaks of the attempt it was given; null unless running.';
comment on column private.jobs.lease_until is
  'When the job comes back if its worker is not heard of; null unless running.';
comment on column private.jobs.worker is 'Who claimed it last.';
comment on column private.jobs.cancel_requested_at is 'When cancellation was asked for while it ran.';
comment on column private.jobs.last_error is 'Why the last attempt failed.';
comment on column private.jobs.result is 'What the handler gave back.';
comment on column private.jobs.progress_done_count is 'Steps done; null when it does not tell.';
comment on column private.jobs.progress_total_count is 'Steps in all; null when unknown.';
comment on column private.jobs.progress_message is 'What it is doing, in English.';
comment on column private.jobs.created_at is 'When it was enqueued.';
comment on column private.jobs.updated_at is 'When the row last changed.';
comment on column private.jobs.started_at is 'When the last attempt began.';
comment on column private.jobs.finished_at is 'When it ended for good; null while it is live.';

-- Unlogged: after a crash nobody is polling, which is what an empty table says.
create unlogged table private.worker_heartbeats (
  worker text primary key,
  queues text[] not null,
  polls_until timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table private.worker_heartbeats is $$Workers that are looking for jobs right now, or were just called.

While one polls a queue, a new job needs no call of the worker function.$$;
comment on column private.worker_heartbeats.worker is
  'Name a worker gave itself, or "wake:<queue>" for one that was called and has not come yet.';
comment on column private.worker_heartbeats.queues is 'The queues it claims from.';
comment on column private.worker_heartbeats.polls_until is 'Until when it surely looks again.';
comment on column private.worker_heartbeats.created_at is 'When it was first seen.';
comment on column private.worker_heartbeats.updated_at is 'When it was last seen.';

create table private.event_subscriptions (
  id uuid primary key default gen_random_uuid(),
  topic_pattern text not null,
  kind text not null,
  queue text not null default 'default',
  organization_id uuid references public.organizations (id) on delete cascade,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint event_subscriptions_once_for_each_kind unique nulls not distinct (topic_pattern, kind, organization_id),
  constraint event_subscriptions_topic_pattern_is_topic_or_prefix
    check (topic_pattern ~ '^(\*|[a-z]+(_[a-z]+)*\.(\*|[a-z]+(_[a-z]+)*))$'),
  constraint event_subscriptions_kind_is_subject_and_verb check (kind ~ '^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$'),
  constraint event_subscriptions_queue_is_snake_case check (queue ~ '^[a-z]+(_[a-z]+)*$')
);
create index event_subscriptions_organization_id_idx on private.event_subscriptions (organization_id);
comment on table private.event_subscriptions is
  'Which topics become which jobs: subscribers are rows, not code of the emitter.';
comment on column private.event_subscriptions.id is 'Part of the dedupe key of its jobs.';
comment on column private.event_subscriptions.topic_pattern is
  'A topic, all topics of a subject as "invoice.*", or "*".';
comment on column private.event_subscriptions.kind is 'Kind of the jobs that it makes.';
comment on column private.event_subscriptions.queue is 'Queue of the jobs that it makes.';
comment on column private.event_subscriptions.organization_id is 'Hears only of this organization; null for all.';
comment on column private.event_subscriptions.is_active is 'Whether it makes jobs.';
comment on column private.event_subscriptions.created_at is 'When it was made.';
comment on column private.event_subscriptions.updated_at is 'When the row last changed.';

create table private.cron_runs (
  id bigint primary key generated always as identity,
  name text not null,
  state private.cron_run_state not null,
  handled_count int,
  last_error text,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index cron_runs_name_started_at_idx on private.cron_runs (name, started_at desc);
create index cron_runs_started_at_idx on private.cron_runs (started_at);
comment on table private.cron_runs is 'What recurring jobs did, one row for each run through private.run_recurring.';
comment on column private.cron_runs.id is 'Grows with each run.';
comment on column private.cron_runs.name is 'Name of the recurring job, as in private.cron_jobs.';
comment on column private.cron_runs.state is 'How it ended.';
comment on column private.cron_runs.handled_count is 'What the job returned; null unless it succeeded.';
comment on column private.cron_runs.last_error is 'Why it failed; null unless it did.';
comment on column private.cron_runs.started_at is 'When it began.';
comment on column private.cron_runs.finished_at is 'When it ended.';
comment on column private.cron_runs.created_at is 'When the row was made.';
comment on column private.cron_runs.updated_at is 'When the row last changed.';
