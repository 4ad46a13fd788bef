-- Definer: clients cannot read accounts.
create function private.account_state(user_id uuid)
  returns public.account_state
  language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select case
      when users.banned_until > now() then 'banned'
      when users.email_confirmed_at is null and users.phone_confirmed_at is null then 'unconfirmed'
      when exists (
        select from private.person_approvals
        where person_approvals.user_id = users.id and person_approvals.approved_at is null
      ) then 'pending'
      else 'active'
    end::public.account_state
    from auth.users
    where users.id = account_state.user_id and users.deleted_at is null
  );
end;
$$;
comment on function private.account_state(uuid) is 'What an account may do; null when there is none.';

create function private.admin_person(user_id uuid)
  returns public.admin_person
  language sql stable set search_path = ''
as $$
  select
    users.id, users.email::text, users.phone, profiles.display_name, private.account_state(users.id),
    case when users.banned_until > now() then users.banned_until end,
    coalesce(users.raw_app_meta_data @> '{"platform_admin": true}', false),
    (select count(*) from public.memberships where memberships.user_id = users.id)::int,
    users.last_sign_in_at, users.created_at
  from auth.users
  join public.profiles on profiles.id = users.id
  where users.id = admin_person.user_id and users.deleted_at is null
$$;
comment on function private.admin_person(uuid) is 'A person as platform admins see them; null when there is none.';

create function private.require_person(user_id uuid, action text)
  returns auth.users
  language plpgsql volatile set search_path = ''
as $$
declare
  v_user auth.users;
begin
  select * into v_user from auth.users
  where users.id = require_person.user_id and users.deleted_at is null
  for no key update;
  if not found then
    perform private.raise_error(404, 'person_not_found', format('Cannot %s: no such person', require_person.action));
  end if;
  return v_user;
end;
$$;
comment on function private.require_person(uuid, text) is 'Locks an account and returns it; otherwise 404.';

create function private.required_reason(reason text, action text)
  returns text
  language plpgsql stable set search_path = ''
as $$
declare
  v_reason text := btrim(coalesce(required_reason.reason, ''));
begin
  if char_length(v_reason) not between 10 and 500 then
    perform private.raise_error(422, 'reason_invalid',
      format('Cannot %s: say why in 10 to 500 characters', required_reason.action));
  end if;
  return v_reason;
end;
$$;
comment on function private.required_reason(text, text) is
  'Why a platform admin does something, without blanks around it; 422 where too little or too much is said.';

create function private.is_seen_as_other(user_id uuid)
  returns boolean
  language sql stable set search_path = ''
as $$
  select exists (
    select from private.impersonations
    where impersonations.user_id = is_seen_as_other.user_id
      and impersonations.ended_at is null and impersonations.expires_at > now()
  )
$$;
comment on function private.is_seen_as_other(uuid) is 'Whether a platform admin sees the product as this person just now.';
