create function private.file_object_path(organization_id uuid, category text, file_id uuid, version_number int)
  returns text
  language sql immutable set search_path = ''
as $$
  select concat_ws('/', file_object_path.organization_id, file_object_path.category, file_object_path.file_id,
    file_object_path.version_number)
$$;
comment on function private.file_object_path(uuid, text, uuid, int) is 'Where the content of a new version is put in its bucket.';

-- Called by definer functions that checked the caller: it asks for no permission itself.
create function private.insert_file(file public.files, is_trusted boolean)
  returns public.files
  language plpgsql volatile set search_path = ''
as $$
declare
  v_file public.files := insert_file.file;
  v_category public.file_categories;
begin
  select * into v_category from public.file_categories where file_categories.category = v_file.category;
  if not found then
    perform private.raise_error(422, 'file_category_unknown',
      format('Cannot upload file: there is no category "%s"', v_file.category), 'Categories are listed in file_categories.');
  end if;
  v_file.id := gen_random_uuid();
  v_file.bucket_id := coalesce(v_file.bucket_id, v_category.bucket_id);
  v_file.is_private := v_category.is_private;
  v_file.name := btrim(v_file.name);
  v_file.media_type := lower(btrim(split_part(v_file.media_type, ';', 1)));
  v_file.size_bytes := coalesce(v_file.size_bytes, 0);
  v_file.retention_ends_at := now() + make_interval(days => v_category.minimum_retention_days);
  v_file.expires_at := coalesce(v_file.expires_at, now() + make_interval(days => v_category.retention_days));
  insert into public.files (
    id, organization_id, bucket_id, category, is_private, name, media_type, size_bytes, checksum, state, uploaded_by,
    retention_ends_at, expires_at
  )
  values (
    v_file.id, v_file.organization_id, v_file.bucket_id, v_file.category, v_file.is_private, v_file.name,
    v_file.media_type, v_file.size_bytes, v_file.checksum, v_file.state, v_file.uploaded_by, v_file.retention_ends_at,
    v_file.expires_at
  )
  returning * into v_file;
  perform private.insert_file_version(v_file, 1, insert_file.is_trusted);
  return v_file;
end;
$$;
comment on function private.insert_file(public.files, boolean) is
  $$Makes a file with its first version and room for its object, and returns it.

Refuses what passes the organization's storage. is_trusted: the backend makes the content, so that no scan follows.$$;

-- As private.insert_file.
create function private.insert_file_version(file public.files, version_number int, is_trusted boolean)
  returns public.file_versions
  language plpgsql volatile set search_path = ''
as $$
declare
  v_path text := private.file_object_path(file.organization_id, file.category, file.id, insert_file_version.version_number);
  v_version public.file_versions;
begin
  insert into private.file_objects (bucket_id, object_path, organization_id, size_bytes)
  values (file.bucket_id, v_path, file.organization_id, file.size_bytes);
  insert into public.file_versions (
    organization_id, file_id, version_number, bucket_id, object_path, media_type, size_bytes, checksum, state, is_trusted,
    uploaded_by
  )
  values (
    file.organization_id, file.id, insert_file_version.version_number, file.bucket_id, v_path, file.media_type,
    file.size_bytes, file.checksum, file.state, insert_file_version.is_trusted, file.uploaded_by
  )
  returning * into v_version;
  return v_version;
end;
$$;
comment on function private.insert_file_version(public.files, int, boolean) is
  'Makes a version of a file, which has the size, media type, state and uploader that are given with it.';

-- Called by triggers and definer functions alone.
create function private.show_file_version(version public.file_versions)
  returns void
  language sql volatile set search_path = ''
as $$
  update public.files
  set version_number = version.version_number, media_type = version.media_type, size_bytes = version.size_bytes,
    checksum = version.checksum, state = case when files.state = 'deleted' then 'deleted' else version.state end
  where files.id = version.file_id
    and (
      files.version_number = version.version_number
      -- An older one stays what people see until the newer one is clean.
      or (version.state = 'clean' and version.version_number > files.version_number)
    )
$$;
comment on function private.show_file_version(public.file_versions) is
  'Brings a file to what its version is, where that is the present one or becomes it.';

-- Called by triggers alone.
create function private.broadcast_file(organization_id uuid, file_id uuid, state public.file_state)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  -- Ids only: who hears it reads the rest under the policies.
  perform realtime.send(
    jsonb_build_object('file_id', broadcast_file.file_id, 'state', broadcast_file.state), 'file_changed',
    'organization:' || organizations.id || ':' || organizations.topic_epoch, true
  )
  from public.organizations where organizations.id = broadcast_file.organization_id;
end;
$$;
comment on function private.broadcast_file(uuid, uuid, public.file_state) is
  'Tells the private channel of the organization that a file is in another state, as event "file_changed".';
