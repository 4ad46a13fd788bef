-- Definer: nobody holds a grant on objects.
create function private.claim_object_removals(batch_size int)
  returns table (bucket_id text, object_path text)
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  return query
  update private.file_objects set removal_started_at = now()
  from (
    select candidate.bucket_id, candidate.object_path from private.file_objects as candidate
    where candidate.unreferenced_at is not null
    -- What could not be removed lately does not hold the others back.
    order by candidate.removal_started_at nulls first, candidate.unreferenced_at
    limit claim_object_removals.batch_size
    for update skip locked
  ) as claimed
  where file_objects.bucket_id = claimed.bucket_id and file_objects.object_path = claimed.object_path
  returning file_objects.bucket_id, file_objects.object_path;
end;
$$;
comment on function private.claim_object_removals(int) is 'Body of public.claim_object_removals.';
grant execute on function private.claim_object_removals(int) to service_role;

create function public.claim_object_removals(batch_size int)
  returns table (bucket_id text, object_path text)
  language sql volatile set search_path = ''
as $$
  select * from private.claim_object_removals(claim_object_removals.batch_size)
$$;
comment on function public.claim_object_removals(int) is
  'Objects that no file is in any more and that Storage has to remove. For the backend itself.';
grant execute on function public.claim_object_removals(int) to service_role;

-- Definer: as private.claim_object_removals.
create function private.finish_object_removals(bucket_id text, object_paths text[])
  returns int
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_count int;
begin
  -- Storage is asked, not believed: while it knows the object, so do we.
  delete from private.file_objects
  where file_objects.bucket_id = finish_object_removals.bucket_id
    and file_objects.object_path = any (finish_object_removals.object_paths)
    and file_objects.removal_started_at is not null
    and not exists (
      select from storage.objects
      where objects.bucket_id = file_objects.bucket_id and objects.name = file_objects.object_path
    );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.finish_object_removals(text, text[]) is 'Body of public.finish_object_removals.';
grant execute on function private.finish_object_removals(text, text[]) to service_role;

create function public.finish_object_removals(bucket_id text, object_paths text[])
  returns int
  language sql volatile set search_path = ''
as $$
  select private.finish_object_removals(finish_object_removals.bucket_id, finish_object_removals.object_paths)
$$;
comment on function public.finish_object_removals(text, text[]) is
  'Forgets objects that Storage has removed, frees their bytes and returns how many. For the backend itself.';
grant execute on function public.finish_object_removals(text, text[]) to service_role;

-- Definer: Storage's rows of all owners.
create function private.list_stray_objects(after_bucket text, after_name text, page_size int)
  returns table (bucket_id text, name text, size_bytes bigint)
  language sql stable security definer set search_path = ''
as $$
  select objects.bucket_id, objects.name, coalesce((objects.metadata ->> 'size')::bigint, 0)
  from storage.objects
  cross join lateral (
    select
      substring(objects.name from '^([0-9a-f-]{36})/')::text as folder,
      substring(objects.name from '^[^/]+/[^/]+/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/')::uuid as file_id
  ) as part
  where objects.bucket_id in (select file_categories.bucket_id from public.file_categories)
    -- Pictures of people and organizations are no files yet.
    and objects.bucket_id <> 'avatars'
    -- What was just put there may be announced in a transaction that is on its way.
    and objects.created_at < now() - interval '1 day'
    and (objects.bucket_id, objects.name)
      > (coalesce(list_stray_objects.after_bucket, ''), coalesce(list_stray_objects.after_name, ''))
    and not exists (
      select from private.file_objects
      where file_objects.bucket_id = objects.bucket_id and file_objects.object_path = objects.name
    )
    -- Thumbnails and the like, as long as their file is there.
    and not exists (select from public.files where files.id = part.file_id)
    -- Exports of personal data have rows of their own.
    and not exists (
      select from public.personal_exports
      where objects.bucket_id = 'exports' and personal_exports.user_id::text = part.folder
        and personal_exports.file_path = objects.name
    )
    -- So have exports of lists, and the parts of those that are under way.
    and not exists (
      select from public.exports
      where objects.bucket_id = 'exports'
        and exports.id
          = substring(objects.name from '^[^/]+/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/')::uuid
        and (exports.state in ('queued', 'running') or exports.file_path = objects.name)
    )
  order by objects.bucket_id, objects.name
  limit list_stray_objects.page_size
$$;
comment on function private.list_stray_objects(text, text, int) is 'Body of public.list_stray_objects.';
grant execute on function private.list_stray_objects(text, text, int) to service_role;

create function public.list_stray_objects(after_bucket text, after_name text, page_size int)
  returns table (bucket_id text, name text, size_bytes bigint)
  language sql stable set search_path = ''
as $$
  select * from private.list_stray_objects(
    list_stray_objects.after_bucket, list_stray_objects.after_name, list_stray_objects.page_size
  )
$$;
comment on function public.list_stray_objects(text, text, int) is
  'Objects of the buckets for files that are older than a day and belong to no file, in order. For the backend itself.';
grant execute on function public.list_stray_objects(text, text, int) to service_role;

-- Definer: as private.claim_object_removals.
create function private.mark_missing_objects(after_bucket text, after_path text, page_size int)
  returns table (checked_count int, missing_count int, last_bucket text, last_path text)
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  return query
  with page as (
    select file_objects.bucket_id, file_objects.object_path, file_objects.missing_at,
      not exists (
        select from storage.objects
        where objects.bucket_id = file_objects.bucket_id and objects.name = file_objects.object_path
      )
      -- What is being uploaded is not there yet, and what is infected was removed.
      and exists (
        select from public.file_versions
        where file_versions.bucket_id = file_objects.bucket_id
          and file_versions.object_path = file_objects.object_path and file_versions.state in ('quarantined', 'clean')
      ) as is_missing
    from private.file_objects
    where (file_objects.bucket_id, file_objects.object_path)
      > (coalesce(mark_missing_objects.after_bucket, ''), coalesce(mark_missing_objects.after_path, ''))
      and file_objects.unreferenced_at is null and file_objects.created_at < now() - interval '1 day'
    order by file_objects.bucket_id, file_objects.object_path
    limit mark_missing_objects.page_size
  ),
  marked as (
    update private.file_objects set missing_at = case when page.is_missing then now() end
    from page
    where file_objects.bucket_id = page.bucket_id and file_objects.object_path = page.object_path
      and page.is_missing <> (page.missing_at is not null)
  )
  select count(*)::int, (count(*) filter (where page.is_missing))::int,
    (array_agg(page.bucket_id order by page.bucket_id desc, page.object_path desc))[1],
    (array_agg(page.object_path order by page.bucket_id desc, page.object_path desc))[1]
  from page;
end;
$$;
comment on function private.mark_missing_objects(text, text, int) is 'Body of public.mark_missing_objects.';
grant execute on function private.mark_missing_objects(text, text, int) to service_role;

create function public.mark_missing_objects(after_bucket text, after_path text, page_size int)
  returns table (checked_count int, missing_count int, last_bucket text, last_path text)
  language sql volatile set search_path = ''
as $$
  select * from private.mark_missing_objects(
    mark_missing_objects.after_bucket, mark_missing_objects.after_path, mark_missing_objects.page_size
  )
$$;
comment on function public.mark_missing_objects(text, text, int) is
  'Looks whether Storage has the objects of files, in order, and marks those that it has not. For the backend itself.';
grant execute on function public.mark_missing_objects(text, text, int) to service_role;
