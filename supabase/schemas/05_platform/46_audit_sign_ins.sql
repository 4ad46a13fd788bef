-- Auth's own audit table knows no failed sign-in, and what it knows nobody of an organization or the account can read.

-- Definer: runs as Auth's own role, which holds no grant on the log.
create function private.sessions_audit_login()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.record_audit_event(
    'login', null, 'sessions', new.id::text, jsonb_build_object('aal', new.aal), 'user', new.user_id, new.ip,
    new.user_agent
  );
  return null;
end;
$$;
comment on function private.sessions_audit_login() is 'Writes an audit entry for each new session of a person.';
create trigger t900_audit_login after insert on auth.sessions
  for each row execute function private.sessions_audit_login();

-- Definer: as private.sessions_audit_login.
create function private.sessions_audit_logout()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.record_audit_event('logout', null, 'sessions', old.id::text, null, 'user', old.user_id);
  return null;
end;
$$;
comment on function private.sessions_audit_logout() is
  'Writes an audit entry for each session that ended: signed out, ended by somebody else, or gone with the account.';
create trigger t900_audit_logout after delete on auth.sessions
  for each row execute function private.sessions_audit_logout();

-- Definer: as private.sessions_audit_login.
create function private.audit_password_attempt(event jsonb)
  returns jsonb
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not (audit_password_attempt.event ->> 'valid')::boolean then
    perform private.record_audit_event(
      'login_failed', null, 'users', audit_password_attempt.event ->> 'user_id', null, 'anonymous'
    );
  end if;
  return '{"decision": "continue"}';
end;
$$;
comment on function private.audit_password_attempt(jsonb) is
  $$Auth's hook "password_verification_attempt": writes an audit entry for each wrong password.

Who guesses at an address without an account leaves no entry: Auth asks only for accounts.$$;
grant usage on schema private to supabase_auth_admin;
grant execute on function private.audit_password_attempt(jsonb) to supabase_auth_admin;
