create trigger t100_set_updated_at before update on public.files
  for each row when (old.download_count = new.download_count)
  execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.file_versions
  for each row execute function private.set_updated_at();

create function private.files_guard_change()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  if (new.id, new.organization_id, new.bucket_id, new.category, new.is_private, new.created_at)
    is distinct from (old.id, old.organization_id, old.bucket_id, old.category, old.is_private, old.created_at)
    -- The account may go; nobody else takes the file over.
    or (new.uploaded_by is distinct from old.uploaded_by and new.uploaded_by is not null)
  then
    perform private.raise_error(409, 'column_protected',
      'Cannot change file: organization, category, bucket and uploader are set for good');
  end if;
  -- The scan compared the ending with the content; nobody shall take it for something else afterwards.
  if lower(substring(new.name from '\.[^.]+$')) is distinct from lower(substring(old.name from '\.[^.]+$')) then
    perform private.raise_error(422, 'file_name_invalid', 'Cannot rename file: the ending of the name stays',
      'Change what stands before the last full stop.');
  end if;
  -- Another version has a state of its own.
  if new.state is distinct from old.state and new.version_number = old.version_number
    and (old.state, new.state) not in (
      ('uploading', 'quarantined'), ('uploading', 'clean'), ('quarantined', 'clean'), ('quarantined', 'infected'),
      ('clean', 'infected'), ('quarantined', 'deleted'), ('clean', 'deleted'), ('infected', 'deleted'),
      ('deleted', 'quarantined'), ('deleted', 'clean'), ('deleted', 'infected')
    )
  then
    perform private.raise_error(409, 'file_state_invalid',
      format('Cannot change file: it is "%s" and cannot become "%s"', old.state, new.state));
  end if;
  return new;
end;
$$;
comment on function private.files_guard_change() is 'Lets a file go from state to state as it may, and keeps what is set for good.';
create trigger t300_guard_change before update on public.files
  for each row execute function private.files_guard_change();

create function private.file_versions_guard_change()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  if (new.id, new.organization_id, new.file_id, new.version_number, new.bucket_id, new.is_trusted, new.created_at)
    is distinct from
    (old.id, old.organization_id, old.file_id, old.version_number, old.bucket_id, old.is_trusted, old.created_at)
  then
    perform private.raise_error(409, 'column_protected', 'Cannot change version of file: this column is set for good');
  end if;
  if new.state is distinct from old.state
    and (old.state, new.state) not in (
      ('uploading', 'quarantined'), ('quarantined', 'clean'), ('quarantined', 'infected'), ('clean', 'infected')
    )
    -- What the backend makes is not scanned.
    and not (new.is_trusted and (old.state, new.state) = ('uploading', 'clean'))
  then
    perform private.raise_error(409, 'file_state_invalid',
      format('Cannot change version of file: it is "%s" and cannot become "%s"', old.state, new.state));
  end if;
  return new;
end;
$$;
comment on function private.file_versions_guard_change() is
  'Lets a version go from state to state as it may: never from the upload to clean without a scan.';
create trigger t300_guard_change before update on public.file_versions
  for each row execute function private.file_versions_guard_change();

-- Definer: who adds a file holds no grant on the limits.
create function private.file_objects_count_bytes()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_used bigint;
  v_limit bigint;
begin
  if tg_op <> 'INSERT' then
    -- None where the organization is gone.
    update private.file_usage
    set used_bytes = file_usage.used_bytes + case when tg_op = 'UPDATE' then new.size_bytes else 0 end - old.size_bytes
    where file_usage.organization_id = old.organization_id;
    return null;
  end if;
  -- Locks the row: of uploads at once each sees what the others took.
  insert into private.file_usage (organization_id, used_bytes) values (new.organization_id, new.size_bytes)
  on conflict (organization_id) do update set used_bytes = file_usage.used_bytes + excluded.used_bytes
  returning file_usage.used_bytes into v_used;
  v_limit := private.entitlement(new.organization_id, 'storage_bytes');
  -- What has no size yet needs room for a byte at least.
  if v_used + (new.size_bytes = 0)::int > v_limit
    and private.limit_action(new.organization_id, 'storage_bytes') = 'block'
  then
    perform private.raise_error(409, 'storage_limit_reached',
      format('Cannot upload file: the %s bytes of the organization''s storage are used up', v_limit),
      'Delete files, wait until deleted ones are gone, or choose a plan with more.');
  end if;
  return null;
end;
$$;
comment on function private.file_objects_count_bytes() is
  'Keeps the total of an organization''s objects, and refuses a new one that passes the limit "storage_bytes".';
create trigger t500_count_bytes_changed after insert or update of size_bytes on private.file_objects
  for each row execute function private.file_objects_count_bytes();
create trigger t500_count_bytes_removed after delete on private.file_objects
  for each row execute function private.file_objects_count_bytes();

