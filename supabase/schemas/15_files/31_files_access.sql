-- Definer: guards of definer functions run where the caller's policies do not.
create function private.can_see_file(file public.files)
  returns boolean
  language sql stable security definer set search_path = ''
as $$
  select private.has_permission(file.organization_id, 'files.read')
    and (
      not file.is_private
      or coalesce(file.uploaded_by = (select private.acting_person_id()), false)
      or private.has_permission(file.organization_id, 'files.manage')
    )
$$;
comment on function private.can_see_file(public.files) is 'Whether the caller sees a file: the policy of table files, for guards.';

-- Definer: as private.can_see_file.
create function private.can_change_file(file public.files)
  returns boolean
  language sql stable security definer set search_path = ''
as $$
  select private.has_permission(file.organization_id, 'files.manage')
    or (
      coalesce(file.uploaded_by = (select private.acting_person_id()), false)
      and private.has_permission(file.organization_id, 'files.write')
    )
$$;
comment on function private.can_change_file(public.files) is
  'Whether the caller renames and deletes a file: who uploaded it, and who has files.manage.';

-- Called by definer functions alone, as their first guard.
create function private.lock_file(file_id uuid, action text)
  returns public.files
  language plpgsql volatile set search_path = ''
as $$
declare
  v_file public.files;
begin
  select * into v_file from public.files where files.id = lock_file.file_id for update;
  if not found or not private.can_see_file(v_file) then
    perform private.raise_error(404, 'file_not_found', format('Cannot %s file: no such file', lock_file.action));
  end if;
  return v_file;
end;
$$;
comment on function private.lock_file(uuid, text) is 'Locks and returns a file; 404 file_not_found for who does not see it.';

-- Called by definer functions alone.
create function private.require_file_change(file public.files, action text)
  returns void
  language plpgsql stable set search_path = ''
as $$
begin
  if not private.can_change_file(file) then
    perform private.raise_error(403, 'permission_missing',
      format('Cannot %s file: permission "files.manage" is missing', require_file_change.action),
      'Who uploaded a file may change it with permission "files.write".');
  end if;
end;
$$;
comment on function private.require_file_change(public.files, text) is 'Refuses with 403 who may not change a file.';
