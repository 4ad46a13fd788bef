create function public.record_audit_event(
  action text,
  organization_id uuid,
  object_type text,
  object_id text default null,
  changes jsonb default null,
  actor_kind public.audit_actor_kind default null,
  actor_id uuid default null,
  ip_address text default null,
  user_agent text default null,
  request_id text default null
)
  returns bigint
  language sql volatile set search_path = ''
as $$
  select private.record_audit_event(
    record_audit_event.action, record_audit_event.organization_id, record_audit_event.object_type,
    record_audit_event.object_id, record_audit_event.changes, record_audit_event.actor_kind, record_audit_event.actor_id,
    private.parse_ip_address(record_audit_event.ip_address), record_audit_event.user_agent, record_audit_event.request_id
  )
$$;
comment on function public.record_audit_event(
  text, uuid, text, text, jsonb, public.audit_actor_kind, uuid, text, text, text
) is $$Writes an audit entry for what is no row change and returns its id. For the backend itself.

organization_id is null for what belongs to no organization. With actor_id alone the actor is a user.$$;
grant execute on function public.record_audit_event(
  text, uuid, text, text, jsonb, public.audit_actor_kind, uuid, text, text, text
) to service_role;
grant execute on function private.parse_ip_address(text) to service_role;
