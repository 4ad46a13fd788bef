-- Definer: runs as Auth's own role, which holds no grant on our tables.
create function private.profiles_create_details()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_typed_name text;
begin
  select nullif(btrim(users.raw_user_meta_data ->> 'display_name'), '') into v_typed_name
  from auth.users where users.id = new.id and jsonb_typeof(users.raw_user_meta_data) = 'object';
  insert into public.profile_details (user_id, field_sources)
  values (
    new.id, jsonb_build_object('display_name', case when v_typed_name is null then 'sign_up' else 'person' end)
  );
  return null;
end;
$$;
comment on function private.profiles_create_details() is
  'Makes the part of a profile that only its person sees, and notes whether the name was typed.';
create trigger t500_create_details after insert on public.profiles
  for each row execute function private.profiles_create_details();

-- Definer: clients hold no grant on the details.
create function private.profiles_note_typed()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_typed jsonb;
begin
  select jsonb_object_agg(field.name, 'person') into v_typed
  from unnest('{display_name, headline, company, position, location}'::text[]) as field (name)
  where to_jsonb(new) -> field.name is distinct from to_jsonb(old) -> field.name;
  update public.profile_details set field_sources = profile_details.field_sources || v_typed
  where profile_details.user_id = new.id;
  return null;
end;
$$;
comment on function private.profiles_note_typed() is
  'Notes that fields were typed, a cleared one too, so that no provider overwrites them.';
create trigger t500_note_typed after update of display_name, headline, company, position, location on public.profiles
  for each row when (
    (old.display_name, old.headline, old.company, old.position, old.location)
    is distinct from (new.display_name, new.headline, new.company, new.position, new.location)
  )
  execute function private.profiles_note_typed();

create function private.claim_text(claims jsonb, name text, longest int)
  returns text
  language sql immutable set search_path = ''
