create function private.accept_provider_event(provider text, object_key text, occurred_at timestamptz)
  returns boolean
  language plpgsql volatile set search_path = ''
as $$
begin
  if accept_provider_event.object_key is null then
    return true;
  end if;
  insert into private.webhook_objects as seen (provider, object_key, last_occurred_at)
  values (
    accept_provider_event.provider, accept_provider_event.object_key, accept_provider_event.occurred_at
  )
  on conflict on constraint webhook_objects_pkey do update set last_occurred_at = excluded.last_occurred_at
  -- Not "<": a job that runs again brings the same event, and providers' clocks count whole seconds.
  where seen.last_occurred_at <= excluded.last_occurred_at;
  return found;
end;
$$;
comment on function private.accept_provider_event(text, text, timestamptz) is
  $$Whether an event may still change what we know of the provider's object: false once a newer one was accepted.

Called in the transaction of the change, by the function that makes it: the object stays locked until the end, so that
two events of it are applied one after the other, and a change that fails leaves nothing behind. Events of the same moment
are all accepted. Use a key for each aspect ("subscription:sub_1:status") where events tell different things.$$;
