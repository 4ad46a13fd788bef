insert into public.permissions (permission, is_kept_on_suspension, description) values
  ('jobs.read', true, 'See how far the organization''s background work is'),
  ('jobs.cancel', false, 'Stop background work of the organization that may be stopped');

insert into public.role_permissions (role, permission)
select roles.role, permissions.permission
from public.roles
cross join public.permissions
where not roles.is_outsider
  and (permissions.permission = 'jobs.read' or (permissions.permission = 'jobs.cancel' and roles.rank >= 60));
