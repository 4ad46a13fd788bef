-- Functions that Supabase Auth calls: [auth.hook.*] of supabase/config.toml. They never raise, because a fault of theirs
-- would keep everybody out.

-- Definer: runs as Auth's own role, which holds no grant on our tables.
create function private.check_sign_up(event jsonb)
  returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_domain text := lower(split_part(check_sign_up.event -> 'user' ->> 'email', '@', 2));
  v_labels text[] := string_to_array(v_domain, '.');
  -- "mail.example.co" is meant by the rules for itself, "example.co" and "co".
  v_suffixes text[] := array(
    select array_to_string(v_labels[position:], '.') from generate_series(1, coalesce(cardinality(v_labels), 0)) as position
  );
  v_allowed jsonb := private.setting('identity.sign_up_domains');
begin
  -- Somebody who signs up with a phone, or whose provider told no address.
  if coalesce(v_domain, '') = '' then
    return '{}';
  end if;
  if v_allowed <> '[]' and not v_allowed ?| v_suffixes then
    return jsonb_build_object(
      'error', jsonb_build_object('http_code', 403, 'message', 'Sign-up is not open to addresses of this domain')
    );
  end if;
  if private.setting_boolean('identity.blocks_disposable_mail')
    and exists (select from private.blocked_mail_domains where blocked_mail_domains.domain = any (v_suffixes))
  then
    return jsonb_build_object(
      'error', jsonb_build_object('http_code', 422, 'message', 'Use an address that will last, not a throw-away one')
    );
  end if;
  return '{}';
end;
$$;
comment on function private.check_sign_up(jsonb) is
  $$Auth's hook "before_user_created": refuses throw-away addresses, and domains that are not on the list where there is one.

Accounts that an admin makes are not asked about.$$;
grant execute on function private.check_sign_up(jsonb) to supabase_auth_admin;

-- Definer: as private.check_sign_up.
create function private.check_password_attempt(event jsonb)
  returns jsonb
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_user_id uuid := check_password_attempt.event ->> 'user_id';
  v_window interval := make_interval(mins => private.setting_integer('identity.lockout_minutes')::int);
  v_attempts private.password_attempts;
begin
  -- One after the other: many guesses at once would all be let through before any of them is counted.
  perform pg_advisory_xact_lock(hashtextextended('password_attempt:' || v_user_id, 0));
  perform private.audit_password_attempt(check_password_attempt.event);
  select * into v_attempts from private.password_attempts where password_attempts.user_id = v_user_id;
  if v_attempts.locked_until > now() then
    -- The words of a wrong password: who guesses must not learn that there is an account, nor that the guess was right.
    return '{"decision": "reject", "message": "Invalid login credentials", "should_logout_user": false}';
  end if;
  if (check_password_attempt.event ->> 'valid')::boolean then
    delete from private.password_attempts where password_attempts.user_id = v_user_id;
    return '{"decision": "continue"}';
  end if;
  insert into private.password_attempts as known (user_id, failed_count, started_at) values (v_user_id, 1, now())
  on conflict (user_id) do update set
    failed_count = case when known.started_at > now() - v_window and known.locked_until is null
      then known.failed_count else 0 end + 1,
    started_at = case when known.started_at > now() - v_window and known.locked_until is null
      then known.started_at else now() end,
    locked_until = null
  returning known.* into v_attempts;
  if v_attempts.failed_count >= private.setting_integer('identity.lockout_attempts') then
    update private.password_attempts set locked_until = now() + v_window where password_attempts.user_id = v_user_id;
    perform private.record_audit_event('account_locked', null, 'users', v_user_id::text, null, 'system');
    perform private.tell_of_security(
      v_user_id, 'account_locked', jsonb_build_object('minutes', private.setting_integer('identity.lockout_minutes'))
    );
  end if;
  return '{"decision": "continue"}';
end;
$$;
comment on function private.check_password_attempt(jsonb) is
  $$Auth's hook "password_verification_attempt": audits wrong passwords, and locks an account for passwords after too many.

Settings identity.lockout_attempts and identity.lockout_minutes. Links by mail, codes and providers go on working, so
that nobody is kept out by a stranger who guesses.$$;
grant execute on function private.check_password_attempt(jsonb) to supabase_auth_admin;

-- Definer: as private.check_sign_up.
create function private.add_token_claims(event jsonb)
  returns jsonb
  language sql volatile security definer set search_path = ''
as $$
  select jsonb_build_object(
    'claims', case
      when add_token_claims.event -> 'claims' ? 'client_id' then
        private.app_token_claims(add_token_claims.event -> 'claims')
      else add_token_claims.event -> 'claims'
    end || case
      when exists (
        select from private.impersonations
        where impersonations.session_id::text = add_token_claims.event -> 'claims' ->> 'session_id'
      ) then jsonb_build_object(
        'is_impersonated', true,
        -- As in private.app_token_claims: Auth finds no session by this id and lets the bearer do nothing at all.
        'session_id', gen_random_uuid(), 'impersonated_session_id', add_token_claims.event -> 'claims' -> 'session_id'
      )
      else '{}'
    end
  )
$$;
comment on function private.add_token_claims(jsonb) is
  $$Auth's hook "custom_access_token": makes tokens of impersonations and of third-party apps worth nothing to Auth itself.

The claim "is_impersonated" tells a client that a platform admin is looking. No rule of the database reads it: they ask
private.is_impersonated(), which knows the session. Tokens of third-party apps are cut to what concerns the app, see
private.app_token_claims.$$;
grant execute on function private.add_token_claims(jsonb) to supabase_auth_admin;
