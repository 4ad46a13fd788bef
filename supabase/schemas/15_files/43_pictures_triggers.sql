-- Definer: runs as Storage's own role, which holds no grant on jobs.
create function private.objects_publish_picture()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_folder text := (storage.foldername(new.name))[1];
begin
  -- Of two pictures of the same folder the later one stays.
  perform private.enqueue_job(
    'picture.publish', jsonb_build_object('folder_id', v_folder, 'object_path', new.name), queue := 'pictures',
    dedupe_key := concat_ws(':', new.id, new.version), ordering_key := 'picture:' || v_folder
  );
  return null;
end;
$$;
comment on function private.objects_publish_picture() is
  'Has a picture that was uploaded made into one without metadata, which everybody may see.';
create trigger t900_publish_picture after insert or update of version, metadata on storage.objects
  -- Storage first tries whether it may, sometimes before it knows the size, and takes the try back.
  for each row when (
    new.bucket_id = 'picture-uploads' and new.metadata ->> 'size' is not null
    and new.name ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.'
  )
  execute function private.objects_publish_picture();

-- Definer: people hold no grant on jobs.
create function private.profiles_remove_picture()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.enqueue_job(
    'picture.remove', jsonb_build_object('object_path', old.avatar_path), queue := 'pictures'
  );
  return null;
end;
$$;
comment on function private.profiles_remove_picture() is
  'Removes the former picture from bucket "avatars" when another one or none takes its place.';
create trigger t900_remove_picture after update of avatar_path on public.profiles
  for each row when (old.avatar_path is not null and old.avatar_path is distinct from new.avatar_path)
  execute function private.profiles_remove_picture();

-- Definer: as private.profiles_remove_picture.
create function private.organizations_remove_picture()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.enqueue_job(
    'picture.remove', jsonb_build_object('object_path', old.logo_path), queue := 'pictures'
  );
  return null;
end;
$$;
comment on function private.organizations_remove_picture() is
  'Removes the former logo from bucket "avatars" when another one or none takes its place.';
create trigger t900_remove_picture after update of logo_path on public.organizations
  for each row when (old.logo_path is not null and old.logo_path is distinct from new.logo_path)
  execute function private.organizations_remove_picture();

-- Definer: as private.profiles_remove_picture.
create function private.profile_details_copy_picture()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.enqueue_job(
    'picture.copy', jsonb_build_object('user_id', new.user_id, 'picture_url', new.picture_url), queue := 'pictures',
    dedupe_key := new.user_id || ' ' || new.picture_url, ordering_key := 'picture:' || new.user_id
  );
  return null;
end;
$$;
comment on function private.profile_details_copy_picture() is
  'Copies the picture at the sign-in provider, so that who looks at a profile does not ask the provider for it.';
create trigger t900_copy_picture after update of picture_url on public.profile_details
  for each row when (new.picture_url is not null and old.picture_url is distinct from new.picture_url)
  execute function private.profile_details_copy_picture();
