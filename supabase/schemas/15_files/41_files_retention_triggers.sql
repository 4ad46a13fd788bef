create function private.files_guard_retention()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  -- Cascades of an organization that is purged go through; see private.retain_table.
  if exists (select from public.organizations where organizations.id = old.organization_id) then
    perform private.raise_error(409, 'file_retained',
      format('Cannot delete file: it has to be kept until %s', old.retention_ends_at::date));
  end if;
  return old;
end;
$$;
comment on function private.files_guard_retention() is 'Keeps what the law has us keep, whoever deletes it.';
create trigger t300_guard_retention before delete on public.files
  for each row when (old.retention_ends_at > now())
  execute function private.files_guard_retention();
