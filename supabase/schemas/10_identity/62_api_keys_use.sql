create function private.touch_api_keys(key_ids uuid[])
  returns void
  language sql volatile set search_path = ''
as $$
  update public.api_keys set last_used_at = clock_timestamp()
  where api_keys.id in (
    select api_keys.id from public.api_keys
    where api_keys.id = any (touch_api_keys.key_ids)
      and (api_keys.last_used_at is null or api_keys.last_used_at < clock_timestamp() - interval '1 minute')
    -- A request never waits to tell that it happened.
    for no key update skip locked
  )
$$;
comment on function private.touch_api_keys(uuid[]) is 'Notes that keys were used, once a minute for each at most.';

-- Definer: nobody holds a grant on the hashes.
create function private.resolve_api_key(hash text, address text)
  returns table (
    key_id uuid, service_account_id uuid, organization_id uuid, scopes jsonb, expires_at timestamptz,
    is_address_bound boolean, is_address_admitted boolean
  )
  language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  v_key public.api_keys;
begin
  select api_keys.* into v_key
  from private.api_key_hashes
  join public.api_keys on api_keys.id = api_key_hashes.api_key_id
  join public.service_accounts on service_accounts.id = api_keys.service_account_id
  join public.organizations on organizations.id = api_keys.organization_id
  where api_key_hashes.hash = resolve_api_key.hash
    and private.is_api_key_live(api_keys)
    and service_accounts.disabled_at is null
    and organizations.deleted_at is null;
  if not found then
    return;
  end if;
  key_id := v_key.id;
  service_account_id := v_key.service_account_id;
  organization_id := v_key.organization_id;
  scopes := to_jsonb(v_key.scopes);
  expires_at := least(v_key.expires_at, v_key.overlap_ends_at);
  is_address_bound := cardinality(v_key.allowed_ips) > 0;
  is_address_admitted := not is_address_bound
    or coalesce(private.is_address_within(resolve_api_key.address, v_key.allowed_ips), false);
  if is_address_admitted then
    perform private.touch_api_keys(array[v_key.id]);
  end if;
  return next;
end;
$$;
comment on function private.resolve_api_key(text, text) is 'Body of public.resolve_api_key.';
grant execute on function private.resolve_api_key(text, text) to service_role;

create function public.resolve_api_key(hash text, address text default null)
  returns table (
    key_id uuid, service_account_id uuid, organization_id uuid, scopes jsonb, expires_at timestamptz,
    is_address_bound boolean, is_address_admitted boolean
  )
  language sql volatile set search_path = ''
as $$
  select * from private.resolve_api_key(resolve_api_key.hash, resolve_api_key.address)
$$;
comment on function public.resolve_api_key(text, text) is
  $$Finds the key that a caller showed, by its SHA-256, and notes its use. For the backend itself.

No row when there is none that works. is_address_admitted tells whether it may be used from the address, and
is_address_bound whether that depends on the address. expires_at is null for a key that works until it is revoked.$$;
grant execute on function public.resolve_api_key(text, text) to service_role;

-- Definer: as private.resolve_api_key.
create function private.refresh_api_keys(key_ids uuid[], used_ids uuid[])
  returns setof uuid
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.touch_api_keys(refresh_api_keys.used_ids);
  return query
  select api_keys.id
  from public.api_keys
  join public.service_accounts on service_accounts.id = api_keys.service_account_id
  join public.organizations on organizations.id = api_keys.organization_id
  where api_keys.id = any (refresh_api_keys.key_ids)
    and private.is_api_key_live(api_keys)
    and service_accounts.disabled_at is null
    and organizations.deleted_at is null;
end;
$$;
comment on function private.refresh_api_keys(uuid[], uuid[]) is 'Body of public.refresh_api_keys.';
grant execute on function private.refresh_api_keys(uuid[], uuid[]) to service_role;

create function public.refresh_api_keys(key_ids uuid[], used_ids uuid[] default '{}')
  returns table (key_id uuid)
  language sql volatile set search_path = ''
as $$
  select refreshed from private.refresh_api_keys(refresh_api_keys.key_ids, refresh_api_keys.used_ids) as refreshed
$$;
comment on function public.refresh_api_keys(uuid[], uuid[]) is
  $$Which of these keys still work, and notes the use of some. For the backend itself, which remembers keys.$$;
grant execute on function public.refresh_api_keys(uuid[], uuid[]) to service_role;
