create function private.mail_branding(organization_id uuid)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'name', organizations.name, 'logo_path', organizations.logo_path, 'primary_color', organizations.primary_color,
    'secondary_color', organizations.secondary_color, 'mail_footer', organizations.mail_footer
  )
  from public.organizations
  where organizations.id = mail_branding.organization_id
$$;
comment on function private.mail_branding(uuid) is
  'How an organization shows itself in mails: {name, logo_path, primary_color, secondary_color, mail_footer}.';

create function private.mail_organization_id(user_id uuid, email text)
  returns uuid
  language sql stable set search_path = ''
as $$
  select case when count(*) = 1 then (array_agg(organizations.id))[1] end
  from public.organizations
  where organizations.kind <> 'personal' and organizations.status = 'active' and organizations.id in (
    select memberships.organization_id
    from public.memberships
    where memberships.user_id = mail_organization_id.user_id and memberships.status = 'active'
    union
    -- Who is only signing up belongs nowhere yet; Auth asks before it has committed the account.
    select invitations.organization_id
    from public.invitations
    where invitations.email = lower(mail_organization_id.email) and invitations.status = 'pending'
      and invitations.expires_at > now()
      and not exists (
        select from auth.users
        where users.id = mail_organization_id.user_id and users.email_confirmed_at is not null
      )
  )
$$;
comment on function private.mail_organization_id(uuid, text) is
  $$The one organization that a person works with or, while signing up, is invited to; null for none and for several.$$;
