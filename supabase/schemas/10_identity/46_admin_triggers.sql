-- Definer: runs inside the sign-up, as Auth's own role, and so do those below.
create function private.users_request_approval()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  if private.setting_boolean('sign_up.requires_approval') then
    insert into private.person_approvals (user_id) values (new.id);
    perform private.emit_event('person.approval_requested', null, jsonb_build_object('user_id', new.id));
  end if;
  return null;
end;
$$;
comment on function private.users_request_approval() is
  'Makes a new account wait for a platform admin, where the setting "sign_up.requires_approval" says so.';
-- After the profile, which the row points at. Who runs the platform waits for nobody: the first one would wait for ever.
create trigger t500_request_approval after insert on auth.users
  for each row when (not coalesce(new.raw_app_meta_data @> '{"platform_admin": true}', false))
  execute function private.users_request_approval();

create function private.users_approve_admin()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.person_approvals set approved_at = now()
  where person_approvals.user_id = new.id and person_approvals.approved_at is null;
  return null;
end;
$$;
comment on function private.users_approve_admin() is 'Approves an account that gets the right to run the platform.';
create trigger t500_approve_admin after update of raw_app_meta_data on auth.users
  for each row when (
    new.raw_app_meta_data @> '{"platform_admin": true}' and new.raw_app_meta_data is distinct from old.raw_app_meta_data
  )
  execute function private.users_approve_admin();

-- Auth does not know whose session of a person asks, so while an admin looks, nobody changes the ways to sign in. Raised as
-- a status, which Auth passes on to clients of its first API version; to others it says 500 whatever a trigger raises.
create function private.users_guard_impersonated()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  if private.is_seen_as_other(new.id) then
    raise exception 'Cannot change how this person signs in while a platform admin sees the product as them'
      using errcode = 'PT403', hint = 'Try again when the impersonation has ended, after half an hour at most.';
  end if;
  return new;
end;
$$;
comment on function private.users_guard_impersonated() is
  'Refuses a change of password, address or number while a platform admin sees the product as this person.';
create trigger t300_guard_impersonated
  before update of encrypted_password, email, phone, email_change, phone_change on auth.users
  for each row when (
    (old.encrypted_password, old.email, old.phone) is distinct from (new.encrypted_password, new.email, new.phone)
    or coalesce(old.email_change, '') is distinct from coalesce(new.email_change, '')
    or coalesce(old.phone_change, '') is distinct from coalesce(new.phone_change, '')
  )
  execute function private.users_guard_impersonated();

create function private.users_keep_metadata()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  if private.is_seen_as_other(new.id) then
    new.raw_user_meta_data := old.raw_user_meta_data;
  end if;
  return new;
end;
$$;
comment on function private.users_keep_metadata() is $$Leaves the metadata of a person as they are while a platform admin sees the product as them.

Without an error: Auth also writes them when the person signs in with a provider, which must go on working.$$;
create trigger t300_keep_metadata before update of raw_user_meta_data on auth.users
  for each row when (old.raw_user_meta_data is distinct from new.raw_user_meta_data)
  execute function private.users_keep_metadata();

create function private.mfa_factors_guard_impersonated()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Factors that go with their account are no matter of the session.
  if private.is_seen_as_other(coalesce(new.user_id, old.user_id)) and pg_trigger_depth() = 1 then
    raise exception 'Cannot change second factors while a platform admin sees the product as this person'
      using errcode = 'PT403', hint = 'Try again when the impersonation has ended, after half an hour at most.';
  end if;
  return coalesce(new, old);
end;
$$;
comment on function private.mfa_factors_guard_impersonated() is
  'Refuses another or a missing second factor while a platform admin sees the product as this person.';
create trigger t300_guard_impersonated before insert or delete on auth.mfa_factors
  for each row execute function private.mfa_factors_guard_impersonated();

create function private.identities_guard_impersonated()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  if private.is_seen_as_other(coalesce(new.user_id, old.user_id)) and pg_trigger_depth() = 1 then
    raise exception 'Cannot link an account while a platform admin sees the product as this person'
      using errcode = 'PT403', hint = 'Try again when the impersonation has ended, after half an hour at most.';
  end if;
  return coalesce(new, old);
end;
$$;
comment on function private.identities_guard_impersonated() is
  'Refuses to link or unlink an account of a provider while a platform admin sees the product as this person.';
create trigger t300_guard_impersonated before insert or delete on auth.identities
  for each row execute function private.identities_guard_impersonated();
