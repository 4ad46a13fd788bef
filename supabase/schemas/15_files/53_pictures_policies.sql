-- Bucket "picture-uploads": pictures of people and organizations on their way into the public bucket "avatars".
create policy picture_uploads_select_owner on storage.objects
  for select to authenticated
  using (bucket_id = 'picture-uploads' and (storage.foldername(name))[1] = any (array(select private.avatar_folders())));
create policy picture_uploads_insert_owner on storage.objects
  for insert to authenticated
  with check (
    bucket_id = 'picture-uploads' and (storage.foldername(name))[1] = any (array(select private.avatar_folders()))
  );
create policy picture_uploads_update_owner on storage.objects
  for update to authenticated
  using (bucket_id = 'picture-uploads' and (storage.foldername(name))[1] = any (array(select private.avatar_folders())))
  with check (
    bucket_id = 'picture-uploads' and (storage.foldername(name))[1] = any (array(select private.avatar_folders()))
  );
create policy picture_uploads_delete_owner on storage.objects
  for delete to authenticated
  using (bucket_id = 'picture-uploads' and (storage.foldername(name))[1] = any (array(select private.avatar_folders())));
