-- What the job that scans uploads asks and tells. The decision itself is private.finish_scan.

-- Definer: the backend reaches tables through functions alone.
create function private.describe_file_to_scan(file_id uuid, version_number int)
  returns table (bucket_id text, object_path text, name text, media_type text, state public.file_state)
  language sql stable security definer set search_path = ''
as $$
  select file_versions.bucket_id, file_versions.object_path, files.name, file_versions.media_type, file_versions.state
  from public.file_versions
  join public.files on files.id = file_versions.file_id
  where file_versions.file_id = describe_file_to_scan.file_id
    and file_versions.version_number = describe_file_to_scan.version_number
$$;
comment on function private.describe_file_to_scan(uuid, int) is 'Body of public.describe_file_to_scan.';
grant execute on function private.describe_file_to_scan(uuid, int) to service_role;

create function public.describe_file_to_scan(file_id uuid, version_number int)
  returns table (bucket_id text, object_path text, name text, media_type text, state public.file_state)
  language sql stable set search_path = ''
as $$
  select * from private.describe_file_to_scan(describe_file_to_scan.file_id, describe_file_to_scan.version_number)
$$;
comment on function public.describe_file_to_scan(uuid, int) is
  'Where a version is, and what it was announced as; nothing when it is gone. For the backend itself, which scans it.';
grant execute on function public.describe_file_to_scan(uuid, int) to service_role;

-- Definer: as private.describe_file_to_scan.
create function private.forget_infected_object(file_id uuid, version_number int)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.file_objects set size_bytes = 0, missing_at = coalesce(file_objects.missing_at, now())
  from public.file_versions
  where file_versions.file_id = forget_infected_object.file_id
    and file_versions.version_number = forget_infected_object.version_number and file_versions.state = 'infected'
    and file_objects.bucket_id = file_versions.bucket_id and file_objects.object_path = file_versions.object_path;
  return found;
end;
$$;
comment on function private.forget_infected_object(uuid, int) is 'Body of public.forget_infected_object.';
grant execute on function private.forget_infected_object(uuid, int) to service_role;

create function public.forget_infected_object(file_id uuid, version_number int)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.forget_infected_object(forget_infected_object.file_id, forget_infected_object.version_number)
$$;
comment on function public.forget_infected_object(uuid, int) is
  $$Records that the content of an infected version was removed from Storage, so that it takes no room any more.

For the backend itself. False when there is no such version, or it is not infected.$$;
grant execute on function public.forget_infected_object(uuid, int) to service_role;

-- Whoever signed a link to it before must find nothing, so the content goes, and not only the right to read it.
select private.subscribe('file.infected', 'file.isolate');
