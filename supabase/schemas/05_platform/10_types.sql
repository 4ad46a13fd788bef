create type private.job_state as enum ('queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled');
comment on type private.job_state is $$Where a job stands.

queued waits for its time, running has a lease, failed waits for its next attempt, dead waits for an operator; succeeded
and cancelled are over.$$;

create type private.cron_run_state as enum ('running', 'succeeded', 'failed', 'skipped');
comment on type private.cron_run_state is 'How a run of a recurring job ended; skipped when another run was under way.';
