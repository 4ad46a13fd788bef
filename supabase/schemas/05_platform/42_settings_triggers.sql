create trigger t100_set_updated_at before update on private.settings
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.setting_overrides
  for each row execute function private.set_updated_at();

create function private.setting_overrides_guard_value()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
declare
  v_setting private.settings;
begin
  -- Shared lock: the definition cannot become narrower between the check and the commit.
  select * into v_setting from private.settings where settings.key = new.key for share;
  if not v_setting.is_overridable then
    perform private.raise_error(409, 'setting_not_overridable',
      format('Cannot change setting: "%s" is the same for all organizations', new.key));
  end if;
  if not private.is_setting_value(
    v_setting.value_type, v_setting.minimum, v_setting.maximum, v_setting.allowed_values, v_setting.pattern, new.value
  ) then
    perform private.raise_error(422, 'setting_value_invalid',
      format('Cannot change setting: "%s" cannot be %s', new.key, left(new.value::text, 100)),
      private.describe_setting_values(v_setting));
  end if;
  return new;
end;
$$;
comment on function private.setting_overrides_guard_value() is
  'Holds an organization''s value to what the setting allows.';
create trigger t300_guard_value before insert or update on private.setting_overrides
  for each row execute function private.setting_overrides_guard_value();
