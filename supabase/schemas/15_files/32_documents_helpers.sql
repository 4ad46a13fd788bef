create function private.document_source_hash(version public.document_template_versions)
  returns text
  language sql immutable set search_path = ''
as $$
  select encode(sha256(convert_to(
    concat_ws(E'\x1f', version.title_source, version.body_source, version.page_size, version.page_orientation), 'UTF8'
  )), 'hex')
$$;
comment on function private.document_source_hash(public.document_template_versions) is 'Tells whether a version is as it was.';

-- Called by functions that checked the caller.
create function private.document_setting(organization_id uuid, version public.document_template_versions)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'template', jsonb_build_object(
      'version_id', version.id, 'kind', document_templates.kind, 'locale', document_templates.locale,
      'title_source', version.title_source, 'body_source', version.body_source, 'page_size', version.page_size,
      'page_orientation', version.page_orientation
    ),
    'organization', jsonb_build_object(
      'name', organizations.name, 'country', organizations.country, 'primary_color', organizations.primary_color,
      'footer', organizations.mail_footer, 'logo_path', organizations.logo_path, 'time_zone', organizations.time_zone
    )
  )
  from public.document_templates
  cross join public.organizations
  where document_templates.id = version.template_id and organizations.id = document_setting.organization_id
$$;
comment on function private.document_setting(uuid, public.document_template_versions) is
  'What a document is made of beside its data: {template, organization}.';

create function private.find_document_version(organization_id uuid, kind text, locale text)
  returns public.document_template_versions
  language sql stable set search_path = ''
as $$
  select document_template_versions.*
  from public.document_templates
  join public.document_template_versions on document_template_versions.template_id = document_templates.id
  where document_templates.kind = find_document_version.kind
    and document_template_versions.state = 'published'
    and (document_templates.organization_id = find_document_version.organization_id or document_templates.organization_id is null)
    and split_part(document_templates.locale, '-', 1) in (split_part(find_document_version.locale, '-', 1), 'en')
  order by
    document_templates.locale = find_document_version.locale desc,
    split_part(document_templates.locale, '-', 1) = split_part(find_document_version.locale, '-', 1) desc,
    document_templates.organization_id is not null desc,
    document_template_versions.published_at desc
  limit 1
$$;
comment on function private.find_document_version(uuid, text, text) is
  $$The published version to make a document with: in this language, else in English; the organization's own before a built-in
one; the newest.$$;
