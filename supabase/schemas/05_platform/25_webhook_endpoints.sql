create table public.webhook_event_types (
  topic text primary key,
  description text not null,
  example jsonb not null,
  constraint webhook_event_types_topic_is_subject_and_event check (topic ~ '^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$'),
  constraint webhook_event_types_example_is_object check (jsonb_typeof(example) = 'object')
);
comment on table public.webhook_event_types is $$Topics that webhook endpoints can receive, a fixed list.

A topic without a row here never leaves the platform.$$;
comment on column public.webhook_event_types.topic is 'Name of the event: what stands in "type" of the body.';
comment on column public.webhook_event_types.description is 'When it is sent, in English.';
comment on column public.webhook_event_types.example is 'What "data" of the body looks like.';

create table public.webhook_endpoints (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  url text not null,
  description text not null default '',
  topic_patterns text[] not null,
  is_active boolean not null default true,
  disabled_at timestamptz,
  disabled_reason public.webhook_disabled_reason,
  first_failed_at timestamptz,
  created_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- What deliveries refer to, so that none points into another tenant.
  constraint webhook_endpoints_organization_id_id_key unique (organization_id, id),
  constraint webhook_endpoints_url_once_for_each_organization unique (organization_id, url),
  -- Plain http only to this machine, which deliveries refuse outside development.
  constraint webhook_endpoints_url_is_https check (
    char_length(url) <= 2000
    and url ~ '^(https://[^\s/?#@\\]+|http://(127\.0\.0\.1|localhost|host\.docker\.internal)(:\d{1,5})?)([/?]\S*)?$'
  ),
  constraint webhook_endpoints_description_is_short check (char_length(description) <= 500),
  constraint webhook_endpoints_topic_patterns_are_topics_or_prefixes check (
    cardinality(topic_patterns) between 1 and 50
    and array_position(topic_patterns, null) is null
    and array_to_string(topic_patterns, ',')
      ~ '^(\*|[a-z]+(_[a-z]+)*\.(\*|[a-z]+(_[a-z]+)*))(,(\*|[a-z]+(_[a-z]+)*\.(\*|[a-z]+(_[a-z]+)*)))*$'
  ),
  constraint webhook_endpoints_disabled_at_matches_is_active check (is_active = (disabled_at is null)),
  constraint webhook_endpoints_disabled_reason_matches_disabled_at
    check ((disabled_reason is null) = (disabled_at is null))
);
create index webhook_endpoints_created_by_idx on public.webhook_endpoints (created_by);
comment on table public.webhook_endpoints is $$Addresses of an organization that are told what happens in it.

Changed with create_webhook_endpoint, update_webhook_endpoint, rotate_webhook_secret and delete_webhook_endpoint only.$$;
comment on column public.webhook_endpoints.id is 'What the endpoint RPCs are called with.';
comment on column public.webhook_endpoints.organization_id is 'Whose events it gets.';
comment on column public.webhook_endpoints.url is 'Where events are posted to; https.';
comment on column public.webhook_endpoints.description is 'What it is for, for the people of the organization.';
comment on column public.webhook_endpoints.topic_patterns is
  'Which events it gets: topics, all of a subject as "invoice.*", or "*".';
comment on column public.webhook_endpoints.is_active is 'Whether it gets events.';
comment on column public.webhook_endpoints.disabled_at is 'When it was switched off; null while active.';
comment on column public.webhook_endpoints.disabled_reason is 'Why it was switched off; null while active.';
comment on column public.webhook_endpoints.first_failed_at is
  'First of the failed attempts that no successful one followed; null when the last one succeeded.';
comment on column public.webhook_endpoints.created_by is 'Who made it; null when that account is gone.';
comment on column public.webhook_endpoints.created_at is 'When it was made.';
comment on column public.webhook_endpoints.updated_at is 'When the row last changed.';

-- The secrets themselves are in Vault: its key is outside the database, so a dump or a leaked backup signs nothing.
create table private.webhook_secrets (
  id uuid primary key,
  endpoint_id uuid not null references public.webhook_endpoints (id) on delete cascade,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index webhook_secrets_endpoint_id_idx on private.webhook_secrets (endpoint_id);
create unique index webhook_secrets_endpoint_id_current_idx on private.webhook_secrets (endpoint_id)
  where expires_at is null;
comment on table private.webhook_secrets is
  'Which secrets of Vault sign for an endpoint: the current one and, for a while, the one before.';
comment on column private.webhook_secrets.id is 'Id of the secret in Vault.';
comment on column private.webhook_secrets.endpoint_id is 'The endpoint it signs for.';
comment on column private.webhook_secrets.expires_at is 'Until when it still signs; null for the current one.';
comment on column private.webhook_secrets.created_at is 'When it was made.';
comment on column private.webhook_secrets.updated_at is 'When the row last changed.';
