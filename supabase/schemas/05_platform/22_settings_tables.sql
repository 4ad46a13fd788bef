create function private.is_setting_value(
  value_type private.setting_type, minimum numeric, maximum numeric, allowed_values jsonb, pattern text, value jsonb
)
  returns boolean
  language plpgsql immutable set search_path = ''
as $$
declare
  v_kinds constant text[] := case is_setting_value.value_type
    when 'boolean' then array['boolean']
    when 'text' then array['string']
    when 'json' then array['object', 'array']
    else array['number']
  end;
  v_size numeric;
begin
  if jsonb_typeof(is_setting_value.value) <> all (v_kinds) then
    return false;
  end if;
  if is_setting_value.value_type in ('integer', 'number') then
    v_size := (is_setting_value.value #>> '{}')::numeric;
    if is_setting_value.value_type = 'integer' and (v_size <> trunc(v_size) or abs(v_size) > 9007199254740991) then
      return false;
    end if;
  else
    v_size := char_length(is_setting_value.value #>> '{}');
  end if;
  return (is_setting_value.minimum is null or v_size >= is_setting_value.minimum)
    and (is_setting_value.maximum is null or v_size <= is_setting_value.maximum)
    and (is_setting_value.allowed_values is null or is_setting_value.allowed_values @> is_setting_value.value)
    and (is_setting_value.pattern is null or (is_setting_value.value #>> '{}') ~ is_setting_value.pattern);
end;
$$;
comment on function private.is_setting_value(private.setting_type, numeric, numeric, jsonb, text, jsonb) is
  $$Whether a value is one that a setting may have.

The bounds are those of a number, or of the length of a text or of JSON written out. Integers are those that every
client can hold, up to 2^53.$$;

create table private.settings (
  key text primary key,
  value_type private.setting_type not null,
  default_value jsonb not null,
  value jsonb,
  minimum numeric,
  maximum numeric,
  allowed_values jsonb,
  pattern text,
  is_public boolean not null default false,
  is_overridable boolean not null default false,
  description text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint settings_key_is_domain_and_name check (key ~ '^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$'),
  constraint settings_allowed_values_is_array check (jsonb_typeof(allowed_values) = 'array'),
  constraint settings_default_value_fits
    check (private.is_setting_value(value_type, minimum, maximum, allowed_values, pattern, default_value)),
  constraint settings_value_fits
    check (value is null or private.is_setting_value(value_type, minimum, maximum, allowed_values, pattern, value))
);
alter table private.settings enable row level security;
revoke all on private.settings from anon, authenticated, service_role;

comment on table private.settings is $$What can be set while the system runs: each setting's kind, bounds, default and present value.

Domains add rows with private.define_setting and read them with private.setting; platform admins change values with
set_setting. Secrets never stand here: they belong to the environment of the functions or to Vault.$$;
comment on column private.settings.key is 'Name as <domain>.<name>.';
comment on column private.settings.value_type is 'What kind of value it has.';
comment on column private.settings.default_value is 'The value that the code brings.';
comment on column private.settings.value is 'The value of this installation; null for the default.';
comment on column private.settings.minimum is 'Least number or length; null for none.';
comment on column private.settings.maximum is 'Greatest number or length; null for none.';
comment on column private.settings.allowed_values is 'The values it may have, as an array; null for any.';
comment on column private.settings.pattern is 'Regular expression that its text fits; null for none.';
comment on column private.settings.is_public is 'Whether every client sees it, without signing in.';
comment on column private.settings.is_overridable is 'Whether an organization may have its own value.';
comment on column private.settings.description is 'What it does and in which unit, in English.';
comment on column private.settings.created_at is 'When it was first defined.';
comment on column private.settings.updated_at is 'When the row last changed.';

create table private.setting_overrides (
  organization_id uuid not null references public.organizations (id) on delete cascade,
  key text not null references private.settings (key) on update cascade on delete cascade,
  value jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, key)
);
create index setting_overrides_key_idx on private.setting_overrides (key);
alter table private.setting_overrides enable row level security;
revoke all on private.setting_overrides from anon, authenticated, service_role;

comment on table private.setting_overrides is
  'Values that organizations chose for themselves; a trigger holds them to the bounds of the setting.';
comment on column private.setting_overrides.organization_id is 'The organization.';
comment on column private.setting_overrides.key is 'The setting.';
comment on column private.setting_overrides.value is 'Its value in this organization.';
comment on column private.setting_overrides.created_at is 'When the organization first had its own value.';
comment on column private.setting_overrides.updated_at is 'When the value last changed.';
