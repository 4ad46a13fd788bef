create trigger t100_set_updated_at before update on public.usage_days
  for each row execute function private.set_updated_at();

-- Definer: as private.enforce_limit.
create function private.file_usage_count()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.change_usage_level(
    new.organization_id, private.metric_of_limit('storage_bytes'),
    new.used_bytes - case when tg_op = 'UPDATE' then old.used_bytes else 0 end
  );
  return null;
end;
$$;
comment on function private.file_usage_count() is 'Counts the bytes of files for the usage page; files refuse what is too much.';
create trigger t500_count_new after insert on private.file_usage
  for each row execute function private.file_usage_count();
create trigger t500_count after update on private.file_usage
  for each row when (old.used_bytes is distinct from new.used_bytes) execute function private.file_usage_count();

-- The members' and agents' limits are refused by rules of their own.
select private.limit_table('public.memberships', 'members', is_enforced => false);
select private.limit_table('public.memberships', 'max_agents', '{"role": "agent"}', is_enforced => false);
