-- The same rows for everybody who is signed in.
alter table public.webhook_event_types enable row level security;
revoke all on public.webhook_event_types from anon, authenticated, service_role;
grant select on public.webhook_event_types to authenticated, service_role;
create policy webhook_event_types_select_person on public.webhook_event_types
  for select to authenticated using ((select private.is_known_caller()));

-- Written by the RPCs and the workers' functions alone.
alter table public.webhook_endpoints enable row level security;
revoke all on public.webhook_endpoints from anon, authenticated, service_role;
grant select on public.webhook_endpoints to authenticated, service_role;
create policy webhook_endpoints_select_manager on public.webhook_endpoints
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('webhooks.read'))));

alter table public.webhook_messages enable row level security;
revoke all on public.webhook_messages from anon, authenticated, service_role;
grant select on public.webhook_messages to authenticated, service_role;
create policy webhook_messages_select_manager on public.webhook_messages
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('webhooks.read'))));

alter table public.webhook_deliveries enable row level security;
revoke all on public.webhook_deliveries from anon, authenticated, service_role;
grant select on public.webhook_deliveries to authenticated, service_role;
create policy webhook_deliveries_select_manager on public.webhook_deliveries
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('webhooks.read'))));

alter table public.webhook_delivery_attempts enable row level security;
revoke all on public.webhook_delivery_attempts from anon, authenticated, service_role;
grant select on public.webhook_delivery_attempts to authenticated, service_role;
create policy webhook_delivery_attempts_select_manager on public.webhook_delivery_attempts
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('webhooks.read'))));

-- Private: no API role holds any grant.
alter table private.webhook_secrets enable row level security;
revoke all on private.webhook_secrets from anon, authenticated, service_role;
