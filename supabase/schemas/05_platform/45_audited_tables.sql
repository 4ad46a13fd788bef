-- Tables of tenancy, which stands below the audit log.
select private.audit_table(
  'public.organizations',
  '{
    kind, name, slug, logo_path, primary_color, secondary_color, mail_footer, country, currency, time_zone,
    billing_email, created_by, is_second_factor_required, suspended_at, suspension_reason, deleted_at
  }',
  masked := '{billing_email}', organization_column := 'id'
);
select private.audit_table('public.memberships', '{user_id, service_account_id, role, custom_role_id, status}');
select private.audit_table('public.custom_roles', '{name, base_role, description}');
select private.audit_table('public.custom_role_permissions', '{custom_role_id, permission}');
select private.audit_table('public.service_accounts', '{name, description, created_by, disabled_at}');
-- Personal data: that it changed is told, not from what to what.
select private.audit_table(
  'public.profiles',
  '{
    display_name, headline, company, position, location, avatar_path, links, visibility, locale, time_zone,
    hidden_until_at, deleted_at
  }',
  masked := '{display_name, headline, company, position, location, avatar_path, links}', organization_column := null
);
select private.audit_table('private.organization_limits', '{value, action}');
select private.audit_table(
  'private.impersonations', '{session_id, admin_id, user_id, reason, expires_at, ended_at}', organization_column := null
);
-- Lookup rows, changed by migrations: what a role may do is worth knowing whenever it changed.
select private.audit_table('public.role_permissions', '{role, permission}', organization_column := null);
