-- Definer: clients hold no insert on keys, and nobody on their hashes.
create function private.create_api_key(
  service_account_id uuid, name text, scopes text[], expires_at timestamptz, allowed_ips cidr[]
)
  returns table (key_id uuid, secret text)
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_account public.service_accounts := private.lock_service_account(create_api_key.service_account_id, 'create API key');
  v_allowed_ips cidr[] := coalesce(create_api_key.allowed_ips, '{}');
  v_most_ips bigint := private.entitlement(v_account.organization_id, 'api_key_allowed_ips');
  v_key public.api_keys;
begin
  if coalesce(cardinality(create_api_key.scopes), 0) not between 1 and 100 then
    perform private.raise_error(422, 'api_key_scopes_invalid', 'Cannot create API key: it needs 1 to 100 scopes',
      'Scopes are permissions, listed in table permissions.');
  end if;
  -- Otherwise a key were a way to more than one's own rights.
  perform private.require_own_permissions(v_account.organization_id, create_api_key.scopes, 'create API key');
  -- A key outlives the session that made it: a stolen token must not be turned into one.
  perform private.require_recent_verification('create API key');
  if char_length(btrim(coalesce(create_api_key.name, ''))) not between 1 and 60 then
    perform private.raise_error(422, 'api_key_name_invalid', 'Cannot create API key: the name must have 1 to 60 characters');
  end if;
  if create_api_key.expires_at <= clock_timestamp() then
    perform private.raise_error(422, 'api_key_expiry_invalid', 'Cannot create API key: it would have expired already');
  end if;
  if cardinality(v_allowed_ips) > 100 or array_position(v_allowed_ips, null) is not null then
    perform private.raise_error(422, 'api_key_allowed_ips_invalid',
      'Cannot create API key: the allow-list takes up to 100 networks');
  end if;
  if cardinality(v_allowed_ips) > v_most_ips then
    perform private.raise_error(409, 'api_key_allowed_ips_limit_reached',
      format('Cannot create API key: the allow-list may have %s networks', v_most_ips),
      'Name fewer, or choose a plan with IP allow-lists.');
  end if;
  -- The organization is locked, so the count stays true until the end.
  if (
    select count(*) from public.api_keys
    where api_keys.organization_id = v_account.organization_id
      and api_keys.overlap_ends_at is null and private.is_api_key_live(api_keys)
  ) >= private.entitlement(v_account.organization_id, 'api_keys')
  then
    perform private.raise_error(409, 'api_key_limit_reached',
      format('Cannot create API key: the limit of %s is reached',
        private.entitlement(v_account.organization_id, 'api_keys')),
      'Revoke one, or choose a plan with more.');
  end if;
  v_key.organization_id := v_account.organization_id;
  v_key.service_account_id := v_account.id;
  v_key.name := btrim(create_api_key.name);
  v_key.scopes := array(select distinct scope from unnest(create_api_key.scopes) as scope order by scope);
  v_key.allowed_ips := v_allowed_ips;
  v_key.expires_at := create_api_key.expires_at;
  return query select made.key_id, made.secret from private.insert_api_key(v_key) as made;
end;
$$;
comment on function private.create_api_key(uuid, text, text[], timestamptz, cidr[]) is 'Body of public.create_api_key.';
grant execute on function private.create_api_key(uuid, text, text[], timestamptz, cidr[]) to authenticated;

create function public.create_api_key(
  service_account_id uuid, name text, scopes text[], expires_at timestamptz default null, allowed_ips cidr[] default '{}'
)
  returns table (key_id uuid, secret text)
  language sql volatile set search_path = ''
as $$
  select made.key_id, made.secret from private.create_api_key(
    create_api_key.service_account_id, create_api_key.name, create_api_key.scopes, create_api_key.expires_at,
    create_api_key.allowed_ips
  ) as made
$$;
comment on function public.create_api_key(uuid, text, text[], timestamptz, cidr[]) is
  $$Makes a key for a service account. Its secret is in this answer and nowhere else, ever.

Needs api_keys.manage, a rank above the account's, every scope as a permission of the caller's own, and a code verified
within the last 10 minutes (403 verification_required). The key can do what its scopes and its account's role allow both.
allowed_ips names networks such as "203.0.113.0/24".$$;
grant execute on function public.create_api_key(uuid, text, text[], timestamptz, cidr[]) to authenticated;

-- Definer: as private.create_api_key.
create function private.rotate_api_key(api_key_id uuid, overlap_seconds int)
  returns table (key_id uuid, secret text)
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_key public.api_keys := private.lock_api_key(rotate_api_key.api_key_id, 'rotate API key');
  v_rotated_id uuid := v_key.id;
begin
  if rotate_api_key.overlap_seconds is null or rotate_api_key.overlap_seconds not between 0 and 30 * 86400 then
    perform private.raise_error(422, 'api_key_overlap_invalid',
      'Cannot rotate API key: the keys work side by side for 0 to 2592000 seconds');
  end if;
  if v_key.overlap_ends_at is not null or not private.is_api_key_live(v_key) then
    perform private.raise_error(409, 'api_key_not_active',
      'Cannot rotate API key: it was replaced or revoked, or has expired', 'Create another one.');
  end if;
  perform private.require_own_permissions(v_key.organization_id, v_key.scopes, 'rotate API key');
  perform private.require_recent_verification('rotate API key');
  update public.api_keys
  set overlap_ends_at = clock_timestamp() + make_interval(secs => rotate_api_key.overlap_seconds)
  where api_keys.id = v_rotated_id;
  v_key.rotated_from_id := v_rotated_id;
  return query select made.key_id, made.secret from private.insert_api_key(v_key) as made;
end;
$$;
comment on function private.rotate_api_key(uuid, int) is 'Body of public.rotate_api_key.';
grant execute on function private.rotate_api_key(uuid, int) to authenticated;

create function public.rotate_api_key(api_key_id uuid, overlap_seconds int default 86400)
  returns table (key_id uuid, secret text)
  language sql volatile set search_path = ''
as $$
  select made.key_id, made.secret
  from private.rotate_api_key(rotate_api_key.api_key_id, rotate_api_key.overlap_seconds) as made
$$;
comment on function public.rotate_api_key(uuid, int) is
  $$Replaces a key by a new one with the same name, scopes, networks and expiry, and returns its secret, once.

The replaced key works for overlap_seconds more (a day when left out, at most 30 days), so that a program can change over
without a gap. Needs what creating the key needs. A key that was replaced already answers 409 api_key_not_active.$$;
grant execute on function public.rotate_api_key(uuid, int) to authenticated;

-- Definer: clients hold no update on keys.
create function private.revoke_api_key(api_key_id uuid)
  returns public.api_keys
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_key public.api_keys := private.lock_api_key(revoke_api_key.api_key_id, 'revoke API key');
begin
  if v_key.revoked_at is null then
    update public.api_keys set revoked_at = now() where api_keys.id = v_key.id returning * into v_key;
  end if;
  return v_key;
end;
$$;
comment on function private.revoke_api_key(uuid) is 'Body of public.revoke_api_key.';
grant execute on function private.revoke_api_key(uuid) to authenticated;

create function public.revoke_api_key(api_key_id uuid)
  returns public.api_keys
  language sql volatile set search_path = ''
as $$
  select private.revoke_api_key(revoke_api_key.api_key_id)
$$;
comment on function public.revoke_api_key(uuid) is $$Ends a key for good and returns it; nothing is let in with it 5 seconds later.

Needs api_keys.manage and a rank above the service account's. The same call again returns the same.$$;
grant execute on function public.revoke_api_key(uuid) to authenticated;
