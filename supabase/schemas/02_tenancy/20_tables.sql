create function private.are_profile_links(links jsonb)
  returns boolean
  language plpgsql immutable set search_path = ''
as $$
begin
  return jsonb_typeof(are_profile_links.links) = 'array' and jsonb_array_length(are_profile_links.links) <= 10
    and not exists (
      select from jsonb_array_elements(are_profile_links.links) as link
      where jsonb_typeof(link) <> 'object'
        or link - '{label, url}'::text[] <> '{}'
        or jsonb_typeof(link -> 'label') is distinct from 'string'
        or jsonb_typeof(link -> 'url') is distinct from 'string'
        or char_length(btrim(link ->> 'label')) not between 1 and 60
        -- Other schemes could be scripts, and an address with a name before the host is a trap.
        or link ->> 'url' !~ '^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?([/?#][^\s<>"]*)?$'
        or char_length(link ->> 'url') > 500
    );
end;
$$;
comment on function private.are_profile_links(jsonb) is
  'Whether a value is a list of at most ten {label, url} with https addresses, for constraints.';
grant execute on function private.are_profile_links(jsonb) to authenticated, service_role;

create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  display_name text not null,
  headline text,
  company text,
  position text,
  location text,
  avatar_path text,
  links jsonb not null default '[]',
  visibility public.profile_visibility not null default 'private',
  locale text not null default 'en',
  time_zone text not null default 'UTC',
  hidden_until_at timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint profiles_display_name_is_trimmed check (display_name = btrim(display_name)),
  constraint profiles_display_name_has_length check (char_length(display_name) between 1 and 120),
  constraint profiles_headline_has_length check (char_length(headline) between 1 and 200),
  constraint profiles_company_has_length check (char_length(btrim(company)) between 1 and 200),
  constraint profiles_position_has_length check (char_length(btrim(position)) between 1 and 200),
  constraint profiles_location_has_length check (char_length(btrim(location)) between 1 and 200),
  constraint profiles_links_are_few_and_safe check (private.are_profile_links(links)),
  -- Storage policies key on the first folder, so a profile can only point at its owner's files.
  constraint profiles_avatar_path_is_own check (starts_with(avatar_path, id::text || '/')),
  constraint profiles_avatar_path_has_length check (char_length(avatar_path) <= 500),
  constraint profiles_locale_is_language_tag check (locale ~ '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$'),
  constraint profiles_time_zone_exists check (private.is_time_zone(time_zone))
);

comment on table public.profiles is $$People, one row for each account.

Made with the account, from what it was registered with. A person reads and changes the own row and reads the rows of
people in the same organizations, and of everybody else as far as their visibility allows; search_profiles finds them.$$;
comment on column public.profiles.id is 'The account''s id, the same as in Auth.';
comment on column public.profiles.display_name is 'Name shown to others, 1 to 120 characters; the person may change it.';
comment on column public.profiles.headline is 'What the person does, in a line; null when not told.';
comment on column public.profiles.company is 'Where the person works, 1 to 200 characters; null when not told.';
comment on column public.profiles.position is 'What the person does there, 1 to 200 characters; null when not told.';
comment on column public.profiles.location is 'Where the person is, in own words, 1 to 200 characters; null when not told.';
comment on column public.profiles.links is
  'Up to ten addresses as [{"label": "Home", "url": "https://..."}]; https only, in the order they are shown.';
comment on column public.profiles.visibility is
  'Who beside people in the same organizations sees the profile; "private" until the person says otherwise.';
comment on column public.profiles.hidden_until_at is
  'Until when strangers see nothing, because the account is banned; null when it is not. Kept by the database.';
comment on column public.profiles.deleted_at is
  'When the person had the account deleted; what is left is a name plate. Null for everybody else.';
comment on column public.profiles.avatar_path is
  'Path of the picture in bucket "avatars", starting with the person''s id and a slash; null for none.';
comment on column public.profiles.locale is 'Language of mail and documents as a BCP 47 tag such as "en" or "pt-BR".';
comment on column public.profiles.time_zone is 'IANA time zone such as "Africa/Lagos".';
comment on column public.profiles.created_at is 'When the account was made.';
comment on column public.profiles.updated_at is 'When the row last changed.';

