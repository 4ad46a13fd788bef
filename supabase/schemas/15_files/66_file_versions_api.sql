-- Definer: clients hold no insert.
create function private.begin_version(file_id uuid, media_type text, size_bytes bigint)
  returns public.file_versions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_file public.files := private.lock_file(begin_version.file_id, 'upload a version of the');
  v_category public.file_categories;
begin
  perform private.require_file_change(v_file, 'upload a version of the');
  if v_file.state in ('uploading', 'deleted') then
    perform private.raise_error(409, 'file_state_invalid',
      format('Cannot upload a version of the file: it is "%s"', v_file.state),
      case v_file.state when 'deleted' then 'Restore it first.' else 'Finish its first upload.' end);
  end if;
  if exists (
    select from public.file_versions
    where file_versions.file_id = v_file.id and file_versions.state in ('uploading', 'quarantined')
  ) then
    perform private.raise_error(409, 'file_version_pending',
      'Cannot upload a version of the file: another one is being uploaded or scanned', 'Wait until it is done.');
  end if;
  select * into v_category from public.file_categories where file_categories.category = v_file.category;
  v_file.media_type := lower(btrim(split_part(begin_version.media_type, ';', 1)));
  v_file.size_bytes := begin_version.size_bytes;
  v_file.checksum := null;
  v_file.state := 'uploading';
  v_file.uploaded_by := (select private.acting_person_id());
  perform private.require_upload_fits(v_category, v_file.media_type, v_file.size_bytes);
  return private.insert_file_version(v_file, private.next_version_number(v_file.id), is_trusted := false);
end;
$$;
comment on function private.begin_version(uuid, text, bigint) is 'Body of public.begin_version.';
grant execute on function private.begin_version(uuid, text, bigint) to authenticated;

-- Called by definer functions alone.
create function private.require_upload_fits(category public.file_categories, media_type text, size_bytes bigint)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  if require_upload_fits.media_type is null or require_upload_fits.media_type <> all (category.media_types) then
    perform private.raise_error(415, 'file_type_not_allowed',
      format('Cannot upload file: "%s" is no media type of category "%s"', require_upload_fits.media_type,
        category.category),
      'Allowed are ' || array_to_string(category.media_types, ', ') || '.');
  end if;
  if coalesce(require_upload_fits.size_bytes, 0) < 1 then
    perform private.raise_error(422, 'file_empty', 'Cannot upload file: it has no content');
  end if;
  if require_upload_fits.size_bytes > category.largest_bytes then
    perform private.raise_error(413, 'file_too_large',
      format('Cannot upload file: it has %s bytes, more than the %s of category "%s"', require_upload_fits.size_bytes,
        category.largest_bytes, category.category));
  end if;
end;
$$;
comment on function private.require_upload_fits(public.file_categories, text, bigint) is
  'Refuses what a category does not take: 415 file_type_not_allowed, 422 file_empty, 413 file_too_large.';

-- Called by definer functions that hold the lock of the file.
create function private.next_version_number(file_id uuid)
  returns int
  language sql stable set search_path = ''
as $$
  select max(file_versions.version_number) + 1 from public.file_versions
  where file_versions.file_id = next_version_number.file_id
$$;
comment on function private.next_version_number(uuid) is 'The number that the next version of a file gets.';

create function public.begin_version(file_id uuid, media_type text, size_bytes bigint)
  returns public.file_versions
  language sql volatile set search_path = ''
as $$
  select private.begin_version(begin_version.file_id, begin_version.media_type, begin_version.size_bytes)
$$;
comment on function public.begin_version(uuid, text, bigint) is
  $$Announces a new version of a file and returns where to upload it, like begin_upload.

The older version stays what people see until the new one is clean. For who uploaded the file, and files.manage. 409
file_version_pending while another one is on its way; 413, 415 and 409 storage_limit_reached as begin_upload.$$;
grant execute on function public.begin_version(uuid, text, bigint) to authenticated;

