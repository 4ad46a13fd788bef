create trigger t100_set_updated_at before update on private.experiments
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.experiment_variants
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.experiment_shares
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.experiment_assignments
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.experiment_conversions
  for each row execute function private.set_updated_at();

create function private.experiments_guard_roles()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  perform private.require_known_roles(new.roles, 'save experiment');
  return new;
end;
$$;
comment on function private.experiments_guard_roles() is 'Refuses roles that do not exist: nobody would take part.';
create trigger t300_guard_roles before insert or update of roles on private.experiments
  for each row when (new.roles is not null) execute function private.experiments_guard_roles();
