insert into public.permissions (permission, is_kept_on_suspension, description) values
  ('file_backups.read', true, 'See backups of the organization''s files');
insert into public.role_permissions (role, permission)
select roles.role, 'file_backups.read' from public.roles where roles.role in ('owner', 'admin');

insert into public.file_categories
  (category, bucket_id, is_client_upload, is_private, largest_bytes, media_types, retention_days, description)
values ('backup', 'exports', false, true, 67108864, '{application/json}', 30, 'Manifests of backups, with their parts');

insert into public.webhook_event_types (topic, description, example) values
  ('file_backup.finished', 'A backup of the organization''s files is ready, or was given up',
    '{"backup_id": "5b0c7c0e-55a1-4c8e-9f5e-2f6b8d1f0a77", "state": "ready"}'),
  ('file_restore.finished', 'Files were restored from a backup, or the restoration was given up',
    '{"restore_id": "5b0c7c0e-55a1-4c8e-9f5e-2f6b8d1f0a77", "state": "ready"}')
on conflict do nothing;
