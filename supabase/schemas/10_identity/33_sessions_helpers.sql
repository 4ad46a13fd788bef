create function private.describe_device(user_agent text)
  returns text
  language sql immutable set search_path = ''
as $$
  select case
    when coalesce(btrim(describe_device.user_agent), '') = '' then 'Unknown device'
    -- No browser: the name of the program, without its version.
    when describe_device.user_agent !~* '^mozilla/' then
      left(btrim(split_part(split_part(describe_device.user_agent, '/', 1), '(', 1)), 60)
    else
      case
        when describe_device.user_agent ~* 'edg(e|a|ios)?/' then 'Edge'
        when describe_device.user_agent ~* '(opr|opera)/' then 'Opera'
        when describe_device.user_agent ~* 'samsungbrowser/' then 'Samsung Internet'
        when describe_device.user_agent ~* '(firefox|fxios)/' then 'Firefox'
        when describe_device.user_agent ~* '(chrome|crios|chromium)/' then 'Chrome'
        when describe_device.user_agent ~* 'safari/' then 'Safari'
        else 'Browser'
      end || case
        when describe_device.user_agent ~* 'iphone|ipod' then ' on iPhone'
        when describe_device.user_agent ~* 'ipad' then ' on iPad'
        when describe_device.user_agent ~* 'android' then ' on Android'
        when describe_device.user_agent ~* 'cros ' then ' on ChromeOS'
        when describe_device.user_agent ~* 'windows' then ' on Windows'
        when describe_device.user_agent ~* 'mac os x|macintosh' then ' on macOS'
        when describe_device.user_agent ~* 'linux' then ' on Linux'
        else ''
      end
  end
$$;
comment on function private.describe_device(text) is $$A user agent in words, such as "Firefox on Windows"; without versions, so that an update is no new device.

For people to recognize, not for decisions: every client says of itself what it likes.$$;

create function private.device_fingerprint(user_id uuid, user_agent text, ip_address inet)
  returns text
  language sql immutable set search_path = ''
as $$
  select encode(
    sha256(
      convert_to(
        concat_ws(
          E'\n', device_fingerprint.user_id, private.describe_device(device_fingerprint.user_agent),
          network(
            set_masklen(device_fingerprint.ip_address, case family(device_fingerprint.ip_address) when 4 then 24 else 48 end)
          )
        ),
        'UTF8'
      )
    ),
    'hex'
  )
$$;
comment on function private.device_fingerprint(uuid, text, inet) is
  'Names a device and network of a person without telling them.';

create function private.session_timebox()
  returns interval
  language sql immutable set search_path = ''
as $$
  select interval '30 days'
$$;
comment on function private.session_timebox() is
  'How long a session lasts after its sign-in; the same as auth.sessions.timebox of config.toml.';

create function private.known_device_window()
  returns interval
  language sql immutable set search_path = ''
as $$
  select interval '90 days'
$$;
comment on function private.known_device_window() is 'How long a device and network stay known.';

create function private.tell_of_security(user_id uuid, event text, details jsonb default '{}')
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  perform private.enqueue_job(
    'identity.security_mail',
    jsonb_build_object(
      'user_id', tell_of_security.user_id, 'event', tell_of_security.event, 'occurred_at', clock_timestamp(),
      'details', tell_of_security.details
    ),
    priority := 10
  );
end;
$$;
comment on function private.tell_of_security(uuid, text, jsonb) is
  $$Has a person told by mail of something that happened to their account.

Events are those of supabase/functions/_shared/identity/security_mail_texts.ts.$$;
