-- Definer: clients hold no insert.
create function private.request_file_backup(organization_id uuid)
  returns public.file_backups
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_backup public.file_backups;
begin
  perform private.require_permission(request_file_backup.organization_id, 'files.manage', 'back up files');
  insert into public.file_backups as backups (organization_id, requested_by)
  values (request_file_backup.organization_id, (select private.acting_person_id()))
  on conflict do nothing
  returning backups.* into v_backup;
  if not found then
    select * into strict v_backup from public.file_backups
    where file_backups.organization_id = request_file_backup.organization_id
      and file_backups.state in ('queued', 'running');
    return v_backup;
  end if;
  perform private.enqueue_job(
    'file.backup', jsonb_build_object('backup_id', v_backup.id), queue := 'exports',
    organization_id := v_backup.organization_id, dedupe_key := v_backup.id::text, created_by := v_backup.requested_by
  );
  return v_backup;
end;
$$;
comment on function private.request_file_backup(uuid) is 'Body of public.request_file_backup.';
grant execute on function private.request_file_backup(uuid) to authenticated;

create function public.request_file_backup(organization_id uuid)
  returns public.file_backups
  language sql volatile set search_path = ''
as $$
  select private.request_file_backup(request_file_backup.organization_id)
$$;
comment on function public.request_file_backup(uuid) is
  $$Asks for a backup of all files of the organization and returns it; a job writes it. Needs files.manage.

While one is under way it returns that one. Topic: file_backup.finished.$$;
grant execute on function public.request_file_backup(uuid) to authenticated;

-- Definer: as private.request_file_backup.
create function private.request_file_restore(backup_id uuid)
  returns public.file_restores
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_backup public.file_backups;
  v_restore public.file_restores;
begin
  select * into v_backup from public.file_backups
  where file_backups.id = request_file_restore.backup_id
    and file_backups.organization_id = any (array(select private.organizations_with('files.manage')));
  if not found then
    perform private.raise_error(404, 'file_backup_not_found', 'Cannot restore files: no such backup');
  end if;
  if v_backup.state <> 'ready' then
    perform private.raise_error(409, 'file_backup_not_ready',
      format('Cannot restore files: the backup is "%s"', v_backup.state));
  end if;
  insert into public.file_restores as restores (organization_id, backup_id, requested_by)
  values (v_backup.organization_id, v_backup.id, (select private.acting_person_id()))
  on conflict do nothing
  returning restores.* into v_restore;
  if not found then
    select * into strict v_restore from public.file_restores
    where file_restores.organization_id = v_backup.organization_id and file_restores.state in ('queued', 'running');
    if v_restore.backup_id <> v_backup.id then
      perform private.raise_error(409, 'file_restore_under_way',
        'Cannot restore files: they are being restored from another backup', 'Wait until that is done.');
    end if;
    return v_restore;
  end if;
  perform private.enqueue_job(
    'file.restore', jsonb_build_object('restore_id', v_restore.id), queue := 'exports',
    organization_id := v_restore.organization_id, dedupe_key := v_restore.id::text,
    created_by := v_restore.requested_by
  );
  return v_restore;
end;
$$;
comment on function private.request_file_restore(uuid) is 'Body of public.request_file_restore.';
grant execute on function private.request_file_restore(uuid) to authenticated;

create function public.request_file_restore(backup_id uuid)
  returns public.file_restores
  language sql volatile set search_path = ''
as $$
  select private.request_file_restore(request_file_restore.backup_id)
$$;
comment on function public.request_file_restore(uuid) is
  $$Asks for the files of a backup that are not there any more, and returns the restoration, which a job does. Needs files.manage.

Each file is compared with its checksum before it counts. While one is under way it returns that one. Errors: 404
file_backup_not_found, 409 file_backup_not_ready or file_restore_under_way. Topic: file_restore.finished.$$;
grant execute on function public.request_file_restore(uuid) to authenticated;

