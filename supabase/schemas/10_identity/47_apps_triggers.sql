-- Definer: runs as Auth's own role, which holds no grant on our tables.
create function private.oauth_consents_end_grants()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from private.app_grants where app_grants.user_id = new.user_id and app_grants.client_id = new.client_id;
  return null;
end;
$$;
comment on function private.oauth_consents_end_grants() is
  'Takes back what a person granted an app whose consent they took back in Auth.';
create trigger t500_end_grants after update of revoked_at on auth.oauth_consents
  for each row when (old.revoked_at is null and new.revoked_at is not null)
  execute function private.oauth_consents_end_grants();

-- Definer: as private.oauth_consents_end_grants.
create function private.sessions_refuse_app()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  if exists (
    select from private.impersonations
    where impersonations.user_id = new.user_id and impersonations.expires_at > now() and impersonations.ended_at is null
  ) then
    perform private.raise_error(403, 'impersonation_read_only',
      'Cannot connect app: a platform admin is looking at this account');
  end if;
  return new;
end;
$$;
comment on function private.sessions_refuse_app() is
  'Lets nobody who sees the product as somebody else carry their account away in an app.';
create trigger t300_refuse_app before insert on auth.sessions
  for each row when (new.oauth_client_id is not null) execute function private.sessions_refuse_app();

-- Definer: clients hold no grant on the log.
create function private.app_grants_tell()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_grant private.app_grants := coalesce(new, old);
  v_is_connected boolean := tg_op <> 'DELETE';
begin
  -- Gone with the whole organization: there is nobody left to tell.
  if not exists (select from public.organizations where organizations.id = v_grant.organization_id) then
    return null;
  end if;
  perform private.record_audit_event(
    case when v_is_connected then 'app_connected' else 'app_disconnected' end, v_grant.organization_id, 'apps',
    v_grant.client_id::text, jsonb_build_object('user_id', v_grant.user_id, 'permissions', v_grant.permissions)
  );
  perform private.emit_event(
    case when v_is_connected then 'app.connected' else 'app.disconnected' end, v_grant.organization_id,
    jsonb_build_object('client_id', v_grant.client_id, 'user_id', v_grant.user_id)
  );
  return null;
end;
$$;
comment on function private.app_grants_tell() is 'Writes into the audit log and tells as a topic that an app may act, or may no longer.';
create trigger t900_tell_new after insert or delete on private.app_grants
  for each row execute function private.app_grants_tell();
create trigger t900_tell_changed after update on private.app_grants
  for each row when (new.permissions is distinct from old.permissions) execute function private.app_grants_tell();