create table public.organizations (
  id uuid primary key default gen_random_uuid(),
  kind public.organization_kind not null default 'company',
  name text not null,
  slug text not null,
  logo_path text,
  primary_color text,
  secondary_color text,
  mail_footer text,
  country text,
  currency text not null default 'USD',
  time_zone text not null default 'UTC',
  billing_email text,
  created_by uuid references public.profiles (id) on delete set null,
  owner_count int not null default 0,
  topic_epoch int not null default 1,
  suspended_at timestamptz,
  suspension_reason text,
  deleted_at timestamptz,
  is_second_factor_required boolean not null default false,
  -- Derived, so that a restored organization is still suspended if it was.
  status public.organization_status not null generated always as (
    case
      when deleted_at is not null then 'deleted'::public.organization_status
      when suspended_at is not null then 'suspended'::public.organization_status
      else 'active'::public.organization_status
    end
  ) stored,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint organizations_slug_key unique (slug),
  constraint organizations_name_is_trimmed check (name = btrim(name)),
  constraint organizations_name_has_length check (char_length(name) between 1 and 120),
  constraint organizations_slug_is_url_safe check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(slug) <= 60),
  constraint organizations_logo_path_is_own check (starts_with(logo_path, id::text || '/')),
  constraint organizations_logo_path_has_length check (char_length(logo_path) <= 500),
  constraint organizations_primary_color_is_hex check (primary_color ~ '^#[0-9A-Fa-f]{6}$'),
  constraint organizations_secondary_color_is_hex check (secondary_color ~ '^#[0-9A-Fa-f]{6}$'),
  -- Plain text: mails escape it, and what looks like markup or hides characters is refused all the same.
  constraint organizations_mail_footer_is_plain_text check (
    char_length(btrim(mail_footer)) between 1 and 500
    and mail_footer !~ '[<>]' and mail_footer !~ '[\x01-\x09\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069]'
  ),
  constraint organizations_suspension_reason_has_length check (char_length(suspension_reason) between 1 and 500),
  constraint organizations_suspension_reason_needs_suspension
    check (suspension_reason is null or suspended_at is not null),
  constraint organizations_country_is_iso_code check (country ~ '^[A-Z]{2}$'),
  constraint organizations_currency_is_iso_code check (currency ~ '^[A-Z]{3}$'),
  constraint organizations_time_zone_exists check (private.is_time_zone(time_zone)),
  constraint organizations_billing_email_is_address
    check (billing_email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$' and char_length(billing_email) <= 320),
  constraint organizations_owner_count_is_not_negative check (owner_count >= 0)
);
create index organizations_created_by_idx on public.organizations (created_by);
create unique index organizations_one_personal_for_each_person_idx on public.organizations (created_by)
  where kind = 'personal';
create index organizations_deleted_at_idx on public.organizations (deleted_at) where deleted_at is not null;

comment on table public.organizations is $$Tenants: everything a company, startup, fund or single person owns belongs to one.

Made with create_organization, deleted with delete_organization. Members see those that grant them organization.read;
who has organization.update may change the name and the other open columns.$$;
comment on column public.organizations.id is 'Also the first folder of its files and part of its realtime topics.';
comment on column public.organizations.kind is 'Set when it is made, never changed.';
comment on column public.organizations.name is 'Name shown to people, 1 to 120 characters.';
comment on column public.organizations.slug is 'Unique name in addresses: lower case letters, digits and single hyphens.';
comment on column public.organizations.logo_path is
  'Path of the logo in bucket "avatars", starting with the organization''s id and a slash; null for none.';
comment on column public.organizations.primary_color is 'Main colour of its pages and mails as "#1a2b3c"; null for ours.';
comment on column public.organizations.secondary_color is 'Second colour as "#1a2b3c"; null for ours.';
comment on column public.organizations.mail_footer is
  'Text under mails sent in its name, such as its postal address: up to 500 characters without markup; null for none.';
comment on column public.organizations.country is 'ISO 3166-1 alpha-2 code, decides on taxes; null when not told.';
comment on column public.organizations.currency is 'ISO 4217 code of amounts that have no other currency.';
comment on column public.organizations.time_zone is 'IANA time zone of schedules and daily limits.';
comment on column public.organizations.billing_email is 'Where invoices go; null means to the owners.';
comment on column public.organizations.created_by is 'Who made it; null when that account is gone. Gives no rights.';
comment on column public.organizations.owner_count is
  'How many active owners there are; kept by the database, at least 1 until the organization is deleted.';
