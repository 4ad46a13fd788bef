-- Definer: clients hold no delete.
create function private.delete_file(file_id uuid)
  returns public.files
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_file public.files := private.lock_file(delete_file.file_id, 'delete');
begin
  perform private.require_file_change(v_file, 'delete');
  if v_file.state = 'deleted' then
    return v_file;
  end if;
  if v_file.retention_ends_at > now() then
    perform private.raise_error(409, 'file_retained',
      format('Cannot delete file: it has to be kept until %s', v_file.retention_ends_at::date));
  end if;
  -- Nothing to restore: the upload is given up.
  if v_file.state = 'uploading' then
    delete from public.files where files.id = v_file.id;
    return v_file;
  end if;
  update public.files set state = 'deleted', deleted_at = now() where files.id = v_file.id returning * into v_file;
  return v_file;
end;
$$;
comment on function private.delete_file(uuid) is 'Body of public.delete_file.';
grant execute on function private.delete_file(uuid) to authenticated;

create function public.delete_file(file_id uuid)
  returns public.files
  language sql volatile set search_path = ''
as $$
  select private.delete_file(delete_file.file_id)
$$;
comment on function public.delete_file(uuid) is
  $$Deletes a file with all its versions and returns it: for 30 days restore_file brings it back.

Who uploaded it may, and who has files.manage. What the law has us keep is refused with 409 file_retained. An upload that
was not finished is given up for good. Again it changes nothing.$$;
grant execute on function public.delete_file(uuid) to authenticated;

-- Definer: clients do not write states.
create function private.restore_file(file_id uuid)
  returns public.files
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_file public.files := private.lock_file(restore_file.file_id, 'restore');
begin
  if not private.has_permission(v_file.organization_id, 'files.manage') then
    perform private.raise_error(403, 'permission_missing',
      'Cannot restore file: permission "files.manage" is missing', 'Ask an owner or admin of the organization.');
  end if;
  if v_file.state <> 'deleted' then
    return v_file;
  end if;
  -- The purge comes by when it comes by.
  if private.is_file_gone(v_file) then
    perform private.raise_error(404, 'file_not_found', 'Cannot restore file: its time to be restored is over');
  end if;
  update public.files
  set deleted_at = null,
    state = (
      select file_versions.state from public.file_versions
      where file_versions.file_id = v_file.id and file_versions.version_number = v_file.version_number
    )
  where files.id = v_file.id
  returning * into v_file;
  return v_file;
end;
$$;
comment on function private.restore_file(uuid) is 'Body of public.restore_file.';
grant execute on function private.restore_file(uuid) to authenticated;

create function public.restore_file(file_id uuid)
  returns public.files
  language sql volatile set search_path = ''
as $$
  select private.restore_file(restore_file.file_id)
$$;
comment on function public.restore_file(uuid) is
  $$Brings back a deleted file with all its versions, within 30 days of its deletion. Needs files.manage.

Again it changes nothing. Afterwards: 404 file_not_found.$$;
grant execute on function public.restore_file(uuid) to authenticated;

-- Called by definer functions and jobs alone.
create function private.is_file_gone(file public.files)
  returns boolean
  language sql stable set search_path = ''
as $$
  select file.deleted_at <= now() - make_interval(days => private.setting_integer('files.restore_days')::int)
    or file.expires_at <= now()
$$;
comment on function private.is_file_gone(public.files) is 'Whether the time to restore a deleted file is over.';

-- Definer: who reads files reads no usage of organizations they do not belong to.
create function private.get_storage_usage(organization_id uuid)
  returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_permission(get_storage_usage.organization_id, 'files.read', 'read storage usage');
  return jsonb_build_object(
    'used_bytes', coalesce((
      select file_usage.used_bytes from private.file_usage
      where file_usage.organization_id = get_storage_usage.organization_id
    ), 0),
    'limit_bytes', private.entitlement(get_storage_usage.organization_id, 'storage_bytes')
  );
end;
$$;
comment on function private.get_storage_usage(uuid) is 'Body of public.get_storage_usage.';
grant execute on function private.get_storage_usage(uuid) to authenticated;

create function public.get_storage_usage(organization_id uuid)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.get_storage_usage(get_storage_usage.organization_id)
$$;
comment on function public.get_storage_usage(uuid) is
  $$How much of its storage an organization uses: {"used_bytes", "limit_bytes"}. Needs files.read.

Equal files count once; uploads on their way, older versions and deleted files that can be restored count. limit_bytes is
null where there is no limit.$$;
grant execute on function public.get_storage_usage(uuid) to authenticated;
