-- Definer: callers hold no grant on the keys.
create function private.begin_idempotent_request(caller text, key text, request_hash text, lease_seconds int)
  returns table (
    outcome text, lease_id uuid, retry_after_seconds int, answer_status int, answer_headers jsonb, answer_body text
  )
  language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  v_retention constant interval := interval '24 hours';
  v_now timestamptz := clock_timestamp();
  v_known private.idempotency_keys;
begin
  loop
    insert into private.idempotency_keys as known (caller, key, request_hash, lease_id, lease_until, expires_at)
    values (
      begin_idempotent_request.caller, begin_idempotent_request.key, begin_idempotent_request.request_hash,
      gen_random_uuid(), v_now + make_interval(secs => begin_idempotent_request.lease_seconds), v_now + v_retention
    )
    on conflict on constraint idempotency_keys_pkey do update set
      request_hash = excluded.request_hash, lease_id = excluded.lease_id, lease_until = excluded.lease_until,
      expires_at = excluded.expires_at, answer_status = null, answer_headers = null, answer_body = null,
      completed_at = null, created_at = excluded.created_at
    -- Forgotten, or begun by somebody who crashed.
    where known.expires_at <= v_now
      or (known.completed_at is null and known.lease_until <= v_now and known.request_hash = excluded.request_hash)
    returning known.lease_id into lease_id;
    if found then
      outcome := 'started';
      return next;
      return;
    end if;
    select * into v_known from private.idempotency_keys as known
    where known.caller = begin_idempotent_request.caller and known.key = begin_idempotent_request.key;
    -- Else it was given up between the two looks: now there is room.
    exit when found;
  end loop;
  if v_known.request_hash <> begin_idempotent_request.request_hash then
    outcome := 'reused';
  elsif v_known.completed_at is null then
    outcome := 'in_progress';
    retry_after_seconds := ceil(greatest(extract(epoch from v_known.lease_until - v_now), 1));
  else
    outcome := 'completed';
    answer_status := v_known.answer_status;
    answer_headers := v_known.answer_headers;
    answer_body := v_known.answer_body;
  end if;
  return next;
end;
$$;
comment on function private.begin_idempotent_request(text, text, text, int) is 'Body of public.begin_idempotent_request.';
grant execute on function private.begin_idempotent_request(text, text, text, int) to service_role;

create function public.begin_idempotent_request(caller text, key text, request_hash text, lease_seconds int default 60)
  returns table (
    outcome text, lease_id uuid, retry_after_seconds int, answer_status int, answer_headers jsonb, answer_body text
  )
  language sql volatile set search_path = ''
as $$
  select * from private.begin_idempotent_request(
    begin_idempotent_request.caller, begin_idempotent_request.key, begin_idempotent_request.request_hash,
    begin_idempotent_request.lease_seconds
  )
$$;
comment on function public.begin_idempotent_request(text, text, text, int) is
  $$Takes an idempotency key for a request, or tells what became of it. For the backend itself.

outcome is "started" (do the work, then call finish_idempotent_request with lease_id), "completed" (the answer follows;
its body is null when it could not be kept), "in_progress" (somebody else is working on it, for retry_after_seconds at
most) or "reused" (the key stood for another request). Keys of one caller mean nothing to another.$$;
grant execute on function public.begin_idempotent_request(text, text, text, int) to service_role;

-- Definer: as private.begin_idempotent_request.
create function private.finish_idempotent_request(
  caller text, key text, lease_id uuid, answer_status int, answer_headers jsonb, answer_body text
)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  if finish_idempotent_request.answer_status is null then
    delete from private.idempotency_keys as known
    where known.caller = finish_idempotent_request.caller and known.key = finish_idempotent_request.key
      and known.lease_id = finish_idempotent_request.lease_id;
    return found;
  end if;
  update private.idempotency_keys as known set
    answer_status = finish_idempotent_request.answer_status, answer_headers = finish_idempotent_request.answer_headers,
    answer_body = finish_idempotent_request.answer_body, completed_at = clock_timestamp(), lease_id = null,
    lease_until = null
  where known.caller = finish_idempotent_request.caller and known.key = finish_idempotent_request.key
    and known.lease_id = finish_idempotent_request.lease_id;
  return found;
end;
$$;
comment on function private.finish_idempotent_request(text, text, uuid, int, jsonb, text) is
  'Body of public.finish_idempotent_request.';
grant execute on function private.finish_idempotent_request(text, text, uuid, int, jsonb, text) to service_role;

create function public.finish_idempotent_request(
  caller text, key text, lease_id uuid, answer_status int default null, answer_headers jsonb default null,
  answer_body text default null
)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.finish_idempotent_request(
    finish_idempotent_request.caller, finish_idempotent_request.key, finish_idempotent_request.lease_id,
    finish_idempotent_request.answer_status, finish_idempotent_request.answer_headers,
    finish_idempotent_request.answer_body
  )
$$;
comment on function public.finish_idempotent_request(text, text, uuid, int, jsonb, text) is
  $$Keeps the answer of a request that began with begin_idempotent_request. For the backend itself.

Without a status nothing is kept and the key is free again, as after a failure of ours. False when the lease had ended
and somebody else has the key.$$;
grant execute on function public.finish_idempotent_request(text, text, uuid, int, jsonb, text) to service_role;