comment on column public.organizations.topic_epoch is
  'Last part of the topic "organization:<id>:<epoch>"; grows when somebody loses access, kept by the database.';
comment on column public.organizations.suspended_at is 'Since when nothing may be changed; null when not suspended.';
comment on column public.organizations.suspension_reason is
  'Why it is suspended, shown to its members; null when it is not, or nobody said.';
comment on column public.organizations.deleted_at is 'When an owner deleted it; null when not deleted.';
comment on column public.organizations.is_second_factor_required is
  'Whether members see more than the organization itself only in sessions with a second factor (aal2).';
comment on column public.organizations.status is 'Derived from deleted_at and suspended_at.';
comment on column public.organizations.created_at is 'When it was made.';
comment on column public.organizations.updated_at is 'When the row last changed.';

create table public.roles (
  role text primary key,
  rank int not null,
  is_outsider boolean not null default false,
  description text not null,
  constraint roles_rank_key unique (rank),
  constraint roles_role_is_snake_case check (role ~ '^[a-z]+(_[a-z]+)*$'),
  constraint roles_outsiders_rank_below_zero check (is_outsider = (rank < 0))
);

comment on table public.roles is $$Roles of people in an organization, a fixed list.

Nobody grants, changes or removes a role at or above the own rank, except owners.$$;
comment on column public.roles.role is 'Name of the role.';
comment on column public.roles.rank is 'Higher manages lower; negative for outsiders, who manage nobody.';
comment on column public.roles.is_outsider is
  'True for people outside the organization, who see single rows through a binding of their own and are no members.';
comment on column public.roles.description is 'What the role is for, in English.';

create table public.permissions (
  permission text primary key,
  is_kept_on_suspension boolean not null default false,
  is_kept_without_second_factor boolean not null default false,
  is_open_to_apps boolean not null default false,
  description text not null,
  constraint permissions_permission_is_subject_and_verb check (permission ~ '^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$')
);

comment on table public.permissions is 'What can be permitted in an organization, a fixed list; policies ask for these.';
comment on column public.permissions.permission is 'Subject and verb, such as "members.manage".';
comment on column public.permissions.is_kept_on_suspension is
  'Whether members still have it while the organization is suspended, which turns every change off.';
comment on column public.permissions.is_kept_without_second_factor is
  'Whether members have it in a session without a second factor although the organization requires one.';
comment on column public.permissions.is_open_to_apps is
  'Whether people can let third-party apps use it; never for keys, roles and what else decides who has access.';
comment on column public.permissions.description is 'What it allows, in English.';

create table public.role_permissions (
  role text not null references public.roles (role) on update cascade on delete cascade,
  permission text not null references public.permissions (permission) on update cascade on delete cascade,
  primary key (role, permission)
);
create index role_permissions_permission_idx on public.role_permissions (permission);

comment on table public.role_permissions is 'Which role has which permission, a fixed list.';
comment on column public.role_permissions.role is 'The role that has the permission.';
comment on column public.role_permissions.permission is 'The permission it has.';

create table public.custom_roles (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  name text not null,
  base_role text not null references public.roles (role) on update cascade,
  description text not null default '',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint custom_roles_name_once_for_each_organization unique (organization_id, name),
  -- What memberships and permissions refer to, so that both stay in the organization and carry the same rank.
  constraint custom_roles_id_organization_id_base_role_key unique (id, organization_id, base_role),
  constraint custom_roles_id_organization_id_key unique (id, organization_id),
  constraint custom_roles_name_is_trimmed check (name = btrim(name)),
  constraint custom_roles_name_has_length check (char_length(name) between 1 and 60),
  constraint custom_roles_description_has_length check (char_length(description) <= 500),
  -- Owners have every permission, always: the last-owner rule rests on it.
  constraint custom_roles_base_role_is_no_owner_and_no_outsider
    check (base_role not in ('owner', 'vendor', 'marketer', 'client', 'investor'))
);
create index custom_roles_base_role_idx on public.custom_roles (base_role);

