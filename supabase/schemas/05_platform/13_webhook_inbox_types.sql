create type private.webhook_event_state as enum
  ('received', 'processing', 'processed', 'ignored', 'stale', 'failed', 'dead', 'discarded');
comment on type private.webhook_event_state is $$Where an event of a provider stands; it follows the job that processes it.

received waits for a worker, failed for its next attempt, dead for an operator. Nobody wanted an ignored one, a stale one
came after a newer one, a discarded one was given up by an operator.$$;

create type private.provider_state_verdict as (outcome text, ticket bigint);
comment on type private.provider_state_verdict is
  'What may be done with a state of a provider''s object: "news", "same", "stale" or "tied", and a ticket for the last.';
comment on column private.provider_state_verdict.outcome is 'news, same, stale or tied.';
comment on column private.provider_state_verdict.ticket is 'To come back with once the object was fetched; null unless tied.';
