create table private.webhook_events (
  -- A number and not a uuid: operators page through the events by it.
  id bigint primary key generated always as identity,
  provider text not null,
  provider_event_id text not null,
  event_type text not null,
  object_key text,
  occurred_at timestamptz not null,
  payload jsonb not null,
  headers jsonb not null default '{}',
  state private.webhook_event_state not null default 'received',
  attempt_count int not null default 0,
  replay_count int not null default 0,
  last_error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint webhook_events_once_for_each_provider unique (provider, provider_event_id),
  constraint webhook_events_provider_is_snake_case check (provider ~ '^[a-z][a-z0-9]*(_[a-z0-9]+)*$'),
  constraint webhook_events_provider_event_id_is_short check (length(provider_event_id) between 1 and 255),
  constraint webhook_events_event_type_is_short check (length(event_type) between 1 and 255),
  constraint webhook_events_object_key_is_short check (length(object_key) between 1 and 255),
  constraint webhook_events_headers_is_object check (jsonb_typeof(headers) = 'object'),
  constraint webhook_events_counts_are_not_negative check (attempt_count >= 0 and replay_count >= 0),
  constraint webhook_events_finished_at_matches_state
    check ((state in ('received', 'processing', 'failed')) = (finished_at is null))
);
alter table private.webhook_events enable row level security;
revoke all on private.webhook_events from anon, authenticated, service_role;
create index webhook_events_provider_id_idx on private.webhook_events (provider, id);
create index webhook_events_state_id_idx on private.webhook_events (state, id);
create index webhook_events_object_key_id_idx on private.webhook_events (object_key, id) where object_key is not null;
create index webhook_events_finished_at_idx on private.webhook_events (finished_at) where finished_at is not null;

comment on table private.webhook_events is $$What providers told us, each event once, kept before it is processed.

Written by public.store_webhook_events after the signature was checked; processed by the job "webhook_event.process".$$;
comment on column private.webhook_events.id is 'Grows with each new event.';
comment on column private.webhook_events.provider is 'Who sent it: the last segment of the path it came to.';
comment on column private.webhook_events.provider_event_id is
  'The provider''s id of the event, which stays the same when it sends it again.';
comment on column private.webhook_events.event_type is 'The provider''s name of what happened; chooses the processor.';
comment on column private.webhook_events.object_key is
  'The provider''s object that it is about, such as "subscription:sub_1"; null when there is none.';
comment on column private.webhook_events.occurred_at is
  'When it happened, by the provider''s clock; when it came where the provider does not say.';
comment on column private.webhook_events.payload is 'What the provider sent, its body read as JSON.';
comment on column private.webhook_events.headers is 'The few headers that processing needs, by lower-case name.';
comment on column private.webhook_events.state is 'Where it stands.';
comment on column private.webhook_events.attempt_count is 'How many times processing began, replays included.';
comment on column private.webhook_events.replay_count is 'How many times an operator had it processed again.';
comment on column private.webhook_events.last_error is 'Why the last attempt failed, or why nothing was done with the event; null once it was.';
comment on column private.webhook_events.created_at is 'When it came.';
comment on column private.webhook_events.updated_at is 'When the row last changed.';
comment on column private.webhook_events.finished_at is 'When it was done with; null while a job is to process it.';

create table private.webhook_objects (
  provider text not null,
  object_key text not null,
  last_occurred_at timestamptz not null,
  digest text,
  ticket bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (provider, object_key)
);
alter table private.webhook_objects enable row level security;
revoke all on private.webhook_objects from anon, authenticated, service_role;
create index webhook_objects_updated_at_idx on private.webhook_objects (updated_at);

comment on table private.webhook_objects is $$How new the state is that we took over of each object of a provider.

Providers send events late, twice and in any order: private.accept_provider_event tells by it which are stale.$$;
comment on column private.webhook_objects.provider is 'Whose object it is.';
comment on column private.webhook_objects.object_key is 'The object, or one aspect of it.';
comment on column private.webhook_objects.last_occurred_at is 'When the newest event happened that was taken over.';
comment on column private.webhook_objects.digest is
  'Digest of the state that was taken over, where whole states are: two of one second are told apart by it.';
comment on column private.webhook_objects.ticket is 'How often the object had to be fetched to decide between two of one moment.';
comment on column private.webhook_objects.created_at is 'When the first event was taken over.';
comment on column private.webhook_objects.updated_at is 'When the row last changed.';
