create function private.register_personal_data(
  target regclass, user_column text, erasure private.erasure, hidden_columns text[] default '{}',
  is_exported boolean default true
)
  returns void
  language sql volatile set search_path = ''
as $$
  insert into private.personal_data (table_name, user_column, hidden_columns, erasure, is_exported)
  values (
    register_personal_data.target, register_personal_data.user_column, register_personal_data.hidden_columns,
    register_personal_data.erasure, register_personal_data.is_exported
  )
  on conflict (table_name) do update set
    user_column = excluded.user_column, hidden_columns = excluded.hidden_columns, erasure = excluded.erasure,
    is_exported = excluded.is_exported
$$;
comment on function private.register_personal_data(regclass, text, private.erasure, text[], boolean) is
  'Says that a table has rows about people; one line in the domain that owns it, for migrations.';

select private.register_personal_data('public.profiles', 'id', 'keep');
select private.register_personal_data('public.profile_details', 'user_id', 'delete');
select private.register_personal_data('public.memberships', 'user_id', 'delete');
select private.register_personal_data('public.user_onboarding', 'user_id', 'delete');
select private.register_personal_data('public.consents', 'user_id', 'keep');
select private.register_personal_data('public.account_deletions', 'user_id', 'keep');
select private.register_personal_data('private.experiment_assignments', 'user_id', 'delete');
-- That somebody looked at the account is part of what must stay accountable; who it was and why is about them.
select private.register_personal_data('private.impersonations', 'user_id', 'keep', '{session_id, admin_id, reason}');
select private.register_personal_data('private.person_approvals', 'user_id', 'delete');
select private.register_personal_data('private.known_devices', 'user_id', 'delete', '{fingerprint}');
select private.register_personal_data('private.password_attempts', 'user_id', 'delete');
select private.register_personal_data('private.app_grants', 'user_id', 'delete');
select private.register_personal_data('auth.oauth_consents', 'user_id', 'delete');
select private.register_personal_data('private.recovery_codes', 'user_id', 'delete', is_exported := false);

create function private.sole_ownerships(user_id uuid)
  returns setof public.organizations
  language sql stable set search_path = ''
as $$
  select organizations.*
  from public.organizations
  join public.memberships on memberships.organization_id = organizations.id
  where memberships.user_id = sole_ownerships.user_id and memberships.role = 'owner' and memberships.status = 'active'
    and organizations.owner_count = 1 and organizations.kind <> 'personal' and organizations.deleted_at is null
$$;
comment on function private.sole_ownerships(uuid) is 'Shared organizations that have no owner but this person.';

-- Definer: the account, its sessions and rows of all domains are not the caller's to change.
create function private.erase_person(user_id uuid)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_table record;
begin
  perform from public.profiles where profiles.id = erase_person.user_id and profiles.deleted_at is null for update;
  if not found then
    return false;
  end if;
  if exists (select from private.sole_ownerships(erase_person.user_id)) then
    perform private.raise_error(409, 'last_owner', 'Cannot delete person: a shared organization has no other owner');
  end if;
  -- The personal organization goes the way of all: invisible now, purged later, except what the law keeps.
  update public.organizations
  set name = 'Deleted person', logo_path = null, billing_email = null, mail_footer = null,
    deleted_at = coalesce(organizations.deleted_at, now())
  where organizations.created_by = erase_person.user_id and organizations.kind = 'personal';
  for v_table in
    select pg_namespace.nspname, pg_class.relname, personal_data.user_column
    from private.personal_data
    join pg_catalog.pg_class on pg_class.oid = personal_data.table_name
    join pg_catalog.pg_namespace on pg_namespace.oid = pg_class.relnamespace
    where personal_data.erasure = 'delete'
    order by pg_class.relname
  loop
    execute format('delete from %I.%I where %I = $1', v_table.nspname, v_table.relname, v_table.user_column)
      using erase_person.user_id;
  end loop;
  update public.profiles
  set display_name = 'Deleted person', headline = null, company = null, position = null, location = null,
    avatar_path = null, links = '[]', visibility = 'private', locale = 'en', time_zone = 'UTC', deleted_at = now()
  where profiles.id = erase_person.user_id;
  delete from auth.sessions where sessions.user_id = erase_person.user_id;
  delete from auth.mfa_factors where mfa_factors.user_id = erase_person.user_id;
  delete from auth.identities where identities.user_id = erase_person.user_id;
  delete from auth.one_time_tokens where one_time_tokens.user_id = erase_person.user_id;
  -- The row stays as what others refer to; without address and password nobody signs in, and the address is free.
  update auth.users
  set email = null, phone = null, encrypted_password = null, email_confirmed_at = null, phone_confirmed_at = null,
    email_change = '', phone_change = '', email_change_token_new = '', email_change_token_current = '',
    phone_change_token = '', confirmation_token = '', recovery_token = '', reauthentication_token = '',
    raw_user_meta_data = '{}', raw_app_meta_data = '{}', deleted_at = now(), updated_at = now()
  where users.id = erase_person.user_id;
  update public.account_deletions set status = 'done'
  where account_deletions.user_id = erase_person.user_id and account_deletions.status = 'waiting';
  perform private.record_audit_event('person_deleted', null, 'users', erase_person.user_id::text);
  perform private.enqueue_job(
    'person.remove_files', jsonb_build_object('user_id', erase_person.user_id),
    dedupe_key := erase_person.user_id::text
  );
  perform private.emit_event(
    'person.deleted', null, jsonb_build_object('user_id', erase_person.user_id), 'person.deleted:' || erase_person.user_id
  );
  return true;
