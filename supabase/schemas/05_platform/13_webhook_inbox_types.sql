create type private.webhook_event_state as enum
  ('received', 'processing', 'processed', 'ignored', 'stale', 'failed', 'dead', 'discarded');
comment on type private.webhook_event_state is $$Where an event of a provider stands; it follows the job that processes it.

received waits for a worker, failed for its next attempt, dead for an operator. Nobody wanted an ignored one, a stale one
came after a newer one, a discarded one was given up by an operator.$$;
