insert into private.rate_limit_rules
  (name, endpoint, is_per_endpoint, subject, window_seconds, limit_count, limit_key, description)
values
  ('profile_search_minute', 'profiles.search', false, 'user', 60, 60, null, 'Who reads out the whole network'),
  ('profile_search_day', 'profiles.search', false, 'user', 86400, 3000, null, 'Who reads out the whole network');

create type public.found_profile as (
  id uuid,
  display_name text,
  headline text,
  company text,
  "position" text,
  location text,
  avatar_path text,
  score real,
  cursor text
);
comment on type public.found_profile is 'A profile that a search found.';
comment on column public.found_profile.id is 'The person.';
comment on column public.found_profile.display_name is 'The name.';
comment on column public.found_profile.headline is 'What the person does; null when not told.';
comment on column public.found_profile.company is 'Where the person works; null when not told.';
comment on column public.found_profile."position" is 'What the person does there; null when not told.';
comment on column public.found_profile.location is 'Where the person is; null when not told.';
comment on column public.found_profile.avatar_path is 'Path of the picture in bucket "avatars"; null for none.';
comment on column public.found_profile.score is 'How well it fits, 0 to 1.';
comment on column public.found_profile.cursor is 'What to call with as "after" for the profiles behind this one.';

-- Definer: operators of trigrams are not leakproof, so under row-level security they could not use the index. The
-- condition of the policy profiles_select_visible stands in the body instead.
create function private.search_profiles(query text, page_size int, after text)
  returns setof public.found_profile
  language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  v_person_id uuid := private.current_person_id();
  v_query text := lower(btrim(regexp_replace(coalesce(search_profiles.query, ''), '\s+', ' ', 'g')));
  -- The person's own signs stand for themselves.
  v_pattern text := '%' || regexp_replace(v_query, '([\\%_])', '\\\1', 'g') || '%';
  v_limit record;
  v_score real;
  v_id uuid;
begin
  if v_person_id is null then
    perform private.raise_error(403, 'person_required', 'Cannot search profiles: no active person is signed in');
  end if;
  if char_length(v_query) not between 2 and 100 then
    perform private.raise_error(422, 'search_query_invalid', 'Cannot search profiles: look for 2 to 100 characters');
  end if;
  if search_profiles.page_size is null or search_profiles.page_size not between 1 and 50 then
    perform private.raise_error(422, 'page_size_invalid', 'Cannot search profiles: a page has 1 to 50 profiles');
  end if;
  if search_profiles.after is not null then
    if search_profiles.after !~ '^[01](\.[0-9]{1,10})?(e-[0-9]{1,2})?_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
      perform private.raise_error(400, 'cursor_invalid', 'Cannot search profiles: the cursor is none of this search');
    end if;
    v_score := split_part(search_profiles.after, '_', 1);
    v_id := split_part(search_profiles.after, '_', 2);
  end if;
  select * into v_limit
  from private.check_rate_limit('profiles.search', 1, v_person_id, null, null, null, null);
  if not v_limit.is_admitted then
    perform private.raise_error(
      429, 'rate_limit_exceeded', 'Cannot search profiles: too many searches', 'Wait as long as the header retry-after says.',
      jsonb_build_object('Retry-After', v_limit.retry_after_seconds::text)
    );
  end if;
  return query
  select found.id, found.display_name, found.headline, found.company, found."position", found.location,
    found.avatar_path, found.score, found.score::text || '_' || found.id
  from (
    select profiles.*, extensions.word_similarity(v_query, searched.words) as score
    from public.profiles
    -- As in the index profiles_search_idx.
    cross join lateral (
      select lower(
        profiles.display_name || ' ' || coalesce(profiles.headline, '') || ' ' || coalesce(profiles.company, '') || ' '
          || coalesce(profiles.position, '') || ' ' || coalesce(profiles.location, '')
      ) as words
    ) as searched
    where (searched.words like v_pattern or v_query operator(extensions.<%) searched.words)
      and profiles.deleted_at is null and (profiles.hidden_until_at is null or profiles.hidden_until_at <= now())
      and (
        profiles.visibility <> 'private'
        or profiles.id = v_person_id
        or exists (
          select from public.memberships
          where memberships.user_id = profiles.id
            and memberships.organization_id = any (array(select private.organizations_with('members.read')))
        )
      )
  ) as found
  where v_score is null or found.score < v_score or (found.score = v_score and found.id > v_id)
  order by found.score desc, found.id
  limit search_profiles.page_size;
end;
$$;
comment on function private.search_profiles(text, int, text) is 'Body of public.search_profiles.';
grant execute on function private.search_profiles(text, int, text) to authenticated;

create function public.search_profiles(query text, page_size int default 20, after text default null)
  returns setof public.found_profile
  language sql volatile set search_path = ''
as $$
  select * from private.search_profiles(search_profiles.query, search_profiles.page_size, search_profiles.after)
$$;
comment on function public.search_profiles(text, int, text) is
  $$Finds people by name, headline, company, position or place, the best fit first, also with a typing error.

Only profiles that the caller may see: of people in the same organizations, and of who shows the own profile to the
network; never of banned and deleted people. Query has 2 to 100 characters, a page 1 to 50 profiles; call again with the
"cursor" of the last one as "after". At most 60 searches a minute: 429 rate_limit_exceeded.$$;
grant execute on function public.search_profiles(text, int, text) to authenticated;

create type public.public_profile as (
  id uuid,
  display_name text,
  headline text,
  company text,
  "position" text,
  location text,
  avatar_path text,
  links jsonb
);
comment on type public.public_profile is 'What everybody sees of a profile whose person shows it to everybody.';
comment on column public.public_profile.id is 'The person.';
comment on column public.public_profile.display_name is 'The name.';
comment on column public.public_profile.headline is 'What the person does; null when not told.';
comment on column public.public_profile.company is 'Where the person works; null when not told.';
comment on column public.public_profile."position" is 'What the person does there; null when not told.';
comment on column public.public_profile.location is 'Where the person is; null when not told.';
comment on column public.public_profile.avatar_path is 'Path of the picture in bucket "avatars"; null for none.';
comment on column public.public_profile.links is 'Addresses as [{"label", "url"}].';

-- Definer: who is not signed in has no grant on any table.
create function private.get_public_profile(profile_id uuid)
  returns setof public.public_profile
  language sql stable security definer set search_path = ''
as $$
  select profiles.id, profiles.display_name, profiles.headline, profiles.company, profiles.position, profiles.location,
    profiles.avatar_path, profiles.links
  from public.profiles
  where profiles.id = get_public_profile.profile_id and profiles.visibility = 'public'
    and profiles.deleted_at is null and (profiles.hidden_until_at is null or profiles.hidden_until_at <= now())
$$;
comment on function private.get_public_profile(uuid) is 'Body of public.get_public_profile.';
grant execute on function private.get_public_profile(uuid) to anon, authenticated;

create function public.get_public_profile(profile_id uuid)
  returns setof public.public_profile
  language sql stable set search_path = ''
as $$
  select * from private.get_public_profile(get_public_profile.profile_id)
$$;
comment on function public.get_public_profile(uuid) is
  'The profile of a person who shows it to everybody, without signing in; no row for everybody else.';
grant execute on function public.get_public_profile(uuid) to anon, authenticated;
