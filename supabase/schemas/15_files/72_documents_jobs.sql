select private.define_setting(
  'documents.reminder_days', 'json', '[30, 7, 1]',
  'How many days before a document expires its organization is reminded, largest first', is_overridable := true
);

create function private.remind_document_expiries(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_expiry record;
  v_due int;
  v_count int := 0;
begin
  for v_expiry in
    select document_expiries.file_id, document_expiries.organization_id, document_expiries.expires_on,
      document_expiries.reminded_days,
      document_expiries.expires_on - (now() at time zone organizations.time_zone)::date as days_left
    from public.document_expiries
    join public.organizations on organizations.id = document_expiries.organization_id
    join public.files on files.id = document_expiries.file_id
    where document_expiries.reminded_days is distinct from 0
      -- No time zone is a day ahead; the setting reaches a year.
      and document_expiries.expires_on < current_date + 367
      and organizations.deleted_at is null and files.deleted_at is null
    order by document_expiries.expires_on, document_expiries.file_id
    for update of document_expiries skip locked
  loop
    exit when v_count >= remind_document_expiries.batch_size;
    -- The nearest reminder that is due, 0 once the last day is over; one that was missed is not sent late beside it.
    select min(days.due) into v_due
    from (
      select days::int as due
      from jsonb_array_elements_text(
        private.setting('documents.reminder_days', v_expiry.organization_id)
      ) as days
      where days ~ '^\d{1,3}$' and days::int > 0 and days::int <= 366
      union all
      select 0
    ) as days
    where case when days.due = 0 then v_expiry.days_left < 0 else v_expiry.days_left <= days.due end;
    if v_due is null or v_due >= v_expiry.reminded_days then
      continue;
    end if;
    update public.document_expiries set reminded_days = v_due where document_expiries.file_id = v_expiry.file_id;
    perform private.emit_event('document.expiring', v_expiry.organization_id,
      jsonb_build_object(
        'file_id', v_expiry.file_id, 'expires_on', v_expiry.expires_on, 'days_left', greatest(v_expiry.days_left, 0),
        'is_expired', v_expiry.days_left < 0
      ),
      format('document.expiring:%s:%s:%s', v_expiry.file_id, v_expiry.expires_on, v_due));
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
comment on function private.remind_document_expiries(int) is
  $$Emits "document.expiring" for documents at the days of documents.reminder_days before their end and when it is over.

Each reminder goes out once. Returns how many.$$;

create function private.job_remind_document_expiries(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'files_remind_document_expiries', 'private.remind_document_expiries'::regproc,
    job_remind_document_expiries.batch_size
  )
$$;
comment on function private.job_remind_document_expiries(int) is 'Reminds of documents that expire.';
select private.register_cron_job(
  'files_remind_document_expiries', '25 * * * *', 'select private.job_remind_document_expiries(1000)'
);

create function private.fail_stuck_documents(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_render_id uuid;
  v_count int := 0;
begin
  for v_render_id in
    select stuck.id from public.document_renders as stuck
    where stuck.state = 'queued' and stuck.created_at < now() - interval '10 minutes'
      and not exists (
        select from private.jobs
        where jobs.kind = 'document.render' and jobs.dedupe_key = stuck.id::text
          and jobs.state in ('queued', 'running', 'failed')
      )
    order by stuck.created_at
    limit fail_stuck_documents.batch_size
    for update skip locked
  loop
    perform private.fail_document(v_render_id, 'document_failed', 'The document could not be made');
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
comment on function private.fail_stuck_documents(int) is
  'Fails documents whose job died or was discarded, so that nobody waits for them, and returns how many.';

create function private.job_fail_stuck_documents(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'files_fail_stuck_documents', 'private.fail_stuck_documents'::regproc, job_fail_stuck_documents.batch_size
  )
$$;
comment on function private.job_fail_stuck_documents(int) is 'Ends documents that will not be made.';
select private.register_cron_job(
  'files_fail_stuck_documents', '*/10 * * * *', 'select private.job_fail_stuck_documents(1000)'
);
select private.install_cron_jobs();

insert into public.webhook_event_types (topic, description, example) values
  ('document.ready', 'A document was made', '{"document_id": "5b0c7c0e-55a1-4c8e-9f5e-2f6b8d1f0a77", "file_id": "a6f7a6c2-0d51-4d3a-8f0b-0a8f3c1d2e4f", "kind": "letter"}'),
  ('document.failed', 'A document could not be made', '{"document_id": "5b0c7c0e-55a1-4c8e-9f5e-2f6b8d1f0a77", "kind": "letter", "error_code": "document_data_invalid"}'),
  ('document.expiring', 'A document expires soon, or has expired', '{"file_id": "a6f7a6c2-0d51-4d3a-8f0b-0a8f3c1d2e4f", "expires_on": "2027-03-31", "days_left": 30, "is_expired": false}')
on conflict do nothing;