end;
$$;
comment on function private.erase_person(uuid) is $$Makes an account anonymous for good; false when it was already.

Address, sessions, factors, identities and files go, and rows that domains registered for deletion. A name plate stays,
under which books, messages to others and audit entries are kept. Domains with more to do hear person.deleted.$$;

-- Definer: clients hold no insert, and reads the address in Auth.
create function private.delete_my_account(confirmation text)
  returns public.account_deletions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_person_id uuid;
  v_email text;
  v_names text;
  v_deletion public.account_deletions;
begin
  select profiles.id into v_person_id from public.profiles
  where profiles.id = (select private.acting_person_id())
  for no key update;
  if not found then
    perform private.raise_error(403, 'person_required', 'Cannot delete account: no active person is signed in');
  end if;
  select coalesce(users.email, users.phone, 'delete') into v_email from auth.users where users.id = v_person_id;
  if lower(btrim(coalesce(delete_my_account.confirmation, ''))) <> lower(v_email) then
    perform private.raise_error(422, 'confirmation_invalid',
      'Cannot delete account: the confirmation is not the address of the account',
      'Pass the e-mail address, or the phone number of an account without one.');
  end if;
  select string_agg(format('"%s" (%s)', organizations.name, organizations.id), ', ' order by organizations.name)
  into v_names from private.sole_ownerships(v_person_id) as organizations;
  if v_names is not null then
    perform private.raise_error(409, 'last_owner', format('Cannot delete account: you are the last owner of %s', v_names),
      'Make another member owner first, or delete the organization.');
  end if;
  select * into v_deletion from public.account_deletions
  where account_deletions.user_id = v_person_id and account_deletions.status = 'waiting';
  if found then
    return v_deletion;
  end if;
  perform private.require_recent_verification('delete account');
  insert into public.account_deletions (user_id, due_at)
  values (v_person_id, now() + make_interval(days => private.setting_integer('identity.account_deletion_days')::int))
  returning * into v_deletion;
  perform private.tell_of_security(
    v_person_id, 'deletion_requested', jsonb_build_object('due_at', v_deletion.due_at)
  );
  perform private.emit_event(
    'person.deletion_requested', null, jsonb_build_object('user_id', v_person_id, 'due_at', v_deletion.due_at)
  );
  return v_deletion;
end;
$$;
comment on function private.delete_my_account(text) is 'Body of public.delete_my_account.';
grant execute on function private.delete_my_account(text) to authenticated;

create function public.delete_my_account(confirmation text)
  returns public.account_deletions
  language sql volatile set search_path = ''
as $$
  select private.delete_my_account(delete_my_account.confirmation)
$$;
comment on function public.delete_my_account(text) is
  $$Asks for the deletion of the caller's account and returns the request; confirmation is the account's e-mail address.

For 14 days cancel_my_account_deletion calls it off; then the person is made anonymous for good. The last owner of a
shared organization makes another one owner first: 409 last_owner names them. Needs a code verified within the last 10
minutes: 403 verification_required.$$;
grant execute on function public.delete_my_account(text) to authenticated;

-- Definer: clients hold no update.
create function private.cancel_my_account_deletion()
  returns public.account_deletions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_deletion public.account_deletions;
begin
  update public.account_deletions set status = 'cancelled'
  where account_deletions.user_id = (select private.acting_person_id()) and account_deletions.status = 'waiting'
  returning * into v_deletion;
  if not found then
    perform private.raise_error(404, 'account_deletion_not_found',
      'Cannot call off the deletion: none was asked for');
  end if;
  perform private.tell_of_security(v_deletion.user_id, 'deletion_cancelled');
  return v_deletion;
