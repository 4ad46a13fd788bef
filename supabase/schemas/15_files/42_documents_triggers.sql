create function private.document_template_versions_guard_change()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  if (new.id, new.template_id, new.organization_id, new.version_number, new.created_at)
    is distinct from (old.id, old.template_id, old.organization_id, old.version_number, old.created_at)
  then
    perform private.raise_error(409, 'column_protected', 'Cannot change version of template: this column is set for good');
  end if;
  if old.state <> 'draft' and (
    (new.title_source, new.body_source, new.page_size, new.page_orientation, new.published_at, new.checked_at)
      is distinct from
      (old.title_source, old.body_source, old.page_size, old.page_orientation, old.published_at, old.checked_at)
    or (new.state <> old.state and (old.state, new.state) <> ('published', 'retired'))
  )
  then
    perform private.raise_error(409, 'document_version_published',
      format('Cannot change version of template: it is "%s"', old.state), 'Save the template: that begins a new version.');
  end if;
  -- What was looked at is not what it says now.
  if (new.title_source, new.body_source, new.page_size, new.page_orientation)
    is distinct from (old.title_source, old.body_source, old.page_size, old.page_orientation)
  then
    new.checked_at := null;
  end if;
  return new;
end;
$$;
comment on function private.document_template_versions_guard_change() is
  'Keeps a version as it is once it is published, and forgets the check of a draft that changes.';
create trigger t300_guard_change before update on public.document_template_versions
  for each row execute function private.document_template_versions_guard_change();

select private.audit_table('public.document_templates', '{kind, name, locale}');
select private.audit_table(
  'public.document_template_versions', '{template_id, version_number, state, title_source, body_source, page_size, page_orientation}'
);
select private.audit_table('public.document_renders', '{kind, locale, state, data_hash, expires_on, file_id, title, error_code}');
select private.audit_table('public.document_expiries', '{expires_on}');
