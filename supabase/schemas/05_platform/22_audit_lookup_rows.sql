insert into public.permissions (permission, is_kept_on_suspension, description) values
  ('audit.read', true, 'See who did what in the organization');

insert into public.role_permissions (role, permission)
select roles.role, 'audit.read' from public.roles where roles.rank >= 80;
