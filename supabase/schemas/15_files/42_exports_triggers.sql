create trigger t100_set_updated_at before update on public.exports
  for each row execute function private.set_updated_at();

-- Definer: clients hold no grant on the queue.
create function private.exports_clean()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_export public.exports := case when tg_op = 'DELETE' then old else new end;
begin
  -- Not the organization's job: it may be going itself.
  perform private.enqueue_job(
    'export.clean', jsonb_build_object('organization_id', v_export.organization_id, 'export_id', v_export.id),
    dedupe_key := v_export.id || ':' || case when tg_op = 'DELETE' then 'deleted' else v_export.state::text end
  );
  return null;
end;
$$;
comment on function private.exports_clean() is 'Has the objects removed that an export needs no more.';
create trigger t900_clean_ended after update of state on public.exports
  for each row when (old.state is distinct from new.state and new.state not in ('queued', 'running'))
  execute function private.exports_clean();
create trigger t900_clean_deleted after delete on public.exports
  for each row execute function private.exports_clean();

-- Definer: as private.exports_clean.
create function private.exports_emit_end()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.emit_event(
    case new.state when 'ready' then 'data.exported' else 'data.export_failed' end, new.organization_id,
    jsonb_build_object(
      'export_id', new.id, 'requested_by', new.requested_by, 'service_account_id', new.service_account_id,
      'list', new.list, 'format', new.format, 'row_count', new.row_count, 'failure_code', new.failure_code
    ),
    'data.exported:' || new.id
  );
  return null;
end;
$$;
comment on function private.exports_emit_end() is 'Tells that an export is ready or failed: topics "data.exported" and "data.export_failed".';
create trigger t900_emit_end after update of state on public.exports
  for each row when (old.state is distinct from new.state and new.state in ('ready', 'failed'))
  execute function private.exports_emit_end();

select private.register_personal_data('public.exports', 'requested_by', 'delete', '{request_key, job_id}');
