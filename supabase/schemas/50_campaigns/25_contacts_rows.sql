insert into public.permissions (permission, is_kept_on_suspension, description) values
  ('contacts.read', true, 'See the contacts of the organization'),
  ('contacts.write', false, 'Add, change and remove contacts');
insert into public.role_permissions (role, permission)
select roles.role, permissions.permission
from public.roles
cross join public.permissions
where not roles.is_outsider
  and (permissions.permission = 'contacts.read' or (permissions.permission = 'contacts.write' and roles.rank >= 20));

insert into private.limit_definitions (key, default_value, description) values
  ('contacts', 100000, 'Contacts of the organization');

select private.register_personal_data('public.contacts', 'created_by', 'keep', is_exported := false);

insert into public.import_types (import_type, label, permission, take_function, undo_function, fields) values (
  'contacts', 'Contacts', 'contacts.write', 'take_contacts', 'untake_contacts',
  '[
    {"name": "email", "label": "E-mail", "is_required": false},
    {"name": "phone", "label": "Phone", "is_required": false},
    {"name": "first_name", "label": "First name", "is_required": false},
    {"name": "last_name", "label": "Last name", "is_required": false},
    {"name": "company", "label": "Company", "is_required": false},
    {"name": "job_title", "label": "Job title", "is_required": false},
    {"name": "country", "label": "Country", "is_required": false},
    {"name": "note", "label": "Note", "is_required": false}
  ]'
);
