-- Definer: callers hold no grant on the buckets.
create function private.set_token_bucket(bucket text, capacity int, refill_count int, refill_seconds int)
  returns void
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into private.token_buckets as known (bucket, capacity, refill_count, refill_seconds)
  values (
    set_token_bucket.bucket, set_token_bucket.capacity, set_token_bucket.refill_count, set_token_bucket.refill_seconds
  )
  on conflict on constraint token_buckets_pkey do update set
    capacity = excluded.capacity, refill_count = excluded.refill_count, refill_seconds = excluded.refill_seconds
  where (known.capacity, known.refill_count, known.refill_seconds)
    is distinct from (excluded.capacity, excluded.refill_count, excluded.refill_seconds);
end;
$$;
comment on function private.set_token_bucket(text, int, int, int) is 'Body of public.set_token_bucket.';
grant execute on function private.set_token_bucket(text, int, int, int) to service_role;

create function public.set_token_bucket(bucket text, capacity int, refill_count int, refill_seconds int)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.set_token_bucket(
    set_token_bucket.bucket, set_token_bucket.capacity, set_token_bucket.refill_count, set_token_bucket.refill_seconds
  )
$$;
comment on function public.set_token_bucket(text, int, int, int) is
  $$Makes a token bucket or changes its numbers. For the backend itself.

It holds capacity tokens and gets refill_count back in refill_seconds, evenly. A new one is full; the level of a known
one stays.$$;
grant execute on function public.set_token_bucket(text, int, int, int) to service_role;

-- Definer: as private.set_token_bucket.
create function private.take_tokens(bucket text, n int default 1, max_wait_seconds int default 0)
  returns table (is_granted boolean, wait_seconds double precision)
  language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  v_bucket private.token_buckets;
  v_level private.token_bucket_levels;
  v_rate double precision;
  v_now timestamptz;
  v_left double precision;
begin
  select * into v_bucket from private.token_buckets as known where known.bucket = take_tokens.bucket;
  if not found then
    raise exception 'No token bucket "%"', take_tokens.bucket using errcode = 'invalid_parameter_value';
  end if;
  if take_tokens.n is null or take_tokens.n < 1 or take_tokens.n > v_bucket.capacity then
    raise exception 'Bucket "%" holds % tokens, % cannot be taken', take_tokens.bucket, v_bucket.capacity, take_tokens.n
      using errcode = 'invalid_parameter_value';
  end if;
  v_rate := v_bucket.refill_count::double precision / v_bucket.refill_seconds;
  select * into v_level from private.token_bucket_levels as levels where levels.bucket = take_tokens.bucket for update;
  if not found then
    insert into private.token_bucket_levels (bucket, token_count, counted_at)
    values (take_tokens.bucket, v_bucket.capacity, clock_timestamp())
    on conflict on constraint token_bucket_levels_pkey do nothing;
    select * into v_level from private.token_bucket_levels as levels where levels.bucket = take_tokens.bucket for update;
  end if;
  -- Only now: the wait for the lock counts, too. A clock that was set back adds nothing.
  v_now := clock_timestamp();
  v_left := least(
    v_bucket.capacity,
    v_level.token_count + greatest(extract(epoch from v_now - v_level.counted_at)::double precision, 0) * v_rate
  ) - take_tokens.n;
  wait_seconds := case when v_left < 0 then -v_left / v_rate else 0 end;
  is_granted := wait_seconds <= take_tokens.max_wait_seconds;
  if is_granted then
    update private.token_bucket_levels as levels set token_count = v_left, counted_at = v_now
    where levels.bucket = take_tokens.bucket;
  end if;
  return next;
end;
$$;
comment on function private.take_tokens(text, int, int) is 'Body of public.take_tokens.';
grant execute on function private.take_tokens(text, int, int) to service_role;

create function public.take_tokens(bucket text, n int default 1, max_wait_seconds int default 0)
  returns table (is_granted boolean, wait_seconds double precision)
  language sql volatile set search_path = ''
as $$
  select * from private.take_tokens(take_tokens.bucket, take_tokens.n, take_tokens.max_wait_seconds)
$$;
comment on function public.take_tokens(text, int, int) is
  $$Takes n tokens of a bucket, or reserves them ahead when the wait is at most max_wait_seconds. For the backend itself.

Granted with a wait: the tokens are the caller's, to be used after wait_seconds and not before; others queue behind.
Not granted: nothing was taken, and wait_seconds says when there would be enough.$$;
grant execute on function public.take_tokens(text, int, int) to service_role;
