create function private.new_recovery_code()
  returns text
  language sql volatile set search_path = ''
as $$
  -- Sixty random bits. Letters and digits of which none is taken for another.
  select string_agg(
    substr('0123456789abcdefghjkmnpqrstvwxyz', (get_byte(bytes.value, position) & 31) + 1, 1)
      || case when position in (3, 7) then '-' else '' end,
    '' order by position
  )
  from (select extensions.gen_random_bytes(12) as value) as bytes
  cross join generate_series(0, 11) as position
$$;
comment on function private.new_recovery_code() is 'A random code such as "k3x9-0qvn-7tfm".';

-- Definer: nobody but the owner of the schemas reads the codes.
create function private.generate_recovery_codes()
  returns setof text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_person_id uuid := private.acting_person_id();
  v_codes text[];
begin
  if v_person_id is null then
    perform private.raise_error(403, 'person_required', 'Cannot generate recovery codes: no active person is signed in');
  end if;
  if not exists (
    select from auth.mfa_factors where mfa_factors.user_id = v_person_id and mfa_factors.status = 'verified'
  ) then
    perform private.raise_error(409, 'second_factor_missing', 'Cannot generate recovery codes: there is no second factor',
      'Add an authenticator app or a phone first.');
  end if;
  -- A new factor, too: they are made right after it, and take away no more than its owner can.
  perform private.require_recent_verification('generate recovery codes', counts_new_factor := true);
  -- Locked, so that two calls at once do not leave twenty.
  perform from public.profiles where profiles.id = v_person_id for no key update;
  delete from private.recovery_codes where recovery_codes.user_id = v_person_id;
  v_codes := array(select private.new_recovery_code() from generate_series(1, 10));
  insert into private.recovery_codes (user_id, code_hash)
  select v_person_id, extensions.crypt(replace(code, '-', ''), extensions.gen_salt('bf', 8)) from unnest(v_codes) as code;
  perform private.record_audit_event('recovery_codes_generated', null, 'users', v_person_id::text);
  perform private.tell_of_security(v_person_id, 'recovery_codes_generated');
  return query select unnest(v_codes);
end;
$$;
comment on function private.generate_recovery_codes() is 'Body of public.generate_recovery_codes.';
grant execute on function private.generate_recovery_codes() to authenticated;

create function public.generate_recovery_codes()
  returns setof text
  language sql volatile set search_path = ''
as $$
  select private.generate_recovery_codes()
$$;
comment on function public.generate_recovery_codes() is
  $$Makes ten recovery codes for the caller and shows them this once; codes from before are void.

For people with a second factor who verified it within the last 10 minutes (else 403 verification_required). Each code
gets them back in once with POST /functions/v1/identity/recovery when the factor is lost.$$;
grant execute on function public.generate_recovery_codes() to authenticated;

-- Definer: as private.generate_recovery_codes.
create function private.count_my_recovery_codes()
  returns int
  language sql stable security definer set search_path = ''
as $$
  select count(*)::int from private.recovery_codes
  where recovery_codes.user_id = (select private.current_person_id()) and recovery_codes.used_at is null
$$;
comment on function private.count_my_recovery_codes() is 'Body of public.count_my_recovery_codes.';
grant execute on function private.count_my_recovery_codes() to authenticated;

create function public.count_my_recovery_codes()
  returns int
  language sql stable set search_path = ''
as $$
  select private.count_my_recovery_codes()
$$;
comment on function public.count_my_recovery_codes() is
  'How many recovery codes of the caller are left; 0 also for who never made any.';
grant execute on function public.count_my_recovery_codes() to authenticated;

-- Definer: as private.generate_recovery_codes.
create function private.redeem_recovery_code(user_id uuid, session_id uuid, code text)
  returns setof uuid
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_code text := replace(replace(lower(redeem_recovery_code.code), '-', ''), ' ', '');
  v_code_id bigint;
  v_was_used boolean;
begin
  -- The token may be of a session that was ended, of somebody banned, or of an admin who only looks.
  if not exists (
    select from auth.sessions
    join auth.users on users.id = sessions.user_id
    where sessions.id = redeem_recovery_code.session_id and sessions.user_id = redeem_recovery_code.user_id
      and users.deleted_at is null and (users.banned_until is null or users.banned_until <= now())
      and not exists (select from private.impersonations where impersonations.session_id = sessions.id)
  ) then
    perform private.raise_error(403, 'person_required', 'Cannot use recovery code: no active person is signed in');
  end if;
  -- Locked, so that a code is used once however many calls come at once.
  perform from public.profiles where profiles.id = redeem_recovery_code.user_id for no key update;
  select codes.id, codes.used_at is not null into v_code_id, v_was_used
  from private.recovery_codes as codes
  where codes.user_id = redeem_recovery_code.user_id
    -- The same session may repeat a call whose answer, or second half, was lost.
    and (
      codes.used_at is null
      or codes.used_session_id = redeem_recovery_code.session_id and codes.used_at > now() - interval '10 minutes'
    )
    and codes.code_hash = extensions.crypt(v_code, codes.code_hash);
  if not found then
    perform private.raise_error(422, 'recovery_code_invalid', 'Cannot use recovery code: it is wrong or was used',
      'Try another one of your codes.');
  end if;
  if not v_was_used then
    update private.recovery_codes set used_at = now(), used_session_id = redeem_recovery_code.session_id
    where recovery_codes.id = v_code_id;
    perform private.record_audit_event(
      'recovery_code_used', null, 'users', redeem_recovery_code.user_id::text, null, 'user', redeem_recovery_code.user_id
    );
    perform private.tell_of_security(
      redeem_recovery_code.user_id, 'recovery_code_used',
      jsonb_build_object(
        'left_count', (
          select count(*) from private.recovery_codes
          where recovery_codes.user_id = redeem_recovery_code.user_id and recovery_codes.used_at is null
        )
      )
    );
  end if;
  return query
  select mfa_factors.id from auth.mfa_factors
  where mfa_factors.user_id = redeem_recovery_code.user_id and mfa_factors.status = 'verified';
end;
$$;
comment on function private.redeem_recovery_code(uuid, uuid, text) is 'Body of public.redeem_recovery_code.';
grant execute on function private.redeem_recovery_code(uuid, uuid, text) to service_role;

create function public.redeem_recovery_code(user_id uuid, session_id uuid, code text)
  returns setof uuid
  language sql volatile set search_path = ''
as $$
  select private.redeem_recovery_code(
    redeem_recovery_code.user_id, redeem_recovery_code.session_id, redeem_recovery_code.code
  )
$$;
comment on function public.redeem_recovery_code(uuid, uuid, text) is
  $$Spends a recovery code of a person and returns the ids of the factors that are to be taken away.

For the function "identity", which has checked the token and counts the tries. The same session may repeat the call for
10 minutes, because taking the factors away may fail.$$;
grant execute on function public.redeem_recovery_code(uuid, uuid, text) to service_role;
