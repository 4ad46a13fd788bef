create function private.import_claims()
  returns jsonb
  language sql stable set search_path = ''
as $$
  -- Not the session: an import goes on when its person signs out. What ends access for good is asked at each step.
  select coalesce(jsonb_object_agg(claim.key, claim.value), '{}')
  from jsonb_each(coalesce(auth.jwt(), '{}')) as claim
  where claim.key in ('role', 'sub', 'aal', 'service_account_id', 'api_key_id', 'scopes', 'client_id', 'scope')
$$;
comment on function private.import_claims() is 'Who is calling, as an import keeps it to go on in their name.';

-- Definer: reads an import for callers who may see none.
create function private.require_import(import_id uuid, action text)
  returns public.imports
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import public.imports;
begin
  -- Locked, so that what people do to it and what a worker does cannot cross.
  select * into v_import from public.imports
  where imports.id = require_import.import_id
    and imports.organization_id = any (array(select private.organizations_with('imports.read')))
  for no key update;
  if not found then
    perform private.raise_error(404, 'import_not_found', format('Cannot %s: no such import', require_import.action));
  end if;
  perform private.require_import_rights(v_import.organization_id, v_import.import_type, require_import.action);
  return v_import;
end;
$$;
comment on function private.require_import(uuid, text) is
  'First guard of what people do to an import: 404 for who may not see it, 403 for who may not import; locks it.';

-- Definer: a guard of definer functions.
create function private.require_import_rights(organization_id uuid, import_type text, action text)
  returns void
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_permission text;
begin
  perform private.require_permission(require_import_rights.organization_id, 'imports.run', require_import_rights.action);
  select import_types.permission into v_permission from public.import_types
  where import_types.import_type = require_import_rights.import_type;
  if not found then
    perform private.raise_error(422, 'import_type_unknown',
      format('Cannot %s: there is no import type "%s"', require_import_rights.action, require_import_rights.import_type),
      'See the table import_types.');
  end if;
  perform private.require_permission(require_import_rights.organization_id, v_permission, require_import_rights.action);
end;
$$;
comment on function private.require_import_rights(uuid, text, text) is
  'Guard: 403 for who lacks imports.run or the permission of the type.';

create function private.raise_import_state(import public.imports, action text)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  perform private.raise_error(409, 'import_state_conflict',
    format('Cannot %s: its state is "%s"', raise_import_state.action, (raise_import_state.import).state),
    'Wait until it gets there, or see in the description of the state what may be done now.');
end;
$$;
comment on function private.raise_import_state(public.imports, text) is 'Refuses what an import''s state does not allow.';

create function private.enqueue_import(import_id uuid, kind text)
  returns public.imports
  language plpgsql volatile set search_path = ''
as $$
declare
  v_import public.imports;
begin
  update public.imports set run_number = imports.run_number + 1
  where imports.id = enqueue_import.import_id
  returning * into v_import;
  update public.imports set job_id = private.enqueue_job(
    enqueue_import.kind,
    jsonb_build_object('import_id', v_import.id, 'run_number', v_import.run_number),
    queue := 'imports', organization_id := v_import.organization_id,
    dedupe_key := v_import.id || ':' || v_import.run_number, created_by := v_import.created_by
  )
  where imports.id = v_import.id
  returning * into v_import;
  return v_import;
end;
$$;
comment on function private.enqueue_import(uuid, text) is
  'Gives an import to a worker as a new run: what an earlier one still does is refused from here on.';

create function private.remember_import_claims(import_id uuid)
  returns void
  language sql volatile set search_path = ''
as $$
  insert into private.import_work (import_id, claims) values (remember_import_claims.import_id, private.import_claims())
  on conflict (import_id) do update set claims = excluded.claims
$$;
comment on function private.remember_import_claims(uuid) is 'Has an import go on in the name of who is calling.';

create function private.reset_import(import_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  delete from public.import_errors where import_errors.import_id = reset_import.import_id;
  delete from private.import_keys where import_keys.import_id = reset_import.import_id;
  update private.import_work set position = null where import_work.import_id = reset_import.import_id;
  update public.imports
  set done_bytes = 0, read_count = 0, inserted_count = 0, updated_count = 0, skipped_count = 0, failed_count = 0
  where imports.id = reset_import.import_id;
end;
$$;
comment on function private.reset_import(uuid) is 'Puts an import back to the beginning of its file, before any row was taken.';

create function private.import_expiry()
  returns timestamptz
  language sql stable set search_path = ''
as $$
  select now() + make_interval(days => private.setting_integer('imports.undo_days')::int)
$$;
comment on function private.import_expiry() is 'When what is kept of an import beside its counts goes, counted from now.';