-- Definer: jobs write through functions alone.
create function private.begin_file_backup(backup_id uuid)
  returns public.file_backups
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_backup public.file_backups;
begin
  select * into v_backup from public.file_backups where file_backups.id = begin_file_backup.backup_id for update;
  if v_backup.manifest_file_id is null and v_backup.state = 'queued' then
    update public.file_backups
    set state = 'running', manifest_file_id = (
      private.register_file(
        v_backup.organization_id, 'exports', 'backup', format('backup-%s.json', to_char(now() at time zone 'UTC', 'YYYY-MM-DD')),
        'application/json', null, null, uploaded_by := v_backup.requested_by, state := 'clean'
      )
    ).id
    where file_backups.id = v_backup.id
    returning * into v_backup;
  end if;
  return v_backup;
end;
$$;
comment on function private.begin_file_backup(uuid) is 'Body of public.begin_file_backup.';

create function public.begin_file_backup(backup_id uuid)
  returns public.file_backups
  language sql volatile set search_path = ''
as $$
  select private.begin_file_backup(begin_file_backup.backup_id)
$$;
comment on function public.begin_file_backup(uuid) is
  'Makes the manifest''s file of a backup and returns the backup; null where it is gone. For the backend itself.';

-- Definer: as private.begin_file_backup.
create function private.list_backup_files(backup_id uuid, after uuid, page_size int)
  returns table (
    file_id uuid, version_number int, category text, name text, media_type text, size_bytes bigint, checksum text,
    uploaded_by uuid, bucket_id text, object_path text
  )
  language sql stable security definer set search_path = ''
as $$
  select files.id, versions.version_number, files.category, files.name, versions.media_type, versions.size_bytes,
    versions.checksum, files.uploaded_by, versions.bucket_id, versions.object_path
  from public.file_backups as backups
  join public.files on files.organization_id = backups.organization_id
  join public.file_versions as versions
    on versions.file_id = files.id and versions.version_number = files.version_number
  where backups.id = list_backup_files.backup_id and files.state = 'clean'
    -- What is made from other rows can be made again.
    and files.category not in ('backup', 'export')
    and (list_backup_files.after is null or files.id > list_backup_files.after)
  order by files.id
  limit list_backup_files.page_size
$$;
comment on function private.list_backup_files(uuid, uuid, int) is 'Body of public.list_backup_files.';

create function public.list_backup_files(backup_id uuid, after uuid default null, page_size int default 100)
  returns table (
    file_id uuid, version_number int, category text, name text, media_type text, size_bytes bigint, checksum text,
    uploaded_by uuid, bucket_id text, object_path text
  )
  language sql stable set search_path = ''
as $$
  select * from private.list_backup_files(
    list_backup_files.backup_id, list_backup_files.after, list_backup_files.page_size
  )
$$;
comment on function public.list_backup_files(uuid, uuid, int) is
  'Files that belong into a backup, by id, after one. For the backend itself.';

-- Definer: as private.begin_file_backup.
create function private.add_backup_part(backup_id uuid, part_number int, entries jsonb)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_id uuid;
begin
  select file_backups.id into v_id from public.file_backups
  where file_backups.id = add_backup_part.backup_id and file_backups.state = 'running' for update;
  if not found then
    return false;
  end if;
  -- A worker that died after writing it: the part is the same, so its entries are.
  delete from private.file_backup_entries
  where file_backup_entries.backup_id = v_id and file_backup_entries.part_number = add_backup_part.part_number;
  insert into private.file_backup_entries (
    backup_id, file_id, part_number, version_number, category, name, media_type, size_bytes, checksum, uploaded_by,
    is_damaged
  )
  select v_id, entry.file_id, add_backup_part.part_number, entry.version_number, entry.category, entry.name,
    entry.media_type, entry.size_bytes, entry.checksum, profiles.id, entry.is_damaged
  from jsonb_to_recordset(add_backup_part.entries) as entry (
    file_id uuid, version_number int, category text, name text, media_type text, size_bytes bigint, checksum text,
    uploaded_by uuid, is_damaged boolean
  )
  left join public.profiles on profiles.id = entry.uploaded_by;
  update public.file_backups
  set part_count = greatest(file_backups.part_count, add_backup_part.part_number),
    file_count = totals.file_count, damaged_count = totals.damaged_count, size_bytes = totals.size_bytes
  from (
    select count(*) filter (where not entries.is_damaged) as file_count,
      count(*) filter (where entries.is_damaged) as damaged_count,
      coalesce(sum(entries.size_bytes) filter (where not entries.is_damaged), 0) as size_bytes
    from private.file_backup_entries as entries where entries.backup_id = v_id
  ) as totals
  where file_backups.id = v_id;
  return true;
