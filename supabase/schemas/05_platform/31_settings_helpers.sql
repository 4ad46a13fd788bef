-- Definer: settings are not for clients to read, their answers are. In plpgsql, so that the plan is kept: every limit
-- and every job asks.
create function private.setting(key text, organization_id uuid default null)
  returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_value jsonb;
begin
  select coalesce(setting_overrides.value, settings.value, settings.default_value) into v_value
  from private.settings
  left join private.setting_overrides
    on setting_overrides.key = settings.key and setting_overrides.organization_id = setting.organization_id
    and settings.is_overridable
  where settings.key = setting.key;
  if not found then
    raise exception 'Unknown setting "%"', setting.key using errcode = 'invalid_parameter_value';
  end if;
  return v_value;
end;
$$;
comment on function private.setting(text, uuid) is $$The value of a setting: the organization's, else this installation's, else the default.

Unknown keys raise. The typed forms are setting_text, setting_integer, setting_number and setting_boolean.$$;
grant execute on function private.setting(text, uuid) to service_role;

create function private.setting_text(key text, organization_id uuid default null)
  returns text
  language sql stable set search_path = ''
as $$
  select private.setting(setting_text.key, setting_text.organization_id) #>> '{}'
$$;
comment on function private.setting_text(text, uuid) is 'A setting of type text.';

create function private.setting_integer(key text, organization_id uuid default null)
  returns bigint
  language sql stable set search_path = ''
as $$
  select (private.setting(setting_integer.key, setting_integer.organization_id))::bigint
$$;
comment on function private.setting_integer(text, uuid) is 'A setting of type integer.';

create function private.setting_number(key text, organization_id uuid default null)
  returns numeric
  language sql stable set search_path = ''
as $$
  select (private.setting(setting_number.key, setting_number.organization_id))::numeric
$$;
comment on function private.setting_number(text, uuid) is 'A setting of type number or integer.';

create function private.setting_boolean(key text, organization_id uuid default null)
  returns boolean
  language sql stable set search_path = ''
as $$
  select (private.setting(setting_boolean.key, setting_boolean.organization_id))::boolean
$$;
comment on function private.setting_boolean(text, uuid) is 'A setting of type boolean.';

create function private.define_setting(
  key text,
  value_type private.setting_type,
  default_value jsonb,
  description text,
  minimum numeric default null,
  maximum numeric default null,
  allowed_values jsonb default null,
  pattern text default null,
  is_public boolean default false,
  is_overridable boolean default false
)
  returns void
  language sql volatile set search_path = ''
as $$
  insert into private.settings as settings (
    key, value_type, default_value, description, minimum, maximum, allowed_values, pattern, is_public, is_overridable
  )
  values (
    define_setting.key, define_setting.value_type, define_setting.default_value, define_setting.description,
    define_setting.minimum, define_setting.maximum, define_setting.allowed_values, define_setting.pattern,
    define_setting.is_public, define_setting.is_overridable
  )
  on conflict (key) do update set
    value_type = excluded.value_type, default_value = excluded.default_value, description = excluded.description,
    minimum = excluded.minimum, maximum = excluded.maximum, allowed_values = excluded.allowed_values,
    pattern = excluded.pattern, is_public = excluded.is_public, is_overridable = excluded.is_overridable
$$;
comment on function private.define_setting(
  text, private.setting_type, jsonb, text, numeric, numeric, jsonb, text, boolean, boolean
) is $$Adds a setting, or changes its definition and keeps the value that was set. For migrations.

A value that no longer fits fails the migration instead of being dropped.$$;

create function private.describe_setting_values(setting private.settings)
  returns text
  language sql stable set search_path = ''
as $$
  select concat_ws(
    ', ',
    'Its type is ' || setting.value_type,
    'at least ' || setting.minimum || case when setting.value_type in ('text', 'json') then ' characters' else '' end,
    'at most ' || setting.maximum || case when setting.value_type in ('text', 'json') then ' characters' else '' end,
    'one of ' || setting.allowed_values::text,
    'like ' || setting.pattern
  )
$$;
comment on function private.describe_setting_values(private.settings) is
  'What values a setting takes, as the hint of an error.';
