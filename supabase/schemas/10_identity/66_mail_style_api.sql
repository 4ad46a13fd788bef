-- Definer: for the backend itself, which reads settings and Auth's tables through functions alone.
create function private.get_mail_style(user_id uuid, email text)
  returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object(
    'locale', (select profiles.locale from public.profiles where profiles.id = get_mail_style.user_id),
    'brand', private.setting_text('platform.name'),
    'support_address', private.setting_text('platform.support_address'),
    'organization',
    private.mail_branding(private.mail_organization_id(get_mail_style.user_id, get_mail_style.email))
  )
$$;
comment on function private.get_mail_style(uuid, text) is 'Body of public.get_mail_style.';
grant execute on function private.get_mail_style(uuid, text) to service_role;

create function public.get_mail_style(user_id uuid, email text default null)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.get_mail_style(get_mail_style.user_id, get_mail_style.email)
$$;
comment on function public.get_mail_style(uuid, text) is
  $$How a mail to a person looks: {locale, brand, support_address, organization}. For the backend itself.

The locale is null while the person is no more than signing up. organization is {name, logo_path, primary_color,
secondary_color, mail_footer} of the one organization the person works with, or is invited to by this address while
signing up; null for none and for several.$$;
grant execute on function public.get_mail_style(uuid, text) to service_role;

-- Definer: as private.get_mail_style.
create function private.get_security_mail_recipient(user_id uuid, session_id uuid)
  returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select private.get_mail_style(users.id, users.email)
    || jsonb_build_object('email', users.email, 'time_zone', profiles.time_zone)
  from auth.users
  join public.profiles on profiles.id = users.id
  where users.id = get_security_mail_recipient.user_id
    and users.email is not null and users.deleted_at is null
    -- A platform admin who looks at the product as somebody is told of in the audit log.
    and not exists (
      select from private.impersonations
      where impersonations.session_id = get_security_mail_recipient.session_id
    )
$$;
comment on function private.get_security_mail_recipient(uuid, uuid) is 'Body of public.get_security_mail_recipient.';
grant execute on function private.get_security_mail_recipient(uuid, uuid) to service_role;

create function public.get_security_mail_recipient(user_id uuid, session_id uuid default null)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.get_security_mail_recipient(
    get_security_mail_recipient.user_id, get_security_mail_recipient.session_id
  )
$$;
comment on function public.get_security_mail_recipient(uuid, uuid) is
  $$Where and how a person is told of their account: what get_mail_style says, with {email, time_zone}.

Null when nobody is to be told: no address, no account, or the session is a platform admin's. For the backend itself.$$;
grant execute on function public.get_security_mail_recipient(uuid, uuid) to service_role;
