-- Definer: admins are strangers to whom they look after, and clients cannot read accounts; so are all bodies below.
create function private.admin_list_people(search text, state public.account_state, after_id uuid, page_size int)
  returns setof public.admin_person
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_ids uuid[];
  v_search text := lower(btrim(admin_list_people.search));
  v_after record;
begin
  perform private.require_platform_admin('list people');
  select users.created_at, users.id into v_after from auth.users where users.id = admin_list_people.after_id;
  v_ids := array(
    select users.id
    from auth.users
    join public.profiles on profiles.id = users.id
    where users.deleted_at is null
      and (v_after.id is null or (users.created_at, users.id) < (v_after.created_at, v_after.id))
      and (
        v_search is null or users.id::text = v_search or strpos(lower(users.email::text), v_search) > 0
        or strpos(lower(profiles.display_name), v_search) > 0 or strpos(users.phone, ltrim(v_search, '+')) > 0
      )
      and (admin_list_people.state is null or private.account_state(users.id) = admin_list_people.state)
    order by users.created_at desc, users.id desc
    limit least(greatest(coalesce(admin_list_people.page_size, 50), 1), 200)
  );
  -- Whom the admin saw, and not for what was searched: that may be the address of somebody who has no account.
  perform private.record_audit_event(
    'list', null, 'users', null, jsonb_build_object('state', admin_list_people.state, 'user_ids', v_ids)
  );
  return query
  select person.*
  from unnest(v_ids) with ordinality as listed (id, position)
  cross join lateral private.admin_person(listed.id) as person
  order by listed.position;
end;
$$;
comment on function private.admin_list_people(text, public.account_state, uuid, int) is 'Body of public.admin_list_people.';
grant execute on function private.admin_list_people(text, public.account_state, uuid, int) to authenticated;

create function public.admin_list_people(
  search text default null, state public.account_state default null, after_id uuid default null, page_size int default 50
)
  returns setof public.admin_person
  language sql volatile set search_path = ''
as $$
  select * from private.admin_list_people(
    admin_list_people.search, admin_list_people.state, admin_list_people.after_id, admin_list_people.page_size
  )
$$;
comment on function public.admin_list_people(text, public.account_state, uuid, int) is $$People, the newest first, at most 200 a page.

For platform admins with a second factor; whom they saw goes into the audit log. search is an id or part of a name,
address or number; the next page comes after the last id.$$;
grant execute on function public.admin_list_people(text, public.account_state, uuid, int) to authenticated;

create function private.admin_get_person(user_id uuid)
  returns jsonb
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_person public.admin_person;
begin
  perform private.require_platform_admin('read person');
  v_person := private.admin_person(admin_get_person.user_id);
  if v_person.id is null then
    perform private.raise_error(404, 'person_not_found', 'Cannot read person: no such person');
  end if;
  perform private.record_audit_event('read', null, 'users', v_person.id::text);
  return to_jsonb(v_person) || jsonb_build_object(
    'session_count', (select count(*) from auth.sessions where sessions.user_id = v_person.id),
    'factor_count', (
      select count(*) from auth.mfa_factors where mfa_factors.user_id = v_person.id and mfa_factors.status = 'verified'
    ),
    'memberships', (
      select coalesce(
        jsonb_agg(
          jsonb_build_object(
            'membership_id', memberships.id, 'organization_id', organizations.id, 'name', organizations.name,
            'kind', organizations.kind, 'role', memberships.role, 'status', memberships.status
          )
          order by organizations.kind, memberships.created_at, memberships.id
        ),
        '[]'
      )
      from public.memberships
      join public.organizations on organizations.id = memberships.organization_id
      where memberships.user_id = v_person.id
    )
  );
end;
$$;
comment on function private.admin_get_person(uuid) is 'Body of public.admin_get_person.';
grant execute on function private.admin_get_person(uuid) to authenticated;

create function public.admin_get_person(user_id uuid)
  returns jsonb
  language sql volatile set search_path = ''
as $$
  select private.admin_get_person(admin_get_person.user_id)
$$;
comment on function public.admin_get_person(uuid) is
  $$A person as admin_list_people shows them, with memberships, session_count and factor_count.

For platform admins with a second factor; audited. 404 person_not_found.$$;
grant execute on function public.admin_get_person(uuid) to authenticated;

create function private.admin_approve_person(user_id uuid)
  returns public.admin_person
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('approve person');
  perform private.require_person(admin_approve_person.user_id, 'approve person');
  update private.person_approvals set approved_at = now(), approved_by = (select private.acting_person_id())
  where person_approvals.user_id = admin_approve_person.user_id and person_approvals.approved_at is null;
  if found then
    perform private.emit_event(
      'person.approved', null, jsonb_build_object('user_id', admin_approve_person.user_id)
    );
  end if;
  return private.admin_person(admin_approve_person.user_id);
end;
$$;
comment on function private.admin_approve_person(uuid) is 'Body of public.admin_approve_person.';
grant execute on function private.admin_approve_person(uuid) to authenticated;

