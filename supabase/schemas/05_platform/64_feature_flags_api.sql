-- Definer: operators see the flags, whose tables nobody holds a grant on.
create function private.list_feature_flags()
  returns table (
    key text, flag_type text, description text, is_enabled boolean, rollout_percentage numeric, rollout_unit text,
    plans text[], roles text[], organizations_on uuid[], organizations_off uuid[], is_public boolean,
    killed_at timestamptz, kill_reason text, stale_at timestamptz, is_stale boolean, created_at timestamptz,
    updated_at timestamptz
  )
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('list feature flags');
  return query
  select flags.key, flags.flag_type::text, flags.description, flags.is_enabled, flags.rollout_percentage,
    flags.rollout_unit::text, flags.plans, flags.roles, coalesce(named.organizations_on, '{}'),
    coalesce(named.organizations_off, '{}'), flags.is_public, flags.killed_at, flags.kill_reason, life.stale_at,
    coalesce(life.stale_at <= now(), false), flags.created_at, flags.updated_at
  from private.feature_flags as flags
  cross join lateral (select flags.reviewed_at + private.feature_flag_lifetime(flags.flag_type) as stale_at) as life
  left join lateral (
    select
      array_agg(named_organizations.organization_id order by named_organizations.organization_id)
        filter (where named_organizations.is_on) as organizations_on,
      array_agg(named_organizations.organization_id order by named_organizations.organization_id)
        filter (where not named_organizations.is_on) as organizations_off
    from private.feature_flag_organizations as named_organizations
    where named_organizations.flag_key = flags.key
  ) as named on true
  order by flags.key;
end;
$$;
comment on function private.list_feature_flags() is 'Body of public.list_feature_flags.';
grant execute on function private.list_feature_flags() to authenticated;

create function public.list_feature_flags()
  returns table (
    key text, flag_type text, description text, is_enabled boolean, rollout_percentage numeric, rollout_unit text,
    plans text[], roles text[], organizations_on uuid[], organizations_off uuid[], is_public boolean,
    killed_at timestamptz, kill_reason text, stale_at timestamptz, is_stale boolean, created_at timestamptz,
    updated_at timestamptz
  )
  language sql stable set search_path = ''
as $$
  select * from private.list_feature_flags()
$$;
comment on function public.list_feature_flags() is $$All feature flags. For platform admins with a second factor.

A flag is stale (is_stale) once nobody reviewed it for the life time of its type; stale_at is null for permanent types.
organizations_on and organizations_off are those named one by one.$$;
grant execute on function public.list_feature_flags() to authenticated;

-- Definer: as private.list_feature_flags.
create function private.save_feature_flag(
  key text, description text, flag_type text, is_enabled boolean, rollout_percentage numeric, rollout_unit text,
  plans text[], roles text[], is_public boolean
)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('save feature flag');
  insert into private.feature_flags as flags (
    key, description, flag_type, is_enabled, rollout_percentage, rollout_unit, plans, roles, is_public
  )
  values (
    save_feature_flag.key, save_feature_flag.description, save_feature_flag.flag_type::private.feature_flag_type,
    save_feature_flag.is_enabled, save_feature_flag.rollout_percentage,
    save_feature_flag.rollout_unit::private.rollout_unit, save_feature_flag.plans, save_feature_flag.roles,
    save_feature_flag.is_public
  )
  on conflict on constraint feature_flags_pkey do update set
    description = excluded.description, flag_type = excluded.flag_type, is_enabled = excluded.is_enabled,
    rollout_percentage = excluded.rollout_percentage, rollout_unit = excluded.rollout_unit, plans = excluded.plans,
    roles = excluded.roles, is_public = excluded.is_public
  where (
      flags.description, flags.flag_type, flags.is_enabled, flags.rollout_percentage, flags.rollout_unit, flags.plans,
      flags.roles, flags.is_public
    ) is distinct from (
      excluded.description, excluded.flag_type, excluded.is_enabled, excluded.rollout_percentage,
      excluded.rollout_unit, excluded.plans, excluded.roles, excluded.is_public
    );
  return save_feature_flag.key;
