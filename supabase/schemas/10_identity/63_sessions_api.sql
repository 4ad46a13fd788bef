-- Definer: clients cannot read Auth's tables.
create function private.list_my_sessions()
  returns setof public.own_session
  language sql stable security definer set search_path = ''
as $$
  select
    sessions.id, private.describe_device(sessions.user_agent), sessions.ip, sessions.created_at,
    coalesce(sessions.refreshed_at at time zone 'UTC', sessions.created_at),
    least(sessions.created_at + private.session_timebox(), sessions.not_after),
    coalesce(sessions.aal::text, 'aal1'), sessions.id is not distinct from private.current_session_id()
  from auth.sessions
  where sessions.user_id = (select private.current_person_id())
    and sessions.created_at > now() - private.session_timebox()
    and (sessions.not_after is null or sessions.not_after > now())
    -- A platform admin who looks is no device of the person; docs/domains/identity says where it is told.
    and not exists (select from private.impersonations where impersonations.session_id = sessions.id)
    -- An app is no device: list_my_apps lists it.
    and sessions.oauth_client_id is null
  order by sessions.id is not distinct from private.current_session_id() desc,
    coalesce(sessions.refreshed_at at time zone 'UTC', sessions.created_at) desc, sessions.id
$$;
comment on function private.list_my_sessions() is 'Body of public.list_my_sessions.';
grant execute on function private.list_my_sessions() to authenticated;

create function public.list_my_sessions()
  returns setof public.own_session
  language sql stable set search_path = ''
as $$
  select * from private.list_my_sessions()
$$;
comment on function public.list_my_sessions() is
  'Where the caller is signed in: the present session first, then the one last used.';
grant execute on function public.list_my_sessions() to authenticated;

-- Definer: deletes rows of Auth, on which clients hold no grant; postgres, who owns this function, does when hosted too.
create function private.end_session(session_id uuid)
  returns void
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from auth.sessions
  where sessions.id = end_session.session_id
    and sessions.user_id = (select private.acting_person_id())
    and not exists (select from private.impersonations where impersonations.session_id = sessions.id);
  if not found then
    perform private.raise_error(404, 'session_not_found', 'Cannot end session: no such session');
  end if;
end;
$$;
comment on function private.end_session(uuid) is 'Body of public.end_session.';
grant execute on function private.end_session(uuid) to authenticated;

create function public.end_session(session_id uuid)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.end_session(end_session.session_id)
$$;
comment on function public.end_session(uuid) is $$Signs one device of the caller out.

Its refresh token and its access token are of no use from the next request on. A session that is not the caller's, or
has ended, answers 404 session_not_found.$$;
grant execute on function public.end_session(uuid) to authenticated;

-- Definer: as private.end_session.
create function private.end_other_sessions()
  returns int
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_person_id uuid := private.acting_person_id();
  v_count int;
begin
  if v_person_id is null then
    perform private.raise_error(403, 'person_required', 'Cannot end sessions: no active person is signed in');
  end if;
  delete from auth.sessions
  where sessions.user_id = v_person_id
    and sessions.id is distinct from private.current_session_id()
    and not exists (select from private.impersonations where impersonations.session_id = sessions.id);
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.end_other_sessions() is 'Body of public.end_other_sessions.';
grant execute on function private.end_other_sessions() to authenticated;

create function public.end_other_sessions()
  returns int
  language sql volatile set search_path = ''
as $$
  select private.end_other_sessions()
$$;
comment on function public.end_other_sessions() is
  'Signs every device of the caller, and every app, out except the one that asks, and returns how many there were.';
grant execute on function public.end_other_sessions() to authenticated;

-- Definer: wrong passwords are entries of nobody, which their person cannot read in the log itself.
create function private.list_my_sign_ins(before_id bigint, page_size int)
  returns setof public.sign_in
  language sql stable security definer set search_path = ''
as $$
  select found.id, found.occurred_at, found.action = 'login',
    case when found.user_agent is not null then private.describe_device(found.user_agent) end, found.ip_address
  from (
    select entries.id, entries.occurred_at, entries.action, entries.user_agent, entries.ip_address
    from public.audit_logs as entries
    where entries.actor_id = (select private.current_person_id()) and entries.action = 'login'
    union all
    select entries.id, entries.occurred_at, entries.action, entries.user_agent, entries.ip_address
    from public.audit_logs as entries
    where entries.object_type = 'users' and entries.action = 'login_failed'
      and entries.object_id = (select private.current_person_id())::text
  ) as found
  where list_my_sign_ins.before_id is null or found.id < list_my_sign_ins.before_id
  order by found.id desc
  limit least(greatest(coalesce(list_my_sign_ins.page_size, 50), 1), 200)
$$;
comment on function private.list_my_sign_ins(bigint, int) is 'Body of public.list_my_sign_ins.';
grant execute on function private.list_my_sign_ins(bigint, int) to authenticated;

create function public.list_my_sign_ins(before_id bigint default null, page_size int default 50)
  returns setof public.sign_in
  language sql stable set search_path = ''
as $$
  select * from private.list_my_sign_ins(list_my_sign_ins.before_id, list_my_sign_ins.page_size)
$$;
comment on function public.list_my_sign_ins(bigint, int) is
  $$Sign-ins of the caller and wrong passwords for the caller's account, newest first, for as long as the audit log goes.

A page has at most 200 (page_size); the next one is asked for with the last id as before_id.$$;
grant execute on function public.list_my_sign_ins(bigint, int) to authenticated;