as $$
  -- Providers send objects, numbers and blanks where one expects words.
  select nullif(btrim(left(regexp_replace(claim.value #>> '{}', '\s+', ' ', 'g'), claim_text.longest)), '')
  from (
    select coalesce(
      case when jsonb_typeof(claim_text.claims) = 'object' then claim_text.claims -> claim_text.name end,
      case when jsonb_typeof(claim_text.claims -> 'custom_claims') = 'object'
        then claim_text.claims -> 'custom_claims' -> claim_text.name end
    ) as value
  ) as claim
  where jsonb_typeof(claim.value) = 'string'
$$;
comment on function private.claim_text(jsonb, text, int) is
  'A word that a sign-in provider told, in one line and cut to a length; null when it told none.';

create function private.offered_profile(claims jsonb)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select jsonb_strip_nulls(
    jsonb_build_object(
      'display_name', coalesce(
        private.claim_text(offered_profile.claims, 'full_name', 120),
        private.claim_text(offered_profile.claims, 'name', 120),
        nullif(
          concat_ws(
            ' ', private.claim_text(offered_profile.claims, 'given_name', 60),
            private.claim_text(offered_profile.claims, 'family_name', 59)
          ), ''
        )
      ),
      'headline', coalesce(
        private.claim_text(offered_profile.claims, 'headline', 200), private.claim_text(offered_profile.claims, 'bio', 200)
      ),
      'company', private.claim_text(offered_profile.claims, 'company', 200),
      'position', coalesce(
        private.claim_text(offered_profile.claims, 'position', 200),
        private.claim_text(offered_profile.claims, 'job_title', 200)
      ),
      'location', private.claim_text(offered_profile.claims, 'location', 200)
    )
  )
$$;
comment on function private.offered_profile(jsonb) is
  'Fields of a profile that a sign-in provider told; those that it did not tell are missing.';

create function private.apply_identity(user_id uuid, provider text, claims jsonb)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_details public.profile_details;
  v_taken jsonb;
  v_picture text := coalesce(
    private.claim_text(apply_identity.claims, 'picture', 1001), private.claim_text(apply_identity.claims, 'avatar_url', 1001)
  );
begin
  select * into v_details from public.profile_details where profile_details.user_id = apply_identity.user_id for update;
  if not found then
    return;
  end if;
  -- A provider refreshes what it gave and fills what is empty. What was typed stays, and what another provider gave.
  select coalesce(jsonb_object_agg(offered.key, offered.value), '{}') into v_taken
  from public.profiles
  cross join lateral jsonb_each_text(private.offered_profile(apply_identity.claims)) as offered
  cross join lateral (
    select v_details.field_sources ->> offered.key as source, to_jsonb(profiles) ->> offered.key as value
  ) as present
  where profiles.id = apply_identity.user_id
    and (
      present.source in ('sign_up', apply_identity.provider)
      or present.value is null and present.source is distinct from 'person'
    );
  if v_taken <> '{}' then
    update public.profiles set
      display_name = coalesce(v_taken ->> 'display_name', profiles.display_name),
      headline = coalesce(v_taken ->> 'headline', profiles.headline),
      company = coalesce(v_taken ->> 'company', profiles.company),
      position = coalesce(v_taken ->> 'position', profiles.position),
      location = coalesce(v_taken ->> 'location', profiles.location)
    where profiles.id = apply_identity.user_id and profiles.deleted_at is null;
  end if;
  -- After the update above, which noted them as typed.
  update public.profile_details set
    field_sources = profile_details.field_sources
      || (select coalesce(jsonb_object_agg(taken, apply_identity.provider), '{}') from jsonb_object_keys(v_taken) as taken),
    picture_url = case
      when v_picture like 'https://%' and char_length(v_picture) <= 1000 then v_picture
      else profile_details.picture_url
    end
  where profile_details.user_id = apply_identity.user_id;
end;
$$;
comment on function private.apply_identity(uuid, text, jsonb) is
  'Fills a profile from what a sign-in provider told, without overwriting what the person typed.';

-- Definer: runs as Auth's own role, which holds no grant on our tables.
create function private.identities_fill_profile()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.apply_identity(new.user_id, new.provider, new.identity_data);
  return null;
exception
  -- Whatever a provider sends must not stop a sign-in.
  when others then
    raise warning 'Profile of % is not filled from provider "%": %', new.user_id, new.provider, sqlerrm;
    return null;
end;
$$;
comment on function private.identities_fill_profile() is
  'Fills the profile at sign-up with a provider, when one is linked, and when it tells something new at a sign-in.';
create trigger t500_fill_profile_linked after insert on auth.identities
  for each row when (new.provider not in ('email', 'phone'))
  execute function private.identities_fill_profile();
create trigger t500_fill_profile_refreshed after update of identity_data on auth.identities
  for each row when (
    new.provider not in ('email', 'phone') and old.identity_data is distinct from new.identity_data
  )
  execute function private.identities_fill_profile();

-- Definer: as private.identities_fill_profile.
create function private.users_show_phone()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_phone text := '+' || nullif(ltrim(new.phone, '+'), '');
begin
  if v_phone !~ '^\+[1-9][0-9]{5,14}$' then
    v_phone := null;
  end if;
  update public.profile_details
  set phone = v_phone, phone_verified_at = case when v_phone is not null then new.phone_confirmed_at end
  where profile_details.user_id = new.id;
  return null;
end;
$$;
comment on function private.users_show_phone() is 'Shows in the profile which phone number Auth has and whether it is verified.';
-- Its name comes after t500_create_profile, which makes the row.
create trigger t500_show_phone after insert or update of phone, phone_confirmed_at on auth.users
  for each row execute function private.users_show_phone();

-- Definer: as private.identities_fill_profile.
create function private.users_hide_profile()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.profiles set hidden_until_at = new.banned_until
  where profiles.id = new.id and profiles.hidden_until_at is distinct from new.banned_until;
  return null;
end;
$$;
comment on function private.users_hide_profile() is 'Hides the profile of a banned person from strangers, and shows it again.';
create trigger t500_hide_profile after update of banned_until on auth.users
  for each row when (old.banned_until is distinct from new.banned_until)
  execute function private.users_hide_profile();

-- Definer: emits for whoever made the change.
create function private.profiles_emit_completed()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.emit_event(
    'profile.completed', null, jsonb_build_object('user_id', new.id), 'profile.completed:' || new.id
  );
  return null;
end;
$$;
comment on function private.profiles_emit_completed() is
  'Emits profile.completed when a profile first has a headline and a picture.';
create trigger t900_emit_completed after update of headline, avatar_path on public.profiles
  for each row when (
    new.headline is not null and new.avatar_path is not null and (old.headline is null or old.avatar_path is null)
  )
  execute function private.profiles_emit_completed();

create function private.organizations_emit_changes()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  if old.suspended_at is null and new.suspended_at is not null then
    perform private.emit_event(
      'organization.suspended', new.id, jsonb_build_object('organization_id', new.id, 'reason', new.suspension_reason)
    );
  elsif old.suspended_at is not null and new.suspended_at is null then
    perform private.emit_event('organization.unsuspended', new.id, jsonb_build_object('organization_id', new.id));
  end if;
  if old.logo_path is null and new.logo_path is not null then
    perform private.emit_event(
      'organization.branded', new.id, jsonb_build_object('organization_id', new.id), 'organization.branded:' || new.id
    );
  end if;
  return null;
end;
$$;
comment on function private.organizations_emit_changes() is
  'Emits organization.suspended, organization.unsuspended and, when it first has a logo, organization.branded.';
create trigger t900_emit_changes after update of suspended_at, logo_path on public.organizations
  for each row execute function private.organizations_emit_changes();
