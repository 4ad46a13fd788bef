create trigger t100_set_updated_at before update on public.profiles
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.organizations
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.memberships
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.custom_roles
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.service_accounts
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.impersonations
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.organization_limits
  for each row execute function private.set_updated_at();

-- Guards -------------------------------------------------------------------------------------------------------------

create function private.organizations_guard_identity()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  perform private.raise_error(409, 'column_protected', 'Cannot change organization: id and kind are set for good');
  return null;
end;
$$;
comment on function private.organizations_guard_identity() is 'Refuses a change of what an organization is.';
create trigger t300_guard_identity before update of id, kind on public.organizations
  for each row when (old.id is distinct from new.id or old.kind is distinct from new.kind)
  execute function private.organizations_guard_identity();

create function private.organizations_guard_second_factor()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  -- Who has none would shut themselves out with everybody else.
  if auth.jwt() ->> 'role' = 'authenticated' and coalesce(auth.jwt() ->> 'aal', '') <> 'aal2' then
    perform private.raise_error(403, 'second_factor_required',
      'Cannot change whether a second factor is required: this session has none',
      'Sign in with your own second factor and try again.');
  end if;
  return new;
end;
$$;
comment on function private.organizations_guard_second_factor() is
  'Only a session with a second factor may require one of others, or stop requiring it.';
create trigger t300_guard_second_factor before update of is_second_factor_required on public.organizations
  for each row when (old.is_second_factor_required is distinct from new.is_second_factor_required)
  execute function private.organizations_guard_second_factor();

create function private.organizations_guard_last_owner()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  perform private.raise_error(409, 'last_owner', 'Cannot take away the last owner of the organization',
    'Make another member owner first, or delete the organization.');
  return null;
end;
$$;
comment on function private.organizations_guard_last_owner() is
  'Keeps an owner in every organization: the count lies in the row, so two who leave at once wait for each other.';
create trigger t300_guard_last_owner before update of owner_count on public.organizations
  for each row when (old.owner_count > 0 and new.owner_count = 0 and new.deleted_at is null)
  execute function private.organizations_guard_last_owner();

create function private.memberships_guard_identity()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  perform private.raise_error(409, 'column_protected',
    'Cannot change membership: organization and member are set for good', 'Remove it and add another.');
  return null;
end;
$$;
comment on function private.memberships_guard_identity() is 'Refuses to move a membership to another organization or member.';
create trigger t300_guard_identity before update of organization_id, user_id, service_account_id on public.memberships
  for each row when (
    (old.organization_id, old.user_id, old.service_account_id)
    is distinct from (new.organization_id, new.user_id, new.service_account_id)
  )
  execute function private.memberships_guard_identity();

create function private.memberships_guard_personal()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  if new.user_id is not null and exists (
    select from public.organizations
    where organizations.id = new.organization_id and organizations.kind = 'personal'
      and organizations.created_by is distinct from new.user_id
  ) then
    perform private.raise_error(409, 'organization_is_personal',
      'Cannot add member: a personal organization has one person only', 'Create an organization for the team.');
  end if;
  return new;
end;
$$;
comment on function private.memberships_guard_personal() is 'Keeps others out of a personal organization.';
create trigger t300_guard_personal before insert on public.memberships
  for each row execute function private.memberships_guard_personal();

-- Derived rows -------------------------------------------------------------------------------------------------------

-- Definer: nobody but this function may write the count.
create function private.memberships_count_owners()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_was_owner boolean := tg_op <> 'INSERT' and old.role = 'owner' and old.status = 'active';
  v_is_owner boolean := tg_op <> 'DELETE' and new.role = 'owner' and new.status = 'active';
begin
  if v_was_owner is distinct from v_is_owner then
    update public.organizations
    set owner_count = owner_count + case when v_is_owner then 1 else -1 end
    where organizations.id = coalesce(new.organization_id, old.organization_id);
  end if;
  return null;
end;
$$;
comment on function private.memberships_count_owners() is 'Keeps organizations.owner_count, which guards the last owner.';
create trigger t500_count_owners after insert or delete or update of role, status on public.memberships
  for each row execute function private.memberships_count_owners();

