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

-- Definer: reads Auth's tables.
create function private.list_personal_tables(user_id uuid)
  returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
begin
  if not exists (
    select from auth.users join public.profiles on profiles.id = users.id
    where users.id = list_personal_tables.user_id and profiles.deleted_at is null
  ) then
    return null;
  end if;
  return (
    select jsonb_build_array('account') || coalesce(jsonb_agg(named.name order by named.name), '[]')
    from (
      select pg_namespace.nspname || '.' || pg_class.relname as name
      from private.personal_data
      join pg_catalog.pg_class on pg_class.oid = personal_data.table_name
      join pg_catalog.pg_namespace on pg_namespace.oid = pg_class.relnamespace
      where personal_data.is_exported
    ) as named
  );
end;
$$;
comment on function private.list_personal_tables(uuid) is 'Body of public.list_personal_tables.';
grant execute on function private.list_personal_tables(uuid) to service_role;

create function public.list_personal_tables(user_id uuid)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.list_personal_tables(list_personal_tables.user_id)
$$;
comment on function public.list_personal_tables(uuid) is
  $$Names of the tables that an export of personal data holds, and "account"; null without an account. For the backend itself.

Which tables: private.register_personal_data.$$;
grant execute on function public.list_personal_tables(uuid) to service_role;

-- Definer: reads tables of all domains and Auth's.
create function private.read_personal_rows(user_id uuid, table_name text, after jsonb, page_size int)
  returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_table record;
  v_keys text;
  v_page jsonb;
begin
  if read_personal_rows.table_name = 'account' then
    return jsonb_build_object('next', null, 'rows', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', users.id, 'email', users.email, 'phone', users.phone, 'created_at', users.created_at,
        'last_sign_in_at', users.last_sign_in_at
      )), '[]')
      from auth.users where users.id = read_personal_rows.user_id
    ));
  end if;
  select pg_namespace.nspname, pg_class.relname, personal_data.user_column, personal_data.hidden_columns,
    array(
      select pg_attribute.attname
      from pg_catalog.pg_index
      join pg_catalog.pg_attribute on pg_attribute.attrelid = pg_index.indrelid
        and pg_attribute.attnum = any (pg_index.indkey)
      where pg_index.indrelid = pg_class.oid and pg_index.indisprimary
      order by array_position(pg_index.indkey::int2[], pg_attribute.attnum)
    ) as keys
  into strict v_table
  from private.personal_data
  join pg_catalog.pg_class on pg_class.oid = personal_data.table_name
  join pg_catalog.pg_namespace on pg_namespace.oid = pg_class.relnamespace
  where personal_data.is_exported and pg_namespace.nspname || '.' || pg_class.relname = read_personal_rows.table_name;
  select string_agg(format('%I', key.name), ', ' order by key.place) into v_keys
  from unnest(v_table.keys) with ordinality as key (name, place);
  execute format(
    $query$
      with page as (
        select * from %1$I.%2$I as found
        where found.%3$I = $1
          and ($2 is null or (%4$s) > (select %4$s from jsonb_populate_record(null::%1$I.%2$I, $2)))
        order by %4$s
        limit $3
      )
      select jsonb_build_object(
        'rows', (select coalesce(jsonb_agg(to_jsonb(page) - $4 order by %4$s), '[]') from page),
        'next', (
          select (select jsonb_object_agg(key, to_jsonb(page) -> key) from unnest($5) as key)
          from page
          where (select count(*) from page) = $3
          order by %4$s offset $3 - 1
        )
      )
    $query$,
    v_table.nspname, v_table.relname, v_table.user_column, v_keys
  )
  using read_personal_rows.user_id, read_personal_rows.after, read_personal_rows.page_size, v_table.hidden_columns,
    v_table.keys
  into v_page;
  return v_page;
end;
$$;
comment on function private.read_personal_rows(uuid, text, jsonb, int) is 'Body of public.read_personal_rows.';
grant execute on function private.read_personal_rows(uuid, text, jsonb, int) to service_role;

create function public.read_personal_rows(
  user_id uuid, table_name text, after jsonb default null, page_size int default 500
)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.read_personal_rows(
    read_personal_rows.user_id, read_personal_rows.table_name, read_personal_rows.after, read_personal_rows.page_size
  )
$$;
comment on function public.read_personal_rows(uuid, text, jsonb, int) is
  $$A page of the rows about a person in one table of list_personal_tables, without hidden columns. For the backend itself.

{"rows": [...], "next": {...}}; "next" is passed on as "after", and null after the last row.$$;
grant execute on function public.read_personal_rows(uuid, text, jsonb, int) to service_role;

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
