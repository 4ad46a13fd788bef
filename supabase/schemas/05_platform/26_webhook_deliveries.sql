create table public.webhook_messages (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  topic text not null,
  payload jsonb not null,
  occurred_at timestamptz not null,
  -- Of the job that made it: a repeated run makes no second message.
  job_id bigint,
  created_at timestamptz not null default now(),
  constraint webhook_messages_organization_id_id_key unique (organization_id, id),
  constraint webhook_messages_job_id_key unique (job_id),
  -- Standard Webhooks asks for less than about 20 kB; type, time and organization come on top.
  constraint webhook_messages_payload_is_small check (octet_length(payload::text) <= 20000)
);
create index webhook_messages_created_at_idx on public.webhook_messages (created_at);
comment on table public.webhook_messages is $$Events as they are sent to webhook endpoints, once for all endpoints that get them.

Kept for 30 days.$$;
comment on column public.webhook_messages.id is
  'With "msg_" before it the header webhook-id, the same in every attempt and at every endpoint.';
comment on column public.webhook_messages.organization_id is 'In which organization it happened.';
comment on column public.webhook_messages.topic is '"type" of the body, a row of webhook_event_types.';
comment on column public.webhook_messages.payload is
  '"data" of the body. One above 20 kB is cut down to its ids, with "is_trimmed": true.';
comment on column public.webhook_messages.occurred_at is '"timestamp" of the body: when it happened.';
comment on column public.webhook_messages.job_id is 'For the platform; null for test events.';
comment on column public.webhook_messages.created_at is 'When it was made ready to be sent.';

create table public.webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  endpoint_id uuid not null,
  message_id uuid not null,
  status public.webhook_delivery_status not null default 'pending',
  attempt_count int not null default 0,
  -- decisions.md: 8 attempts.
  attempts_left_count int not null default 8,
  next_attempt_at timestamptz default now(),
  finished_at timestamptz,
  response_status int,
  last_error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint webhook_deliveries_organization_id_id_key unique (organization_id, id),
  constraint webhook_deliveries_message_once_for_each_endpoint unique (endpoint_id, message_id),
  constraint webhook_deliveries_endpoint_in_same_organization
    foreign key (organization_id, endpoint_id) references public.webhook_endpoints (organization_id, id)
    on delete cascade,
  constraint webhook_deliveries_message_in_same_organization
    foreign key (organization_id, message_id) references public.webhook_messages (organization_id, id)
    on delete cascade,
  constraint webhook_deliveries_next_attempt_at_matches_status
    check ((status = 'pending') = (next_attempt_at is not null)),
  constraint webhook_deliveries_finished_at_matches_status check ((status = 'pending') = (finished_at is null)),
  constraint webhook_deliveries_counts_are_not_negative check (attempt_count >= 0 and attempts_left_count >= 0)
);
-- Newest first, page by page, for the organization and for one endpoint.
create index webhook_deliveries_organization_id_created_at_id_idx
  on public.webhook_deliveries (organization_id, created_at desc, id desc);
create index webhook_deliveries_endpoint_id_created_at_id_idx
  on public.webhook_deliveries (endpoint_id, created_at desc, id desc);
create index webhook_deliveries_organization_id_endpoint_id_idx
  on public.webhook_deliveries (organization_id, endpoint_id);
create index webhook_deliveries_organization_id_message_id_idx
  on public.webhook_deliveries (organization_id, message_id);
create index webhook_deliveries_endpoint_id_pending_idx on public.webhook_deliveries (endpoint_id)
  where status = 'pending';
comment on table public.webhook_deliveries is $$What became of a message at an endpoint, one row for each of both.

For a list ask newest first, order=created_at.desc,id.desc, and go on before the last row. Kept for 30 days.$$;
comment on column public.webhook_deliveries.id is 'What replay_webhook_delivery is called with.';
comment on column public.webhook_deliveries.organization_id is 'The organization of both.';
comment on column public.webhook_deliveries.endpoint_id is 'Where it goes.';
comment on column public.webhook_deliveries.message_id is 'What is sent.';
comment on column public.webhook_deliveries.status is 'Where it stands.';
comment on column public.webhook_deliveries.attempt_count is 'Attempts that were made; each has a row of its own.';
comment on column public.webhook_deliveries.attempts_left_count is 'Attempts before it gives up; a replay gives all again.';
comment on column public.webhook_deliveries.next_attempt_at is 'When the next attempt is due; null unless pending.';
comment on column public.webhook_deliveries.finished_at is 'When it was delivered or gave up; null while pending.';
comment on column public.webhook_deliveries.response_status is
  'Status that the endpoint last answered; null when it has not answered.';
comment on column public.webhook_deliveries.last_error is 'Why the last attempt failed; null when it did not.';
comment on column public.webhook_deliveries.created_at is 'When it was made.';
comment on column public.webhook_deliveries.updated_at is 'When the row last changed.';

create table public.webhook_delivery_attempts (
  delivery_id uuid not null,
  attempt int not null,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  attempted_at timestamptz not null,
  duration_ms int not null,
  response_status int,
  response_body text,
  error text,
  created_at timestamptz not null default now(),
  primary key (delivery_id, attempt),
  constraint webhook_delivery_attempts_delivery_in_same_organization
    foreign key (organization_id, delivery_id) references public.webhook_deliveries (organization_id, id)
    on delete cascade,
  constraint webhook_delivery_attempts_response_body_is_short check (char_length(response_body) <= 1000)
);
create index webhook_delivery_attempts_organization_id_delivery_id_idx
  on public.webhook_delivery_attempts (organization_id, delivery_id);
comment on table public.webhook_delivery_attempts is 'Each attempt of a delivery, with what the endpoint answered.';
comment on column public.webhook_delivery_attempts.delivery_id is 'The delivery.';
comment on column public.webhook_delivery_attempts.attempt is 'Its number, from 1; replays count on.';
comment on column public.webhook_delivery_attempts.organization_id is 'The organization of the delivery.';
comment on column public.webhook_delivery_attempts.attempted_at is 'When it began.';
comment on column public.webhook_delivery_attempts.duration_ms is 'Milliseconds until the answer or the failure.';
comment on column public.webhook_delivery_attempts.response_status is 'Status of the answer; null without one.';
comment on column public.webhook_delivery_attempts.response_body is
  'First 1,000 characters of the answer, keys and addresses struck out; null without one.';
comment on column public.webhook_delivery_attempts.error is 'Why it failed; null when it did not.';
comment on column public.webhook_delivery_attempts.created_at is 'When it was recorded.';
