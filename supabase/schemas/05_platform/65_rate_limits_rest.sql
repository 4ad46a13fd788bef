-- Definer: clients hold no grant on what is counted.
create function private.before_request()
  returns void
  language plpgsql volatile security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_role text := current_setting('role');
  v_now timestamptz := clock_timestamp();
  v_caller text;
  v_headers json;
  v_rule record;
begin
  -- Reads run in read-only transactions, which could not count; the backend itself is not limited.
  if current_setting('transaction_read_only') = 'on' or v_role not in ('authenticated', 'anon') then
    return;
  end if;
  -- Whatever a policy or function forgot: nothing is changed in somebody else's name.
  if private.is_impersonated() then
    perform set_config('transaction_read_only', 'on', true);
    return;
  end if;
  if v_role = 'authenticated' then
    v_caller := 'user:' || (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub');
  end if;
  if v_caller is null then
    v_headers := nullif(current_setting('request.headers', true), '')::json;
    v_caller := private.hashed_address(
      coalesce(v_headers ->> 'cf-connecting-ip', split_part(v_headers ->> 'x-forwarded-for', ',', 1))
    );
  end if;
  select rules.limit_count, rules.window_seconds, greatest(rules.limit_count - counted.sum, 0) as remaining_count
  into v_rule
  from private.rate_limit_rules as rules
  cross join lateral (
    select coalesce(sum(rest_writes.write_count), 0) as sum
    from private.rest_writes
    where rest_writes.caller = v_caller
      and rest_writes.written_at > v_now - make_interval(secs => rules.window_seconds)
  ) as counted
  where rules.endpoint = 'rest.write' and rules.limit_count is not null
  order by greatest(rules.limit_count - counted.sum, 0), rules.window_seconds desc
  limit 1;
  if not found then
    return;
  end if;
  if v_rule.remaining_count = 0 then
    perform private.raise_error(
      429, 'rate_limit_exceeded',
      format('Cannot change anything: more than %s requests in %s seconds', v_rule.limit_count, v_rule.window_seconds),
      'Wait as long as the header Retry-After says.',
      jsonb_build_object(
        'RateLimit-Limit', v_rule.limit_count::text, 'RateLimit-Remaining', '0',
        'RateLimit-Reset', v_rule.window_seconds::text,
        -- The window slides: after a while some of it is free again.
        'Retry-After', least(v_rule.window_seconds, 60)::text
      )
    );
  end if;
  insert into private.rest_writes (caller, written_at) values (v_caller, v_now);
  perform set_config(
    'response.headers',
    format(
      '[{"RateLimit-Limit": "%s"}, {"RateLimit-Remaining": "%s"}, {"RateLimit-Reset": "%s"}]',
      v_rule.limit_count, v_rule.remaining_count - 1, v_rule.window_seconds
    ),
    true
  );
end;
$$;
comment on function private.before_request() is $$What the REST API runs first in every request: limits how often a client may change something.

An impersonated session gets a read-only transaction. The limit is best effort, because it is part of the request's
transaction: changes that are undone and those under way at the same moment are not counted. It never waits for another
request. Rules of the endpoint "rest.write" say how much.$$;
-- The hook runs as whatever role the request has, one that a project adds later included: each must be able to name and
-- run it, or all its requests fail. What else is in the schema stays closed by its own grants.
grant usage on schema private to public;
grant execute on function private.before_request() to public;

alter role authenticator set pgrst.db_pre_request = 'private.before_request';
notify pgrst, 'reload config';
