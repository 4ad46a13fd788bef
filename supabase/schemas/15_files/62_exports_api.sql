-- Definer: clients hold no insert, and their claims are kept where nobody reads them.
create function private.request_export(
  organization_id uuid, list text, format public.export_format, filters jsonb, fields text[], sort text
)
  returns public.exports
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_claims jsonb := auth.jwt();
  v_caller record := private.identify_caller(v_claims);
  v_request_key text;
  v_export public.exports;
begin
  perform private.require_permission(request_export.organization_id, 'exports.run', 'export');
  -- The same request twice at once: the second waits and finds the first; and the limit is counted by one at a time.
  perform pg_advisory_xact_lock(hashtextextended('private.request_export:' || request_export.organization_id, 0));
  v_request_key := md5(jsonb_build_array(
    v_caller.person_id, v_caller.service_account_id, request_export.list, request_export.format, request_export.filters,
    request_export.fields, request_export.sort
  )::text);
  select * into v_export from public.exports
  where exports.organization_id = request_export.organization_id and exports.request_key = v_request_key
    and exports.state in ('queued', 'running');
  if found then
    return v_export;
  end if;
  if (
    select count(*) from public.exports
    where exports.organization_id = request_export.organization_id and exports.state in ('queued', 'running')
  ) >= private.entitlement(request_export.organization_id, 'concurrent_exports') then
    perform private.raise_error(409, 'export_limit_reached',
      'Cannot export: as many exports as the organization may have at once are being written',
      'Wait until one of them is ready, or cancel one.');
  end if;
  insert into public.exports
    (organization_id, requested_by, service_account_id, list, format, filters, fields, sort, request_key)
  values (
    request_export.organization_id, v_caller.person_id, v_caller.service_account_id, request_export.list,
    request_export.format, request_export.filters, request_export.fields, request_export.sort, v_request_key
  )
  returning * into v_export;
  insert into private.export_claims (export_id, claims)
  select v_export.id, jsonb_object_agg(claim.key, claim.value)
  from jsonb_each(v_claims) as claim
  where claim.key in (
    'sub', 'role', 'aal', 'client_id', 'scope', 'service_account_id', 'api_key_id', 'scopes'
  );
  perform private.record_audit_event(
    'export', v_export.organization_id, 'exports', v_export.id::text,
    -- By what it was filtered and not for what: that may be somebody's address.
    jsonb_build_object(
      'list', v_export.list, 'format', v_export.format, 'fields', v_export.fields,
      'filters', array(select jsonb_object_keys(v_export.filters) order by 1)
    )
  );
  update public.exports set job_id = private.enqueue_job(
    'export.run', jsonb_build_object('export_id', v_export.id), queue := 'exports',
    organization_id := v_export.organization_id, dedupe_key := v_export.id::text, created_by := v_export.requested_by
  )
  where exports.id = v_export.id
  returning * into v_export;
  return v_export;
end;
$$;
comment on function private.request_export(uuid, text, public.export_format, jsonb, text[], text) is
  'Body of public.request_export.';
grant execute on function private.request_export(uuid, text, public.export_format, jsonb, text[], text) to authenticated;

create function public.request_export(
  organization_id uuid,
  list text,
  format public.export_format default 'csv',
  filters jsonb default '{}',
  fields text[] default null,
  sort text default null
)
  returns public.exports
  language sql volatile set search_path = ''
as $$
  select private.request_export(
    request_export.organization_id, request_export.list, request_export.format, request_export.filters,
    request_export.fields, request_export.sort
  )
$$;
comment on function public.request_export(uuid, text, public.export_format, jsonb, text[], text) is
  $$Asks for a list of the organization as a file and returns the export, which a job then writes.

Needs exports.run, and the permission of the list, which the job asks for. Filters, fields and sort are those of the list
on the REST face; one that the list does not have makes the export fail, and POST /api/v1/exports refuses it at once. The
same request while the first is under way returns that one. 409 export_limit_reached. Topics: data.exported,
data.export_failed.$$;
grant execute on function public.request_export(uuid, text, public.export_format, jsonb, text[], text) to authenticated;

