-- Definer: runs as Auth's own role, which holds no grant on our tables.
create function private.sessions_note_device()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_fingerprint text := private.device_fingerprint(new.user_id, new.user_agent, new.ip);
  -- The first device is the one that somebody signs up with.
  v_is_first boolean := not exists (select from private.known_devices where known_devices.user_id = new.user_id);
  v_is_known boolean := exists (
    select from private.known_devices
    where known_devices.user_id = new.user_id and known_devices.fingerprint = v_fingerprint
      and known_devices.last_seen_at > now() - private.known_device_window()
  );
begin
  insert into private.known_devices (user_id, fingerprint) values (new.user_id, v_fingerprint)
  on conflict (user_id, fingerprint) do update set last_seen_at = now();
  if not v_is_first and not v_is_known then
    perform private.tell_of_security(
      new.user_id, 'new_device',
      jsonb_build_object(
        'session_id', new.id, 'device', private.describe_device(new.user_agent), 'ip_address', host(new.ip)
      )
    );
  end if;
  return null;
end;
$$;
comment on function private.sessions_note_device() is
  'Remembers the device and network of a sign-in, and has the person told of a new one.';
-- An app signs in from its own server: grant_app tells the person of it.
create trigger t900_note_device after insert on auth.sessions
  for each row when (new.oauth_client_id is null) execute function private.sessions_note_device();

-- Definer: writes the log and ends sessions, which nobody else may.
create function private.users_end_sessions()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Auth itself ends every session but the one that asks, which it alone knows; a reset by an admin ends all. What is left
  -- is a password that is written past Auth. session_user, because current_user is the owner of this function.
  if session_user <> 'supabase_auth_admin' then
    delete from auth.sessions
    where sessions.user_id = new.id and sessions.id is distinct from private.current_session_id();
  end if;
  -- The first password of somebody who came by a link or a provider ends nothing, but is worth knowing all the same.
  perform private.record_audit_event('password_changed', null, 'users', new.id::text, null, 'user', new.id);
  return null;
end;
$$;
comment on function private.users_end_sessions() is
  'Writes an audit entry for a new password, and ends the other sessions where Auth does not do so itself.';
create trigger t900_end_sessions after update of encrypted_password on auth.users
  for each row when (new.encrypted_password is distinct from old.encrypted_password)
  execute function private.users_end_sessions();
