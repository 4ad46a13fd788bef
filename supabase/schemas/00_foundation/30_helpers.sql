create function private.raise_error(
  status int, code text, message text, hint text default null, headers jsonb default '{}'
)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  raise sqlstate 'PGRST' using
    message = json_build_object(
      'code', raise_error.code, 'message', raise_error.message, 'details', null, 'hint', raise_error.hint
    )::text,
    detail = json_build_object('status', raise_error.status, 'headers', raise_error.headers)::text;
end;
$$;

comment on function private.raise_error(int, text, text, text, jsonb) is
  $$Ends the request with an HTTP status and the flat body {code, message, hint, details}.

Codes are lower snake case and listed in docs/api/errors.md. The message names the action that failed and has no final
full stop; the hint says what to do; headers are those of the answer, such as {"Retry-After": "60"}.$$;

-- Invoker functions of both roles refuse with it.
grant execute on function private.raise_error(int, text, text, text, jsonb) to authenticated, service_role;

create function private.set_updated_at()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end;
$$;

comment on function private.set_updated_at() is
  'Trigger t100_set_updated_at of every table that can change: the column is never what a client says.';

create function private.is_time_zone(name text)
  returns boolean
  language plpgsql stable strict set search_path = ''
as $$
begin
  -- Postgres also takes POSIX rules such as "XYZ5", which no other program understands.
  if is_time_zone.name !~ '^[A-Za-z]+(/[A-Za-z0-9_+-]+)*$' then
    return false;
  end if;
  perform now() at time zone is_time_zone.name;
  return true;
exception
  when invalid_parameter_value then
    return false;
end;
$$;

comment on function private.is_time_zone(text) is 'Whether the text is a time zone of the IANA database, for constraints.';
grant execute on function private.is_time_zone(text) to authenticated, service_role;

create function private.slugify(name text)
  returns text
  language sql stable strict set search_path = ''
as $$
  select coalesce(
    nullif(
      btrim(
        left(
          regexp_replace(
            lower(extensions.unaccent('extensions.unaccent'::regdictionary, slugify.name)), '[^a-z0-9]+', '-', 'g'
          ),
          40
        ),
        '-'
      ),
      ''
    ),
    'x'
  )
$$;

comment on function private.slugify(text) is
  'A name as part of an address: lower case, accents removed, at most 40 characters, "x" when nothing is left.';

create function private.stable_uuid(name text)
  returns uuid
  language sql immutable strict set search_path = ''
as $$
  select overlay(overlay(md5(stable_uuid.name) placing '8' from 13) placing 'a' from 17)::uuid
$$;

comment on function private.stable_uuid(text) is
  'The id of a built-in row, made from what it names, so that every installation has the same: version 8 of RFC 9562.';
