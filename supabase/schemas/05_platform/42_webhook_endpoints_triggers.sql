create trigger t100_set_updated_at before update on public.webhook_endpoints
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.webhook_secrets
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.webhook_deliveries
  for each row execute function private.set_updated_at();

-- Definer: whoever deletes an endpoint, or the organization it belongs to, holds no grant on Vault.
create function private.webhook_secrets_forget()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from vault.secrets where secrets.id = old.id;
  return null;
end;
$$;
comment on function private.webhook_secrets_forget() is 'Takes a secret that signs no more out of Vault.';
create trigger t900_forget after delete on private.webhook_secrets
  for each row execute function private.webhook_secrets_forget();

-- Definer: as above, with the subscriptions.
create function private.webhook_endpoints_subscribe()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    insert into private.event_subscriptions (topic_pattern, kind, organization_id)
    values ('*', 'webhook_message.fan_out', new.organization_id)
    on conflict do nothing;
  else
    delete from private.event_subscriptions
    where event_subscriptions.kind = 'webhook_message.fan_out'
      and event_subscriptions.organization_id = old.organization_id
      and not exists (
        select from public.webhook_endpoints where webhook_endpoints.organization_id = old.organization_id
      );
  end if;
  return null;
end;
$$;
comment on function private.webhook_endpoints_subscribe() is
  $$Subscribes an organization to its topics while it has endpoints.

Organizations without any cost nothing: their events make no job.$$;
create trigger t500_subscribe after insert or delete on public.webhook_endpoints
  for each row execute function private.webhook_endpoints_subscribe();

-- Definer: as above, with the deliveries.
create function private.webhook_endpoints_give_up()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.webhook_deliveries set
    status = 'failed', next_attempt_at = null, finished_at = clock_timestamp(),
    last_error = 'The endpoint was switched off'
  where webhook_deliveries.endpoint_id = new.id and webhook_deliveries.status = 'pending';
  return null;
end;
$$;
comment on function private.webhook_endpoints_give_up() is
  'Ends what is still to be delivered to an endpoint that was switched off; it can be replayed.';
create trigger t500_give_up after update of is_active on public.webhook_endpoints
  for each row when (old.is_active and not new.is_active) execute function private.webhook_endpoints_give_up();

-- Definer: whoever's change switched it off holds no grant on the jobs table.
create function private.webhook_endpoints_emit_disabled()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.emit_event('webhook_endpoint.disabled', new.organization_id,
    jsonb_build_object('endpoint_id', new.id, 'reason', new.disabled_reason),
    'webhook_endpoint.disabled:' || new.id || ':' || new.disabled_at);
  return null;
end;
$$;
comment on function private.webhook_endpoints_emit_disabled() is
  'Topic "webhook_endpoint.disabled": the platform, and nobody of the organization, switched an endpoint off.';
create trigger t900_emit_disabled after update of disabled_at on public.webhook_endpoints
  for each row when (old.disabled_at is null and new.disabled_reason in ('gone', 'failing'))
  execute function private.webhook_endpoints_emit_disabled();
-- Addresses of chat tools are secrets themselves: that one changed is told, not to what.
select private.audit_table(
  'public.webhook_endpoints', '{url, description, topic_patterns, is_active, disabled_reason}', masked := '{url}'
);
