insert into public.permissions (permission, is_kept_on_suspension, description) values
  ('files.read', true, 'See and download the organization''s files'),
  ('files.write', false, 'Upload files, rename and delete own ones'),
  ('files.manage', false, 'Rename, delete and restore all files, see private ones, share and back up');
insert into public.role_permissions (role, permission)
select roles.role, permissions.permission
from public.roles
cross join public.permissions
where not roles.is_outsider
  and case permissions.permission
    when 'files.read' then true
    when 'files.write' then roles.rank >= 20
    when 'files.manage' then roles.rank >= 80
  end;

insert into private.limit_definitions (key, default_value, description) values
  ('storage_bytes', 1073741824, 'Bytes of all files, uploads on their way and deleted ones that can be restored included');

select private.define_setting(
  'files.restore_days', 'integer', '30', 'For how many days a deleted file can be restored', minimum := 1, maximum := 365
);
select private.define_setting(
  'files.upload_hours', 'integer', '24', 'After how many hours an upload that was not finished is given up',
  minimum := 3, maximum := 168
);
select private.define_setting(
  'files.infected_days', 'integer', '30', 'After how many days an infected file is deleted', minimum := 1, maximum := 365
);
select private.define_setting(
  'files.link_seconds', 'integer', '300', 'How long a link to a download works', minimum := 10, maximum := 86400
);

-- Decisions, "uploads": 25 MB, decks 50 MB.
with kinds (name, media_types) as (
  values
    ('document', '{
      application/pdf, text/csv,
      application/vnd.openxmlformats-officedocument.wordprocessingml.document,
      application/vnd.openxmlformats-officedocument.spreadsheetml.sheet,
      application/vnd.openxmlformats-officedocument.presentationml.presentation
    }'::text[]),
    ('image', '{image/png, image/jpeg, image/webp, image/gif}'),
    ('deck', '{
      application/pdf, application/vnd.openxmlformats-officedocument.presentationml.presentation
    }'),
    ('table', '{
      text/csv, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
    }'),
    ('export', '{
      text/csv, application/json, application/pdf, application/zip,
      application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
    }')
)
insert into public.file_categories (category, bucket_id, is_client_upload, is_private, largest_bytes, media_types, description)
select listed.category, listed.bucket_id, listed.is_client_upload, listed.is_private, listed.largest_mebibytes * 1048576,
  array(
    select distinct media_type from kinds cross join lateral unnest(kinds.media_types) as media_type
    where kinds.name = any (listed.kinds) order by media_type
  ),
  listed.description
from (
  values
    ('attachment', 'organization-files', true, false, 25, '{document, image}'::text[], 'Documents and images of everyday work'),
    ('image', 'organization-files', true, false, 25, '{image}', 'Images that everybody in the organization sees'),
    ('document', 'documents', true, false, 25, '{document}', 'Documents that people keep, and those that the backend makes'),
    ('deck', 'decks', true, false, 50, '{deck}', 'Pitch decks'),
    ('form_upload', 'form-uploads', true, true, 25, '{document, image}', 'What is uploaded with the answer to a form'),
    ('chat_attachment', 'chat-attachments', true, true, 25, '{document, image}', 'What is sent with a chat message'),
    ('import', 'organization-files', true, true, 25, '{table}', 'Tables to be imported'),
    ('export', 'exports', false, true, 50, '{export}', 'Lists and backups that the backend made for somebody')
) as listed (category, bucket_id, is_client_upload, is_private, largest_mebibytes, kinds, description);

insert into public.webhook_event_types (topic, description, example) values
  ('file.clean', 'A file was scanned and can be read', '{"file_id": "5b0c7c0e-55a1-4c8e-9f5e-2f6b8d1f0a77", "version_number": 1}'),
  ('file.infected', 'A scan found something in a file, which nobody can read any more',
    '{"file_id": "5b0c7c0e-55a1-4c8e-9f5e-2f6b8d1f0a77", "version_number": 1}'),
  ('file.deleted', 'A file was deleted; it can be restored for some days', '{"file_id": "5b0c7c0e-55a1-4c8e-9f5e-2f6b8d1f0a77"}')
on conflict do nothing;
