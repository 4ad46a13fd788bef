create function private.hashed_address(address text)
  returns text
  language sql immutable set search_path = ''
as $$
  select 'address:' || left(encode(sha256(convert_to(coalesce(hashed_address.address, 'unknown'), 'UTF8')), 'hex'), 32)
$$;
comment on function private.hashed_address(text) is 'An address as the subject of a count, which must not hold it in the open.';

create function private.rate_limit_windows(
  endpoint text, user_id uuid, api_key_id uuid, organization_id uuid, address text, account text, called_at timestamptz
)
  returns private.rate_limit_window[]
  -- Planned once for each session: planning takes ten times as long as running.
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_caller text := coalesce(
    'key:' || rate_limit_windows.api_key_id, 'user:' || rate_limit_windows.user_id,
    private.hashed_address(rate_limit_windows.address)
  );
begin
  return (
    select coalesce(
      array_agg(
        row(found.name, found.subject, found.starts_at, found.starts_at + found.length, found.admitted)
          ::private.rate_limit_window
        order by found.name
      ),
      '{}'
    )
    from (
      select
        rules.name, spans.starts_at, spans.length,
        subjects.subject || case when rules.is_per_endpoint then ' ' || rate_limit_windows.endpoint else '' end
          -- What was used of a long window is read after its end, so the next one gets a row of its own.
          || case when rules.window_seconds >= 86400 then ' ' || (spans.starts_at at time zone 'UTC')::date else '' end
          as subject,
        case
          when rules.limit_key is null then rules.limit_count
          -- Calls of an unlimited tier, and those above a limit that is billed, are counted without refusing.
          when private.limit_action(rate_limit_windows.organization_id, rules.limit_key) = 'block'
            then private.entitlement(rate_limit_windows.organization_id, rules.limit_key)
        end as admitted
      from private.rate_limit_rules as rules
      cross join lateral (
        select
          case rules.subject
            when 'caller' then v_caller
            when 'user' then 'user:' || rate_limit_windows.user_id
            when 'organization' then coalesce('organization:' || rate_limit_windows.organization_id, v_caller)
            when 'address' then
              case when rate_limit_windows.address is not null then private.hashed_address(rate_limit_windows.address) end
            when 'account' then 'account:' || rate_limit_windows.account
          end as subject
      ) as subjects
      cross join lateral (
        select
          to_timestamp(floor(extract(epoch from rate_limit_windows.called_at) / rules.window_seconds) * rules.window_seconds)
            as starts_at,
          make_interval(secs => rules.window_seconds) as length
      ) as spans
      where (rules.endpoint is null and rate_limit_windows.endpoint <> 'rest.write'
          or rules.endpoint = rate_limit_windows.endpoint)
        and subjects.subject is not null
    ) as found
  );
end;
$$;
comment on function private.rate_limit_windows(text, uuid, uuid, uuid, text, text, timestamptz) is
  'The windows that a call falls into, in the order in which they are locked.';

-- Definer: callers hold no grant on the counters.
create function private.check_rate_limit(
  endpoint text, cost int, user_id uuid, api_key_id uuid, organization_id uuid, address text, account text
)
  returns table (
    is_admitted boolean, rule text, limit_count bigint, remaining_count bigint, reset_seconds int,
    retry_after_seconds int
  )
  language plpgsql volatile security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
  v_now timestamptz := clock_timestamp();
  v_windows private.rate_limit_window[] := private.rate_limit_windows(
    check_rate_limit.endpoint, check_rate_limit.user_id, check_rate_limit.api_key_id, check_rate_limit.organization_id,
    check_rate_limit.address, check_rate_limit.account, v_now
  );
  -- A call that waited for a lock meets a window younger than its own and counts there. A counter further ahead is of a
  -- clock that was set back since, and begins anew.
  v_patience constant interval := interval '1 minute';
  v_counted text[];
  v_rule text;
  v_limit bigint;
  v_remaining bigint;
  v_ends_at timestamptz;
