-- Definer: nobody holds a grant on the reports.
create function private.finish_file_sweep(stray_count int, stray_bytes bigint, checked_count int, missing_count int)
  returns bigint
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_id bigint;
begin
  insert into private.file_sweeps (stray_count, stray_bytes, checked_count, missing_count)
  values (
    finish_file_sweep.stray_count, finish_file_sweep.stray_bytes, finish_file_sweep.checked_count,
    finish_file_sweep.missing_count
  )
  returning file_sweeps.id into v_id;
  delete from private.file_sweeps where file_sweeps.finished_at < now() - interval '1 year';
  if finish_file_sweep.missing_count > 0 then
    perform private.emit_event('file.lost', null,
      jsonb_build_object('missing_count', finish_file_sweep.missing_count, 'sweep_id', v_id));
  end if;
  return v_id;
end;
$$;
comment on function private.finish_file_sweep(int, bigint, int, int) is 'Body of public.finish_file_sweep.';
grant execute on function private.finish_file_sweep(int, bigint, int, int) to service_role;

create function public.finish_file_sweep(stray_count int, stray_bytes bigint, checked_count int, missing_count int)
  returns bigint
  language sql volatile set search_path = ''
as $$
  select private.finish_file_sweep(
    finish_file_sweep.stray_count, finish_file_sweep.stray_bytes, finish_file_sweep.checked_count,
    finish_file_sweep.missing_count
  )
$$;
comment on function public.finish_file_sweep(int, bigint, int, int) is
  $$Records what a sweep over Storage found and returns its number. For the backend itself.

Files without content raise the alert "files_lost".$$;
grant execute on function public.finish_file_sweep(int, bigint, int, int) to service_role;

-- Definer: as private.finish_file_sweep.
create function private.list_file_sweeps(page_size int)
  returns table (
    id bigint, stray_count int, stray_bytes bigint, checked_count int, missing_count int, finished_at timestamptz
  )
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('list file sweeps');
  return query
  select file_sweeps.id, file_sweeps.stray_count, file_sweeps.stray_bytes, file_sweeps.checked_count,
    file_sweeps.missing_count, file_sweeps.finished_at
  from private.file_sweeps
  order by file_sweeps.id desc
  limit least(greatest(list_file_sweeps.page_size, 1), 400);
end;
$$;
comment on function private.list_file_sweeps(int) is 'Body of public.list_file_sweeps.';
grant execute on function private.list_file_sweeps(int) to authenticated;

create function public.list_file_sweeps(page_size int default 30)
  returns table (
    id bigint, stray_count int, stray_bytes bigint, checked_count int, missing_count int, finished_at timestamptz
  )
  language sql stable set search_path = ''
as $$
  select * from private.list_file_sweeps(list_file_sweeps.page_size)
$$;
comment on function public.list_file_sweeps(int) is
  'What the daily sweeps over Storage found, newest first. For platform admins with a second factor.';
grant execute on function public.list_file_sweeps(int) to authenticated;

-- Definer: as private.finish_file_sweep.
create function private.list_lost_files(page_size int)
  returns table (file_id uuid, version_number int, organization_id uuid, bucket_id text, object_path text, missing_at timestamptz)
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('list lost files');
  return query
  select file_versions.file_id, file_versions.version_number, file_versions.organization_id, file_objects.bucket_id,
    file_objects.object_path, file_objects.missing_at
  from private.file_objects
  join public.file_versions
    on file_versions.bucket_id = file_objects.bucket_id and file_versions.object_path = file_objects.object_path
  where file_objects.missing_at is not null and file_versions.state in ('quarantined', 'clean')
  order by file_objects.missing_at desc, file_versions.file_id
  limit least(greatest(list_lost_files.page_size, 1), 1000);
end;
$$;
comment on function private.list_lost_files(int) is 'Body of public.list_lost_files.';
grant execute on function private.list_lost_files(int) to authenticated;

create function public.list_lost_files(page_size int default 100)
  returns table (file_id uuid, version_number int, organization_id uuid, bucket_id text, object_path text, missing_at timestamptz)
  language sql stable set search_path = ''
as $$
  select * from private.list_lost_files(list_lost_files.page_size)
$$;
comment on function public.list_lost_files(int) is
  'Versions of files whose content Storage does not have, by the last sweep. For platform admins with a second factor.';
grant execute on function public.list_lost_files(int) to authenticated;