end;
$$;
comment on function private.add_backup_part(uuid, int, jsonb) is 'Body of public.add_backup_part.';

create function public.add_backup_part(backup_id uuid, part_number int, entries jsonb)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.add_backup_part(add_backup_part.backup_id, add_backup_part.part_number, add_backup_part.entries)
$$;
comment on function public.add_backup_part(uuid, int, jsonb) is
  'Records what is in a part of a backup; again it records the same. False where the backup is gone. For the backend itself.';

-- Definer: as private.begin_file_backup.
create function private.list_backup_entries(backup_id uuid, part_number int)
  returns table (
    file_id uuid, version_number int, category text, name text, media_type text, size_bytes bigint, checksum text,
    uploaded_by uuid, is_damaged boolean, is_present boolean
  )
  language sql stable security definer set search_path = ''
as $$
  select entries.file_id, entries.version_number, entries.category, entries.name, entries.media_type,
    entries.size_bytes, entries.checksum, entries.uploaded_by, entries.is_damaged,
    exists (
      select from public.files
      join public.file_versions as versions on versions.file_id = files.id
      join private.file_objects as objects
        on objects.bucket_id = versions.bucket_id and objects.object_path = versions.object_path
      where files.organization_id = backups.organization_id and files.category = entries.category
        and files.deleted_at is null
        -- The file itself, or one that an earlier restoration made of it.
        and (files.id = entries.file_id or files.name = entries.name)
        and versions.checksum = entries.checksum and versions.state in ('clean', 'quarantined')
        and objects.missing_at is null
    )
  from public.file_backups as backups
  join private.file_backup_entries as entries on entries.backup_id = backups.id
  where backups.id = list_backup_entries.backup_id and entries.part_number = list_backup_entries.part_number
  order by entries.file_id
$$;
comment on function private.list_backup_entries(uuid, int) is 'Body of public.list_backup_entries.';

create function public.list_backup_entries(backup_id uuid, part_number int)
  returns table (
    file_id uuid, version_number int, category text, name text, media_type text, size_bytes bigint, checksum text,
    uploaded_by uuid, is_damaged boolean, is_present boolean
  )
  language sql stable set search_path = ''
as $$
  select * from private.list_backup_entries(list_backup_entries.backup_id, list_backup_entries.part_number)
$$;
comment on function public.list_backup_entries(uuid, int) is
  'What is in a part of a backup, and whether the organization still has it. For the backend itself.';

-- Definer: as private.begin_file_backup.
create function private.finish_file_backup(backup_id uuid, state public.file_backup_state)
  returns void
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.file_backups set state = finish_file_backup.state, finished_at = now()
  where file_backups.id = finish_file_backup.backup_id and file_backups.state in ('queued', 'running');
  if found then
    perform private.emit_event(
      'file_backup.finished', file_backups.organization_id,
      jsonb_build_object('backup_id', file_backups.id, 'state', file_backups.state), file_backups.id::text
    )
    from public.file_backups where file_backups.id = finish_file_backup.backup_id;
  end if;
