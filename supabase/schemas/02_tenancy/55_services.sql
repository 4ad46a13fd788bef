-- Who may use files and channels: Storage and Realtime ask the policies of their own tables.

create policy avatars_select_owner on storage.objects
  for select to authenticated
  using (bucket_id = 'avatars' and (storage.foldername(name))[1] = any (array(select private.avatar_folders())));
-- Only the backend writes there, what was uploaded to picture-uploads; see docs/domains/files/images.md.

-- A person follows the own topic and those of the organizations they belong to, in their present epoch only.
create policy messages_select_member on realtime.messages
  for select to authenticated
  using (extension in ('broadcast', 'presence') and (select private.can_follow_topic((select realtime.topic()))));
-- Content comes from the database alone; clients only tell that they are there.
create policy messages_insert_member on realtime.messages
  for insert to authenticated
  with check (
    extension = 'presence'
    -- Neither an app nor who looks on in another's name is there.
    and (select private.acting_person_id()) is not null
    and starts_with((select realtime.topic()), 'organization:')
    and (select private.can_follow_topic((select realtime.topic())))
  );

-- Definer: the rows it changes are not the caller's to change.
create function private.memberships_end_access()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Programs follow no channels.
  if old.user_id is not null then
    perform private.end_topic_access(old.organization_id, old.user_id);
  end if;
  return null;
end;
$$;
comment on function private.memberships_end_access() is
  'Moves the organization to a new topic when somebody loses access, because Realtime checks rights only at the join.';
create trigger t900_end_access_removed after delete on public.memberships
  for each row execute function private.memberships_end_access();
create trigger t900_end_access_suspended after update of status on public.memberships
  for each row when (old.status = 'active' and new.status is distinct from 'active')
  execute function private.memberships_end_access();

-- Definer: runs as Auth's own role, which holds no grant on our tables.
create function private.users_end_access()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.end_topic_access(memberships.organization_id, new.id)
  from public.memberships
  where memberships.user_id = new.id and memberships.status = 'active'
  order by memberships.organization_id;
  return null;
end;
$$;
comment on function private.users_end_access() is 'Takes a banned person off the channels of their organizations at once.';
create trigger t900_end_access_banned after update of banned_until on auth.users
  for each row when (new.banned_until is distinct from old.banned_until and new.banned_until > now())
  execute function private.users_end_access();