-- Definer: clients hold no insert.
create function private.restore_version(file_id uuid, version_number int)
  returns public.file_versions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_file public.files := private.lock_file(restore_version.file_id, 'restore a version of the');
  v_old public.file_versions;
  v_present public.file_versions;
  v_version public.file_versions;
begin
  perform private.require_file_change(v_file, 'restore a version of the');
  if v_file.state = 'deleted' then
    perform private.raise_error(409, 'file_state_invalid', 'Cannot restore a version of the file: it is deleted',
      'Restore the file first.');
  end if;
  select * into v_old from public.file_versions
  where file_versions.file_id = v_file.id and file_versions.version_number = restore_version.version_number
    and file_versions.state = 'clean';
  if not found then
    perform private.raise_error(404, 'file_version_not_found', 'Cannot restore a version: the file has no such clean version');
  end if;
  select * into v_present from public.file_versions
  where file_versions.file_id = v_file.id and file_versions.version_number = v_file.version_number;
  if v_present.object_path = v_old.object_path then
    return v_present;
  end if;
  -- A removal of the object waits for this transaction, and then sees that it is used.
  perform from private.file_objects
  where file_objects.bucket_id = v_old.bucket_id and file_objects.object_path = v_old.object_path
  for update;
  -- Its content again, under a new number: the history keeps what was in between.
  insert into public.file_versions (
    organization_id, file_id, version_number, bucket_id, object_path, media_type, size_bytes, checksum, state, is_trusted,
    uploaded_by, scanned_at, scanned_by
  )
  values (
    v_old.organization_id, v_old.file_id, private.next_version_number(v_file.id), v_old.bucket_id, v_old.object_path,
    v_old.media_type, v_old.size_bytes, v_old.checksum, 'clean', v_old.is_trusted, (select private.acting_person_id()),
    v_old.scanned_at, v_old.scanned_by
  )
  returning * into v_version;
  perform private.show_file_version(v_version);
  perform private.broadcast_file(v_version.organization_id, v_version.file_id, v_version.state);
  return v_version;
end;
$$;
comment on function private.restore_version(uuid, int) is 'Body of public.restore_version.';
grant execute on function private.restore_version(uuid, int) to authenticated;

create function public.restore_version(file_id uuid, version_number int)
  returns public.file_versions
  language sql volatile set search_path = ''
as $$
  select private.restore_version(restore_version.file_id, restore_version.version_number)
$$;
comment on function public.restore_version(uuid, int) is
  $$Makes the content of an older version the present one, as a new version, and returns it.

For who uploaded the file, and files.manage. Where it is the present content already it changes nothing. Errors: 404
file_not_found or file_version_not_found, 409 file_state_invalid.$$;
grant execute on function public.restore_version(uuid, int) to authenticated;

create function private.trim_versions(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  -- The newest of a file are kept, and the present one, whatever its number; and all while the law keeps the file.
  delete from public.file_versions where file_versions.id in (
    select old.id from (
      select versions.id, versions.version_number, files.version_number as present_number, versions.organization_id,
        row_number() over (partition by versions.file_id order by versions.version_number desc) as place
      from public.files
      join public.file_versions as versions on versions.file_id = files.id
      where files.version_number > 1 and coalesce(files.retention_ends_at <= now(), true)
        and versions.state in ('clean', 'infected')
    ) as old
    where old.version_number <> old.present_number
      and old.place > private.setting_integer('files.keep_versions', old.organization_id)
    limit trim_versions.batch_size
  );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.trim_versions(int) is
  'Removes the oldest versions of files beyond setting files.keep_versions, and returns how many.';

create function private.job_trim_versions(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring('files_trim_versions', 'private.trim_versions'::regproc, job_trim_versions.batch_size)
$$;
comment on function private.job_trim_versions(int) is 'Removes the oldest versions of files.';