end;
$$;
comment on function private.finish_file_backup(uuid, public.file_backup_state) is 'Body of public.finish_file_backup.';

create function public.finish_file_backup(backup_id uuid, state public.file_backup_state)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.finish_file_backup(finish_file_backup.backup_id, finish_file_backup.state)
$$;
comment on function public.finish_file_backup(uuid, public.file_backup_state) is
  'Ends a backup as ready or failed, and tells so; again it changes nothing. For the backend itself.';

-- Definer: as private.begin_file_backup.
create function private.add_restored_part(restore_id uuid, part_number int, restored int, unchanged int, failed int)
  returns void
  language sql volatile security definer set search_path = ''
as $$
  update public.file_restores
  set state = 'running', restored_count = file_restores.restored_count + add_restored_part.restored,
    unchanged_count = file_restores.unchanged_count + add_restored_part.unchanged,
    failed_count = file_restores.failed_count + add_restored_part.failed
  where file_restores.id = add_restored_part.restore_id and file_restores.state in ('queued', 'running')
$$;
comment on function private.add_restored_part(uuid, int, int, int, int) is 'Body of public.add_restored_part.';

create function public.add_restored_part(restore_id uuid, part_number int, restored int, unchanged int, failed int)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.add_restored_part(
    add_restored_part.restore_id, add_restored_part.part_number, add_restored_part.restored,
    add_restored_part.unchanged, add_restored_part.failed
  )
$$;
comment on function public.add_restored_part(uuid, int, int, int, int) is
  'Counts what came of a part of a backup. For the backend itself.';

-- Definer: as private.begin_file_backup.
create function private.finish_file_restore(restore_id uuid, state public.file_backup_state)
  returns void
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.file_restores set state = finish_file_restore.state, finished_at = now()
  where file_restores.id = finish_file_restore.restore_id and file_restores.state in ('queued', 'running');
  if found then
    perform private.emit_event(
      'file_restore.finished', file_restores.organization_id,
      jsonb_build_object('restore_id', file_restores.id, 'state', file_restores.state), file_restores.id::text
    )
    from public.file_restores where file_restores.id = finish_file_restore.restore_id;
  end if;
end;
$$;
comment on function private.finish_file_restore(uuid, public.file_backup_state) is 'Body of public.finish_file_restore.';

create function public.finish_file_restore(restore_id uuid, state public.file_backup_state)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.finish_file_restore(finish_file_restore.restore_id, finish_file_restore.state)
$$;
comment on function public.finish_file_restore(uuid, public.file_backup_state) is
  'Ends a restoration as ready or failed, and tells so; again it changes nothing. For the backend itself.';

grant execute on function private.begin_file_backup(uuid) to service_role;
grant execute on function public.begin_file_backup(uuid) to service_role;
grant execute on function private.list_backup_files(uuid, uuid, int) to service_role;
grant execute on function public.list_backup_files(uuid, uuid, int) to service_role;
grant execute on function private.add_backup_part(uuid, int, jsonb) to service_role;
grant execute on function public.add_backup_part(uuid, int, jsonb) to service_role;
grant execute on function private.list_backup_entries(uuid, int) to service_role;
grant execute on function public.list_backup_entries(uuid, int) to service_role;
grant execute on function private.finish_file_backup(uuid, public.file_backup_state) to service_role;
grant execute on function public.finish_file_backup(uuid, public.file_backup_state) to service_role;
grant execute on function private.add_restored_part(uuid, int, int, int, int) to service_role;
grant execute on function public.add_restored_part(uuid, int, int, int, int) to service_role;
grant execute on function private.finish_file_restore(uuid, public.file_backup_state) to service_role;
grant execute on function public.finish_file_restore(uuid, public.file_backup_state) to service_role;
select private.register_personal_data('public.file_backups', 'requested_by', 'keep');
select private.register_personal_data('public.file_restores', 'requested_by', 'keep');
