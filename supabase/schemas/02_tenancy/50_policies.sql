alter table public.profiles enable row level security;
revoke all on public.profiles from anon, authenticated, service_role;
grant select on public.profiles to authenticated;
grant update (
    display_name, headline, company, position, location, avatar_path, links, visibility, locale, time_zone
  )
  on public.profiles to authenticated;
grant select, insert, update, delete on public.profiles to service_role;

-- One index look-up for each row shown: a list of everybody whom the caller may see could be very long.
create policy profiles_select_visible on public.profiles
  for select to authenticated
  using (
    id = (select private.current_person_id())
    or (
      visibility <> 'private' and deleted_at is null and (hidden_until_at is null or hidden_until_at <= now())
      and (select private.current_person_id()) is not null
    )
    or exists (
      select from public.memberships
      where memberships.user_id = profiles.id
        and memberships.organization_id = any (array(select private.organizations_with('members.read')))
    )
  );
create policy profiles_update_self on public.profiles
  for update to authenticated
  using (id = (select private.acting_person_id()))
  with check (id = (select private.acting_person_id()));

alter table public.organizations enable row level security;
revoke all on public.organizations from anon, authenticated, service_role;
grant select on public.organizations to authenticated;
grant update (
    name, slug, logo_path, primary_color, secondary_color, mail_footer, country, currency, time_zone, billing_email,
    is_second_factor_required
  )
  on public.organizations to authenticated;
grant select, delete on public.organizations to service_role;
-- Without owner_count, which only the memberships decide.
grant insert (
    id, kind, name, slug, logo_path, primary_color, secondary_color, mail_footer, country, currency, time_zone,
    billing_email, created_by, suspended_at, suspension_reason, deleted_at, is_second_factor_required
  ),
  update (
    name, slug, logo_path, primary_color, secondary_color, mail_footer, country, currency, time_zone, billing_email,
    created_by, suspended_at, suspension_reason, deleted_at, is_second_factor_required
  )
  on public.organizations to service_role;

create policy organizations_select_member on public.organizations
  for select to authenticated
  using (id = any (array(select private.organizations_with('organization.read'))));
create policy organizations_update_manager on public.organizations
  for update to authenticated
  using (id = any (array(select private.organizations_with('organization.update'))))
  with check (id = any (array(select private.organizations_with('organization.update'))));

alter table public.memberships enable row level security;
revoke all on public.memberships from anon, authenticated, service_role;
grant select on public.memberships to authenticated;
grant select, insert, update, delete on public.memberships to service_role;

create policy memberships_select_self_or_fellow on public.memberships
  for select to authenticated
  using (
    user_id = (select private.current_person_id())
    or organization_id = any (array(select private.organizations_with('members.read')))
  );

-- Written by RPCs alone, which know the rank rule.
alter table public.custom_roles enable row level security;
revoke all on public.custom_roles from anon, authenticated, service_role;
grant select on public.custom_roles to authenticated;
grant select, insert, update, delete on public.custom_roles to service_role;
create policy custom_roles_select_member on public.custom_roles
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('members.read'))));

alter table public.custom_role_permissions enable row level security;
revoke all on public.custom_role_permissions from anon, authenticated, service_role;
grant select on public.custom_role_permissions to authenticated;
grant select, insert, delete on public.custom_role_permissions to service_role;
create policy custom_role_permissions_select_member on public.custom_role_permissions
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('members.read'))));

alter table public.service_accounts enable row level security;
revoke all on public.service_accounts from anon, authenticated, service_role;
grant select on public.service_accounts to authenticated;
grant select, insert, update, delete on public.service_accounts to service_role;
create policy service_accounts_select_member on public.service_accounts
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('members.read'))));

-- Fixed lists: the same rows for everybody who is signed in.
alter table public.roles enable row level security;
revoke all on public.roles from anon, authenticated, service_role;
grant select on public.roles to authenticated, service_role;
create policy roles_select_person on public.roles
  for select to authenticated using ((select private.is_known_caller()));

alter table public.permissions enable row level security;
revoke all on public.permissions from anon, authenticated, service_role;
grant select on public.permissions to authenticated, service_role;
create policy permissions_select_person on public.permissions
  for select to authenticated using ((select private.is_known_caller()));

alter table public.role_permissions enable row level security;
revoke all on public.role_permissions from anon, authenticated, service_role;
grant select on public.role_permissions to authenticated, service_role;
create policy role_permissions_select_person on public.role_permissions
  for select to authenticated using ((select private.is_known_caller()));

-- Private tables: no API role holds any grant.
alter table private.impersonations enable row level security;
revoke all on private.impersonations from anon, authenticated, service_role;
alter table private.limit_definitions enable row level security;
revoke all on private.limit_definitions from anon, authenticated, service_role;
alter table private.organization_limits enable row level security;
revoke all on private.organization_limits from anon, authenticated, service_role;