end;
$$;
comment on function private.cancel_my_account_deletion() is 'Body of public.cancel_my_account_deletion.';
grant execute on function private.cancel_my_account_deletion() to authenticated;

create function public.cancel_my_account_deletion()
  returns public.account_deletions
  language sql volatile set search_path = ''
as $$
  select private.cancel_my_account_deletion()
$$;
comment on function public.cancel_my_account_deletion() is
  'Calls off the deletion of the caller''s account in its days of grace and returns the request.';
grant execute on function public.cancel_my_account_deletion() to authenticated;

-- Definer: as private.erase_person.
create function private.delete_person(user_id uuid, reason text)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('delete person');
  if char_length(btrim(coalesce(delete_person.reason, ''))) not between 1 and 500 then
    perform private.raise_error(422, 'reason_invalid', 'Cannot delete person: say why in 1 to 500 characters');
  end if;
  if not exists (select from public.profiles where profiles.id = delete_person.user_id) then
    perform private.raise_error(404, 'person_not_found', 'Cannot delete person: no such person');
  end if;
  perform private.record_audit_event(
    'person_deletion_ordered', null, 'users', delete_person.user_id::text,
    jsonb_build_object('after', jsonb_build_object('reason', btrim(delete_person.reason)))
  );
  return private.erase_person(delete_person.user_id);
end;
$$;
comment on function private.delete_person(uuid, text) is 'Body of public.delete_person.';
grant execute on function private.delete_person(uuid, text) to authenticated;

create function public.delete_person(user_id uuid, reason text)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.delete_person(delete_person.user_id, delete_person.reason)
$$;
comment on function public.delete_person(uuid, text) is
  'Makes an account anonymous at once; platform admins with a second factor only. False when it was already.';
grant execute on function public.delete_person(uuid, text) to authenticated;

create function private.erase_due_accounts(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_due record;
  v_count int := 0;
begin
  for v_due in
    select account_deletions.user_id from public.account_deletions
    where account_deletions.status = 'waiting' and account_deletions.due_at <= now()
      -- Who became the last owner meanwhile waits until somebody else is.
      and not exists (select from private.sole_ownerships(account_deletions.user_id))
    order by account_deletions.due_at
    limit erase_due_accounts.batch_size
    for update skip locked
  loop
    if private.erase_person(v_due.user_id) then
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end;
$$;
comment on function private.erase_due_accounts(int) is
  'Makes accounts anonymous whose days of grace are over and returns how many.';

create function private.job_erase_accounts(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'identity_erase_due_accounts', 'private.erase_due_accounts'::regproc, job_erase_accounts.batch_size
  )
$$;
comment on function private.job_erase_accounts(int) is 'Deletes accounts whose days of grace are over.';
select private.register_cron_job('identity_erase_due_accounts', '27 * * * *', 'select private.job_erase_accounts(100)');
select private.install_cron_jobs();

-- Definer: Storage's rows of all owners.
create function private.list_personal_files(user_id uuid, page_size int, after_bucket text, after_name text)
  returns table (bucket text, name text)
  language sql stable security definer set search_path = ''
as $$
  select objects.bucket_id, objects.name
  from storage.objects
  where (
      objects.owner_id = list_personal_files.user_id::text
        and (storage.foldername(objects.name))[1] = list_personal_files.user_id::text
      or objects.bucket_id in ('avatars', 'exports')
        and starts_with(objects.name, list_personal_files.user_id::text || '/')
    )
    and (objects.bucket_id, objects.name)
      > (coalesce(list_personal_files.after_bucket, ''), coalesce(list_personal_files.after_name, ''))
  order by objects.bucket_id, objects.name
  limit list_personal_files.page_size
$$;
comment on function private.list_personal_files(uuid, int, text, text) is 'Body of public.list_personal_files.';
grant execute on function private.list_personal_files(uuid, int, text, text) to service_role;

create function public.list_personal_files(
  user_id uuid, page_size int default 100, after_bucket text default null, after_name text default null
)
  returns table (bucket text, name text)
  language sql stable set search_path = ''
as $$
  select * from private.list_personal_files(
    list_personal_files.user_id, list_personal_files.page_size, list_personal_files.after_bucket,
    list_personal_files.after_name
  )
$$;
comment on function public.list_personal_files(uuid, int, text, text) is
  $$Files in the folders of a person, in order. For the backend itself, which exports them and removes them with the account.

The next page begins after the last file: after_bucket and after_name.$$;
grant execute on function public.list_personal_files(uuid, int, text, text) to service_role;
