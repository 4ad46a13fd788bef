create function private.expire_personal_exports(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_export record;
  v_count int := 0;
  v_changed int;
begin
  for v_export in
    select personal_exports.id, personal_exports.file_path from public.personal_exports
    where personal_exports.state = 'ready' and personal_exports.expires_at <= now()
    order by personal_exports.expires_at
    limit expire_personal_exports.batch_size
    for update skip locked
  loop
    perform private.enqueue_job(
      'person.remove_export', jsonb_build_object('file_path', v_export.file_path), dedupe_key := v_export.id::text
    );
    update public.personal_exports set state = 'expired', file_path = null where personal_exports.id = v_export.id;
    v_count := v_count + 1;
  end loop;
  -- Its job is dead, or was discarded: the person may ask again. A zip may lie there that nobody was told of.
  for v_export in
    select stuck.id, format('%s/%s.zip', stuck.user_id, stuck.id) as file_path from public.personal_exports as stuck
    where stuck.state = 'queued' and stuck.created_at < now() - interval '10 minutes'
      and not exists (
        select from private.jobs
        where jobs.kind = 'person.export' and jobs.dedupe_key = stuck.id::text
          and jobs.state in ('queued', 'running', 'failed')
      )
    order by stuck.created_at
    limit expire_personal_exports.batch_size
    for update skip locked
  loop
    perform private.enqueue_job(
      'person.remove_export', jsonb_build_object('file_path', v_export.file_path), dedupe_key := v_export.id::text
    );
    update public.personal_exports set state = 'failed' where personal_exports.id = v_export.id;
    v_count := v_count + 1;
  end loop;
  delete from public.personal_exports where personal_exports.id in (
    select old.id from public.personal_exports as old
    where old.state in ('failed', 'expired') and old.updated_at < now() - interval '30 days'
    limit expire_personal_exports.batch_size
  );
  get diagnostics v_changed = row_count;
  return v_count + v_changed;
end;
$$;
comment on function private.expire_personal_exports(int) is
  $$Has zips removed whose seven days are over, fails exports whose job died, deletes both after 30 days more.

Returns how many rows it handled.$$;

create function private.job_expire_personal_exports(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'identity_expire_personal_exports', 'private.expire_personal_exports'::regproc,
    job_expire_personal_exports.batch_size
  )
$$;
comment on function private.job_expire_personal_exports(int) is 'Ends exports of personal data in time.';
select private.register_cron_job(
  'identity_expire_personal_exports', '*/10 * * * *', 'select private.job_expire_personal_exports(1000)'
);
select private.install_cron_jobs();
