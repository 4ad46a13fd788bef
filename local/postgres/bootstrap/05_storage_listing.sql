-- Storage's listing functions (they run as the caller, under the caller's policies), then ownership and grants of the
-- whole schema.

-- The part of `name` up to the first delimiter after the prefix, or null when there is none.
create function storage.get_common_prefix(p_key text, p_prefix text, p_delimiter text)
  returns text language sql immutable
as $$
  select case
    when p_delimiter <> '' and position(p_delimiter in substring(p_key from length(p_prefix) + 1)) > 0
    then left(
      p_key,
      length(p_prefix) + position(p_delimiter in substring(p_key from length(p_prefix) + 1)) + length(p_delimiter) - 1
    )
  end
$$;

create function storage.search(
  prefix text, bucketname text, limits integer default 100, levels integer default 1, offsets integer default 0,
  search text default '', sortcolumn text default 'name', sortorder text default 'asc'
)
  returns table (
    name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
  )
  language plpgsql stable
as $$
declare
  v_column text := case lower(coalesce(sortcolumn, 'name'))
    when 'updated_at' then 'updated_at' when 'created_at' then 'created_at'
    when 'last_accessed_at' then 'last_accessed_at' else 'name' end;
  v_order text := case lower(coalesce(sortorder, 'asc')) when 'desc' then 'desc' else 'asc' end;
  -- The pattern is matched without regard to case; its own wildcards are taken literally.
  v_prefix text := replace(replace(replace(coalesce(prefix, '') || coalesce(search, ''), '\', '\\'), '%', '\%'), '_',
    '\_');
begin
  return query execute format(
    $query$
    with found as (
      select objects.*, path_tokens[$1] as entry, array_length(path_tokens, 1) > $1 as is_folder
      from storage.objects
      where bucket_id = $2 and objects.name ilike $3 || '%%' and array_length(path_tokens, 1) >= $1
    ),
    entries as (
      select entry as name, null::uuid as id, null::timestamptz as updated_at, null::timestamptz as created_at,
        null::timestamptz as last_accessed_at, null::jsonb as metadata, 0 as rank
      from found where is_folder group by entry
      union all
      select entry, id, updated_at, created_at, last_accessed_at, metadata, 1 from found where not is_folder
    )
    select name, id, updated_at, created_at, last_accessed_at, metadata
    from entries
    order by rank, %I %s, name %s
    limit $4 offset $5
    $query$, v_column, v_order, v_order)
  using levels, bucketname, v_prefix, limits, offsets;
end
$$;

create function storage.list_objects_with_delimiter(
  _bucket_id text, prefix_param text, delimiter_param text, max_keys integer default 100, start_after text default '',
  next_token text default '', sort_order text default 'asc'
)
  returns table (
    name text, id uuid, metadata jsonb, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz
  )
  language plpgsql stable
as $$
declare
  v_order text := case lower(coalesce(sort_order, 'asc')) when 'desc' then 'desc' else 'asc' end;
begin
  return query execute format(
    $query$
    with found as (
      select objects.*, storage.get_common_prefix(objects.name, $2, $3) as folder
      from storage.objects
      where bucket_id = $1 and starts_with(objects.name, $2)
    ),
    entries as (
      select folder as name, null::uuid as id, null::jsonb as metadata, null::timestamptz as updated_at,
        null::timestamptz as created_at, null::timestamptz as last_accessed_at
      from found where folder is not null group by folder
      union all
      select name, id, metadata, updated_at, created_at, last_accessed_at from found where folder is null
    )
    select name, id, metadata, updated_at, created_at, last_accessed_at
    from entries
    where ($4 = '' or name collate "C" %1$s $4) and ($5 = '' or name collate "C" %1$s $5)
    order by name collate "C" %2$s
    limit $6
    $query$, case v_order when 'asc' then '>' else '<' end, v_order)
  using _bucket_id, coalesce(prefix_param, ''), delimiter_param, coalesce(start_after, ''), coalesce(next_token, ''),
    max_keys;
end
$$;

create function storage.list_multipart_uploads_with_delimiter(
  bucket_id text, prefix_param text, delimiter_param text, max_keys integer default 100,
  next_key_token text default '', next_upload_token text default ''
)
  returns table (key text, id text, created_at timestamptz)
  language sql stable
as $$
  with found as (
    select coalesce(storage.get_common_prefix(uploads.key, prefix_param, delimiter_param), uploads.key) as key,
      uploads.id, uploads.created_at
    from storage.s3_multipart_uploads as uploads
    where uploads.bucket_id = list_multipart_uploads_with_delimiter.bucket_id
      and starts_with(uploads.key, prefix_param)
      and (
        next_key_token = ''
        or uploads.key collate "C" > next_key_token
        or (uploads.key = next_key_token and next_upload_token <> '' and uploads.id collate "C" > next_upload_token)
      )
  )
  select distinct on (found.key collate "C") found.key, found.id, found.created_at
  from found
  order by found.key collate "C", found.created_at
  limit max_keys
$$;

do $access$
declare
  v_object record;
begin
  for v_object in select oid::regclass as name from pg_catalog.pg_class
    where relnamespace = 'storage'::regnamespace and relkind = 'r'
  loop
    execute format('alter table %s owner to supabase_storage_admin', v_object.name);
    execute format('alter table %s enable row level security', v_object.name);
  end loop;
  for v_object in select oid::regprocedure as name from pg_catalog.pg_proc
    where pronamespace = 'storage'::regnamespace
  loop
    execute format('alter function %s owner to supabase_storage_admin', v_object.name);
    execute format('grant execute on function %s to anon, authenticated, service_role, postgres', v_object.name);
  end loop;
end
$access$;
alter type storage.buckettype owner to supabase_storage_admin;

grant all on storage.buckets, storage.objects to anon, authenticated, service_role;
grant all on storage.buckets, storage.objects to postgres with grant option;
grant select on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts to anon, authenticated;
grant all on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts to service_role;
grant all on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts to postgres;
alter default privileges in schema storage grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges in schema storage grant all on functions to postgres, anon, authenticated, service_role;
alter default privileges in schema storage grant all on sequences to postgres, anon, authenticated, service_role;
