-- Definer: reads claims and parts, which no role of the API can.
create function private.begin_export(export_id uuid)
  returns jsonb
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_export public.exports;
  v_claims jsonb;
begin
  update public.exports set state = 'running'
  where exports.id = begin_export.export_id and exports.state in ('queued', 'running')
  returning * into v_export;
  if not found then
    return null;
  end if;
  select export_claims.claims into v_claims from private.export_claims where export_claims.export_id = v_export.id;
  -- A program is known by its key: the account is asked by the policies, the key by nobody else.
  if v_claims ? 'api_key_id' and not exists (
    select from public.api_keys
    where api_keys.id = (v_claims ->> 'api_key_id')::uuid and api_keys.revoked_at is null
      and (api_keys.expires_at is null or api_keys.expires_at > now())
      and (api_keys.overlap_ends_at is null or api_keys.overlap_ends_at > now())
  ) then
    perform private.fail_export(v_export.id, 'api_key_invalid', 'Cannot export: the API key works no more');
    return null;
  end if;
  return (
    select to_jsonb(v_export) || jsonb_build_object(
      'claims', v_claims,
      'last_part', (
        select to_jsonb(export_parts) from private.export_parts
        where export_parts.export_id = v_export.id order by export_parts.part_number desc limit 1
      )
    )
  );
end;
$$;
comment on function private.begin_export(uuid) is 'Body of public.begin_export.';
grant execute on function private.begin_export(uuid) to service_role;

create function public.begin_export(export_id uuid)
  returns jsonb
  language sql volatile set search_path = ''
as $$
  select private.begin_export(begin_export.export_id)
$$;
comment on function public.begin_export(uuid) is
  $$An export that is to be written, with the requester's claims and the last part that is there; null when nobody waits for it. For the backend itself.$$;
grant execute on function public.begin_export(uuid) to service_role;

-- Definer: nobody else holds a grant to change it.
create function private.record_export_part(export_id uuid, part jsonb, total_count bigint)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform from public.exports
  where exports.id = record_export_part.export_id and exports.state = 'running'
  for update;
  if not found or (record_export_part.part ->> 'part_number')::int <> (
    select count(*) + 1 from private.export_parts where export_parts.export_id = record_export_part.export_id
  ) then
    return false;
  end if;
  insert into private.export_parts (
    export_id, part_number, object_path, size_bytes, row_count, sheet_number, sheet_row_count, plain_bytes, crc32,
    last_value, last_id, is_last
  )
  select
    record_export_part.export_id, made.part_number, made.object_path, made.size_bytes, made.row_count, made.sheet_number,
    made.sheet_row_count, made.plain_bytes, made.crc32, made.last_value, made.last_id, made.is_last
  from jsonb_populate_record(null::private.export_parts, record_export_part.part) as made;
  update public.exports set
    row_count = exports.row_count + (record_export_part.part ->> 'row_count')::int,
    total_count = coalesce(exports.total_count, record_export_part.total_count)
  where exports.id = record_export_part.export_id;
  return true;
end;
$$;
comment on function private.record_export_part(uuid, jsonb, bigint) is 'Body of public.record_export_part.';
grant execute on function private.record_export_part(uuid, jsonb, bigint) to service_role;

create function public.record_export_part(export_id uuid, part jsonb, total_count bigint default null)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.record_export_part(
    record_export_part.export_id, record_export_part.part, record_export_part.total_count
  )
$$;
comment on function public.record_export_part(uuid, jsonb, bigint) is
  $$Says that the next part of an export lies in Storage. For the backend itself.

False, and nothing counts, when the export is over or another worker wrote this part.$$;
grant execute on function public.record_export_part(uuid, jsonb, bigint) to service_role;

-- Definer: as private.begin_export.
create function private.list_export_parts(export_id uuid)
  returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(to_jsonb(export_parts) order by export_parts.part_number), '[]')
  from private.export_parts where export_parts.export_id = list_export_parts.export_id
$$;
comment on function private.list_export_parts(uuid) is 'Body of public.list_export_parts.';
grant execute on function private.list_export_parts(uuid) to service_role;

