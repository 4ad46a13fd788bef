select private.audit_table(
  'public.files',
  '{category, name, media_type, size_bytes, state, version_number, uploaded_by, retention_ends_at, expires_at, deleted_at}'
);