-- Definer: an organization may be deleted by whoever may, who holds no grant on objects.
create function private.file_versions_leave_object()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Locked first: of two that leave the same object at once the second one sees that the first is gone.
  perform from private.file_objects
  where file_objects.bucket_id = old.bucket_id and file_objects.object_path = old.object_path
  for update;
  update private.file_objects set unreferenced_at = now()
  where file_objects.bucket_id = old.bucket_id and file_objects.object_path = old.object_path
    and not exists (
      select from public.file_versions
      where file_versions.bucket_id = old.bucket_id and file_versions.object_path = old.object_path
    );
  return null;
end;
$$;
comment on function private.file_versions_leave_object() is 'Marks an object that no version is in any more, so that it is removed.';
create trigger t500_leave_object_removed after delete on public.file_versions
  for each row execute function private.file_versions_leave_object();
create trigger t500_leave_object_changed after update of object_path on public.file_versions
  for each row when (old.object_path is distinct from new.object_path)
  execute function private.file_versions_leave_object();

-- Definer: runs as Storage's role and as clients, who hold no grant on jobs.
create function private.file_versions_tell_state()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_name jsonb := jsonb_build_object('file_id', new.file_id, 'version_number', new.version_number);
begin
  perform private.show_file_version(new);
  if new.state = 'quarantined' then
    perform private.enqueue_job(
      'file.scan', v_name, organization_id := new.organization_id, created_by := new.uploaded_by,
      dedupe_key := new.file_id || ':' || new.version_number
    );
  else
    perform private.emit_event('file.' || new.state, new.organization_id, v_name,
      format('file.%s:%s:%s', new.state, new.file_id, new.version_number));
  end if;
  perform private.broadcast_file(new.organization_id, new.file_id, new.state);
  return null;
end;
$$;
comment on function private.file_versions_tell_state() is
  'Has an uploaded version scanned, and tells of one that is clean or infected: topics "file.clean" and "file.infected".';
create trigger t900_tell_state after update of state on public.file_versions
  for each row when (old.state is distinct from new.state)
  execute function private.file_versions_tell_state();

-- Definer: as private.file_versions_tell_state.
create function private.files_tell_deletion()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  if new.state = 'deleted' then
    perform private.emit_event('file.deleted', new.organization_id, jsonb_build_object('file_id', new.id),
      format('file.deleted:%s:%s', new.id, extract(epoch from new.deleted_at)));
  end if;
  perform private.broadcast_file(new.organization_id, new.id, new.state);
  return null;
end;
$$;
comment on function private.files_tell_deletion() is 'Tells of a deletion (topic "file.deleted") and of a restoration.';
create trigger t900_tell_deletion after update of state on public.files
  for each row when (old.state is distinct from new.state and (old.state = 'deleted' or new.state = 'deleted'))
  execute function private.files_tell_deletion();

-- Definer: runs as Storage's own role, which holds no grant on our tables.
create function private.objects_receive_upload()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_version public.file_versions;
  v_size bigint := (new.metadata ->> 'size')::bigint;
begin
  select * into v_version from public.file_versions
  where file_versions.bucket_id = new.bucket_id and file_versions.object_path = new.name
    and file_versions.state = 'uploading'
  for update;
  if not found or new.owner_id is distinct from v_version.uploaded_by::text then
    -- The policy refuses as well, but Storage does not ask it for a signed upload, which may come late. The backend has
    -- no owner, and writes what it made over what it wrote.
    if new.owner_id is not null
      and exists (select from public.file_categories where file_categories.bucket_id = new.bucket_id)
    then
      raise exception 'Cannot store object: no upload was begun at this path, or it was ended'
        using errcode = 'insufficient_privilege', hint = 'Call begin_upload first.';
    end if;
    if v_version.id is null then
      return null;
    end if;
  end if;
  -- Storage first tries whether it may, sometimes before it knows the size, and takes the try back.
  if v_size is null then
    return null;
  end if;
  if v_size = 0 or (v_size > v_version.size_bytes and not v_version.is_trusted) then
    raise exception 'Cannot store object: it has % bytes, % were announced', v_size, v_version.size_bytes
      using errcode = 'insufficient_privilege';
  end if;
  update private.file_objects set size_bytes = v_size, missing_at = null
  where file_objects.bucket_id = new.bucket_id and file_objects.object_path = new.name;
  update public.file_versions
  set size_bytes = v_size,
    state = case when v_version.is_trusted then 'clean' else 'quarantined' end::public.file_state
  where file_versions.id = v_version.id;
  return null;
end;
$$;
comment on function private.objects_receive_upload() is
  'Takes in what was uploaded: into quarantine, and to the scan. Refuses what people put where no upload was begun.';
create trigger t500_receive_upload after insert or update of version, metadata on storage.objects
  for each row execute function private.objects_receive_upload();