create function public.admin_approve_person(user_id uuid)
  returns public.admin_person
  language sql volatile set search_path = ''
as $$
  select * from private.admin_approve_person(admin_approve_person.user_id)
$$;
comment on function public.admin_approve_person(uuid) is $$Lets a new account in, and returns the person; who needs no approval stays as they are.

For platform admins with a second factor; audited. Accounts need it that were made while the setting
"sign_up.requires_approval" was on. To refuse one, ban it. 404 person_not_found.$$;
grant execute on function public.admin_approve_person(uuid) to authenticated;

create function private.admin_ban_person(user_id uuid, reason text, banned_until timestamptz)
  returns public.admin_person
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_user auth.users;
  -- Auth cannot read "infinity".
  v_until timestamptz := coalesce(admin_ban_person.banned_until, now() + interval '100 years');
  v_reason text;
begin
  perform private.require_platform_admin('ban person');
  v_reason := private.required_reason(admin_ban_person.reason, 'ban person');
  if not v_until between now() and now() + interval '100 years' then
    perform private.raise_error(422, 'ban_end_invalid', 'Cannot ban person: the end must lie in the next 100 years',
      'Leave it out for a ban without an end.');
  end if;
  v_user := private.require_person(admin_ban_person.user_id, 'ban person');
  if v_user.id = private.current_person_id() then
    perform private.raise_error(409, 'person_is_self', 'Cannot ban person: it is you');
  end if;
  update auth.users set banned_until = v_until, updated_at = now() where users.id = v_user.id;
  delete from auth.sessions where sessions.user_id = v_user.id;
  perform private.record_audit_event(
    'ban', null, 'users', v_user.id::text, jsonb_build_object('reason', v_reason, 'banned_until', v_until)
  );
  perform private.emit_event(
    'person.banned', null, jsonb_build_object('user_id', v_user.id, 'banned_until', v_until)
  );
  return private.admin_person(v_user.id);
end;
$$;
comment on function private.admin_ban_person(uuid, text, timestamptz) is 'Body of public.admin_ban_person.';
grant execute on function private.admin_ban_person(uuid, text, timestamptz) to authenticated;

create function public.admin_ban_person(user_id uuid, reason text, banned_until timestamptz default null)
  returns public.admin_person
  language sql volatile set search_path = ''
as $$
  select * from private.admin_ban_person(
    admin_ban_person.user_id, admin_ban_person.reason, admin_ban_person.banned_until
  )
$$;
comment on function public.admin_ban_person(uuid, text, timestamptz) is $$Keeps a person out from the next request and the next broadcast on, and returns them.

For platform admins with a second factor; audited with the reason, 10 to 500 characters. All sessions end. Without
banned_until there is no end; called again, it changes the end. 404 person_not_found, 409 person_is_self.$$;
grant execute on function public.admin_ban_person(uuid, text, timestamptz) to authenticated;

create function private.admin_unban_person(user_id uuid)
  returns public.admin_person
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_user auth.users;
begin
  perform private.require_platform_admin('unban person');
  v_user := private.require_person(admin_unban_person.user_id, 'unban person');
  if v_user.banned_until is not null then
    update auth.users set banned_until = null, updated_at = now() where users.id = v_user.id;
    perform private.record_audit_event('unban', null, 'users', v_user.id::text);
    perform private.emit_event('person.unbanned', null, jsonb_build_object('user_id', v_user.id));
  end if;
  return private.admin_person(v_user.id);
end;
$$;
comment on function private.admin_unban_person(uuid) is 'Body of public.admin_unban_person.';
grant execute on function private.admin_unban_person(uuid) to authenticated;

create function public.admin_unban_person(user_id uuid)
  returns public.admin_person
  language sql volatile set search_path = ''
as $$
  select * from private.admin_unban_person(admin_unban_person.user_id)
$$;
comment on function public.admin_unban_person(uuid) is $$Lets a banned person in again, who signs in anew, and returns them; who is not banned stays as they are.

For platform admins with a second factor; audited. 404 person_not_found.$$;
grant execute on function public.admin_unban_person(uuid) to authenticated;

-- Definer: asks for the person behind the token who, being kept out, is nobody to every other function.
create function private.get_my_account()
  returns table (state public.account_state, impersonation_expires_at timestamptz)
  language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
  select account.state, (
    select impersonations.expires_at from private.impersonations
    where impersonations.session_id = private.current_session_id() and impersonations.user_id = auth.uid()
  )
  from (select private.account_state(auth.uid()) as state) as account
  where account.state is not null;
end;
$$;
comment on function private.get_my_account() is 'Body of public.get_my_account.';
grant execute on function private.get_my_account() to authenticated;

create function public.get_my_account()
  returns table (state public.account_state, impersonation_expires_at timestamptz)
  language sql stable set search_path = ''
as $$
  select * from private.get_my_account()
$$;
comment on function public.get_my_account() is $$What the caller's account may do, for who is kept out too, so that a client can say why nothing works.

impersonation_expires_at is null except in a session in which a platform admin sees the product as this person.$$;
grant execute on function public.get_my_account() to authenticated;
