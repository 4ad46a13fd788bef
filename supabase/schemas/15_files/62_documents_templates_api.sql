-- Definer: clients hold no insert.
create function private.save_document_template(
  organization_id uuid,
  kind text,
  name text,
  title_source text,
  body_source text,
  locale text default 'en',
  page_size text default 'A4',
  page_orientation text default 'portrait'
)
  returns public.document_template_versions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_template_id uuid;
  v_version public.document_template_versions;
begin
  perform private.require_permission(save_document_template.organization_id, 'documents.manage', 'save template');
  -- Locks the template: of two that save at once the second one changes the draft of the first.
  insert into public.document_templates (organization_id, kind, name, locale)
  values (
    save_document_template.organization_id, save_document_template.kind, btrim(save_document_template.name),
    save_document_template.locale
  )
  on conflict on constraint document_templates_name_key do update set name = excluded.name
  returning id into v_template_id;
  update public.document_template_versions
  set title_source = save_document_template.title_source, body_source = save_document_template.body_source,
    page_size = save_document_template.page_size, page_orientation = save_document_template.page_orientation
  where document_template_versions.template_id = v_template_id and document_template_versions.state = 'draft'
  returning * into v_version;
  if not found then
    insert into public.document_template_versions (
      template_id, organization_id, version_number, title_source, body_source, page_size, page_orientation, created_by
    )
    select v_template_id, save_document_template.organization_id,
      coalesce(max(document_template_versions.version_number), 0) + 1, save_document_template.title_source,
      save_document_template.body_source, save_document_template.page_size, save_document_template.page_orientation,
      (select private.acting_person_id())
    from public.document_template_versions
    where document_template_versions.template_id = v_template_id
    returning * into v_version;
  end if;
  return v_version;
end;
$$;
comment on function private.save_document_template(uuid, text, text, text, text, text, text, text) is
  'Body of public.save_document_template.';
grant execute on function private.save_document_template(uuid, text, text, text, text, text, text, text) to authenticated;

create function public.save_document_template(
  organization_id uuid,
  kind text,
  name text,
  title_source text,
  body_source text,
  locale text default 'en',
  page_size text default 'A4',
  page_orientation text default 'portrait'
)
  returns public.document_template_versions
  language sql volatile set search_path = ''
as $$
  select private.save_document_template(
    save_document_template.organization_id, save_document_template.kind, save_document_template.name,
    save_document_template.title_source, save_document_template.body_source, save_document_template.locale,
    save_document_template.page_size, save_document_template.page_orientation
  )
$$;
comment on function public.save_document_template(uuid, text, text, text, text, text, text, text) is
  $$Writes the draft of a template and returns it. Needs documents.manage.

Kind, name and locale name the template; one that is not there yet is made. A published version stays as it is: saving after it
begins a new draft.$$;
grant execute on function public.save_document_template(uuid, text, text, text, text, text, text, text) to authenticated;

-- Definer: clients hold no update.
create function private.publish_document_template(version_id uuid)
  returns public.document_template_versions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_version public.document_template_versions;
begin
  select * into v_version from public.document_template_versions
  where document_template_versions.id = publish_document_template.version_id
    and document_template_versions.organization_id = any (array(select private.organizations_with('documents.read')));
  if not found then
    perform private.raise_error(404, 'document_template_not_found', 'Cannot publish template: no such version');
  end if;
  perform private.require_permission(v_version.organization_id, 'documents.manage', 'publish template');
  perform from public.document_templates where document_templates.id = v_version.template_id for update;
  select * into v_version from public.document_template_versions
  where document_template_versions.id = v_version.id for update;
  if v_version.state = 'published' then
    return v_version;
  end if;
  if v_version.state = 'retired' then
    perform private.raise_error(409, 'document_version_published', 'Cannot publish template: this version is retired',
      'Save the template: that begins a new version.');
  end if;
  if v_version.checked_at is null then
    perform private.raise_error(409, 'document_template_not_checked',
      'Cannot publish template: nobody has looked at it as it is now', 'Preview the version first.');
  end if;
  update public.document_template_versions set state = 'retired', retired_at = now()
  where document_template_versions.template_id = v_version.template_id
    and document_template_versions.state = 'published';
  update public.document_template_versions set state = 'published', published_at = now()
  where document_template_versions.id = v_version.id
  returning * into v_version;
  return v_version;
end;
$$;
comment on function private.publish_document_template(uuid) is 'Body of public.publish_document_template.';
grant execute on function private.publish_document_template(uuid) to authenticated;

create function public.publish_document_template(version_id uuid)
  returns public.document_template_versions
  language sql volatile set search_path = ''
as $$
  select private.publish_document_template(publish_document_template.version_id)
$$;
comment on function public.publish_document_template(uuid) is
  $$Has documents made with this version from now on, and retires the one before. Needs documents.manage.

The version must have been previewed as it is (checked_at): 409 document_template_not_checked.$$;
grant execute on function public.publish_document_template(uuid) to authenticated;

-- Definer: as private.publish_document_template.
create function private.retire_document_template(template_id uuid)
  returns void
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_organization_id uuid;
begin
  select document_templates.organization_id into v_organization_id from public.document_templates
  where document_templates.id = retire_document_template.template_id
    and document_templates.organization_id = any (array(select private.organizations_with('documents.read')));
  if not found then
    perform private.raise_error(404, 'document_template_not_found', 'Cannot retire template: no such template');
  end if;
  perform private.require_permission(v_organization_id, 'documents.manage', 'retire template');
  update public.document_template_versions set state = 'retired', retired_at = now()
  where document_template_versions.template_id = retire_document_template.template_id
    and document_template_versions.state = 'published';
end;
$$;
comment on function private.retire_document_template(uuid) is 'Body of public.retire_document_template.';
grant execute on function private.retire_document_template(uuid) to authenticated;

create function public.retire_document_template(template_id uuid)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.retire_document_template(retire_document_template.template_id)
$$;
comment on function public.retire_document_template(uuid) is
  'Has no more documents made with a template, until a version of it is published again. Needs documents.manage.';
grant execute on function public.retire_document_template(uuid) to authenticated;

-- Definer: the backend writes through functions alone.
create function private.mark_document_version_checked(version_id uuid, source_hash text)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.document_template_versions set checked_at = now()
  where document_template_versions.id = mark_document_version_checked.version_id
    and document_template_versions.state = 'draft'
    -- Somebody may have saved while it was rendered.
    and private.document_source_hash(document_template_versions) = mark_document_version_checked.source_hash;
  return found;
end;
$$;
comment on function private.mark_document_version_checked(uuid, text) is 'Body of public.mark_document_version_checked.';
grant execute on function private.mark_document_version_checked(uuid, text) to service_role;

create function public.mark_document_version_checked(version_id uuid, source_hash text)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.mark_document_version_checked(
    mark_document_version_checked.version_id, mark_document_version_checked.source_hash
  )
$$;
comment on function public.mark_document_version_checked(uuid, text) is
  $$Says that a preview of a draft went well, and returns whether it still is what was previewed. For the backend itself.

source_hash is that of get_document_preview.$$;
grant execute on function public.mark_document_version_checked(uuid, text) to service_role;
