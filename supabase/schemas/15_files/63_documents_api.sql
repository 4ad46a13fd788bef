-- Called by definer functions that checked the caller, and by other domains.
create function private.create_document(
  organization_id uuid,
  kind text,
  merge_data jsonb,
  locale text default 'en',
  template_id uuid default null,
  expires_on date default null,
  request_key text default null,
  created_by uuid default null
)
  returns public.document_renders
  language plpgsql volatile set search_path = ''
as $$
declare
  v_hash text := encode(sha256(convert_to(create_document.merge_data::text, 'UTF8')), 'hex');
  v_version public.document_template_versions;
  v_render public.document_renders;
begin
  if jsonb_typeof(create_document.merge_data) is distinct from 'object' then
    perform private.raise_error(422, 'document_data_invalid', 'Cannot make document: its data is no object');
  end if;
  if char_length(create_document.merge_data::text) > 500000 then
    perform private.raise_error(422, 'document_too_large', 'Cannot make document: its data has more than 500000 characters',
      'Split it into several documents, or export the rows as CSV or XLSX.');
  end if;
  if create_document.template_id is null then
    v_version := private.find_document_version(
      create_document.organization_id, create_document.kind, create_document.locale
    );
  else
    select document_template_versions.* into v_version
    from public.document_template_versions
    join public.document_templates on document_templates.id = document_template_versions.template_id
    where document_templates.id = create_document.template_id and document_templates.kind = create_document.kind
      and document_template_versions.state = 'published'
      and (document_templates.organization_id = create_document.organization_id or document_templates.organization_id is null);
  end if;
  if v_version.id is null then
    perform private.raise_error(404, 'document_template_not_found',
      format('Cannot make document: no template of kind "%s" is published', create_document.kind));
  end if;
  insert into public.document_renders (
    organization_id, template_version_id, kind, locale, data_hash, request_key, expires_on, created_by
  )
  values (
    create_document.organization_id, v_version.id, create_document.kind, create_document.locale,
    v_hash, create_document.request_key, create_document.expires_on,
    create_document.created_by
  )
  on conflict on constraint document_renders_request_key_key do nothing
  returning * into v_render;
  if not found then
    select * into v_render from public.document_renders
    where document_renders.organization_id = create_document.organization_id
      and document_renders.request_key = create_document.request_key;
    if (v_render.kind, v_render.data_hash, v_render.locale) is distinct from
      (create_document.kind, v_hash, create_document.locale)
    then
      perform private.raise_error(422, 'idempotency_key_reused',
        'Cannot make document: the key stood for another document', 'Use a new one.');
    end if;
    return v_render;
  end if;
  insert into private.document_merge_data (render_id, merge_data) values (v_render.id, create_document.merge_data);
  perform private.enqueue_job(
    'document.render', jsonb_build_object('render_id', v_render.id), organization_id := v_render.organization_id,
    created_by := v_render.created_by, dedupe_key := v_render.id::text
  );
  return v_render;
end;
$$;
comment on function private.create_document(uuid, text, jsonb, text, uuid, date, text, uuid) is
  $$Has a document made and returns its row; for other domains, which checked who asks.

With the same request_key it is the same document. Topic "document.ready" or "document.failed" follows.$$;
grant execute on function private.create_document(uuid, text, jsonb, text, uuid, date, text, uuid) to service_role;

-- Definer: clients hold no insert.
create function private.generate_document(
  organization_id uuid,
  kind text,
  merge_data jsonb,
  locale text default 'en',
  template_id uuid default null,
  expires_on date default null,
  request_key text default null
)
  returns uuid
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_permission(generate_document.organization_id, 'documents.manage', 'make document');
  return (private.create_document(
    generate_document.organization_id, generate_document.kind, generate_document.merge_data, generate_document.locale,
    generate_document.template_id, generate_document.expires_on, generate_document.request_key,
    (select private.acting_person_id())
  )).id;
end;
$$;
comment on function private.generate_document(uuid, text, jsonb, text, uuid, date, text) is 'Body of public.generate_document.';
grant execute on function private.generate_document(uuid, text, jsonb, text, uuid, date, text) to authenticated;

