create function private.take_provider_state(
  provider text, object_key text, occurred_at timestamptz, digest text, ticket bigint default null
)
  returns private.provider_state_verdict
  language plpgsql volatile set search_path = ''
as $$
declare
  v_seen private.webhook_objects;
begin
  insert into private.webhook_objects as seen (provider, object_key, last_occurred_at, digest)
  values (
    take_provider_state.provider, take_provider_state.object_key, take_provider_state.occurred_at,
    take_provider_state.digest
  )
  on conflict on constraint webhook_objects_pkey do nothing;
  if found then
    return row('news'::text, null::bigint);
  end if;
  select * into v_seen from private.webhook_objects
  where webhook_objects.provider = take_provider_state.provider
    and webhook_objects.object_key = take_provider_state.object_key
  for update;
  if take_provider_state.occurred_at < v_seen.last_occurred_at then
    return row('stale'::text, null::bigint);
  end if;
  if take_provider_state.ticket is not null then
    -- Asked for after this one: whoever holds the newer ticket sees at least as much.
    if take_provider_state.ticket < v_seen.ticket then
      return row('stale'::text, null::bigint);
    end if;
  elsif take_provider_state.occurred_at = v_seen.last_occurred_at then
    if take_provider_state.digest = v_seen.digest then
      return row('same'::text, null::bigint);
    end if;
    -- The provider's clock counts whole seconds: which of two came later only the provider can tell.
    update private.webhook_objects set ticket = webhook_objects.ticket + 1
    where webhook_objects.provider = take_provider_state.provider
      and webhook_objects.object_key = take_provider_state.object_key
    returning webhook_objects.ticket into v_seen.ticket;
    return row('tied'::text, v_seen.ticket);
  end if;
  update private.webhook_objects
  set last_occurred_at = take_provider_state.occurred_at, digest = take_provider_state.digest
  where webhook_objects.provider = take_provider_state.provider
    and webhook_objects.object_key = take_provider_state.object_key;
  return row('news'::text, null::bigint);
end;
$$;
comment on function private.take_provider_state(text, text, timestamptz, text, bigint) is
  $$Whether a whole state of a provider's object is to be taken over; as private.accept_provider_event, and tells ties.

news: newer than what is known, or fetched with the newest ticket. same: known already. stale: a newer one was taken
over. tied: another state of the same moment is known; commit, fetch the object from the provider after that, and come
again with the ticket and the same time. Of several who fetch at once the one that asked last counts.$$;
