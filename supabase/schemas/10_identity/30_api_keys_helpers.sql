create function private.is_address_within(address text, networks cidr[])
  returns boolean
  language plpgsql immutable set search_path = ''
as $$
begin
  -- A dual-stack socket writes IPv4 addresses as IPv6 ones.
  return regexp_replace(is_address_within.address, '^::ffff:(\d+\.\d+\.\d+\.\d+)$', '\1', 'i')::inet
    <<= any (is_address_within.networks);
exception
  when invalid_text_representation then
    return false;
end;
$$;
comment on function private.is_address_within(text, cidr[]) is
  'Whether an address lies in one of the networks; what is no address lies nowhere.';

create function private.is_api_key_live(key public.api_keys)
  returns boolean
  language sql stable set search_path = ''
as $$
  select (key).revoked_at is null and coalesce(least((key).expires_at, (key).overlap_ends_at) > now(), true)
$$;
comment on function private.is_api_key_live(public.api_keys) is 'Whether a key works, as far as the key itself says.';

-- Definer: a guard of definer functions.
create function private.lock_service_account(service_account_id uuid, action text)
  returns public.service_accounts
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_account public.service_accounts;
  v_role text;
begin
  select * into v_account from public.service_accounts
  where service_accounts.id = lock_service_account.service_account_id
    and service_accounts.organization_id = any (array(select private.organizations_with('members.read')));
  if not found then
    perform private.raise_error(404, 'service_account_not_found',
      format('Cannot %s: no such service account', lock_service_account.action));
  end if;
  perform private.lock_members(v_account.organization_id);
  perform private.require_permission(v_account.organization_id, 'api_keys.manage', lock_service_account.action);
  select * into v_account from public.service_accounts where service_accounts.id = v_account.id for update;
  if not found then
    perform private.raise_error(404, 'service_account_not_found',
      format('Cannot %s: no such service account', lock_service_account.action));
  end if;
  select memberships.role into v_role from public.memberships
  where memberships.service_account_id = v_account.id;
  -- Without a membership it has no rights that could be too high.
  if v_role is not null then
    perform private.require_manageable_role(v_account.organization_id, v_role, lock_service_account.action);
  end if;
  return v_account;
end;
$$;
comment on function private.lock_service_account(uuid, text) is $$First guard of the RPCs about service accounts: 404, 403.

Locks the account, after its organization.$$;

-- Definer: a guard of definer functions.
create function private.lock_api_key(api_key_id uuid, action text)
  returns public.api_keys
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_key public.api_keys;
begin
  select * into v_key from public.api_keys
  where api_keys.id = lock_api_key.api_key_id
    and api_keys.organization_id = any (array(select private.organizations_with('api_keys.read')));
  if not found then
    perform private.raise_error(404, 'api_key_not_found', format('Cannot %s: no such API key', lock_api_key.action));
  end if;
  perform private.lock_service_account(v_key.service_account_id, lock_api_key.action);
  -- Read again after the wait.
  select * into v_key from public.api_keys where api_keys.id = v_key.id for update;
  if not found then
    perform private.raise_error(404, 'api_key_not_found', format('Cannot %s: no such API key', lock_api_key.action));
  end if;
  return v_key;
end;
$$;
comment on function private.lock_api_key(uuid, text) is
  'First guard of the RPCs about API keys: 404 for who may not see the key, 403 for who may not change it. Locks it.';

-- The one place that makes keys; its callers have checked who asks.
create function private.insert_api_key(key public.api_keys)
  returns table (key_id uuid, secret text)
  language plpgsql volatile set search_path = ''
as $$
declare
  v_prefix text := 'atk_' || private.setting_text('api_keys.environment') || '_'
    || encode(extensions.gen_random_bytes(4), 'hex');
  v_body text := v_prefix || '_' || encode(extensions.gen_random_bytes(24), 'hex');
  -- With a checksum at its end, scanners tell a key that leaked from what only looks like one.
  v_secret text := v_body || left(encode(sha256(convert_to(v_body, 'UTF8')), 'hex'), 6);
  v_id uuid;
begin
  insert into public.api_keys as made (
    organization_id, service_account_id, name, prefix, scopes, allowed_ips, expires_at, rotated_from_id, created_by
  )
  values (
    (key).organization_id, (key).service_account_id, (key).name, v_prefix, (key).scopes, (key).allowed_ips,
    (key).expires_at, (key).rotated_from_id, private.acting_person_id()
  )
  returning made.id into v_id;
  insert into private.api_key_hashes (api_key_id, hash)
  values (v_id, encode(sha256(convert_to(v_secret, 'UTF8')), 'hex'));
  return query select v_id, v_secret;
end;
$$;
comment on function private.insert_api_key(public.api_keys) is
  'Makes a key and returns it, which nothing does a second time.';
