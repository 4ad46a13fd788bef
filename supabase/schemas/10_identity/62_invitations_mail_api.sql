-- Definer: the worker's role holds no grant on tokens.
create function private.start_invitation_mail(invitation_id uuid, mail_number int, token_hash text)
  returns table (
    email text, organization jsonb, inviter_name text, role text, locale text, time_zone text,
    expires_at timestamptz, accept_url text, product_name text
  )
  language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  v_invitation public.invitations;
begin
  select * into v_invitation from public.invitations
  where invitations.id = start_invitation_mail.invitation_id
    and invitations.sent_count = start_invitation_mail.mail_number
    and invitations.status = 'pending'
    and invitations.expires_at > now()
  for update;
  if not found then
    return;
  end if;
  insert into private.invitation_tokens (token_hash, invitation_id)
  values (decode(start_invitation_mail.token_hash, 'hex'), v_invitation.id)
  on conflict do nothing;
  return query
  select v_invitation.email, private.mail_branding(organizations.id), inviter.display_name,
    coalesce(custom_roles.name, v_invitation.role),
    -- Only the owner of the address reads the mail, so that it may speak their language if they have an account.
    coalesce(invited.locale, inviter.locale, 'en'), coalesce(invited.time_zone, organizations.time_zone),
    v_invitation.expires_at, private.setting_text('invitations.accept_url'), private.setting_text('platform.name')
  from public.organizations
  left join public.profiles as inviter on inviter.id = v_invitation.invited_by
  left join public.custom_roles on custom_roles.id = v_invitation.custom_role_id
  left join auth.users on users.email = v_invitation.email and users.deleted_at is null and not users.is_sso_user
  left join public.profiles as invited on invited.id = users.id
  where organizations.id = v_invitation.organization_id and organizations.status = 'active'
  limit 1;
end;
$$;
comment on function private.start_invitation_mail(uuid, int, text) is 'Body of public.start_invitation_mail.';
grant execute on function private.start_invitation_mail(uuid, int, text) to service_role;

create function public.start_invitation_mail(invitation_id uuid, mail_number int, token_hash text)
  returns table (
    email text, organization jsonb, inviter_name text, role text, locale text, time_zone text,
    expires_at timestamptz, accept_url text, product_name text
  )
  language sql volatile set search_path = ''
as $$
  select * from private.start_invitation_mail(
    start_invitation_mail.invitation_id, start_invitation_mail.mail_number, start_invitation_mail.token_hash
  )
$$;
comment on function public.start_invitation_mail(uuid, int, text) is $$Stores the hash of a token and tells what the mail with it says. For the worker.

No row when there is nothing to send: the invitation ended or a newer mail was asked for. token_hash is SHA-256 in
hexadecimal digits; organization is {name, logo_path, primary_color, secondary_color, mail_footer}.$$;
grant execute on function public.start_invitation_mail(uuid, int, text) to service_role;

-- Definer: the worker's role holds no update on invitations.
create function private.finish_invitation_mail(invitation_id uuid, mail_number int)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.invitations set last_sent_at = now()
  where invitations.id = finish_invitation_mail.invitation_id
    and invitations.sent_count = finish_invitation_mail.mail_number;
  return found;
end;
$$;
comment on function private.finish_invitation_mail(uuid, int) is 'Body of public.finish_invitation_mail.';
grant execute on function private.finish_invitation_mail(uuid, int) to service_role;

create function public.finish_invitation_mail(invitation_id uuid, mail_number int)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.finish_invitation_mail(finish_invitation_mail.invitation_id, finish_invitation_mail.mail_number)
$$;
comment on function public.finish_invitation_mail(uuid, int) is
  'Notes that the mail of an invitation left; false when a newer one was asked for meanwhile. For the worker.';
grant execute on function public.finish_invitation_mail(uuid, int) to service_role;
