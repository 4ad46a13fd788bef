-- Definer: clients hold no insert on service accounts and memberships.
create function private.create_service_account(
  organization_id uuid, name text, role text, custom_role_id uuid, description text
)
  returns public.service_accounts
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_account public.service_accounts;
  v_action constant text := 'create service account';
begin
  perform private.lock_members(create_service_account.organization_id);
  perform private.require_permission(create_service_account.organization_id, 'api_keys.manage', v_action);
  perform private.require_manageable_role(create_service_account.organization_id, create_service_account.role, v_action);
  if create_service_account.role = 'owner' then
    perform private.raise_error(422, 'role_unknown', 'Cannot create service account: a program cannot be owner',
      'Give it a lower role.');
  end if;
  if create_service_account.custom_role_id is not null then
    perform private.require_manageable_custom_role(
      create_service_account.organization_id, create_service_account.custom_role_id, create_service_account.role, v_action
    );
  end if;
  if char_length(btrim(coalesce(create_service_account.name, ''))) not between 1 and 60 then
    perform private.raise_error(422, 'service_account_name_invalid',
      'Cannot create service account: the name must have 1 to 60 characters');
  end if;
  if char_length(create_service_account.description) > 500 then
    perform private.raise_error(422, 'service_account_description_invalid',
      'Cannot create service account: the description must have at most 500 characters');
  end if;
  if (
    select count(*) from public.service_accounts
    where service_accounts.organization_id = create_service_account.organization_id
  ) >= private.entitlement(create_service_account.organization_id, 'service_accounts')
  then
    perform private.raise_error(409, 'service_account_limit_reached',
      format('Cannot create service account: the limit of %s is reached',
        private.entitlement(create_service_account.organization_id, 'service_accounts')),
      'Delete one, or choose a plan with more.');
  end if;
  insert into public.service_accounts (organization_id, name, description, created_by)
  values (
    create_service_account.organization_id, btrim(create_service_account.name),
    coalesce(create_service_account.description, ''), private.acting_person_id()
  )
  returning * into v_account;
  insert into public.memberships (organization_id, service_account_id, role, custom_role_id)
  values (
    v_account.organization_id, v_account.id, create_service_account.role, create_service_account.custom_role_id
  );
  return v_account;
exception
  when unique_violation then
    perform private.raise_error(409, 'service_account_exists',
      format('Cannot create service account: the organization already has one named "%s"',
        btrim(create_service_account.name)),
      'Choose another name.');
end;
$$;
comment on function private.create_service_account(uuid, text, text, uuid, text) is 'Body of public.create_service_account.';
grant execute on function private.create_service_account(uuid, text, text, uuid, text) to authenticated;

create function public.create_service_account(
  organization_id uuid, name text, role text default 'member', custom_role_id uuid default null,
  description text default ''
)
  returns public.service_accounts
  language sql volatile set search_path = ''
as $$
  select private.create_service_account(
    create_service_account.organization_id, create_service_account.name, create_service_account.role,
    create_service_account.custom_role_id, create_service_account.description
  )
$$;
comment on function public.create_service_account(uuid, text, text, uuid, text) is
  $$Makes a program that belongs to the organization and returns it; give it a key with create_api_key.

Needs api_keys.manage and a role below the own one, which is never owner's. A role of the organization's own is named
with custom_role_id beside its base role. Another role later: change_member_role.$$;
grant execute on function public.create_service_account(uuid, text, text, uuid, text) to authenticated;

-- Definer: clients hold no update on service accounts.
create function private.set_service_account_disabled(service_account_id uuid, is_disabled boolean)
  returns public.service_accounts
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_account public.service_accounts := private.lock_service_account(
    set_service_account_disabled.service_account_id,
    case when set_service_account_disabled.is_disabled then 'disable service account' else 'enable service account' end
  );
begin
  if (v_account.disabled_at is not null) is not distinct from set_service_account_disabled.is_disabled then
    return v_account;
  end if;
  update public.service_accounts
  set disabled_at = case when set_service_account_disabled.is_disabled then now() end
  where service_accounts.id = v_account.id
  returning * into v_account;
  return v_account;
end;
$$;
comment on function private.set_service_account_disabled(uuid, boolean) is
  'Body of public.disable_service_account and public.enable_service_account.';
grant execute on function private.set_service_account_disabled(uuid, boolean) to authenticated;

create function public.disable_service_account(service_account_id uuid)
  returns public.service_accounts
  language sql volatile set search_path = ''
as $$
  select private.set_service_account_disabled(disable_service_account.service_account_id, true)
$$;
comment on function public.disable_service_account(uuid) is $$Takes all access from a service account and returns it.

Needs api_keys.manage and a rank above the account's. Its keys work again after enable_service_account.$$;
grant execute on function public.disable_service_account(uuid) to authenticated;

create function public.enable_service_account(service_account_id uuid)
  returns public.service_accounts
  language sql volatile set search_path = ''
as $$
  select private.set_service_account_disabled(enable_service_account.service_account_id, false)
$$;
comment on function public.enable_service_account(uuid) is
  'Gives a disabled service account its access back and returns it; needs what disabling needs.';
grant execute on function public.enable_service_account(uuid) to authenticated;

-- Definer: clients hold no delete on service accounts.
create function private.delete_service_account(service_account_id uuid)
  returns public.service_accounts
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_account public.service_accounts :=
    private.lock_service_account(delete_service_account.service_account_id, 'delete service account');
begin
  delete from public.service_accounts where service_accounts.id = v_account.id;
  return v_account;
end;
$$;
comment on function private.delete_service_account(uuid) is 'Body of public.delete_service_account.';
grant execute on function private.delete_service_account(uuid) to authenticated;

create function public.delete_service_account(service_account_id uuid)
  returns public.service_accounts
  language sql volatile set search_path = ''
as $$
  select private.delete_service_account(delete_service_account.service_account_id)
$$;
comment on function public.delete_service_account(uuid) is
  $$Deletes a service account with its keys and returns it as it was.

Needs api_keys.manage and a rank above the account's. A second call answers 404 service_account_not_found.$$;
grant execute on function public.delete_service_account(uuid) to authenticated;
