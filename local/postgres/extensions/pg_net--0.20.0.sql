-- Stand-in for pg_net: the same schema, tables, types and functions. What sends the requests is local/scheduler, which
-- listens on the channel net_http_request_queue.

create schema net;

create domain net.http_method as text check (value ilike 'get' or value ilike 'post' or value ilike 'delete');

-- Unlogged as the real ones: a queue of requests need not survive a crash of the server.
create unlogged table net.http_request_queue (
  id bigserial,
  method net.http_method not null,
  url text not null,
  headers jsonb,
  body bytea,
  timeout_milliseconds int not null
);

create unlogged table net._http_response (
  id bigint,
  status_code integer,
  content_type text,
  headers jsonb,
  content text,
  timed_out bool,
  error_msg text,
  created timestamptz not null default now()
);
create index _http_response_created_idx on net._http_response (created);

create type net.request_status as enum ('PENDING', 'SUCCESS', 'ERROR');
create type net.http_response as (status_code integer, headers jsonb, body text);
create type net.http_response_result as (status net.request_status, message text, response net.http_response);

-- Wakes the sender, once the transaction that queued the request has committed.
create function net.wake() returns void language plpgsql set search_path = '' as $$
begin
  notify net_http_request_queue;
end
$$;

create function net._wake_after_insert() returns trigger language plpgsql set search_path = '' as $$
begin
  notify net_http_request_queue;
  return null;
end
$$;
create trigger wake_after_insert after insert on net.http_request_queue
  for each statement execute function net._wake_after_insert();

create function net._urlencode_string(string varchar) returns text
  language sql immutable strict set search_path = ''
as $$
  select coalesce(string_agg(
    case when octet between 48 and 57 or octet between 65 and 90 or octet between 97 and 122
        or octet in (45, 46, 95, 126)
      then chr(octet) else '%' || upper(lpad(to_hex(octet), 2, '0')) end, '' order by place), '')
  from (
    select get_byte(convert_to(string, 'utf8'), place) as octet, place
    from generate_series(0, octet_length(convert_to(string, 'utf8')) - 1) as place
  ) as octets
$$;

create function net._encode_url_with_params_array(url text, params_array text[]) returns text
  language plpgsql immutable strict set search_path = ''
as $$
begin
  if url !~* '^[a-z][a-z0-9+.-]*://[^/]' then
    raise exception '%', 'Malformed input to a URL function';
  end if;
  return case when params_array = '{}' then url
    else url || case when url like '%?%' then '&' else '?' end || array_to_string(params_array, '&') end;
end
$$;

create function net._encoded_params(params jsonb) returns text[]
  language sql immutable set search_path = ''
as $$
  select coalesce(array_agg(net._urlencode_string(key) || '=' || net._urlencode_string(value)), '{}')
  from jsonb_each_text(params)
$$;

create function net.http_get(
  url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds int default 5000
)
  returns bigint language sql strict volatile parallel safe set search_path = ''
as $$
  insert into net.http_request_queue (method, url, headers, timeout_milliseconds)
  values ('GET', net._encode_url_with_params_array(http_get.url, net._encoded_params(http_get.params)),
    http_get.headers, http_get.timeout_milliseconds)
  returning id
$$;

create function net.http_post(
  url text, body jsonb default '{}', params jsonb default '{}',
  headers jsonb default '{"Content-Type": "application/json"}', timeout_milliseconds int default 5000
)
  returns bigint language plpgsql volatile parallel safe set search_path = ''
as $$
declare
  v_id bigint;
  v_content_type text := (
    select header.value from jsonb_each_text(coalesce(http_post.headers, '{}')) as header
    where lower(header.key) = 'content-type' limit 1
  );
begin
  if v_content_type <> 'application/json' then
    raise exception 'Content-Type header must be "application/json"';
  end if;
  if body is null then
    raise exception 'body must not be null';
  end if;
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values (
    'POST', net._encode_url_with_params_array(http_post.url, net._encoded_params(http_post.params)),
    case when v_content_type is null
      then http_post.headers || '{"Content-Type": "application/json"}' else http_post.headers end,
    convert_to(http_post.body::text, 'utf8'), http_post.timeout_milliseconds
  )
  returning id into v_id;
  return v_id;
end
$$;

create function net.http_delete(
  url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds int default 5000,
  body jsonb default null
)
  returns bigint language sql volatile parallel safe set search_path = ''
as $$
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values ('DELETE', net._encode_url_with_params_array(http_delete.url, net._encoded_params(http_delete.params)),
    http_delete.headers, convert_to(http_delete.body::text, 'utf8'), http_delete.timeout_milliseconds)
  returning id
$$;

create function net._await_response(request_id bigint) returns bool
  language plpgsql volatile parallel safe strict set search_path = ''
as $$
begin
  while not exists (select from net._http_response where id = request_id) loop
    perform pg_sleep(0.05);
  end loop;
  return true;
end
$$;

create function net._http_collect_response(request_id bigint, async bool default true)
  returns net.http_response_result language plpgsql volatile parallel safe strict set search_path = ''
as $$
declare
  v_response net._http_response;
begin
  if not async then
    perform net._await_response(request_id);
  end if;
  select * into v_response from net._http_response where id = request_id;
  if not found then
    return ('PENDING', 'request is pending processing or does not exist', null)::net.http_response_result;
  end if;
  if v_response.error_msg is not null then
    return ('ERROR', v_response.error_msg, null)::net.http_response_result;
  end if;
  return ('SUCCESS', 'ok', row(v_response.status_code, v_response.headers, v_response.content)::net.http_response
  )::net.http_response_result;
end
$$;

create function net.http_collect_response(request_id bigint, async bool default true)
  returns net.http_response_result language plpgsql volatile parallel safe strict set search_path = ''
as $$
begin
  raise notice 'The net.http_collect_response function is deprecated.';
  return net._http_collect_response(request_id, async);
end
$$;

create function net.worker_restart() returns bool language plpgsql set search_path = '' as $$
begin
  notify net_http_request_queue;
  return true;
end
$$;

create function net.wait_until_running() returns void language sql set search_path = '' as $$ $$;

create function net.check_worker_is_up() returns void language sql set search_path = '' as $$ $$;

-- Rights as the real extension gives them since 0.12, and hosted adds to them.
grant usage on schema net to public;
grant all on all tables in schema net to public;
grant all on all sequences in schema net to public;
grant usage on schema net to supabase_functions_admin, postgres, anon, authenticated, service_role;
grant all on schema net to postgres with grant option;
grant all on all tables in schema net to postgres with grant option;
