-- Definer: the backend writes through functions alone.
create function private.finish_scan(
  file_id uuid,
  version_number int,
  outcome public.file_state,
  media_type text,
  size_bytes bigint,
  checksum text,
  engine text,
  finding text default null
)
  returns public.file_versions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_version public.file_versions;
  v_category public.file_categories;
  v_outcome public.file_state := finish_scan.outcome;
  v_finding text := finish_scan.finding;
  v_shared_path text;
begin
  if coalesce(v_outcome not in ('clean', 'infected'), true) then
    raise exception 'A scan ends with clean or infected, not with "%"', v_outcome using errcode = 'invalid_parameter_value';
  end if;
  select * into v_version from public.file_versions
  where file_versions.file_id = finish_scan.file_id and file_versions.version_number = finish_scan.version_number
  for update;
  -- Given up or purged meanwhile.
  if not found then
    return null;
  end if;
  -- The same scan again, or one that says less than what is known.
  if v_version.state not in ('quarantined', 'clean') or (v_version.state = 'clean' and v_outcome = 'clean') then
    return v_version;
  end if;
  select file_categories.* into v_category
  from public.files
  join public.file_categories using (category)
  where files.id = v_version.file_id;
  if v_outcome = 'clean' and v_category.is_client_upload and finish_scan.media_type <> all (v_category.media_types) then
    v_outcome := 'infected';
    v_finding := format('Content is "%s", which category "%s" does not take', finish_scan.media_type, v_category.category);
  end if;
  if v_outcome = 'clean' then
    v_shared_path := private.equal_object_path(v_version, finish_scan.size_bytes, finish_scan.checksum);
  end if;
  update private.file_objects set size_bytes = finish_scan.size_bytes
  where file_objects.bucket_id = v_version.bucket_id and file_objects.object_path = v_version.object_path
    and file_objects.size_bytes <> finish_scan.size_bytes;
  update public.file_versions
  set state = v_outcome, object_path = coalesce(v_shared_path, file_versions.object_path),
    media_type = coalesce(finish_scan.media_type, file_versions.media_type), size_bytes = finish_scan.size_bytes,
    checksum = finish_scan.checksum, scanned_at = now(), scanned_by = finish_scan.engine, finding = v_finding
  where file_versions.id = v_version.id
  returning * into v_version;
  -- Others in the same object are what it is.
  update public.file_versions
  set state = 'infected', scanned_at = now(), scanned_by = finish_scan.engine, finding = v_finding
  where v_outcome = 'infected' and file_versions.state = 'clean'
    and file_versions.bucket_id = v_version.bucket_id and file_versions.object_path = v_version.object_path;
  return v_version;
end;
$$;
comment on function private.finish_scan(uuid, int, public.file_state, text, bigint, text, text, text) is 'Body of public.finish_scan.';
grant execute on function private.finish_scan(uuid, int, public.file_state, text, bigint, text, text, text) to service_role;

-- Called by private.finish_scan alone.
create function private.equal_object_path(version public.file_versions, size_bytes bigint, checksum text)
  returns text
  language plpgsql volatile set search_path = ''
as $$
declare
  v_path text;
begin
  -- Of equal files that are scanned at once the second one sees the first.
  perform pg_advisory_xact_lock(
    hashtextextended(concat_ws(' ', 'files.checksum', version.organization_id, equal_object_path.checksum), 0)
  );
  select file_versions.object_path into v_path
  from public.file_versions
  join private.file_objects
    on file_objects.bucket_id = file_versions.bucket_id and file_objects.object_path = file_versions.object_path
  where file_versions.organization_id = version.organization_id and file_versions.bucket_id = version.bucket_id
    and file_versions.checksum = equal_object_path.checksum and file_versions.size_bytes = equal_object_path.size_bytes
    and file_versions.state = 'clean' and file_versions.id <> version.id
    and file_objects.unreferenced_at is null and file_objects.missing_at is null
  order by file_versions.created_at, file_versions.id
  limit 1
  -- A removal waits for this transaction, and then sees that the object is used.
  for update of file_objects;
  return v_path;
end;
$$;
comment on function private.equal_object_path(public.file_versions, bigint, text) is
  'Path of an object of the same organization and bucket that has the same content; null where there is none.';

create function public.finish_scan(
  file_id uuid,
  version_number int,
  outcome public.file_state,
  media_type text,
  size_bytes bigint,
  checksum text,
  engine text,
  finding text default null
)
  returns public.file_versions
  language sql volatile set search_path = ''
as $$
  select private.finish_scan(
    finish_scan.file_id, finish_scan.version_number, finish_scan.outcome, finish_scan.media_type,
    finish_scan.size_bytes, finish_scan.checksum, finish_scan.engine, finish_scan.finding
  )
$$;
comment on function public.finish_scan(uuid, int, public.file_state, text, bigint, text, text, text) is
  $$Records what a scan said of a version and returns it; null when the version is gone. For the backend itself.

outcome is clean or infected; media_type, size_bytes and checksum (SHA-256, lower hex) are of the content; engine names the
scanner with its signatures, finding what it found. Content that the category does not take makes a clean outcome infected.
A clean file may be found infected later; the same outcome again changes nothing.$$;
grant execute on function public.finish_scan(uuid, int, public.file_state, text, bigint, text, text, text) to service_role;