begin
  if check_rate_limit.cost is null or check_rate_limit.cost < 1 then
    raise exception 'The cost of a call is at least 1, not %', check_rate_limit.cost
      using errcode = 'invalid_parameter_value';
  end if;
  -- A look without a lock: what is used up stays so, and who keeps on calling then costs next to nothing.
  perform
  from unnest(v_windows) as wanted
  left join private.rate_limit_counters as counters
    on counters.rule = wanted.rule and counters.subject = wanted.subject
    and counters.starts_at between wanted.starts_at and wanted.ends_at + v_patience
  where coalesce(counters.used_count, 0) + check_rate_limit.cost > wanted.limit_count;
  if not found then
    -- Rows are locked in one order by everybody, so callers wait for each other but never in a circle.
    with counted as (
      insert into private.rate_limit_counters as counters
        (rule, subject, starts_at, ends_at, limit_count, used_count)
      select wanted.rule, wanted.subject, wanted.starts_at, wanted.ends_at, wanted.limit_count, check_rate_limit.cost
      from unnest(v_windows) as wanted
      order by wanted.rule
      on conflict (rule, subject) do update set
        starts_at = case when counters.starts_at between excluded.starts_at and excluded.ends_at + v_patience
          then counters.starts_at else excluded.starts_at end,
        ends_at = case when counters.starts_at between excluded.starts_at and excluded.ends_at + v_patience
          then counters.ends_at else excluded.ends_at end,
        used_count = case when counters.starts_at between excluded.starts_at and excluded.ends_at + v_patience
          then counters.used_count else 0 end + excluded.used_count,
        limit_count = excluded.limit_count
      where excluded.limit_count is null
        or case when counters.starts_at between excluded.starts_at and excluded.ends_at + v_patience
          then counters.used_count else 0 end + excluded.used_count <= excluded.limit_count
      returning counters.rule, counters.ends_at, counters.limit_count, counters.used_count
    )
    select
      array_agg(counted.rule) over (), counted.rule, counted.limit_count, counted.limit_count - counted.used_count,
      counted.ends_at
    into v_counted, v_rule, v_limit, v_remaining, v_ends_at
    from counted
    order by counted.limit_count - counted.used_count, counted.ends_at desc
    limit 1;
    if coalesce(cardinality(v_counted), 0) = cardinality(v_windows) then
      is_admitted := true;
      if v_limit is not null then
        rule := v_rule;
        limit_count := v_limit;
        remaining_count := v_remaining;
        reset_seconds := ceil(greatest(extract(epoch from v_ends_at - v_now), 1));
      end if;
      return next;
      return;
    end if;
    -- Another call took the last of one window between the look and the count: all windows admit or none. Nobody saw
    -- the count, whose rows are still locked.
    update private.rate_limit_counters as counters set used_count = counters.used_count - check_rate_limit.cost
    from unnest(v_windows) as wanted
    where counters.rule = wanted.rule and counters.subject = wanted.subject and wanted.rule = any (v_counted);
  end if;
  return query
  select false, wanted.rule, wanted.limit_count, greatest(wanted.limit_count - coalesce(counters.used_count, 0), 0),
    waits.seconds, waits.seconds
  from unnest(v_windows) as wanted
  left join private.rate_limit_counters as counters
    on counters.rule = wanted.rule and counters.subject = wanted.subject
    and counters.starts_at between wanted.starts_at and wanted.ends_at + v_patience
  cross join lateral (
    select
      ceil(greatest(extract(epoch from coalesce(counters.ends_at, wanted.ends_at) - v_now), 1))::int as seconds
  ) as waits
  where wanted.limit_count is not null
  -- Of those that refuse the one that does so longest: sooner a call is in vain.
  order by coalesce(counters.used_count, 0) + check_rate_limit.cost > wanted.limit_count desc, wanted.ends_at desc
  limit 1;
end;
$$;
comment on function private.check_rate_limit(text, int, uuid, uuid, uuid, text, text) is 'Body of public.check_rate_limit.';
grant execute on function private.check_rate_limit(text, int, uuid, uuid, uuid, text, text) to service_role;

create function public.check_rate_limit(
  endpoint text, cost int default 1, user_id uuid default null, api_key_id uuid default null,
  organization_id uuid default null, address text default null, account text default null
)
  returns table (
    is_admitted boolean, rule text, limit_count bigint, remaining_count bigint, reset_seconds int,
    retry_after_seconds int
  )
  language sql volatile set search_path = ''
as $$
  select * from private.check_rate_limit(
    check_rate_limit.endpoint, check_rate_limit.cost, check_rate_limit.user_id, check_rate_limit.api_key_id,
    check_rate_limit.organization_id, check_rate_limit.address, check_rate_limit.account
  )
$$;
comment on function public.check_rate_limit(text, int, uuid, uuid, uuid, text, text) is
  $$Counts a call in every window it falls into, or in none when one of them is full. For the backend itself.

The answer tells of the tightest window: its limit, what remains of it and the seconds until it ends. Limits are null
where nothing limits the call, retry_after_seconds unless it was refused. Never more than a limit is admitted, however
many call at once. account is a hash of what somebody signs in to.$$;
grant execute on function public.check_rate_limit(text, int, uuid, uuid, uuid, text, text) to service_role;