exception
  when check_violation or invalid_text_representation or not_null_violation or numeric_value_out_of_range then
    perform private.raise_error(422, 'feature_flag_invalid', format('Cannot save feature flag: %s', sqlerrm));
end;
$$;
comment on function private.save_feature_flag(text, text, text, boolean, numeric, text, text[], text[], boolean) is
  'Body of public.save_feature_flag.';
grant execute on function private.save_feature_flag(text, text, text, boolean, numeric, text, text[], text[], boolean)
  to authenticated;

create function public.save_feature_flag(
  key text,
  description text,
  flag_type text default 'release',
  is_enabled boolean default false,
  rollout_percentage numeric default 100,
  rollout_unit text default 'organization',
  plans text[] default null,
  roles text[] default null,
  is_public boolean default true
)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.save_feature_flag(
    save_feature_flag.key, save_feature_flag.description, save_feature_flag.flag_type, save_feature_flag.is_enabled,
    save_feature_flag.rollout_percentage, save_feature_flag.rollout_unit, save_feature_flag.plans,
    save_feature_flag.roles, save_feature_flag.is_public
  )
$$;
comment on function public.save_feature_flag(text, text, text, boolean, numeric, text, text[], text[], boolean) is
  $$Makes or replaces a feature flag and returns its key. For platform admins with a second factor.

What is left out gets its default, also when the flag exists. flag_type is release, experiment, operational, permission
or kill_switch; rollout_unit is organization or person. A killed flag stays killed.$$;
grant execute on function public.save_feature_flag(text, text, text, boolean, numeric, text, text[], text[], boolean)
  to authenticated;

-- Definer: as private.list_feature_flags.
create function private.lock_feature_flag(key text, action text)
  returns private.feature_flags
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_flag private.feature_flags;
begin
  perform private.require_platform_admin(lock_feature_flag.action || ' feature flag');
  select * into v_flag from private.feature_flags where feature_flags.key = lock_feature_flag.key for update;
  if not found then
    perform private.raise_error(404, 'feature_flag_not_found',
      format('Cannot %s feature flag: there is no "%s"', lock_feature_flag.action, lock_feature_flag.key));
  end if;
  return v_flag;
end;
$$;
comment on function private.lock_feature_flag(text, text) is
  'Guard of what operators do with a flag: locks and returns it, otherwise 403 or 404.';

-- Definer: as private.list_feature_flags.
create function private.kill_feature_flag(key text, reason text)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_flag private.feature_flags := private.lock_feature_flag(kill_feature_flag.key, 'kill');
begin
  update private.feature_flags
  set killed_at = now(), kill_reason = coalesce(nullif(left(btrim(kill_feature_flag.reason), 500), ''), 'Not told')
  where feature_flags.key = v_flag.key and feature_flags.killed_at is null;
  return v_flag.key;
end;
$$;
comment on function private.kill_feature_flag(text, text) is 'Body of public.kill_feature_flag.';
grant execute on function private.kill_feature_flag(text, text) to authenticated;

create function public.kill_feature_flag(key text, reason text)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.kill_feature_flag(kill_feature_flag.key, kill_feature_flag.reason)
$$;
comment on function public.kill_feature_flag(text, text) is
  $$Switches a feature off for everybody, whatever else the flag says. For platform admins with a second factor.

A second call changes nothing; revive_feature_flag takes it back.$$;
grant execute on function public.kill_feature_flag(text, text) to authenticated;

-- Definer: as private.list_feature_flags.
create function private.revive_feature_flag(key text)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_flag private.feature_flags := private.lock_feature_flag(revive_feature_flag.key, 'revive');
begin
  update private.feature_flags set killed_at = null, kill_reason = null
  where feature_flags.key = v_flag.key and feature_flags.killed_at is not null;
  return v_flag.key;
end;
$$;
comment on function private.revive_feature_flag(text) is 'Body of public.revive_feature_flag.';
grant execute on function private.revive_feature_flag(text) to authenticated;

create function public.revive_feature_flag(key text)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.revive_feature_flag(revive_feature_flag.key)
$$;
comment on function public.revive_feature_flag(text) is
  'Takes a kill back: the flag says again what it said before. For platform admins with a second factor.';
grant execute on function public.revive_feature_flag(text) to authenticated;

