-- Definer: jobs write through functions alone.
create function private.get_file_restore(restore_id uuid)
  returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object(
    'state', restores.state, 'part_count', backups.part_count,
    'backup', jsonb_build_object(
      'id', backups.id, 'organization_id', backups.organization_id, 'manifest_file_id', backups.manifest_file_id,
      'state', backups.state
    )
  )
  from public.file_restores as restores
  join public.file_backups as backups on backups.id = restores.backup_id
  where restores.id = get_file_restore.restore_id
$$;
comment on function private.get_file_restore(uuid) is 'Body of public.get_file_restore.';

create function public.get_file_restore(restore_id uuid)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.get_file_restore(get_file_restore.restore_id)
$$;
comment on function public.get_file_restore(uuid) is
  'A restoration with its backup, {state, part_count, backup}; null where it is gone. For the backend itself.';

-- Definer: as private.get_file_restore.
create function private.register_restored_file(backup_id uuid, file_id uuid)
  returns public.files
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_entry private.file_backup_entries;
  v_organization_id uuid;
begin
  select * into strict v_entry from private.file_backup_entries as entries
  where entries.backup_id = register_restored_file.backup_id and entries.file_id = register_restored_file.file_id;
  select file_backups.organization_id into strict v_organization_id from public.file_backups
  where file_backups.id = v_entry.backup_id;
  return private.register_file(
    v_organization_id, null, v_entry.category, v_entry.name, v_entry.media_type, v_entry.size_bytes,
    v_entry.checksum, uploaded_by := v_entry.uploaded_by, state := 'uploading'
  );
end;
$$;
comment on function private.register_restored_file(uuid, uuid) is 'Body of public.register_restored_file.';

create function public.register_restored_file(backup_id uuid, file_id uuid)
  returns public.files
  language sql volatile set search_path = ''
as $$
  select private.register_restored_file(register_restored_file.backup_id, register_restored_file.file_id)
$$;
comment on function public.register_restored_file(uuid, uuid) is
  'Makes a file like one of a backup and returns it; its object goes to the scan. For the backend itself.';

-- Definer: as private.get_file_restore.
create function private.drop_restored_file(file_id uuid)
  returns void
  language sql volatile security definer set search_path = ''
as $$
  -- Its object is then in no file, and Storage is told to remove it.
  delete from public.files where files.id = drop_restored_file.file_id and files.state in ('uploading', 'quarantined')
$$;
comment on function private.drop_restored_file(uuid) is 'Body of public.drop_restored_file.';

create function public.drop_restored_file(file_id uuid)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.drop_restored_file(drop_restored_file.file_id)
$$;
comment on function public.drop_restored_file(uuid) is
  'Takes away a file whose content is not what the backup says, before anybody could read it. For the backend itself.';

-- A job that is dead ends what waits for it.
create function private.expire_file_backups(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
  v_total int;
begin
  perform private.finish_file_backup(stuck.id, 'failed')
  from (
    select backups.id from public.file_backups as backups
    where backups.state in ('queued', 'running') and backups.created_at < now() - interval '5 minutes'
      and not exists (
        select from private.jobs
        where jobs.kind = 'file.backup' and jobs.dedupe_key = backups.id::text
          and jobs.state in ('queued', 'running', 'failed')
      )
    order by backups.created_at
    limit expire_file_backups.batch_size
  ) as stuck;
  get diagnostics v_total = row_count;
  perform private.finish_file_restore(stuck.id, 'failed')
  from (
    select restores.id from public.file_restores as restores
    where restores.state in ('queued', 'running') and restores.created_at < now() - interval '5 minutes'
      and not exists (
        select from private.jobs
        where jobs.kind = 'file.restore' and jobs.dedupe_key = restores.id::text
          and jobs.state in ('queued', 'running', 'failed')
      )
    order by restores.created_at
    limit expire_file_backups.batch_size
  ) as stuck;
  get diagnostics v_count = row_count;
  return v_total + v_count;
end;
$$;
comment on function private.expire_file_backups(int) is
  'Ends backups and restorations whose job was given up, so that nobody waits for ever, and returns how many.';

create function private.job_expire_file_backups(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'files_expire_file_backups', 'private.expire_file_backups'::regproc, job_expire_file_backups.batch_size
  )
$$;
comment on function private.job_expire_file_backups(int) is 'Ends backups and restorations whose job was given up.';

grant execute on function private.get_file_restore(uuid) to service_role;
grant execute on function public.get_file_restore(uuid) to service_role;
grant execute on function private.register_restored_file(uuid, uuid) to service_role;
grant execute on function public.register_restored_file(uuid, uuid) to service_role;
grant execute on function private.drop_restored_file(uuid) to service_role;
grant execute on function public.drop_restored_file(uuid) to service_role;
select private.register_cron_job(
  'files_expire_file_backups', '*/5 * * * *', 'select private.job_expire_file_backups(1000)'
);
select private.install_cron_jobs();