comment on table public.custom_roles is $$Roles that an organization made itself: a rank taken from a fixed role, with permissions of its own.

Changed with create_custom_role, update_custom_role and delete_custom_role only.$$;
comment on column public.custom_roles.id is 'What change_member_role is called with.';
comment on column public.custom_roles.organization_id is 'The organization.';
comment on column public.custom_roles.name is 'Name shown to people, 1 to 60 characters, unique in the organization.';
comment on column public.custom_roles.base_role is 'The fixed role whose rank it has; its permissions do not count.';
comment on column public.custom_roles.description is 'What the role is for, up to 500 characters.';
comment on column public.custom_roles.created_at is 'When it was made.';
comment on column public.custom_roles.updated_at is 'When the row last changed.';

create table public.custom_role_permissions (
  custom_role_id uuid not null,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  permission text not null references public.permissions (permission) on update cascade on delete cascade,
  primary key (custom_role_id, permission),
  constraint custom_role_permissions_role_is_of_organization foreign key (custom_role_id, organization_id)
    references public.custom_roles (id, organization_id) on delete cascade
);
create index custom_role_permissions_organization_id_idx on public.custom_role_permissions (organization_id);
create index custom_role_permissions_custom_role_id_organization_id_idx
  on public.custom_role_permissions (custom_role_id, organization_id);
create index custom_role_permissions_permission_idx on public.custom_role_permissions (permission);

comment on table public.custom_role_permissions is 'Which custom role has which permission.';
comment on column public.custom_role_permissions.custom_role_id is 'The custom role that has the permission.';
comment on column public.custom_role_permissions.organization_id is 'The organization that the role is of.';
comment on column public.custom_role_permissions.permission is 'The permission it has.';

create table public.service_accounts (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  name text not null,
  description text not null default '',
  created_by uuid references public.profiles (id) on delete set null,
  disabled_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint service_accounts_name_once_for_each_organization unique (organization_id, name),
  constraint service_accounts_id_organization_id_key unique (id, organization_id),
  constraint service_accounts_name_is_trimmed check (name = btrim(name)),
  constraint service_accounts_name_has_length check (char_length(name) between 1 and 60),
  constraint service_accounts_description_has_length check (char_length(description) <= 500)
);
create index service_accounts_created_by_idx on public.service_accounts (created_by);

comment on table public.service_accounts is $$Programs that belong to an organization and act in it with API keys.

A membership gives them a role; the scopes of the key narrow it further. The REST face runs each of their requests under
row-level security as the account.$$;
comment on column public.service_accounts.id is 'Also the "sub" of the claims that its requests run with.';
comment on column public.service_accounts.organization_id is 'The only organization it can belong to.';
comment on column public.service_accounts.name is 'Name shown to people, 1 to 60 characters, unique in the organization.';
comment on column public.service_accounts.description is 'What it is for, up to 500 characters.';
comment on column public.service_accounts.created_by is 'Who made it; null when that account is gone. Gives no rights.';
comment on column public.service_accounts.disabled_at is 'Since when it has no access; null while it has.';
comment on column public.service_accounts.created_at is 'When it was made.';
comment on column public.service_accounts.updated_at is 'When the row last changed.';

create table public.memberships (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid references public.profiles (id) on delete cascade,
  service_account_id uuid,
  role text not null references public.roles (role) on update cascade,
  custom_role_id uuid,
  status public.membership_status not null default 'active',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- Also what rows of other tables refer to when they name a member of the same organization.
  constraint memberships_person_once_for_each_organization unique (organization_id, user_id),
  -- Its own foreign key binds it to one organization, so this is once at all.
  constraint memberships_service_account_once unique (service_account_id, organization_id),
  constraint memberships_service_account_is_of_organization foreign key (service_account_id, organization_id)
    references public.service_accounts (id, organization_id) on delete cascade,
  constraint memberships_custom_role_is_of_organization_and_rank foreign key (custom_role_id, organization_id, role)
    references public.custom_roles (id, organization_id, base_role) on update cascade,
  constraint memberships_person_or_service_account check (num_nonnulls(user_id, service_account_id) = 1),
  constraint memberships_service_account_is_no_owner check (service_account_id is null or role <> 'owner'),
  constraint memberships_role_is_no_outsider check (role not in ('vendor', 'marketer', 'client', 'investor'))
);
create index memberships_user_id_organization_id_idx on public.memberships (user_id, organization_id);
create index memberships_role_idx on public.memberships (role);
create index memberships_custom_role_id_organization_id_role_idx
  on public.memberships (custom_role_id, organization_id, role);

