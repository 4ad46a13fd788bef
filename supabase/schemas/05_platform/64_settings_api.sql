-- Definer: operators see the settings, whose tables nobody holds a grant on.
create function private.list_settings()
  returns table (
    key text, value_type text, value jsonb, default_value jsonb, is_default boolean, minimum numeric, maximum numeric,
    allowed_values jsonb, pattern text, is_public boolean, is_overridable boolean, override_count bigint,
    description text, updated_at timestamptz
  )
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('list settings');
  return query
  select settings.key, settings.value_type::text, coalesce(settings.value, settings.default_value),
    settings.default_value, settings.value is null, settings.minimum, settings.maximum, settings.allowed_values,
    settings.pattern, settings.is_public, settings.is_overridable,
    (select count(*) from private.setting_overrides where setting_overrides.key = settings.key),
    settings.description, settings.updated_at
  from private.settings
  order by settings.key;
end;
$$;
comment on function private.list_settings() is 'Body of public.list_settings.';
grant execute on function private.list_settings() to authenticated;

create function public.list_settings()
  returns table (
    key text, value_type text, value jsonb, default_value jsonb, is_default boolean, minimum numeric, maximum numeric,
    allowed_values jsonb, pattern text, is_public boolean, is_overridable boolean, override_count bigint,
    description text, updated_at timestamptz
  )
  language sql stable set search_path = ''
as $$
  select * from private.list_settings()
$$;
comment on function public.list_settings() is $$All settings with their values and bounds. For platform admins with a second factor.

override_count says how many organizations have a value of their own.$$;
grant execute on function public.list_settings() to authenticated;

-- Definer: as private.list_settings.
create function private.set_setting(key text, value jsonb)
  returns jsonb
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_setting private.settings;
begin
  perform private.require_platform_admin('change setting');
  select * into v_setting from private.settings where settings.key = set_setting.key for update;
  if not found then
    perform private.raise_error(404, 'setting_not_found',
      format('Cannot change setting: there is no "%s"', set_setting.key), 'list_settings tells which there are.');
  end if;
  if not private.is_setting_value(
    v_setting.value_type, v_setting.minimum, v_setting.maximum, v_setting.allowed_values, v_setting.pattern,
    coalesce(set_setting.value, v_setting.default_value)
  ) then
    perform private.raise_error(422, 'setting_value_invalid',
      format('Cannot change setting: "%s" cannot be %s', set_setting.key, left(set_setting.value::text, 100)),
      private.describe_setting_values(v_setting));
  end if;
  update private.settings set value = set_setting.value
  where settings.key = v_setting.key and settings.value is distinct from set_setting.value;
  return coalesce(set_setting.value, v_setting.default_value);
end;
$$;
comment on function private.set_setting(text, jsonb) is 'Body of public.set_setting.';
grant execute on function private.set_setting(text, jsonb) to authenticated;

create function public.set_setting(key text, value jsonb default null)
  returns jsonb
  language sql volatile set search_path = ''
as $$
  select private.set_setting(set_setting.key, set_setting.value)
$$;
comment on function public.set_setting(text, jsonb) is
  $$Gives a setting a value for the whole installation and returns what it is now. For platform admins with a second factor.

Null goes back to the default. A value of the wrong type or outside the bounds answers 422 setting_value_invalid.$$;
grant execute on function public.set_setting(text, jsonb) to authenticated;

-- Definer: as private.list_settings.
create function private.list_organization_settings(organization_id uuid)
  returns table (
    key text, value_type text, value jsonb, inherited_value jsonb, is_own boolean, minimum numeric, maximum numeric,
    allowed_values jsonb, pattern text, description text
  )
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_permission(list_organization_settings.organization_id, 'settings.manage', 'list settings');
  return query
  select settings.key, settings.value_type::text,
    coalesce(setting_overrides.value, settings.value, settings.default_value),
    coalesce(settings.value, settings.default_value), setting_overrides.key is not null, settings.minimum,
    settings.maximum, settings.allowed_values, settings.pattern, settings.description
  from private.settings
  left join private.setting_overrides
    on setting_overrides.key = settings.key
    and setting_overrides.organization_id = list_organization_settings.organization_id
  where settings.is_overridable
  order by settings.key;
end;
$$;
comment on function private.list_organization_settings(uuid) is 'Body of public.list_organization_settings.';
grant execute on function private.list_organization_settings(uuid) to authenticated;

create function public.list_organization_settings(organization_id uuid)
  returns table (
    key text, value_type text, value jsonb, inherited_value jsonb, is_own boolean, minimum numeric, maximum numeric,
    allowed_values jsonb, pattern text, description text
  )
  language sql stable set search_path = ''
as $$
  select * from private.list_organization_settings(list_organization_settings.organization_id)
$$;
comment on function public.list_organization_settings(uuid) is
  $$The settings that an organization may have its own value of. Needs settings.manage.

inherited_value is what counts without an own value.$$;
grant execute on function public.list_organization_settings(uuid) to authenticated;

-- Definer: as private.list_settings.
create function private.set_organization_setting(organization_id uuid, key text, value jsonb)
  returns jsonb
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_permission(set_organization_setting.organization_id, 'settings.manage', 'change setting');
  -- One that organizations cannot set does not exist for them.
  if not exists (
    select from private.settings where settings.key = set_organization_setting.key and settings.is_overridable
  ) then
    perform private.raise_error(404, 'setting_not_found',
      format('Cannot change setting: organizations have no "%s"', set_organization_setting.key),
      'list_organization_settings tells which there are.');
  end if;
  if set_organization_setting.value is null then
    delete from private.setting_overrides
    where setting_overrides.organization_id = set_organization_setting.organization_id
      and setting_overrides.key = set_organization_setting.key;
  else
    insert into private.setting_overrides as setting_overrides (organization_id, key, value)
    values (
      set_organization_setting.organization_id, set_organization_setting.key, set_organization_setting.value
    )
    on conflict on constraint setting_overrides_pkey do update set value = excluded.value
    where setting_overrides.value is distinct from excluded.value;
  end if;
  return private.setting(set_organization_setting.key, set_organization_setting.organization_id);
end;
$$;
comment on function private.set_organization_setting(uuid, text, jsonb) is 'Body of public.set_organization_setting.';
grant execute on function private.set_organization_setting(uuid, text, jsonb) to authenticated;

create function public.set_organization_setting(organization_id uuid, key text, value jsonb default null)
  returns jsonb
  language sql volatile set search_path = ''
as $$
  select private.set_organization_setting(
    set_organization_setting.organization_id, set_organization_setting.key, set_organization_setting.value
  )
$$;
comment on function public.set_organization_setting(uuid, text, jsonb) is
  $$Gives a setting an own value in an organization and returns what it is now. Needs settings.manage.

Null removes the own value.$$;
grant execute on function public.set_organization_setting(uuid, text, jsonb) to authenticated;

create function public.get_setting(key text, organization_id uuid default null)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.setting(get_setting.key, get_setting.organization_id)
$$;
comment on function public.get_setting(text, uuid) is
  'The value of a setting, in an organization or of the whole installation. For the backend itself.';
grant execute on function public.get_setting(text, uuid) to service_role;