-- Definer: a guard of definer functions.
create function private.require_own_export(export_id uuid, action text)
  returns public.exports
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_export public.exports;
begin
  select * into v_export from public.exports
  where exports.id = require_own_export.export_id
    and exports.organization_id = any (array(select private.organizations_with('exports.run')))
    and (
      exports.requested_by = (select private.current_person_id())
      or exports.service_account_id = (select private.current_service_account_id())
    )
  for update;
  if not found then
    perform private.raise_error(404, 'export_not_found',
      format('Cannot %s export: no such export', require_own_export.action));
  end if;
  return v_export;
end;
$$;
comment on function private.require_own_export(uuid, text) is 'Locks and returns an export that the caller asked for; otherwise 404.';

-- Definer: clients hold no update.
create function private.cancel_export(export_id uuid)
  returns public.exports
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_export public.exports := private.require_own_export(cancel_export.export_id, 'cancel');
begin
  if v_export.state = 'cancelled' then
    return v_export;
  end if;
  if v_export.state not in ('queued', 'running') then
    perform private.raise_error(409, 'export_not_cancellable',
      format('Cannot cancel export: its state is "%s"', v_export.state));
  end if;
  update public.exports set state = 'cancelled', finished_at = now()
  where exports.id = v_export.id returning * into v_export;
  perform private.cancel_job(jobs.id) from private.jobs where jobs.id = v_export.job_id;
  return v_export;
end;
$$;
comment on function private.cancel_export(uuid) is 'Body of public.cancel_export.';
grant execute on function private.cancel_export(uuid) to authenticated;

create function public.cancel_export(export_id uuid)
  returns public.exports
  language sql volatile set search_path = ''
as $$
  select private.cancel_export(cancel_export.export_id)
$$;
comment on function public.cancel_export(uuid) is
  'Calls off an export of the caller''s that is not ready yet, and returns it. 404 export_not_found, 409 export_not_cancellable.';
grant execute on function public.cancel_export(uuid) to authenticated;

-- Definer: as private.cancel_export, and settings are not for clients to read.
create function private.record_export_download(export_id uuid)
  returns table (
    list text, format public.export_format, file_path text, created_at timestamptz, link_seconds int,
    link_expires_at timestamptz
  )
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_export public.exports := private.require_own_export(record_export_download.export_id, 'download');
begin
  if v_export.state <> 'ready' or v_export.expires_at <= now() then
    perform private.raise_error(409, 'export_not_ready',
      format('Cannot download export: its state is "%s"', v_export.state),
      'Wait until it is "ready"; ask for a new one when it has expired or failed.');
  end if;
  update public.exports set download_count = exports.download_count + 1, last_downloaded_at = now()
  where exports.id = v_export.id;
  perform private.record_audit_event(
    'download', v_export.organization_id, 'exports', v_export.id::text,
    jsonb_build_object('list', v_export.list, 'row_count', v_export.row_count)
  );
  link_seconds := greatest(1, least(
    60 * private.setting_integer('files.export_link_minutes'), floor(extract(epoch from v_export.expires_at - now()))
  ));
  return query select
    v_export.list, v_export.format, v_export.file_path, v_export.created_at, link_seconds,
    now() + make_interval(secs => link_seconds);
end;
$$;
comment on function private.record_export_download(uuid) is 'Body of public.record_export_download.';
grant execute on function private.record_export_download(uuid) to authenticated;

create function public.record_export_download(export_id uuid)
  returns table (
    list text, format public.export_format, file_path text, created_at timestamptz, link_seconds int,
    link_expires_at timestamptz
  )
  language sql volatile set search_path = ''
as $$
  select * from private.record_export_download(record_export_download.export_id)
$$;
comment on function public.record_export_download(uuid) is
  $$Counts and audits that the caller fetches an own export, and tells how long a link to it may work.

What POST /api/v1/exports/{export_id}/link does first. 404 export_not_found, 409 export_not_ready.$$;
grant execute on function public.record_export_download(uuid) to authenticated;