comment on table public.memberships is $$Who belongs to which organization, in which role.

Changed with add_member, change_member_role and remove_member only. Every organization keeps at least one active owner.$$;
comment on column public.memberships.id is 'What the member RPCs are called with.';
comment on column public.memberships.organization_id is 'The organization.';
comment on column public.memberships.user_id is 'The person, a row of profiles; null for a service account.';
comment on column public.memberships.service_account_id is 'The service account; null for a person.';
comment on column public.memberships.role is 'The role, a row of roles that is not an outsider''s; decides on the rank.';
comment on column public.memberships.custom_role_id is
  'The role of the organization''s own whose permissions count instead of the role''s; null for the role''s.';
comment on column public.memberships.status is 'A suspended membership gives no access.';
comment on column public.memberships.created_at is 'When the person joined.';
comment on column public.memberships.updated_at is 'When the row last changed.';

create table private.impersonations (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null,
  admin_id uuid,
  user_id uuid not null references public.profiles (id) on delete cascade,
  reason text not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint impersonations_session_id_key unique (session_id),
  constraint impersonations_reason_has_length check (char_length(reason) between 10 and 500)
);
create index impersonations_user_id_expires_at_idx on private.impersonations (user_id, expires_at);
comment on table private.impersonations is $$Sessions in which a platform admin sees the product as somebody else, without changing anything.

The session is a real one of that person; what the row says holds for it in every policy.$$;
comment on column private.impersonations.id is 'Identifies the impersonation.';
comment on column private.impersonations.session_id is 'The session in Auth, as in the claim "impersonated_session_id" of its tokens.';
comment on column private.impersonations.admin_id is 'The admin; no foreign key, so that the record outlives the account.';
comment on column private.impersonations.user_id is 'The person who is seen.';
comment on column private.impersonations.reason is 'Why, 10 to 500 characters.';
comment on column private.impersonations.expires_at is 'When the session stops giving access.';
comment on column private.impersonations.ended_at is 'When it was ended before that; null otherwise.';
comment on column private.impersonations.created_at is 'When it began.';
comment on column private.impersonations.updated_at is 'When the row last changed.';

create table private.limit_definitions (
  key text primary key,
  default_value bigint,
  default_action private.limit_action not null default 'block',
  description text not null,
  constraint limit_definitions_key_is_snake_case check (key ~ '^[a-z]+(_[a-z]+)*$'),
  constraint limit_definitions_default_value_is_not_negative check (default_value >= 0)
);

comment on table private.limit_definitions is 'What can be limited, with the limit of an organization that has no own one.';
comment on column private.limit_definitions.key is 'Name of the limit.';
comment on column private.limit_definitions.default_value is 'The limit without a plan; null means unlimited.';
comment on column private.limit_definitions.default_action is 'What happens at the limit without a plan.';
comment on column private.limit_definitions.description is 'What is counted, in English.';

create table private.organization_limits (
  organization_id uuid not null references public.organizations (id) on delete cascade,
  key text not null references private.limit_definitions (key) on update cascade on delete cascade,
  value bigint,
  action private.limit_action not null default 'block',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, key),
  constraint organization_limits_value_is_not_negative check (value >= 0)
);
create index organization_limits_key_idx on private.organization_limits (key);

comment on table private.organization_limits is $$Limits that differ from the defaults, one row for each organization and limit.

Read through private.entitlement. Billing is the only writer.$$;
comment on column private.organization_limits.organization_id is 'The organization.';
comment on column private.organization_limits.key is 'Name of the limit.';
comment on column private.organization_limits.value is 'The limit; null means unlimited.';
comment on column private.organization_limits.action is 'What happens at the limit.';
comment on column private.organization_limits.created_at is 'When the organization first had this limit.';
comment on column private.organization_limits.updated_at is 'When the limit last changed.';
