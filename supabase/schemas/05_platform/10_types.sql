create type private.job_state as enum ('queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled');
comment on type private.job_state is $$Where a job stands.

queued waits for its time, running has a lease, failed waits for its next attempt, dead waits for an operator; succeeded
and cancelled are over.$$;

create type private.cron_run_state as enum ('running', 'succeeded', 'failed', 'skipped');
comment on type private.cron_run_state is 'How a run of a recurring job ended; skipped when another run was under way.';

create type private.claimed_job as (
  id bigint,
  lease_id uuid,
  kind text,
  queue text,
  payload jsonb,
  checkpoint jsonb,
  organization_id uuid,
  attempt int,
  max_attempts int,
  run_at timestamptz,
  lease_until timestamptz,
  created_at timestamptz
);
comment on type private.claimed_job is 'What a worker is told of a job that it was given.';
comment on column private.claimed_job.id is 'The job.';
comment on column private.claimed_job.lease_id is 'Proves that the worker speaks of this attempt.';
comment on column private.claimed_job.kind is 'Names the handler.';
comment on column private.claimed_job.queue is 'Where it came from.';
comment on column private.claimed_job.payload is 'What the handler is given.';
comment on column private.claimed_job.checkpoint is 'Where the handler goes on; null at the beginning.';
comment on column private.claimed_job.organization_id is 'Whose work it is; null for work of the platform.';
comment on column private.claimed_job.attempt is 'Which attempt this is, from 1.';
comment on column private.claimed_job.max_attempts is 'The last attempt.';
comment on column private.claimed_job.run_at is 'When it was due.';
comment on column private.claimed_job.lease_until is 'When it comes back if its worker is not heard of.';
comment on column private.claimed_job.created_at is 'When it was enqueued.';
