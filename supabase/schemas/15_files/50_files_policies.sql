create policy file_categories_select_person on public.file_categories
  for select to authenticated using ((select private.is_known_caller()));

-- Written by the RPCs and by Storage's trigger; clients change the name alone.
alter table public.files enable row level security;
revoke all on public.files from anon, authenticated, service_role;
grant select, update (name) on public.files to authenticated;
grant select on public.files to service_role;
create policy files_select_member on public.files
  for select to authenticated
  using (
    organization_id = any (array(select private.organizations_with('files.read')))
    and (
      not is_private
      or uploaded_by = (select private.acting_person_id())
      or organization_id = any (array(select private.organizations_with('files.manage')))
    )
  );
create policy files_update_writer on public.files
  for update to authenticated
  using (
    deleted_at is null
    and (
      organization_id = any (array(select private.organizations_with('files.manage')))
      or (
        uploaded_by = (select private.acting_person_id())
        and organization_id = any (array(select private.organizations_with('files.write')))
      )
    )
  )
  with check (
    organization_id = any (array(select private.organizations_with('files.manage')))
    or (
      uploaded_by = (select private.acting_person_id())
      and organization_id = any (array(select private.organizations_with('files.write')))
    )
  );

alter table public.file_versions enable row level security;
revoke all on public.file_versions from anon, authenticated, service_role;
grant select on public.file_versions to authenticated, service_role;
create policy file_versions_select_member on public.file_versions
  for select to authenticated
  using (
    organization_id = any (array(select private.organizations_with('files.read')))
    -- Under the policy of files: private ones are seen by few.
    and exists (select from public.files where files.id = file_versions.file_id)
  );

-- Storage asks these. Both tables are read under their own policies.
create policy files_select_reader on storage.objects
  for select to authenticated
  using (
    exists (
      select from public.file_versions
      join public.files on files.id = file_versions.file_id
      where file_versions.bucket_id = objects.bucket_id and file_versions.object_path = objects.name
        and files.organization_id = any (array(select private.organizations_with('files.read')))
        and files.deleted_at is null
        -- Not even one's own before the scan: a link that is signed today is handed on.
        and file_versions.state = 'clean'
    )
  );
create policy files_insert_uploader on storage.objects
  for insert to authenticated
  with check (
    exists (
      select from public.file_versions
      where file_versions.bucket_id = objects.bucket_id and file_versions.object_path = objects.name
        and file_versions.state = 'uploading'
        and file_versions.uploaded_by = (select private.acting_person_id())
        and file_versions.organization_id = any (array(select private.organizations_with('files.write')))
    )
  );
