create table public.audit_logs (
  id bigint generated always as identity,
  -- No foreign keys: an entry outlives the organization, the person and the object that it tells of.
  organization_id uuid,
  actor_kind public.audit_actor_kind not null,
  actor_id uuid,
  impersonated_user_id uuid,
  action text not null,
  object_type text not null,
  object_id text,
  changes jsonb,
  ip_address inet,
  user_agent text,
  request_id text,
  occurred_at timestamptz not null,
  primary key (id, occurred_at),
  constraint audit_logs_action_is_snake_case check (action ~ '^[a-z]+(_[a-z]+)*$'),
  constraint audit_logs_object_type_is_snake_case check (object_type ~ '^[a-z]+(_[a-z]+)*$'),
  constraint audit_logs_changes_is_object check (jsonb_typeof(changes) = 'object'),
  constraint audit_logs_impersonated_user_id_matches_actor_kind
    check (impersonated_user_id is null or actor_kind = 'impersonator')
) partition by range (occurred_at);
create index audit_logs_organization_id_occurred_at_idx on public.audit_logs (organization_id, occurred_at);
create index audit_logs_actor_id_occurred_at_idx on public.audit_logs (actor_id, occurred_at);

comment on table public.audit_logs is $$What was done, by whom and from where. Never changed, kept for 24 months.

Written by the database. Members with audit.read see the entries of their organization, everybody sees the own ones.
Order by occurred_at and id; give a range of occurred_at where you can.$$;
comment on column public.audit_logs.id is 'Grows with each entry.';
comment on column public.audit_logs.organization_id is
  'Whose entry it is; null for what belongs to no organization, such as a profile or a failed sign-in.';
comment on column public.audit_logs.actor_kind is 'What kind of actor it was.';
comment on column public.audit_logs.actor_id is
  'The person or service account; null for the backend and for who is not signed in. Outlives the account.';
comment on column public.audit_logs.impersonated_user_id is
  'In whose account a platform admin acted; null unless actor_kind is impersonator.';
comment on column public.audit_logs.action is
  'What was done: create, update or delete of a row, or an event such as login, download, export or call_failed.';
comment on column public.audit_logs.object_type is 'Table or kind of thing it was done to.';
comment on column public.audit_logs.object_id is
  'Which one; primary keys of several columns are joined with a colon. Null when there is no single one.';
comment on column public.audit_logs.changes is $$What changed: {"before": {...}, "after": {...}} with these columns.

A created row has "after" alone, a deleted one "before" alone. Secrets and personal data stand as "[masked]". Of events:
what the event tells, or null.$$;
comment on column public.audit_logs.ip_address is 'Address the request came from; null when there was no request.';
comment on column public.audit_logs.user_agent is
  'Program that made the request, at most 500 characters; null when not told.';
comment on column public.audit_logs.request_id is 'Finds the log lines of the request; null when there was none.';
comment on column public.audit_logs.occurred_at is 'When it happened.';
