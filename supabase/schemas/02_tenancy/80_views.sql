create view public.members with (security_invoker = true) as
select
  memberships.id,
  memberships.organization_id,
  memberships.user_id,
  memberships.service_account_id,
  coalesce(profiles.display_name, service_accounts.name, '') as display_name,
  profiles.avatar_path,
  memberships.role,
  memberships.custom_role_id,
  memberships.status,
  memberships.created_at,
  memberships.updated_at
from public.memberships
left join public.profiles on profiles.id = memberships.user_id
left join public.service_accounts on service_accounts.id = memberships.service_account_id;
revoke all on public.members from anon, authenticated, service_role;
grant select on public.members to authenticated, service_role;

comment on view public.members is $$Memberships with the name and picture of whose they are, to list and sort by name.

Seen by the same people as memberships; names are those that row-level security shows them.$$;
comment on column public.members.id is 'Id of the row in memberships, which the member RPCs are called with.';
comment on column public.members.organization_id is 'The organization.';
comment on column public.members.user_id is 'The person, a row of profiles; null for a service account.';
comment on column public.members.service_account_id is 'The service account; null for a person.';
comment on column public.members.display_name is 'Name of the person or service account.';
comment on column public.members.avatar_path is 'Path of the person''s picture in bucket "avatars"; null for none.';
comment on column public.members.role is 'The role, as in memberships.';
comment on column public.members.custom_role_id is 'The organization''s own role; null for the fixed one''s permissions.';
comment on column public.members.status is 'A suspended membership gives no access.';
comment on column public.members.created_at is 'When the person joined.';
comment on column public.members.updated_at is 'When the membership last changed.';
