create function private.current_session_id()
  returns uuid
  language plpgsql stable set search_path = ''
as $$
begin
  return auth.jwt() ->> 'session_id';
end;
$$;
comment on function private.current_session_id() is
  'The session of Auth that the caller''s token belongs to; null without one. Says nothing about who is calling.';
grant execute on function private.current_session_id() to authenticated;

create function private.verification_window()
  returns interval
  language sql immutable set search_path = ''
as $$
  select interval '10 minutes'
$$;
comment on function private.verification_window() is 'How long a verified code counts for sensitive actions.';

-- Definer: clients cannot read Auth's tables, which know of a verification before the next token does.
create function private.is_recently_verified()
  returns boolean
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_person_id uuid := private.acting_person_id();
  v_session_id uuid := private.current_session_id();
  v_methods text[] := '{totp,mfa/phone,mfa/webauthn}';
begin
  if v_person_id is null or v_session_id is null then
    return false;
  end if;
  -- Who has a second factor proves that one: the mailbox may be what was taken over.
  if not exists (
    select from auth.mfa_factors where mfa_factors.user_id = v_person_id and mfa_factors.status = 'verified'
  ) then
    v_methods := v_methods || '{otp,magiclink,recovery}';
  end if;
  return exists (
    select from auth.mfa_amr_claims as proofs
    join auth.sessions on sessions.id = proofs.session_id and sessions.user_id = v_person_id
    where proofs.session_id = v_session_id
      and proofs.authentication_method = any (v_methods)
      and proofs.updated_at > now() - private.verification_window()
  );
end;
$$;
comment on function private.is_recently_verified() is $$Whether the caller proved again who they are within private.verification_window().

By the second factor where the person has one, else by a code that came by SMS or mail. Always false for programs and
while impersonated.$$;
grant execute on function private.is_recently_verified() to authenticated;

create function private.require_recent_verification(action text)
  returns void
  language plpgsql stable set search_path = ''
as $$
begin
  if not private.is_recently_verified() then
    perform private.raise_error(403, 'verification_required',
      format('Cannot %s: no code was verified in the last %s minutes', require_recent_verification.action,
        extract(epoch from private.verification_window())::int / 60),
      'Verify the second factor, or a code by SMS or mail where there is none, and try again.');
  end if;
end;
$$;
comment on function private.require_recent_verification(text) is
  'Guard of sensitive RPCs, after the one that asks for the permission: 403 verification_required.';
grant execute on function private.require_recent_verification(text) to authenticated;
