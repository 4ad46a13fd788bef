insert into public.permissions (permission, is_kept_on_suspension, description) values
  ('imports.read', true, 'See imports, their first rows and their errors'),
  ('imports.run', false, 'Import files, together with the permission to change what they bring');
insert into public.role_permissions (role, permission)
select roles.role, permissions.permission
from public.roles
cross join public.permissions
where permissions.permission in ('imports.read', 'imports.run') and roles.rank >= 40;

select private.register_personal_data('public.imports', 'created_by', 'keep', '{sample, preview}');
select private.define_setting(
  'imports.undo_days', 'integer', '30', 'Days in which an import can be undone and its errors are kept',
  minimum := 1, maximum := 365
);
