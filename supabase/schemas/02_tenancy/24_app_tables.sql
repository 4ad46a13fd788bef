-- What third-party apps may do, which callers are asked about in every statement of theirs. Auth keeps who they are.
create table private.apps (
  client_id uuid primary key,
  permissions text[] not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint apps_permissions_are_few check (cardinality(permissions) <= 100)
);
alter table private.apps enable row level security;
revoke all on private.apps from anon, authenticated, service_role;
create trigger t100_set_updated_at before update on private.apps
  for each row execute function private.set_updated_at();

comment on table private.apps is $$Third-party apps that may ask people for permissions.

Registered by platform admins. A client of Auth without a row signs people in and reads nothing.$$;
comment on column private.apps.client_id is
  'The app''s id in Auth, auth.oauth_clients.id. No foreign key: Auth keeps deleted ones, marked.';
comment on column private.apps.permissions is 'What it may ask for; what is taken out is out for everybody at once.';
comment on column private.apps.created_at is 'When it was registered.';
comment on column private.apps.updated_at is 'When the row last changed.';

create table private.app_grants (
  user_id uuid not null references public.profiles (id) on delete cascade,
  client_id uuid not null references private.apps (client_id) on delete cascade,
  organization_id uuid not null,
  permissions text[] not null,
  has_second_factor boolean not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (user_id, client_id, organization_id),
  -- Who leaves takes their apps along, and who comes back connects them again.
  constraint app_grants_person_is_member foreign key (organization_id, user_id)
    references public.memberships (organization_id, user_id) on delete cascade,
  constraint app_grants_permissions_are_some check (cardinality(permissions) between 1 and 100)
);
create index app_grants_organization_id_user_id_idx on private.app_grants (organization_id, user_id);
create index app_grants_client_id_idx on private.app_grants (client_id);
alter table private.app_grants enable row level security;
revoke all on private.app_grants from anon, authenticated, service_role;
create trigger t100_set_updated_at before update on private.app_grants
  for each row execute function private.set_updated_at();

comment on table private.app_grants is $$What a person lets an app do in an organization, in their name.

Never more than the person may do there, and what private.apps lets the app ask for: all three are asked in each
statement. Written by grant_app and disconnect_app.$$;
comment on column private.app_grants.user_id is 'The person.';
comment on column private.app_grants.client_id is 'The app.';
comment on column private.app_grants.organization_id is 'The organization, of which the person is a member.';
comment on column private.app_grants.permissions is 'What the app may do there.';
comment on column private.app_grants.has_second_factor is
  'Whether the person granted it in a session with a second factor, which counts where the organization requires one.';
comment on column private.app_grants.created_at is 'When the app was connected to the organization.';
comment on column private.app_grants.updated_at is 'When the row last changed.';
