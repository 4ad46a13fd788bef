-- Definer: the worker reads through functions alone.
create function private.get_document_render(render_id uuid)
  returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select private.document_setting(document_renders.organization_id, document_template_versions)
    || jsonb_build_object(
      'merge_data', document_merge_data.merge_data, 'locale', document_renders.locale,
      'created_at', to_char(document_renders.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    )
  from public.document_renders
  join private.document_merge_data on document_merge_data.render_id = document_renders.id
  join public.document_template_versions on document_template_versions.id = document_renders.template_version_id
  where document_renders.id = get_document_render.render_id and document_renders.state = 'queued'
$$;
comment on function private.get_document_render(uuid) is 'Body of public.get_document_render.';
grant execute on function private.get_document_render(uuid) to service_role;

create function public.get_document_render(render_id uuid)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.get_document_render(get_document_render.render_id)
$$;
comment on function public.get_document_render(uuid) is
  $$What a queued document is made of: {template, organization, merge_data, locale, created_at}. For the backend itself.

Null when it is no longer queued, or gone.$$;
grant execute on function public.get_document_render(uuid) to service_role;

-- Definer: as private.get_document_render.
create function private.begin_document_file(render_id uuid, title text, checksum text)
  returns jsonb
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_render public.document_renders;
  v_file public.files;
begin
  select * into v_render from public.document_renders
  where document_renders.id = begin_document_file.render_id and document_renders.state = 'queued'
  for update;
  if not found then
    return null;
  end if;
  if v_render.file_id is null then
    v_file := private.register_file(
      v_render.organization_id, 'documents', 'document',
      left(btrim(regexp_replace(begin_document_file.title, '[[:cntrl:]/\\]+', '-', 'g')), 250) || '.pdf',
      'application/pdf', null, begin_document_file.checksum, v_render.created_by, state := 'clean'
    );
    update public.document_renders set file_id = v_file.id where document_renders.id = v_render.id;
    v_render.file_id := v_file.id;
  end if;
  -- An attempt that died left its file: the same document goes over it.
  return (
    select jsonb_build_object('bucket', file_versions.bucket_id, 'path', file_versions.object_path)
    from public.file_versions
    where file_versions.file_id = v_render.file_id and file_versions.version_number = 1
  );
end;
$$;
comment on function private.begin_document_file(uuid, text, text) is 'Body of public.begin_document_file.';
grant execute on function private.begin_document_file(uuid, text, text) to service_role;

create function public.begin_document_file(render_id uuid, title text, checksum text)
  returns jsonb
  language sql volatile set search_path = ''
as $$
  select private.begin_document_file(
    begin_document_file.render_id, begin_document_file.title, begin_document_file.checksum
  )
$$;
comment on function public.begin_document_file(uuid, text, text) is
  $$Makes the file of a queued document, once, and returns where its content goes: {bucket, path}. For the backend itself.

Null when the document is no longer queued. checksum is the SHA-256 of the content in lower hex.$$;
grant execute on function public.begin_document_file(uuid, text, text) to service_role;

-- Definer: as private.get_document_render.
create function private.finish_document(render_id uuid, title text, page_count int)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_render public.document_renders;
begin
  update public.document_renders
  set state = 'ready', title = finish_document.title, page_count = finish_document.page_count
  where document_renders.id = finish_document.render_id and document_renders.state = 'queued'
  returning * into v_render;
  if not found then
    return false;
  end if;
  delete from private.document_merge_data where document_merge_data.render_id = v_render.id;
  if v_render.expires_on is not null and v_render.file_id is not null then
    insert into public.document_expiries (file_id, organization_id, expires_on)
    values (v_render.file_id, v_render.organization_id, v_render.expires_on)
    on conflict do nothing;
  end if;
  perform private.emit_event('document.ready', v_render.organization_id,
    jsonb_build_object('document_id', v_render.id, 'file_id', v_render.file_id, 'kind', v_render.kind),
    'document.ready:' || v_render.id);
  return true;
end;
$$;
comment on function private.finish_document(uuid, text, int) is 'Body of public.finish_document.';
grant execute on function private.finish_document(uuid, text, int) to service_role;

create function public.finish_document(render_id uuid, title text, page_count int)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.finish_document(finish_document.render_id, finish_document.title, finish_document.page_count)
$$;
comment on function public.finish_document(uuid, text, int) is
  'Says that the file of a document is there, and returns whether somebody waited for it. For the backend itself.';
grant execute on function public.finish_document(uuid, text, int) to service_role;

-- Definer: as private.get_document_render.
create function private.fail_document(render_id uuid, code text, message text)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_render public.document_renders;
begin
  update public.document_renders
  set state = 'failed', error_code = fail_document.code,
    error_message = left(fail_document.message, 1000)
  where document_renders.id = fail_document.render_id and document_renders.state = 'queued'
  returning * into v_render;
  if not found then
    return false;
  end if;
  delete from private.document_merge_data where document_merge_data.render_id = v_render.id;
  perform private.emit_event('document.failed', v_render.organization_id,
    jsonb_build_object('document_id', v_render.id, 'kind', v_render.kind, 'error_code', v_render.error_code),
    'document.failed:' || v_render.id);
  return true;
end;
$$;
comment on function private.fail_document(uuid, text, text) is 'Body of public.fail_document.';
grant execute on function private.fail_document(uuid, text, text) to service_role;

create function public.fail_document(render_id uuid, code text, message text)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.fail_document(fail_document.render_id, fail_document.code, fail_document.message)
$$;
comment on function public.fail_document(uuid, text, text) is
  'Says that a document cannot be made and why, and returns whether somebody waited for it. For the backend itself.';
grant execute on function public.fail_document(uuid, text, text) to service_role;