create function public.generate_document(
  organization_id uuid,
  kind text,
  merge_data jsonb,
  locale text default 'en',
  template_id uuid default null,
  expires_on date default null,
  request_key text default null
)
  returns uuid
  language sql volatile set search_path = ''
as $$
  select private.generate_document(
    generate_document.organization_id, generate_document.kind, generate_document.merge_data, generate_document.locale,
    generate_document.template_id, generate_document.expires_on, generate_document.request_key
  )
$$;
comment on function public.generate_document(uuid, text, jsonb, text, uuid, date, text) is
  $$Has a PDF made and returns the id in document_renders, where its state and file can be read. Needs documents.manage.

Without a template: the published one of the kind in this language, the organization's own before a built-in one. A second
request with the same request_key is the same document. The data is checked when the document is made.$$;
grant execute on function public.generate_document(uuid, text, jsonb, text, uuid, date, text) to authenticated;

-- Definer: reads an organization's branding for who may read its documents.
create function private.get_document_preview(version_id uuid, organization_id uuid default null)
  returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_version public.document_template_versions;
  v_organization_id uuid;
begin
  select * into v_version from public.document_template_versions
  where document_template_versions.id = get_document_preview.version_id;
  -- A built-in one is looked at in the name of an organization.
  v_organization_id := coalesce(v_version.organization_id, get_document_preview.organization_id);
  if v_version.id is null or v_organization_id is null
    or v_organization_id <> all (array(select private.organizations_with('documents.read')))
  then
    perform private.raise_error(404, 'document_template_not_found', 'Cannot preview template: no such version');
  end if;
  return private.document_setting(v_organization_id, v_version)
    || jsonb_build_object('source_hash', private.document_source_hash(v_version));
end;
$$;
comment on function private.get_document_preview(uuid, uuid) is 'Body of public.get_document_preview.';
grant execute on function private.get_document_preview(uuid, uuid) to authenticated;

create function public.get_document_preview(version_id uuid, organization_id uuid default null)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.get_document_preview(get_document_preview.version_id, get_document_preview.organization_id)
$$;
comment on function public.get_document_preview(uuid, uuid) is
  $$What a preview of a version is made of: {template, organization, source_hash}. Needs documents.read.

organization_id says in whose name a built-in version is looked at; an organization's own is looked at in its name.$$;
grant execute on function public.get_document_preview(uuid, uuid) to authenticated;

-- Definer: clients hold no insert.
create function private.set_document_expiry(file_id uuid, expires_on date)
  returns void
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_file public.files;
begin
  select * into v_file from public.files
  where files.id = set_document_expiry.file_id and files.deleted_at is null
    and files.organization_id = any (array(select private.organizations_with('documents.read')))
    and (
      not files.is_private or files.uploaded_by = (select private.acting_person_id())
      or files.organization_id = any (array(select private.organizations_with('files.manage')))
    );
  if not found then
    perform private.raise_error(404, 'file_not_found', 'Cannot set expiry: no such file');
  end if;
  perform private.require_permission(v_file.organization_id, 'documents.manage', 'set expiry');
  if set_document_expiry.expires_on is null then
    delete from public.document_expiries where document_expiries.file_id = v_file.id;
    return;
  end if;
  insert into public.document_expiries (file_id, organization_id, expires_on)
  values (v_file.id, v_file.organization_id, set_document_expiry.expires_on)
  on conflict on constraint document_expiries_pkey do update
  set expires_on = excluded.expires_on, reminded_days = null
  where document_expiries.expires_on <> excluded.expires_on;
end;
$$;
comment on function private.set_document_expiry(uuid, date) is 'Body of public.set_document_expiry.';
grant execute on function private.set_document_expiry(uuid, date) to authenticated;

create function public.set_document_expiry(file_id uuid, expires_on date)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.set_document_expiry(set_document_expiry.file_id, set_document_expiry.expires_on)
$$;
comment on function public.set_document_expiry(uuid, date) is
  $$Says until which day a file is valid as a document; null takes it back. Needs documents.manage.

The topic "document.expiring" reminds before, at the days of the setting documents.reminder_days, and on the day after the end
with days_left 0.$$;
grant execute on function public.set_document_expiry(uuid, date) to authenticated;
