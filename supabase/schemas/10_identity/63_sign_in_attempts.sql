-- Definer: nobody holds a grant on the attempts.
create function private.begin_sign_in(account text)
  returns int
  language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  v_window constant interval := interval '15 minutes';
  v_now timestamptz := clock_timestamp();
  v_locked_until timestamptz;
begin
  -- Counted before it is known how it ends: many guesses at once would all pass a count that follows them. The wait
  -- doubles with each further failure.
  insert into private.sign_in_attempts as known (account, failed_count, last_tried_at)
  values (begin_sign_in.account, 1, v_now)
  on conflict (account) do update set
    failed_count = case when known.last_tried_at > v_now - v_window then known.failed_count else 0 end + 1,
    locked_until = case
      when known.last_tried_at > v_now - v_window and known.failed_count >= 4
        then v_now + least(interval '1 minute' * 2 ^ least(known.failed_count - 4, 10), v_window)
    end,
    last_tried_at = v_now
  where known.locked_until is null or known.locked_until <= v_now;
  if found then
    return null;
  end if;
  select sign_in_attempts.locked_until into v_locked_until from private.sign_in_attempts
  where sign_in_attempts.account = begin_sign_in.account;
  -- Just forgiven by a sign-in that succeeded.
  if v_locked_until is null then
    return 1;
  end if;
  return ceil(greatest(extract(epoch from v_locked_until - v_now), 1));
end;
$$;
comment on function private.begin_sign_in(text) is 'Body of public.begin_sign_in.';
grant execute on function private.begin_sign_in(text) to service_role;

create function public.begin_sign_in(account text)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.begin_sign_in(begin_sign_in.account)
$$;
comment on function public.begin_sign_in(text) is
  $$Counts an attempt to sign in to an account: null when it may be made, else the seconds to wait. For the backend itself.

After 5 attempts that did not succeed, each within 15 minutes of the one before, the account is locked for a minute, then
for two, four and so on up to 15. account is a hash of what somebody signs in with, whether or not there is such an
account. The backend calls forgive_sign_ins when the attempt succeeds.$$;
grant execute on function public.begin_sign_in(text) to service_role;

-- Definer: as private.begin_sign_in.
create function private.forgive_sign_ins(account text)
  returns void
  language sql volatile security definer set search_path = ''
as $$
  delete from private.sign_in_attempts where sign_in_attempts.account = forgive_sign_ins.account
$$;
comment on function private.forgive_sign_ins(text) is 'Body of public.forgive_sign_ins.';
grant execute on function private.forgive_sign_ins(text) to service_role;

create function public.forgive_sign_ins(account text)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.forgive_sign_ins(forgive_sign_ins.account)
$$;
comment on function public.forgive_sign_ins(text) is
  'Forgets the failed attempts of an account, because one succeeded. For the backend itself.';
grant execute on function public.forgive_sign_ins(text) to service_role;