-- Definer: as private.list_feature_flags.
create function private.review_feature_flag(key text)
  returns timestamptz
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_flag private.feature_flags := private.lock_feature_flag(review_feature_flag.key, 'review');
begin
  update private.feature_flags set reviewed_at = now() where feature_flags.key = v_flag.key;
  return now() + private.feature_flag_lifetime(v_flag.flag_type);
end;
$$;
comment on function private.review_feature_flag(text) is 'Body of public.review_feature_flag.';
grant execute on function private.review_feature_flag(text) to authenticated;

create function public.review_feature_flag(key text)
  returns timestamptz
  language sql volatile set search_path = ''
as $$
  select private.review_feature_flag(review_feature_flag.key)
$$;
comment on function public.review_feature_flag(text) is
  $$Says that a flag is still needed and returns when it will be stale. For platform admins with a second factor.

Null for a permanent type.$$;
grant execute on function public.review_feature_flag(text) to authenticated;

-- Definer: as private.list_feature_flags.
create function private.delete_feature_flag(key text)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('delete feature flag');
  delete from private.feature_flags where feature_flags.key = delete_feature_flag.key;
  return found;
end;
$$;
comment on function private.delete_feature_flag(text) is 'Body of public.delete_feature_flag.';
grant execute on function private.delete_feature_flag(text) to authenticated;

create function public.delete_feature_flag(key text)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.delete_feature_flag(delete_feature_flag.key)
$$;
comment on function public.delete_feature_flag(text) is
  $$Removes a flag, after which it is off for everybody. For platform admins with a second factor.

False when there was none.$$;
grant execute on function public.delete_feature_flag(text) to authenticated;

-- Definer: as private.list_feature_flags.
create function private.set_feature_flag_organization(key text, organization_id uuid, is_on boolean)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_flag private.feature_flags := private.lock_feature_flag(set_feature_flag_organization.key, 'change');
begin
  if set_feature_flag_organization.is_on is null then
    delete from private.feature_flag_organizations
    where feature_flag_organizations.flag_key = v_flag.key
      and feature_flag_organizations.organization_id = set_feature_flag_organization.organization_id;
  elsif not exists (
    select from public.organizations where organizations.id = set_feature_flag_organization.organization_id
  ) then
    perform private.raise_error(404, 'organization_not_found', 'Cannot change feature flag: no such organization');
  else
    insert into private.feature_flag_organizations as named (flag_key, organization_id, is_on)
    values (v_flag.key, set_feature_flag_organization.organization_id, set_feature_flag_organization.is_on)
    on conflict on constraint feature_flag_organizations_pkey do update set is_on = excluded.is_on
    where named.is_on <> excluded.is_on;
  end if;
  return private.is_feature_enabled(v_flag.key, set_feature_flag_organization.organization_id);
end;
$$;
comment on function private.set_feature_flag_organization(text, uuid, boolean) is
  'Body of public.set_feature_flag_organization.';
grant execute on function private.set_feature_flag_organization(text, uuid, boolean) to authenticated;

create function public.set_feature_flag_organization(key text, organization_id uuid, is_on boolean default null)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.set_feature_flag_organization(
    set_feature_flag_organization.key, set_feature_flag_organization.organization_id,
    set_feature_flag_organization.is_on
  )
$$;
comment on function public.set_feature_flag_organization(text, uuid, boolean) is
  $$Names an organization for which a flag is on or off whatever plan, role and share say. For platform admins with a second factor.

Null takes the name away. Returns whether the flag is now on for the organization as a whole; a flag that is killed or
not enabled is on for nobody.$$;
grant execute on function public.set_feature_flag_organization(text, uuid, boolean) to authenticated;

create function public.is_feature_enabled(flag_key text, organization_id uuid default null, user_id uuid default null)
  returns boolean
  language sql stable set search_path = ''
as $$
  select private.is_feature_enabled(
    is_feature_enabled.flag_key, is_feature_enabled.organization_id, is_feature_enabled.user_id
  )
$$;
comment on function public.is_feature_enabled(text, uuid, uuid) is
  'Whether a feature is on for a person in an organization, either of which may be null. For the backend itself.';
grant execute on function public.is_feature_enabled(text, uuid, uuid) to service_role;
