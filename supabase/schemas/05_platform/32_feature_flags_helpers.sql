create function private.bucket(salt text, unit text)
  returns double precision
  language sql immutable strict parallel safe set search_path = ''
as $$
  -- 32 bits divided by 2^32 are exact in a double, so that TypeScript (_shared/platform/bucketing.ts) gets the same number.
  select ('x' || encode(substr(sha256(convert_to(bucket.salt || ':' || bucket.unit, 'UTF8')), 1, 4), 'hex'))
    ::bit(32)::bigint / 4294967296::double precision
$$;
comment on function private.bucket(text, text) is $$Where a unit stands between 0 (included) and 1 (excluded), for ever the same.

The first 32 bits of the SHA-256 of "<salt>:<unit>" as a fraction. Another salt draws anew.$$;
grant execute on function private.bucket(text, text) to service_role;

create function private.is_in_share(point double precision, percentage numeric)
  returns boolean
  language sql immutable set search_path = ''
as $$
  -- In hundredths of a percent, which both sides compute without rounding.
  select coalesce(is_in_share.point * 10000 < (is_in_share.percentage * 100)::int, is_in_share.percentage >= 100)
$$;
comment on function private.is_in_share(double precision, numeric) is
  'Whether a point of private.bucket lies in a share; nobody in particular (null) is in a share of 100 only.';

-- Definer: nobody holds a grant on the plans.
create function private.make_targeting_context(organization_id uuid, person_id uuid)
  returns private.targeting_context
  language sql stable security definer set search_path = ''
as $$
  select row(
    make_targeting_context.person_id,
    make_targeting_context.organization_id,
    (
      select memberships.role from public.memberships
      where memberships.organization_id = make_targeting_context.organization_id
        and memberships.user_id = make_targeting_context.person_id and memberships.status = 'active'
    ),
    array(
      select organization_plans.plan from private.organization_plans
      where organization_plans.organization_id = make_targeting_context.organization_id
      order by organization_plans.plan
    )
  )::private.targeting_context
$$;
comment on function private.make_targeting_context(uuid, uuid) is
  'What is known about a person and the organization they act in, either of which may be null.';

create function private.targeting_unit(unit private.rollout_unit, context private.targeting_context)
  returns uuid
  language sql immutable set search_path = ''
as $$
  select case targeting_unit.unit when 'person' then (context).person_id else (context).organization_id end
$$;
comment on function private.targeting_unit(private.rollout_unit, private.targeting_context) is
  'Who of a context is drawn: the person or the organization.';

create function private.is_targeted(plans text[], roles text[], context private.targeting_context)
  returns boolean
  language sql immutable set search_path = ''
as $$
  select (is_targeted.plans is null or coalesce(is_targeted.plans && (context).plans, false))
    and (is_targeted.roles is null or coalesce((context).role = any (is_targeted.roles), false))
$$;
comment on function private.is_targeted(text[], text[], private.targeting_context) is
  'Whether plan and role fit; null for either means that it does not matter.';

create function private.is_flag_on(flag private.feature_flags, is_on boolean, context private.targeting_context)
  returns boolean
  language sql immutable set search_path = ''
as $$
  select case
    when (flag).killed_at is not null or not (flag).is_enabled then false
    when is_flag_on.is_on is not null then is_flag_on.is_on
    else private.is_targeted((flag).plans, (flag).roles, context)
      and private.is_in_share(
        private.bucket('flag:' || (flag).key, private.targeting_unit((flag).rollout_unit, context)::text),
        (flag).rollout_percentage
      )
  end
$$;
comment on function private.is_flag_on(private.feature_flags, boolean, private.targeting_context) is
  $$Whether a flag is on in a context.

is_on is what private.feature_flag_organizations says about the organization, null for nothing. A kill wins over all.$$;

-- Definer: flags are not for clients to read, their answers are.
create function private.is_feature_enabled(flag_key text, organization_id uuid default null, person_id uuid default null)
  returns boolean
  language plpgsql stable security definer set search_path = ''
as $$
begin
  return coalesce((
    select private.is_flag_on(
      feature_flags, feature_flag_organizations.is_on,
      private.make_targeting_context(is_feature_enabled.organization_id, is_feature_enabled.person_id)
    )
    from private.feature_flags
    left join private.feature_flag_organizations
      on feature_flag_organizations.flag_key = feature_flags.key
      and feature_flag_organizations.organization_id = is_feature_enabled.organization_id
    where feature_flags.key = is_feature_enabled.flag_key
  ), false);
end;
$$;
comment on function private.is_feature_enabled(text, uuid, uuid) is $$Whether a feature is on for a person in an organization.

A flag that does not exist is off, so that code may go out before its flag and a flag may go before its code.$$;
grant execute on function private.is_feature_enabled(text, uuid, uuid) to service_role;

create function private.feature_flag_lifetime(flag_type private.feature_flag_type)
  returns interval
  language sql stable set search_path = ''
as $$
  select make_interval(
    days => (private.setting('feature_flags.lifetime_days') ->> feature_flag_lifetime.flag_type::text)::int
  )
$$;
comment on function private.feature_flag_lifetime(private.feature_flag_type) is
  'How long a flag of a type lives before it is stale; null for ever.';

create function private.require_known_roles(roles text[], action text)
  returns void
  language plpgsql stable set search_path = ''
as $$
declare
  v_unknown text := (
    select given.role from unnest(require_known_roles.roles) as given (role)
    where not exists (select from public.roles where roles.role = given.role)
    limit 1
  );
begin
  if v_unknown is not null then
    perform private.raise_error(422, 'role_unknown',
      format('Cannot %s: there is no role "%s"', require_known_roles.action, v_unknown),
      'Roles are listed in table roles.');
  end if;
end;
$$;
comment on function private.require_known_roles(text[], text) is 'Guard against roles that do not exist: 422.';
