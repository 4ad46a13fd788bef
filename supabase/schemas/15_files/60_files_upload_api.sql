-- Definer: clients hold no insert.
create function private.begin_upload(
  organization_id uuid, category text, name text, media_type text, size_bytes bigint
)
  returns public.file_versions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_category public.file_categories;
  v_file public.files;
  v_version public.file_versions;
begin
  perform private.require_permission(begin_upload.organization_id, 'files.write', 'upload file');
  select * into v_category from public.file_categories
  where file_categories.category = begin_upload.category and file_categories.is_client_upload;
  if not found then
    perform private.raise_error(422, 'file_category_unknown',
      format('Cannot upload file: there is no category "%s"', begin_upload.category),
      'Categories are listed in file_categories.');
  end if;
  v_file.organization_id := begin_upload.organization_id;
  v_file.category := v_category.category;
  v_file.name := btrim(begin_upload.name);
  v_file.media_type := lower(btrim(split_part(begin_upload.media_type, ';', 1)));
  v_file.size_bytes := begin_upload.size_bytes;
  v_file.state := 'uploading';
  v_file.uploaded_by := (select private.acting_person_id());
  if v_file.name is null or char_length(v_file.name) not between 1 and 255 or v_file.name ~ '[[:cntrl:]/\\]'
    or v_file.name in ('.', '..')
  then
    perform private.raise_error(422, 'file_name_invalid',
      'Cannot upload file: the name must have 1 to 255 characters, in one line and without slashes');
  end if;
  perform private.require_upload_fits(v_category, v_file.media_type, v_file.size_bytes);
  v_file := private.insert_file(v_file, is_trusted := false);
  select * into v_version from public.file_versions where file_versions.file_id = v_file.id;
  return v_version;
end;
$$;
comment on function private.begin_upload(uuid, text, text, text, bigint) is 'Body of public.begin_upload.';
grant execute on function private.begin_upload(uuid, text, text, text, bigint) to authenticated;

create function public.begin_upload(
  organization_id uuid, category text, name text, media_type text, size_bytes bigint
)
  returns public.file_versions
  language sql volatile set search_path = ''
as $$
  select private.begin_upload(
    begin_upload.organization_id, begin_upload.category, begin_upload.name, begin_upload.media_type,
    begin_upload.size_bytes
  )
$$;
comment on function public.begin_upload(uuid, text, text, text, bigint) is
  $$Announces a file and returns where to upload it: file_id, bucket_id and object_path. Needs files.write.

Then storage.from(bucket_id).upload(object_path, content), with at most size_bytes, within 24 hours. The scan follows; the
file can be read when its state is clean. Refuses with 413 file_too_large, 415 file_type_not_allowed and 409
storage_limit_reached.$$;
grant execute on function public.begin_upload(uuid, text, text, text, bigint) to authenticated;

-- Definer: the backend writes through functions alone.
create function private.register_file(
  organization_id uuid,
  bucket_id text,
  category text,
  name text,
  media_type text,
  size_bytes bigint,
  checksum text,
  uploaded_by uuid default null,
  expires_at timestamptz default null,
  state public.file_state default 'uploading'
)
  returns public.files
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_file public.files;
begin
  if register_file.state not in ('uploading', 'clean') then
    raise exception 'A file is registered as uploading or clean, not as "%"', register_file.state
      using errcode = 'invalid_parameter_value';
  end if;
  v_file.organization_id := register_file.organization_id;
  v_file.bucket_id := register_file.bucket_id;
  v_file.category := register_file.category;
  v_file.name := register_file.name;
  v_file.media_type := register_file.media_type;
  v_file.size_bytes := register_file.size_bytes;
  v_file.checksum := register_file.checksum;
  v_file.uploaded_by := register_file.uploaded_by;
  v_file.expires_at := register_file.expires_at;
  -- Of what is being made nobody knows the size yet: it is clean once its object is there.
  v_file.state := case when register_file.size_bytes is null then 'uploading' else register_file.state end;
  return private.insert_file(v_file, is_trusted := register_file.state = 'clean');
end;
$$;
comment on function private.register_file(
  uuid, text, text, text, text, bigint, text, uuid, timestamptz, public.file_state
) is $$Makes the row of a file that the backend puts into Storage, and returns it; for the backend and other domains.

Its object belongs to <organization_id>/<category>/<id>/1 of the bucket, without an owner. With state "clean" the backend made
the content itself: with a known size the row is clean at once, without one when the object arrives. With state "uploading"
the object goes to the scan. Passing the organization's storage raises 409 storage_limit_reached.$$;
grant execute on function private.register_file(
  uuid, text, text, text, text, bigint, text, uuid, timestamptz, public.file_state
) to service_role;

create function public.register_file(
  organization_id uuid,
  bucket_id text,
  category text,
  name text,
  media_type text,
  size_bytes bigint,
  checksum text,
  uploaded_by uuid default null,
  expires_at timestamptz default null,
  state public.file_state default 'uploading'
)
  returns public.files
  language sql volatile set search_path = ''
as $$
  select private.register_file(
    register_file.organization_id, register_file.bucket_id, register_file.category, register_file.name,
    register_file.media_type, register_file.size_bytes, register_file.checksum, register_file.uploaded_by,
    register_file.expires_at, register_file.state
  )
$$;
comment on function public.register_file(
  uuid, text, text, text, text, bigint, text, uuid, timestamptz, public.file_state
) is $$Makes the row of a file that the backend puts into Storage, and returns it. For the backend itself.

Its object belongs to <organization_id>/<category>/<id>/1 of the bucket. With state "clean" and without a size the row becomes
clean when the object arrives, with its size.$$;
grant execute on function public.register_file(
  uuid, text, text, text, text, bigint, text, uuid, timestamptz, public.file_state
) to service_role;