-- Definer: Auth's own role inserts the account and holds no grant on our tables.
create function private.users_create_profile()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_metadata jsonb := case when jsonb_typeof(new.raw_user_meta_data) = 'object' then new.raw_user_meta_data else '{}' end;
  v_locale text := v_metadata ->> 'locale';
  v_time_zone text := v_metadata ->> 'time_zone';
  v_name text := left(
    coalesce(
      nullif(btrim(v_metadata ->> 'display_name'), ''),
      nullif(btrim(v_metadata ->> 'full_name'), ''),
      nullif(btrim(v_metadata ->> 'name'), ''),
      nullif(btrim(split_part(new.email, '@', 1)), ''),
      'Someone'
    ), 120
  );
begin
  -- Whatever an identity provider sends must not stop a sign-up, so what does not fit is left at its default.
  insert into public.profiles (id, display_name, locale, time_zone)
  values (
    new.id, btrim(v_name),
    case when v_locale ~ '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$' then v_locale else 'en' end,
    case when private.is_time_zone(v_time_zone) then v_time_zone else 'UTC' end
  );
  return null;
end;
$$;
comment on function private.users_create_profile() is 'Makes the profile of a new account from what it was registered with.';
create trigger t500_create_profile after insert on auth.users
  for each row execute function private.users_create_profile();

create function private.free_slug(kind public.organization_kind, name text)
  returns text
  language sql volatile set search_path = ''
as $$
  -- Nobody's own name is to be read from an address that others see.
  select case
    when free_slug.kind = 'personal' then 'personal-' || wanted.ending
    when exists (select from public.organizations where organizations.slug = wanted.slug)
    then wanted.slug || '-' || wanted.ending
    else wanted.slug
  end
  from (
    select private.slugify(free_slug.name) as slug, encode(extensions.gen_random_bytes(6), 'hex') as ending
  ) as wanted
$$;
comment on function private.free_slug(public.organization_kind, text) is
  'A slug for a new organization: from its name, with a random end when that is taken or the organization is personal.';

-- The one place that makes organizations: RPC, sign-up and jobs go through it.
create function private.insert_organization(kind public.organization_kind, name text, owner_id uuid)
  returns public.organizations
  language plpgsql volatile set search_path = ''
as $$
declare
  v_organization public.organizations;
begin
  for v_attempt in 1..3 loop
    begin
      insert into public.organizations (kind, name, slug, created_by)
      values (
        insert_organization.kind, btrim(insert_organization.name),
        private.free_slug(insert_organization.kind, insert_organization.name), insert_organization.owner_id
      )
      returning * into v_organization;
      exit;
    exception
      -- Two people took the same free slug at once.
      when unique_violation then
        if v_attempt = 3 then
          raise;
        end if;
    end;
  end loop;
  insert into public.memberships (organization_id, user_id, role)
  values (v_organization.id, insert_organization.owner_id, 'owner');
  select * into v_organization from public.organizations where organizations.id = v_organization.id;
  return v_organization;
end;
$$;
comment on function private.insert_organization(public.organization_kind, text, uuid) is
  'Makes an organization with its first owner.';

-- Definer: runs inside the sign-up, as Auth's own role.
create function private.profiles_create_personal_organization()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.insert_organization('personal', new.display_name, new.id);
  return null;
end;
$$;
comment on function private.profiles_create_personal_organization() is
  'Gives each person an organization of their own, so that single people and companies share every rule.';
create trigger t500_create_personal_organization after insert on public.profiles
  for each row execute function private.profiles_create_personal_organization();

-- Definer: runs inside the deletion of the account, as Auth's own role.
create function private.profiles_delete_personal_organization()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from public.organizations where organizations.created_by = old.id and organizations.kind = 'personal';
  return old;
end;
$$;
comment on function private.profiles_delete_personal_organization() is
  'Takes the personal organization with its person, before the last-owner rule could stop the deletion.';
create trigger t500_delete_personal_organization before delete on public.profiles
  for each row execute function private.profiles_delete_personal_organization();
