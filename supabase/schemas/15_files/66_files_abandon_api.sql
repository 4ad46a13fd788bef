-- Definer: the backend writes through functions alone.
create function private.abandon_upload(file_id uuid, version_number int)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from public.file_versions
  where file_versions.file_id = abandon_upload.file_id and file_versions.version_number = abandon_upload.version_number
    and file_versions.state = 'uploading';
  if not found then
    return false;
  end if;
  delete from public.files
  where files.id = abandon_upload.file_id and files.state = 'uploading'
    and not exists (select from public.file_versions where file_versions.file_id = files.id);
  return true;
end;
$$;
comment on function private.abandon_upload(uuid, int) is 'Body of public.abandon_upload.';
grant execute on function private.abandon_upload(uuid, int) to service_role;

create function public.abandon_upload(file_id uuid, version_number int)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.abandon_upload(abandon_upload.file_id, abandon_upload.version_number)
$$;
comment on function public.abandon_upload(uuid, int) is
  'Gives up an upload that failed, with its room in the storage; false when it did not wait for content. For the backend itself.';
grant execute on function public.abandon_upload(uuid, int) to service_role;
