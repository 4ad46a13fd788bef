select private.register_personal_data('public.personal_exports', 'user_id', 'delete');

-- Definer: clients hold no insert.
create function private.request_my_data_export()
  returns public.personal_exports
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_person_id uuid;
  v_last timestamptz;
  v_export public.personal_exports;
begin
  -- Two requests at once: the second one waits here, and then sees the first.
  select profiles.id into v_person_id from public.profiles
  where profiles.id = (select private.acting_person_id())
  for no key update;
  if not found then
    perform private.raise_error(403, 'person_required', 'Cannot export data: no active person is signed in');
  end if;
  -- One that failed is no reason to wait.
  select max(personal_exports.created_at) into v_last from public.personal_exports
  where personal_exports.user_id = v_person_id and personal_exports.state <> 'failed';
  if v_last > now() - interval '1 day' then
    perform private.raise_error(429, 'personal_export_requested_recently',
      'Cannot export data: an export was asked for less than a day ago',
      'Wait as long as the header Retry-After says.',
      jsonb_build_object('Retry-After', ceil(extract(epoch from v_last + interval '1 day' - now()))::text));
  end if;
  insert into public.personal_exports (user_id) values (v_person_id) returning * into v_export;
  perform private.record_audit_event('export', null, 'personal_exports', v_export.id::text);
  perform private.enqueue_job(
    'person.export', jsonb_build_object('export_id', v_export.id, 'user_id', v_person_id),
    dedupe_key := v_export.id::text
  );
  return v_export;
end;
$$;
comment on function private.request_my_data_export() is 'Body of public.request_my_data_export.';
grant execute on function private.request_my_data_export() to authenticated;

create function public.request_my_data_export()
  returns public.personal_exports
  language sql volatile set search_path = ''
as $$
  select private.request_my_data_export()
$$;
comment on function public.request_my_data_export() is
  $$Asks for a zip of everything about the caller and returns the request; a mail with a link follows when it is ready.

The link and the file, file_path in bucket "exports", last seven days. Again within a day: 429
personal_export_requested_recently, unless the first one failed.$$;
grant execute on function public.request_my_data_export() to authenticated;

-- Definer: reads tables of all domains and Auth's.
create function private.read_personal_data(user_id uuid)
  returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_data jsonb;
  v_table record;
  v_rows jsonb;
begin
  select jsonb_build_object('account', jsonb_build_array(jsonb_build_object(
    'id', users.id, 'email', users.email, 'phone', users.phone, 'created_at', users.created_at,
    'last_sign_in_at', users.last_sign_in_at
  )))
  into v_data
  from auth.users
  join public.profiles on profiles.id = users.id
  where users.id = read_personal_data.user_id and profiles.deleted_at is null;
  if not found then
    return null;
  end if;
  for v_table in
    select pg_namespace.nspname, pg_class.relname, personal_data.user_column, personal_data.hidden_columns
    from private.personal_data
    join pg_catalog.pg_class on pg_class.oid = personal_data.table_name
    join pg_catalog.pg_namespace on pg_namespace.oid = pg_class.relnamespace
    where personal_data.is_exported
    order by pg_namespace.nspname, pg_class.relname
  loop
    execute format(
      'select coalesce(jsonb_agg(to_jsonb(found) - $2), %L) from %I.%I as found where %I = $1',
      '[]', v_table.nspname, v_table.relname, v_table.user_column
    ) using read_personal_data.user_id, v_table.hidden_columns into v_rows;
    v_data := v_data || jsonb_build_object(v_table.nspname || '.' || v_table.relname, v_rows);
  end loop;
  return v_data;
end;
$$;
comment on function private.read_personal_data(uuid) is 'Body of public.read_personal_data.';
grant execute on function private.read_personal_data(uuid) to service_role;

create function public.read_personal_data(user_id uuid)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.read_personal_data(read_personal_data.user_id)
$$;
comment on function public.read_personal_data(uuid) is
  $$Rows about a person by table, without hidden columns, and "account"; null without an account. For the backend itself.

Which tables: private.register_personal_data.$$;
grant execute on function public.read_personal_data(uuid) to service_role;

-- Definer: nobody else holds a grant to change it.
create function private.finish_personal_export(export_id uuid, file_path text, size_bytes bigint)
  returns timestamptz
  language sql volatile security definer set search_path = ''
as $$
  update public.personal_exports
  set state = 'ready', file_path = finish_personal_export.file_path, size_bytes = finish_personal_export.size_bytes,
    expires_at = now() + interval '7 days'
  where personal_exports.id = finish_personal_export.export_id and personal_exports.state in ('queued', 'ready')
  returning personal_exports.expires_at
$$;
comment on function private.finish_personal_export(uuid, text, bigint) is 'Body of public.finish_personal_export.';
grant execute on function private.finish_personal_export(uuid, text, bigint) to service_role;

create function public.finish_personal_export(export_id uuid, file_path text, size_bytes bigint)
  returns timestamptz
  language sql volatile set search_path = ''
as $$
  select private.finish_personal_export(
    finish_personal_export.export_id, finish_personal_export.file_path, finish_personal_export.size_bytes
  )
$$;
comment on function public.finish_personal_export(uuid, text, bigint) is
  $$Says that the zip of an export lies in bucket "exports" and returns when it goes. For the backend itself.

Null when nobody waits for it any more: the account or the export is gone.$$;
grant execute on function public.finish_personal_export(uuid, text, bigint) to service_role;