create function public.list_export_parts(export_id uuid)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.list_export_parts(list_export_parts.export_id)
$$;
comment on function public.list_export_parts(uuid) is
  'The parts of an export in their order, in one piece because lists end at max_rows. For the backend itself.';
grant execute on function public.list_export_parts(uuid) to service_role;

-- Definer: as private.record_export_part.
create function private.finish_export(export_id uuid, file_path text, size_bytes bigint)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_export public.exports;
begin
  update public.exports
  set state = 'ready', file_path = finish_export.file_path, size_bytes = finish_export.size_bytes, finished_at = now(),
    expires_at = now() + make_interval(
      days => private.setting_integer('files.export_days', exports.organization_id)::int
    )
  where exports.id = finish_export.export_id and exports.state = 'running'
  returning * into v_export;
  if not found then
    return false;
  end if;
  perform private.record_audit_event(
    'finish_export', v_export.organization_id, 'exports', v_export.id::text,
    jsonb_build_object(
      'list', v_export.list, 'format', v_export.format, 'row_count', v_export.row_count,
      'size_bytes', v_export.size_bytes
    ),
    actor_kind := case when v_export.requested_by is null then 'service_account' else 'user' end::public.audit_actor_kind,
    actor_id := coalesce(v_export.requested_by, v_export.service_account_id)
  );
  delete from private.export_parts where export_parts.export_id = v_export.id;
  return true;
end;
$$;
comment on function private.finish_export(uuid, text, bigint) is 'Body of public.finish_export.';
grant execute on function private.finish_export(uuid, text, bigint) to service_role;

create function public.finish_export(export_id uuid, file_path text, size_bytes bigint)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.finish_export(finish_export.export_id, finish_export.file_path, finish_export.size_bytes)
$$;
comment on function public.finish_export(uuid, text, bigint) is
  'Says that the file of an export lies in bucket "exports"; false when nobody waits for it any more. For the backend itself.';
grant execute on function public.finish_export(uuid, text, bigint) to service_role;

-- Definer: as private.record_export_part.
create function private.fail_export(export_id uuid, code text, message text)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.exports
  set state = 'failed', failure_code = fail_export.code, failure_message = left(fail_export.message, 1000),
    finished_at = now()
  where exports.id = fail_export.export_id and exports.state in ('queued', 'running');
  return found;
end;
$$;
comment on function private.fail_export(uuid, text, text) is 'Body of public.fail_export.';
grant execute on function private.fail_export(uuid, text, text) to service_role;

create function public.fail_export(export_id uuid, code text, message text)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.fail_export(fail_export.export_id, fail_export.code, fail_export.message)
$$;
comment on function public.fail_export(uuid, text, text) is
  'Ends an export that cannot be made; false when it has ended already. For the backend itself.';
grant execute on function public.fail_export(uuid, text, text) to service_role;

-- Definer: Storage's rows of all owners.
create function private.list_export_leftovers(organization_id uuid, export_id uuid, page_size int)
  returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(leftover.name order by leftover.name), '[]')
  from (
    select objects.name from storage.objects
    where objects.bucket_id = 'exports'
      and starts_with(objects.name, list_export_leftovers.organization_id || '/' || list_export_leftovers.export_id || '/')
      and not exists (
        select from public.exports
        where exports.id = list_export_leftovers.export_id
          and (exports.state in ('queued', 'running') or exports.file_path = objects.name)
      )
    order by objects.name
    limit list_export_leftovers.page_size
  ) as leftover
$$;
comment on function private.list_export_leftovers(uuid, uuid, int) is 'Body of public.list_export_leftovers.';
grant execute on function private.list_export_leftovers(uuid, uuid, int) to service_role;

create function public.list_export_leftovers(organization_id uuid, export_id uuid, page_size int default 100)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.list_export_leftovers(
    list_export_leftovers.organization_id, list_export_leftovers.export_id, list_export_leftovers.page_size
  )
$$;
comment on function public.list_export_leftovers(uuid, uuid, int) is
  'Objects of an export that has ended, its file apart while that may be fetched. For the backend itself, which removes them.';
grant execute on function public.list_export_leftovers(uuid, uuid, int) to service_role;
