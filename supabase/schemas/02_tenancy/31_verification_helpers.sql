create function private.current_session_id()
  returns uuid
  language plpgsql stable set search_path = ''
as $$
declare
  v_claims jsonb := auth.jwt();
begin
  return coalesce(v_claims ->> 'impersonated_session_id', v_claims ->> 'session_id');
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

create function private.new_proof_delay()
  returns interval
  language sql immutable set search_path = ''
as $$
  select interval '24 hours'
$$;
comment on function private.new_proof_delay() is
  'How long a second factor or phone number that was just added does not count for sensitive actions.';

-- Definer: clients cannot read Auth's tables, which know of a verification before the next token does.
create function private.is_recently_verified(counts_new_factor boolean default false)
  returns boolean
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_person_id uuid := private.acting_person_id();
  v_session_id uuid := private.current_session_id();
  v_added_before timestamptz := now() - private.new_proof_delay();
  v_methods text[];
begin
  if v_person_id is null or v_session_id is null then
    return false;
  end if;
  -- Who has a second factor proves that one: the mailbox may be what was taken over.
  if exists (
    select from auth.mfa_factors
    where mfa_factors.user_id = v_person_id and mfa_factors.status = 'verified'
      and (is_recently_verified.counts_new_factor or mfa_factors.created_at <= v_added_before)
  ) then
    v_methods := '{totp,mfa/phone,mfa/webauthn}';
  -- A stolen session is enough to add a factor or a number of one's own and to prove that. So a factor counts only later,
  -- and after another number no code does, as Auth does not tell those by SMS from those by mail.
  elsif exists (
    select from auth.users
    where users.id = v_person_id and users.phone_confirmed_at > v_added_before
      and users.phone_confirmed_at > users.email_confirmed_at
  ) then
    return false;
  else
    v_methods := '{otp,magiclink,recovery}';
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
comment on function private.is_recently_verified(boolean) is $$Whether the caller proved again who they are within private.verification_window().

By the second factor where the person has one, else by a code that came by SMS or mail. A factor that is younger than
private.new_proof_delay() counts only where that is asked for. Always false for programs and while impersonated.$$;
grant execute on function private.is_recently_verified(boolean) to authenticated;

create function private.require_recent_verification(action text, counts_new_factor boolean default false)
  returns void
  language plpgsql stable set search_path = ''
as $$
begin
  if not private.is_recently_verified(require_recent_verification.counts_new_factor) then
    perform private.raise_error(403, 'verification_required',
      format('Cannot %s: no code was verified in the last %s minutes', require_recent_verification.action,
        extract(epoch from private.verification_window())::int / 60),
      'Verify the second factor, or a code by mail where there is none or it was added within a day, and try again.');
  end if;
end;
$$;
comment on function private.require_recent_verification(text, boolean) is
  'Guard of sensitive RPCs, after the one that asks for the permission: 403 verification_required.';
grant execute on function private.require_recent_verification(text, boolean) to authenticated;
