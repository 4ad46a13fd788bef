create trigger t100_set_updated_at before update on private.organization_plans
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.feature_flags
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.feature_flag_organizations
  for each row execute function private.set_updated_at();

create function private.feature_flags_guard_roles()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  perform private.require_known_roles(new.roles, 'save feature flag');
  return new;
end;
$$;
comment on function private.feature_flags_guard_roles() is 'Refuses roles that do not exist: such a flag would be on for nobody.';
create trigger t300_guard_roles before insert or update of roles on private.feature_flags
  for each row when (new.roles is not null) execute function private.feature_flags_guard_roles();
